import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createStoreActivities } from '../../activities/store';
import type { CloudEvent } from '../../src/contracts/envelope';
import { renewSignal } from '../../src/contracts/entity';
import { subscribeUpdate } from '../../src/contracts/variable-set';
import { openStore, type Store } from '../../src/store/open';
import { until } from '../support/kernel/harness';
import { thinking } from '../support/sets/definitions';
import { emptyDatabase } from '../support/store/template';
import { startSets, type SetsHarness } from '../support/sets/harness';

const log = { info: () => undefined, error: () => undefined };
let store: Store;
let harness: SetsHarness;
beforeAll(async () => {
  store = openStore({ log, template: await emptyDatabase() });
  await store.migrate();
  store.project();
  harness = await startSets('events', createStoreActivities({ eventStore: store.events }).appendEvents);
}, 120_000);
afterAll(async () => {
  await harness.close();
  await store.close();
});

const GOLDEN = join(__dirname, '../../docs/reference/wire/events');
/** The fields of the data in all published samples of a type. */
function published(type: string): readonly string[] {
  const samples = readdirSync(GOLDEN).filter((file) => file.startsWith(`${type}.v1.`));
  return samples.flatMap((file) => {
    const sample = JSON.parse(readFileSync(join(GOLDEN, file), 'utf8')) as CloudEvent;
    return Object.keys(sample.data);
  });
}

const everything = () => store.events.read({ space: harness.temporal.space, after: 0, limit: 1000 });
const why = () => store.reads.why({ space: harness.temporal.space, set: 'thinking', variable: 'threshold' });

test('the whole way: proposed, voted with reasons, committed, announced, adopted, refused, and why tells all of it', async () => {
  const { space } = harness.temporal;
  await harness.startGuards(1, 5);
  const set = await harness.variables.get(thinking);
  for (const agent of ['guard-1', 'guard-2']) {
    const args = { agent, interested: true };
    await harness.temporal.call(`${space}:variables:thinking`, subscribeUpdate, args, { requestId: `sub-${agent}` });
  }
  const evidence = { study: 'elsewhere', trials: [3], measuredOn: 1 };
  const first = set.propose({ threshold: 0.93 }, { basedOn: 1, because: 'trial 3', proposer: 'tuner', evidence });
  expect(await first.decided()).toMatchObject({ kind: 'accepted', version: 2 });
  expect(await set.propose({ other: 4 }, { basedOn: 2 }).decided()).toMatchObject({ kind: 'accepted', version: 3 });
  const lost = await set.propose({ threshold: 0.99 }, { basedOn: 3, proposer: 'tuner' }).decided();
  expect(lost).toMatchObject({ kind: 'refused' });
  const told = await until('why tells all of it', async () => {
    const found = await why().catch(() => undefined);
    const isAll = found?.refused.length === 1 && found.adoption.length === 2;
    return isAll ? found : undefined;
  });
  expect(told).toMatchObject({
    value: 0.93,
    version: 2,
    proposal: { number: 1, proposer: 'tuner', because: 'trial 3', verdict: 'accepted', evidence },
    trials: [],
    changedSince: [{ version: 3, changes: [{ variable: 'other', after: 4 }] }],
    refused: [{ number: 3, verdict: 'refused', reasons: [{ code: 'ballot-lost' }] }],
  });
  expect(told.proposal?.tally?.casts[0]).toMatchObject({
    choice: 'yes',
    reason: 'within bounds',
    measured: { lost: 2 },
  });
  expect(told.adoption.map((each) => each.agent)).toEqual(['guard-1', 'guard-2']);
});

test('ENV-4 what real entities emit has the fields that were published, and is numbered without a gap', async () => {
  const expected = ['entity.started', 'set.committed', 'set.announced', 'ballot.voteCast', 'ballot.decided'];
  const events = await until('an event of each type', async () => {
    const found = (await everything()).map((each) => each.event);
    const types = new Set(found.map((each) => each.type));
    return expected.every((type) => types.has(type)) ? found : undefined;
  });
  for (const event of events) {
    const known = published(event.type);
    expect(Object.keys(event.data).filter((field) => !known.includes(field))).toEqual([]);
  }
  for (const source of new Set(events.map((each) => each.source))) {
    const own = events.filter((each) => each.source === source).map((each) => Number(each.sequence));
    expect(own).toEqual(own.map((_each, at) => at + 1));
  }
});

test('while the store is down outboxes hold; then each event is there once and in order, renewals in between', async () => {
  const { space, client } = harness.temporal;
  harness.setStoreDown(true);
  const agent = await harness.agents.get('guard', 'guard-9');
  for (let n = 0; n < 3; n++) await harness.agents.at('guard-9').tell('unknown', n);
  await client.workflow.getHandle(agent.workflowId).signal(renewSignal);
  await until('the renewal', async () => ((await agent.status()).counts.renewals === 1 ? true : undefined));
  expect((await agent.status()).outbox).toBe(4);
  harness.setStoreDown(false);
  await until('handed over', async () => ((await agent.status()).outbox === 0 ? true : undefined), 40_000);
  const own = (await everything()).filter(({ event }) => event.source === `/spaces/${space}/agent/guard-9`);
  expect(own.map(({ event }) => event.type)).toEqual([
    'entity.started',
    ...Array<string>(3).fill('entity.deadLettered'),
  ]);
});
