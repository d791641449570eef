import { setMaxListeners } from 'node:events';
import { activityInfo, cancellationSignal, getClient, heartbeat } from '@temporalio/activity';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import type { Cast, FanOutActivities, Tally, VoteArgs } from '../src/contracts/coordination/ballot';
import type { Stamp } from '../src/contracts/causality';
import type { Message, Reply } from '../src/contracts/entity';
import { ERRORS, isRefusal, refuse, type ErrorCode, type Refusal } from '../src/contracts/errors';
import { workflowId, type Name, type Space } from '../src/contracts/ids';
import { mergeStamps } from '../src/domain/causality/entity-clock';
import { certainDecision } from '../src/domain/coordination/decision';
import { unfitVote } from '../src/domain/coordination/vote';
import { beating } from './beating';
import { orAborted } from './or-aborted';

const AT_ONCE = 200;
const RETRY_MS = 100;
const RETRY_MS_MAX = 2_000;

type Lost = Tally['lost'][number];
/** What came of asking one agent: its answer, why it cannot answer, or nothing by the deadline. */
type Answer<R> =
  | { readonly kind: 'answered'; readonly value: R }
  | { readonly kind: 'lost'; readonly code: ErrorCode; readonly evidence: string }
  | { readonly kind: 'silent' };

/** One update to one agent; resolves with the reply's value. The composition root may plug in another sender. */
export type SendUpdate = (request: {
  readonly workflowId: string;
  /** Name of the agent's update; Foundation knows agents by these messages only. */
  readonly update: 'castVote' | 'announce' | 'ask';
  readonly message: Message<never>;
  readonly signal: AbortSignal;
  /** Is told what the agent knew when it answered. */
  readonly hear?: (stamp: Stamp) => void;
}) => Promise<unknown>;

/** Over the connection of the worker that runs the activity. */
export const overWorkersConnection: SendUpdate = async ({ workflowId: id, update, message, signal, hear }) => {
  const client = getClient();
  const reply = await client.withAbortSignal(signal, () =>
    client.workflow
      .getHandle(id)
      .executeUpdate<Reply, [Message<never>]>(update, { args: [message], updateId: message.id }),
  );
  if (reply.stamp !== undefined) hear?.(reply.stamp);
  return reply.value;
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, signal.aborted ? 0 : ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });

/** The refusal in whatever a call threw; `undefined` when it was the connection that failed, not the receiver. */
function refusalIn(error: unknown): Refusal | undefined {
  const seen = error instanceof Error ? [error, error.cause] : [error];
  for (const each of seen) {
    if (each instanceof WorkflowNotFoundError) return refuse('agent-not-found', 'no such agent is running');
    if (!(each instanceof ApplicationFailure)) continue;
    const [details] = each.details ?? [];
    if (isRefusal(details)) return details;
    // The agent renewed or restarted while it was thinking: the next run remembers what it has answered.
    if (each.type === 'AcceptedUpdateCompletedWorkflow') return refuse('interrupted', each.message);
    return refuse('agent-failed', each.message);
  }
  return undefined;
}

/** Why a voter is lost, as the record of the ballot shows it. */
const evidenceOf = ({ code, message }: Refusal): string => `${code}: ${message}`.slice(0, 300);
const lateness = (): Error => new Error('the deadline has come');
const mayPass = (refusal: Refusal): boolean => ERRORS[refusal.code].retryable || refusal.code === 'interrupted';

/** Asks one agent until it answers, cannot answer, or the signal aborts. The message keeps its id over all tries. */
export async function askOne<R>(send: SendUpdate, request: Parameters<SendUpdate>[0]): Promise<Answer<R>> {
  const { signal } = request;
  for (let waitMs = RETRY_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
    try {
      return { kind: 'answered', value: (await orAborted(send(request), signal, lateness)) as R };
    } catch (error) {
      const refusal = refusalIn(error);
      if (refusal !== undefined && !mayPass(refusal)) {
        return { kind: 'lost', code: refusal.code, evidence: evidenceOf(refusal) };
      }
      await pause(refusal?.retryAfterMs ?? waitMs, signal);
    }
  }
  return { kind: 'silent' };
}

/** Asks all, some at a time, until everybody has answered, the deadline has come, or `isEnough` says so. */
async function askAll<R>(
  agents: readonly string[],
  deadline: string,
  request: (agent: string, signal: AbortSignal) => Promise<Answer<R>>,
  take: (agent: string, answer: Answer<R>) => boolean,
): Promise<void> {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal); // each call that waits listens to it
  const end = (): void => {
    stop.abort();
  };
  const timer = setTimeout(end, Math.max(0, Date.parse(deadline) - Date.now()));
  const cancelled = cancellationSignal();
  cancelled.addEventListener('abort', end, { once: true });
  const waiting = [...agents];
  const worker = async (): Promise<void> => {
    for (let agent = waiting.shift(); agent !== undefined && !stop.signal.aborted; agent = waiting.shift()) {
      const answer = await request(agent, stop.signal);
      if (take(agent, answer)) end();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, agents.length) }, worker));
  } finally {
    clearTimeout(timer);
    cancelled.removeEventListener('abort', end);
  }
  cancelled.throwIfAborted();
}

