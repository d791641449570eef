import {
  MAX_TOLD,
  OLD_MESSAGE_MS,
  type DeploymentHealth,
  type Finding,
  type MessageSeen,
  type MessagesHealth,
  type SpaceHealth,
  type SupervisionHealth,
  type SupervisorHealth,
  type SupervisorSeen,
  type TakenOut,
} from '../../contracts/health';
import { isReserved } from '../../contracts/root-supervisor';
import { CHILD_STATUSES, MAX_CHILDREN, type ChildStatus } from '../../contracts/supervisor';
import { counted, seconds } from '../words';

/** What was found below the root of a space. */
export interface SpaceSeen {
  /** Whether the root supervisor of the space runs; `absent`: there has never been one. */
  readonly root: 'running' | 'ended' | 'absent';
  readonly supervisors: readonly SupervisorSeen[];
  /** Of the children that were asked, those with messages that wait. */
  readonly messages: readonly MessageSeen[];
  readonly looked: number;
  readonly unlooked: number;
}

const budgetOf = ({ restarts = 0, intensity = 0, periodSeconds = 0 }: SupervisorSeen): string =>
  `${String(restarts)} of ${counted(intensity, 'restart')} in ${String(periodSeconds)} s`;

/** What is wrong with a supervisor, the worst first. */
function troubleOf(seen: SupervisorSeen): string | undefined {
  const { name, state, restarts = 0, intensity = 0, children, down, problem } = seen;
  if (state === 'unknown') return `does not answer${problem === undefined ? '' : `: ${problem}`}`;
  if (state === 'ended') return 'has ended: nobody begins its children again';
  const [first] = down;
  if (first !== undefined) {
    const more = down.length === 1 ? '' : ` and ${String(down.length - 1)} more`;
    const why = first.lastFailure === undefined ? '' : `: ${first.lastFailure.text}`;
    const how = first.status === 'quarantined' ? 'in quarantine' : 'to be started again';
    return `${first.id}${more} ${how}${why}`;
  }
  const all = Object.values(children).reduce((sum, count) => sum + count, 0);
  if (isReserved(name) && all >= MAX_CHILDREN)
    return `full: of what is started without an owner it takes ${String(MAX_CHILDREN)}, nobody begins the others again; give them a supervisor in partitions`;
  if (restarts > 0 && restarts >= intensity) return `${budgetOf(seen)}: the next failure is its end`;
  return undefined;
}

function supervisorHealth(seen: SupervisorSeen): SupervisorHealth {
  const trouble = troubleOf(seen);
  return { ok: trouble === undefined, detail: trouble ?? `${seen.state}, ${budgetOf(seen)}`, ...seen };
}

const NO_ROOT = {
  ended: 'the root supervisor of the space has ended: nobody begins again what fails; start one with: npx mabeam store',
  absent: 'the space has no root supervisor yet; whoever has the store starts one: npx mabeam store',
};

function supervision({ root, supervisors }: SpaceSeen): SupervisionHealth {
  const children: Partial<Record<ChildStatus, number>> = {};
  for (const seen of supervisors)
    for (const status of CHILD_STATUSES) {
      const count = seen.children[status];
      if (count !== undefined) children[status] = (children[status] ?? 0) + count;
    }
  const all = supervisors.map(supervisorHealth);
  const ill = all.filter(({ ok }) => !ok);
  const told = [...ill, ...all.filter(({ ok }) => ok)].slice(0, MAX_TOLD);
  const more = all.length - told.length;
  const rest = { children, supervisors: told, more };
  if (root !== 'running') return { ok: false, detail: NO_ROOT[root], ...rest };
  const counts = CHILD_STATUSES.flatMap((status) => {
    const count = children[status] ?? 0;
    return count === 0 ? [] : [`${String(count)} ${status === 'none' ? 'stopped' : status}`];
  });
  const sums = `${counted(all.length, 'supervisor')}; children: ${counts.length === 0 ? 'none' : counts.join(', ')}`;
  return { ok: ill.length === 0, detail: sums, ...rest };
}

function messages({ messages: waiting, looked, unlooked }: SpaceSeen): MessagesHealth {
  const oldest = waiting.reduce<MessageSeen | undefined>(
    (most, each) => (most === undefined || each.oldestMs > most.oldestMs ? each : most),
    undefined,
  );
  const left = unlooked === 0 ? '' : `; ${String(unlooked)} more were not asked`;
  if (oldest === undefined) {
    const detail = `no message waits at ${counted(looked, 'child', 'children')} asked${left}`;
    return { ok: true, detail, looked, unlooked };
  }
  const { name, kind, mailbox, oldestMs } = oldest;
  const detail = `the oldest message waits for ${seconds(oldestMs)}, at the ${kind} ${name} (${String(mailbox)} in its mailbox)${left}`;
  return { ok: oldestMs < OLD_MESSAGE_MS, detail, oldest, looked, unlooked };
}

/** What is not known is not well, but it is no reason: the reason is told by the part that hides it. */
const unknownBecause = (detail: string): { supervision: SupervisionHealth; messages: MessagesHealth } => ({
  supervision: { ok: false, detail, children: {}, supervisors: [], more: 0 },
  messages: { ok: false, detail, looked: 0, unlooked: 0 },
});

/**
 * Judges a space. Without anybody who polls the queue of the workflows nothing can be asked, and nothing below it is said to
 * have failed.
 *
 * @param seen what was found; or why nothing could be found
 */
export function judgeSpace(
  parts: {
    readonly temporal: Finding;
    readonly store: Finding;
    readonly deployment: DeploymentHealth;
    readonly takenOut?: readonly TakenOut[];
  },
  seen: SpaceSeen | { readonly unknown: string },
): SpaceHealth {
  const { temporal, store, deployment, takenOut = [] } = parts;
  const { queues, workers } = deployment;
  const isKnown = !('unknown' in seen);
  const below = isKnown
    ? { supervision: supervision(seen), messages: messages(seen) }
    : unknownBecause(`not known: ${seen.unknown}`);
  const ill = (found: readonly Finding[], name: (at: number) => string): readonly string[] =>
    found.flatMap(({ ok, detail }, at) => (ok ? [] : [`${name(at)}${detail}`]));
  const { supervisors } = below.supervision;
  const reasons = [
    ...ill([temporal], () => 'Temporal: '),
    ...ill([store], () => 'store: '),
    ...ill(queues, () => ''),
    ...ill(workers, (at) => `worker ${workers[at]?.identity ?? ''} of ${workers[at]?.queue ?? ''} `),
    ...ill(takenOut, (at) => `study ${takenOut[at]?.study ?? ''}: worker `),
    ...(isKnown && seen.root !== 'running' ? [below.supervision.detail] : []),
    ...ill(supervisors, (at) => `supervisor ${supervisors[at]?.name ?? ''}: `),
    ...(isKnown ? ill([below.messages], () => '') : []),
  ];
  const why = isKnown || reasons.length > 0 ? reasons : [below.supervision.detail];
  const out = takenOut.length === 0 ? {} : { takenOut };
  return { ok: why.length === 0, reasons: why, temporal, store, queues, workers, ...below, ...out };
}
