import { createStoreActivities } from '../../activities/store';
import { createHttpReads } from '../../src/client/http-reads';
import type { Space } from '../../src/client/index';
import { tellSignal } from '../../src/contracts/agent';
import { MAX_DRIFT_MS, type Causality, type Stamp } from '../../src/contracts/causality';
import type { Cast } from '../../src/contracts/coordination/ballot';
import { renewSignal } from '../../src/contracts/entity';
import type { StoredEvent } from '../../src/contracts/event-store';
import { subscribeUpdate } from '../../src/contracts/variable-set';
import { openStore, type Store } from '../../src/store/open';
import { ended } from '../support/cli';
import { until } from '../support/kernel/harness';
import { serve } from '../support/rest/http';
import { thinking, type proposer } from '../support/sets/definitions';
import { startSets, type SetsHarness } from '../support/sets/harness';
import { emptyDatabase } from '../support/store/template';

const log = { info: () => undefined, error: () => undefined };
let store: Store;
let harness: SetsHarness;
beforeAll(async () => {
  store = openStore({ log, template: await emptyDatabase() });
  await store.migrate();
  harness = await startSets('causality', createStoreActivities({ eventStore: store.events }).appendEvents);
}, 120_000);
afterAll(async () => {
  await harness.close();
  await store.close();
});

/** Waits for the event of that type of that entity. */
const found = (type: string, path: string): Promise<StoredEvent> =>
  until(`${type} of ${path}`, async () => {
    const { space } = harness.temporal;
    const events = await store.events.read({ space, after: 0, limit: 1_000 });
    return events.find(({ event }) => event.type === type && event.source === `/spaces/${space}/${path}`);
  });
const order = (a: StoredEvent, b: StoredEvent): Promise<Causality> => {
  const { space } = harness.temporal;
  return store.reads.causality({ space, a: String(a.position), b: String(b.position) });
};
const messagesOf = ({ path }: Causality): number => path.filter(({ via }) => via === 'message').length;

test('CAU-4 a decision is followed over agent, set and ballot: requests, starts, votes, reports, announcements and answers', async () => {
  const { space } = harness.temporal;
  await harness.startGuards(1, 5);
  await harness.variables.get(thinking);
  for (const agent of ['guard-1', 'guard-2']) {
    const args = { agent, interested: true };
    await harness.temporal.call(`${space}:variables:thinking`, subscribeUpdate, args, { requestId: `sub-${agent}` });
  }
  const tuner = await harness.agents.get<typeof proposer>('proposer', 'tuner');
  await tuner.ask('propose', { set: 'thinking', threshold: 0.93 });
  await harness.temporal.tell(tuner.workflowId, tellSignal, { name: 'unknown' });

  const proposed = await found('set.proposed', 'variables/thinking');
  const committed = await found('set.committed', 'variables/thinking');
  const opened = await found('ballot.opened', 'ballot/thinking@1');
  const cast = await found('ballot.voteCast', 'ballot/thinking@1');
  const decided = await found('ballot.decided', 'ballot/thinking@1');
  const adopted = await found('agent.adopted', 'agent/guard-1');
  const other = await found('agent.adopted', 'agent/guard-2');
  // three of the five decide: whoever was among them
  const { voter } = (cast.event.data as { readonly cast: Cast }).cast;
  const voterStarted = await found('entity.started', `agent/${voter}`);
  const tunerStarted = await found('entity.started', 'agent/tuner');
  const buried = await found('entity.deadLettered', 'agent/tuner');
  const ways: readonly (readonly [string, StoredEvent, StoredEvent, number])[] = [
    ['a proposal', tunerStarted, proposed, 1],
    ['its answer', proposed, buried, 1],
    ['the start of a ballot', proposed, opened, 1],
    ['a vote', voterStarted, cast, 1],
    ['the report of a ballot', decided, committed, 1],
    ['an announcement', committed, adopted, 1],
    ['all of it', cast, adopted, 2],
  ];
  for (const [what, a, b, messages] of ways) {
    const answer = await order(a, b);
    expect([what, answer.order, answer.certain, messagesOf(answer)]).toEqual([what, 'before', true, messages]);
    expect([answer.path[0]?.position, answer.path.at(-1)?.position]).toEqual([a.position, b.position]);
  }
  expect(await order(adopted, cast)).toMatchObject({ order: 'after', certain: true });
  expect(await order(adopted, other)).toMatchObject({ order: 'concurrent', certain: true, path: [] });
  expect(await order(voterStarted, tunerStarted)).toMatchObject({ order: 'concurrent', certain: true });

  // The same over HTTP, and in the shell.
  const { reads } = store;
  const http = await serve({ reads, log, space: () => Promise.reject(new Error('no space is needed')) } as never);
  const over = createHttpReads(http.base);
  const name = (at: StoredEvent): string => `${at.event.partitionkey}~${at.event.id}`;
  try {
    const [whole, same] = [
      await order(cast, adopted),
      await over.causality({ space, a: name(cast), b: name(adopted) }),
    ];
    expect(same).toEqual(whole);
    const missing = over.causality({ space, a: '987654', b: name(cast) });
    await expect(missing).rejects.toMatchObject({ code: 'event-not-found' });
    const door = {
      causality: (a: string, b: string) => over.causality({ space, a, b }),
      close: () => Promise.resolve(),
    } as unknown as Space;
    const shell = (...args: string[]) => ended(['causality', ...args], { connect: () => Promise.resolve(door) });
    const said = await shell(String(cast.position), name(adopted));
    expect(said).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^before: A happened before B, over 2 messages\n/) as string,
    });
    expect(said.out).toContain(`agent.adopted         ${name(adopted).slice(space.length + 1)}  then, by a message`);
    expect(JSON.parse((await shell(name(cast), name(adopted), '--output', 'json')).out)).toEqual(whole);
    expect((await shell(name(other), name(adopted))).out).toMatch(/^concurrent: /);
    expect(await shell('1', 'noon')).toMatchObject({ code: 2, err: expect.stringContaining('invalid-id') as string });
    expect(await shell('1', '987654')).toMatchObject({ code: 3 });
  } finally {
    http.close();
  }
});

