import { renewSignal, statusQuery } from '../../src/contracts/entity';
import { until } from '../support/kernel/harness';
import { patient } from '../support/sets/definitions';
import { startSets, type SetsHarness } from '../support/sets/harness';

let harness: SetsHarness;
beforeAll(async () => {
  harness = await startSets('renewals');
}, 120_000);
afterAll(async () => {
  harness.letGo();
  await harness.close();
});

const SLOW = ['slow-1', 'slow-2', 'slow-3'];

async function renew(workflowId: string): Promise<void> {
  const { temporal } = harness;
  const renewals = async (): Promise<number> => (await temporal.look(workflowId, statusQuery)).counts.renewals;
  const before = await renewals();
  await temporal.client.workflow.getHandle(workflowId).signal(renewSignal);
  await until('the renewal', async () => ((await renewals()) > before ? true : undefined));
}

test('BAL-5 set and ballot are renewed while voters think: nobody is asked twice, every vote counts, one decision', async () => {
  await Promise.all(SLOW.map((name) => harness.agents.get('slow', name)));
  const set = await harness.variables.get(patient);
  const proposing = set.propose({ threshold: 0.93 }, { basedOn: 1 });
  expect(await proposing.verdict).toMatchObject({ kind: 'pending', ballot: 'patient@1' });
  await until('all to think', () => (harness.held.length === 3 ? true : undefined));
  await renew(harness.ballots.get('patient@1').workflowId);
  await renew(set.workflowId);
  await renew(harness.ballots.get('patient@1').workflowId);
  // an announcement that is under way is begun again as well, and told once
  for (const agent of SLOW) await set.subscribe(agent);
  harness.letGo();
  expect(await proposing.decided()).toMatchObject({ kind: 'accepted', version: 2, tally: { no: 0 } });
  expect([...harness.held].slice(0, 3).sort()).toEqual(SLOW);
  const { casts } = await harness.ballots.get('patient@1').view();
  expect(new Set(casts.map((cast) => cast.voter)).size).toBe(casts.length);
  await until('the announcement', async () => ((await set.adoption()).done ? true : undefined));
  expect((await set.adoption()).laggards).toEqual([]);
  expect(harness.held.filter((who) => who === 'slow-1')).toHaveLength(2);
  expect(await harness.agents.at('slow-1').inspect('version')).toBe(2);
  const events = await until('the events', () => {
    const all = harness.events(set.workflowId);
    return all.some((event) => event.type === 'set.announced') ? all : undefined;
  });
  expect(events.filter((event) => event.type === 'set.decided')).toHaveLength(1);
  expect(events.map((event) => event.sequence)).toEqual(events.map((_event, at) => at + 1));
});
