import { announced, CROWD, crowdNames, standing, type subject, thinking } from '../definitions';
import { pause } from '../../src/client/waiting';
import { costOf, historyOf } from '../history';
import { counted, type Row } from '../measure';
import type { Setting } from '../setting';

const POLL_MS = 20;
const SETTLE_MS = 1_500;

/** Events per operation, counted in real histories. A test holds the same numbers exactly. */
export async function costs(setting: Setting): Promise<readonly Row[]> {
  const { space, temporal } = setting;
  const agent = await space.agents.get<typeof subject>('subject', 'costs');
  await Promise.all(crowdNames.map((name) => space.agents.get('subject', name)));
  const sets = [await space.variables.get(standing), await space.variables.get(thinking)] as const;
  const told = await space.variables.get(announced);
  for (const name of crowdNames) await told.subscribe(name);
  // owners are told, and the first hand-over waits for a store that is not there
  await pause(SETTLE_MS);

  const ask = await costOf(temporal, agent.workflowId, () => agent.ask('addNow', 1));
  const tell = await costOf(temporal, agent.workflowId, () => agent.tell('add', 1));
  const atOnce = await costOf(
    temporal,
    sets[0].workflowId,
    () => sets[0].propose({ threshold: 0.6 }, { basedOn: 1 }).verdict,
  );
  const [voter = ''] = crowdNames;
  const voting = (await historyOf(temporal, space.agents.at(voter).workflowId)).at(-1)?.id ?? 0;
  const inSet = await costOf(temporal, sets[1].workflowId, () =>
    sets[1].propose({ threshold: 0.6 }, { basedOn: 1 }).decided(),
  );
  const asked = (await historyOf(temporal, space.agents.at(voter).workflowId)).filter((line) => line.id > voting);
  const decided = inSet.findIndex((line) => line.name === 'ballotDecided');
  const end = inSet.findIndex((line, at) => at > decided && line.kind === 'workflowTaskCompleted');
  const inBallot = await historyOf(temporal, space.ballots.get('thinking@1').workflowId);
  const report = inBallot.findIndex((line) => line.name === 'ballotDecided');
  const before = (await historyOf(temporal, told.workflowId)).at(-1)?.id ?? 0;
  await told.propose({ value: 1 }, { basedOn: 1 }).verdict;
  while (!(await told.adoption()).done) await pause(POLL_MS);
  const announcement = (await historyOf(temporal, told.workflowId)).filter((line) => line.id > before);
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