test('CAU-4 a message whose stamp is beyond the drift is refused with its code, a signal is a dead letter, the clock as before', async () => {
  const agent = await harness.agents.get('guard', 'guard-9');
  const hlc = (aheadMs: number): string => `${String(Date.now() + aheadMs).padStart(15, '0')}.000000@elsewhere`;
  const ahead: Stamp = { hlc: hlc(2 * MAX_DRIFT_MS), follows: [] };
  await expect(agent.with({ stamp: ahead }).ask('count')).rejects.toMatchObject({ code: 'clock-drift' });
  await harness.temporal.tell(agent.workflowId, tellSignal, { name: 'any' }, { stamp: ahead });
  const [letter] = await until('the dead letter', async () => {
    const letters = await agent.deadLetters();
    return letters.length === 0 ? undefined : letters;
  });
  expect(letter).toMatchObject({ refusal: { code: 'clock-drift' } });
  const { event } = await found('entity.deadLettered', 'agent/guard-9');
  expect(String(event.hlc) < hlc(MAX_DRIFT_MS)).toBe(true);
  expect((await agent.status()).counts).toMatchObject({ accepted: 0 });
});

test('CAU-4 what was heard, and the time, travel over a renewal: the next event follows both', async () => {
  const { client, space } = harness.temporal;
  const agent = await harness.agents.get('guard', 'guard-8');
  const far = `${String(Date.now() + MAX_DRIFT_MS / 2).padStart(15, '0')}.000007@elsewhere`;
  const follows = [`${space}:agent:somebody~1/3`];
  await agent.with({ stamp: { hlc: far, follows } }).ask('count');
  await client.workflow.getHandle(agent.workflowId).signal(renewSignal);
  await until('the renewal', async () => ((await agent.status()).counts.renewals === 1 ? true : undefined));
  await harness.temporal.tell(agent.workflowId, tellSignal, { name: 'unknown' });
  const { event } = await found('entity.deadLettered', 'agent/guard-8');
  expect(event.follows).toBe(follows[0]);
  expect(String(event.hlc) > far).toBe(true);
});
