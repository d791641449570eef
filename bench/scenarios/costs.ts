import { announced, CROWD, crowdNames, standing, type subject, thinking } from '../definitions';
import { counted, type Row } from '../measure';
import type { Setting } from '../setting';

const POLL_MS = 20;
const SETTLE_MS = 1_500;

/** One event as far as costs need it. */
interface Line {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
}

async function historyOf({ temporal }: Setting, workflowId: string): Promise<readonly Line[]> {
  const { events } = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).map((event) => {
    const found = Object.entries(event).find(([key, value]) => key.endsWith('Attributes') && value !== null);
    const attributes = (found?.[1] ?? {}) as { activityType?: { name?: string }; signalName?: string };
    const name = attributes.activityType?.name ?? attributes.signalName ?? '';
    return { id: Number(event.eventId), kind: (found?.[0] ?? '').replace(/EventAttributes$/, ''), name };
  });
}

const pause = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

/** What an act leaves in a history, once no task is under way any more. Hand-overs are batched and not counted. */
async function costOf(setting: Setting, id: string, act: () => Promise<unknown>): Promise<readonly Line[]> {
  const before = (await historyOf(setting, id)).at(-1)?.id ?? 0;
  await act();
  for (;;) {
    const lines = (await historyOf(setting, id)).filter((line) => line.id > before);
    const tasks = (kind: string): number => lines.filter((line) => line.kind === kind).length;
    const isQuiet =
      tasks('workflowTaskScheduled') === tasks('workflowTaskCompleted') && tasks('workflowTaskCompleted') > 0;
    if (isQuiet) return lines.filter((line) => line.name !== 'appendEvents');
    await pause(POLL_MS);
  }
}

/** Events per operation, counted in real histories. A test holds the same numbers exactly. */
export async function costs(setting: Setting): Promise<readonly Row[]> {
  const { space } = setting;
  const agent = await space.agents.get<typeof subject>('subject', 'costs');
  await Promise.all(crowdNames.map((name) => space.agents.get('subject', name)));
  const sets = [await space.variables.get(standing), await space.variables.get(thinking)] as const;
  const told = await space.variables.get(announced);
  for (const name of crowdNames) await told.subscribe(name);
  // owners are told, and the first hand-over waits for a store that is not there
  await pause(SETTLE_MS);

  const ask = await costOf(setting, agent.workflowId, () => agent.ask('addNow', 1));
  const tell = await costOf(setting, agent.workflowId, () => agent.tell('add', 1));
  const atOnce = await costOf(
    setting,
    sets[0].workflowId,
    () => sets[0].propose({ threshold: 0.6 }, { basedOn: 1 }).verdict,
  );
  const [voter = ''] = crowdNames;
  const voting = (await historyOf(setting, space.agents.at(voter).workflowId)).at(-1)?.id ?? 0;
  const inSet = await costOf(setting, sets[1].workflowId, () =>
    sets[1].propose({ threshold: 0.6 }, { basedOn: 1 }).decided(),
  );
  const asked = (await historyOf(setting, space.agents.at(voter).workflowId)).filter((line) => line.id > voting);
  const decided = inSet.findIndex((line) => line.name === 'ballotDecided');
  const end = inSet.findIndex((line, at) => at > decided && line.kind === 'workflowTaskCompleted');
  const inBallot = await historyOf(setting, space.ballots.get('thinking@1').workflowId);
  const report = inBallot.findIndex((line) => line.name === 'ballotDecided');
  const before = (await historyOf(setting, told.workflowId)).at(-1)?.id ?? 0;
  await told.propose({ value: 1 }, { basedOn: 1 }).verdict;
  while (!(await told.adoption()).done) await pause(POLL_MS);
  const announcement = (await historyOf(setting, told.workflowId)).filter((line) => line.id > before);
  const first = announcement.findIndex((line) => line.kind === 'activityTaskScheduled' && line.name === 'announce');
  const done = announcement.findIndex(
    (line, at) =>
      announcement[at - 1]?.kind === 'workflowTaskStarted' && at > first && line.kind === 'workflowTaskCompleted',
  );
  const n = String(CROWD);
  const events = (id: string, what: string, ours: number, bar: number): Row =>
    counted({ id, what, unit: 'events', ours, bar });
  return [
    events('cost-ask', 'ask of an idle agent', ask.length, 5),
    events('cost-tell', 'tell of an idle agent, with the task that takes it', tell.length, 4),
    events('cost-standing', `proposal decided by ${n} standing votes, in the set`, atOnce.length, 5),
    events('cost-ballot', `ballot of ${n} that think, in ballot and set up to the decision`, end + 1 + report + 1, 34),
    events('cost-voter', 'a vote, in the voter', asked.length, 5),
    events('cost-announce', `announcement to ${n} agents, in the set`, done + 1 - first, 8),
  ];
}