/** The deadline tells apart what has the same name in a set that was stopped and started anew. */
const idOf = (what: string, deadline: string): string => `${what}/${Date.parse(deadline).toString(36)}`;

/** What all those knew who have answered, for the entity that asked. */
function together(stamps: readonly Stamp[]): { readonly stamp?: Stamp } {
  const stamp = mergeStamps(stamps);
  return stamp === undefined ? {} : { stamp };
}

const carried = (stamp: Stamp | undefined): { readonly stamp?: Stamp } => (stamp === undefined ? {} : { stamp });

const resumed = <T>(): Partial<T> => (activityInfo().heartbeatDetails ?? {}) as Partial<T>;

/**
 * The activities that reach many agents at once: one heartbeating activity in place of two signals per agent. A second
 * attempt resumes from the answers of the first, and the id of each message (ballot or version, and agent) is the same, so
 * nobody is asked twice.
 *
 * @param send one update to one agent; by default over the worker's own connection
 */
export function createFanOutActivities(send: SendUpdate = overWorkersConnection): FanOutActivities {
  return {
    async askVoters({ ballot, space, voters, subject, deadline, settles, all = false, stamp }) {
      const before = resumed<{ casts: Cast[]; lost: Lost[]; stamps: Stamp[] }>();
      const casts = [...(before.casts ?? [])];
      const lost = [...(before.lost ?? [])];
      const stamps = [...(before.stamps ?? [])];
      const isEnough = (): boolean =>
        settles !== undefined &&
        !all &&
        certainDecision({ ...settles, casts: [...settles.casts, ...casts], lost: [...settles.lost, ...lost] }) !==
          undefined;
      const done = new Set([...casts, ...lost].map((each) => each.voter));
      const open = isEnough() ? [] : voters.filter((voter) => !done.has(voter));
      const sender = `${space}:ballot:${ballot}`;
      const ask = (voter: string, signal: AbortSignal): Promise<Answer<Omit<VoteArgs, 'voter'>>> =>
        askOne(send, {
          workflowId: workflowId(space as Space, 'agent', voter as Name),
          update: 'castVote',
          message: {
            id: idOf(`${ballot}/${voter}`, deadline),
            args: { ballot, subject },
            sender,
            deadline,
            ...carried(stamp),
          } as Message<never>,
          signal,
          hear: (each) => stamps.push(each),
        });
      const take = (voter: string, answer: Answer<Omit<VoteArgs, 'voter'>>): boolean => {
        const unfit =
          answer.kind === 'answered' && settles !== undefined && unfitVote(settles.rule, subject, answer.value);
        if (unfit) lost.push({ voter, evidence: evidenceOf(unfit) });
        else if (answer.kind === 'answered')
          casts.push({ ...answer.value, voter, at: new Date().toISOString(), via: 'asked' });
        else if (answer.kind === 'lost') lost.push({ voter, evidence: answer.evidence });
        else return false;
        heartbeat({ casts, lost, stamps });
        return isEnough();
      };
      await beating(
        () => askAll(open, deadline, ask, take),
        () => ({ casts, lost, stamps }),
      );
      return { casts, lost, ...together(stamps) };
    },

    async announce({ space, set, agents, version, values, deadline, stamp }) {
      const before = resumed<{ acknowledged: Record<string, number>; stamps: Stamp[] }>();
      const acknowledged: Record<string, number> = { ...before.acknowledged };
      const stamps = [...(before.stamps ?? [])];
      const open = agents.filter((agent) => acknowledged[agent] === undefined);
      const sender = `${space}:variables:${set}`;
      const tell = (agent: string, signal: AbortSignal): Promise<Answer<{ readonly version: number }>> =>
        askOne(send, {
          workflowId: workflowId(space as Space, 'agent', agent as Name),
          update: 'announce',
          message: {
            id: idOf(`${set}@v${String(version)}/${agent}`, deadline),
            args: { set, version, values },
            sender,
            ...carried(stamp),
          } as Message<never>,
          signal,
          hear: (each) => stamps.push(each),
        });
      const take = (agent: string, answer: Answer<{ readonly version: number }>): boolean => {
        if (answer.kind !== 'answered') return false;
        acknowledged[agent] = answer.value.version;
        heartbeat({ acknowledged, stamps });
        return false;
      };
      await beating(
        () => askAll(open, deadline, tell, take),
        () => ({ acknowledged, stamps }),
      );
      const laggards = agents.filter((agent) => (acknowledged[agent] ?? 0) < version);
      return { acknowledged, laggards, ...together(stamps) };
    },
  };
}
