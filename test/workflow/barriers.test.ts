import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { BarrierLook, Passed } from '../../src/client/barriers';
import type { Session } from '../../src/client/sessions';
import { renewSignal, statusQuery } from '../../src/contracts/entity';
import { isPlatformError } from '../../src/contracts/errors';
import { startCoordination, type CoordinationHarness } from '../support/coordination/harness';
import { until } from '../support/kernel/harness';
import { codeOf } from '../support/sets/harness';
import { historyOf } from '../support/sets/history';

const PARTICIPANT = join(__dirname, '../support/coordination/participant-process.ts');

let harness: CoordinationHarness;
let ann: Session;
let ben: Session;
let cas: Session;
const children: ChildProcess[] = [];
beforeAll(async () => {
  harness = await startCoordination('barriers');
  [ann, ben, cas] = await Promise.all([harness.sessions.open(), harness.sessions.open(), harness.sessions.open()]);
}, 120_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await harness.close();
});

/** How it ended for one: what all of a generation must say alike. */
const outcomeOf = (passing: Promise<Passed>): Promise<string> =>
  passing.then(
    ({ generation }) => `released ${String(generation)}`,
    (error: unknown) => {
      if (!isPlatformError(error)) throw error;
      const { generation, reason } = error.details;
      return error.code === 'barrier-broken' ? `broken ${String(generation)}: ${String(reason)}` : error.code;
    },
  );

const waiting = (barrier: BarrierLook, count: number): Promise<true> =>
  until(`${String(count)} to wait`, async () => {
    const view = await barrier.view().catch(() => undefined);
    return view?.entered.length === count ? true : undefined;
  });

test('BAR-1 BAR-2 BAR-3 three go on together, who enters twice is one, who comes late is in the next generation', async () => {
  const barrier = harness.barriers.at('line', { parties: 3 });
  const entering = [
    outcomeOf(barrier.enter({ session: ann, participant: 'ann' })),
    outcomeOf(barrier.enter({ session: ann, participant: 'ann' })),
    outcomeOf(barrier.enter({ session: ben, participant: 'ben', requestId: 'once' })),
  ];
  await waiting(barrier, 2);
  const rival = harness.barriers.at('line', { parties: 2 });
  expect(await codeOf(rival.enter({ session: cas }))).toBe('definition-mismatch');
  entering.push(outcomeOf(barrier.enter({ session: cas, participant: 'cas' })));
  expect(await Promise.all(entering)).toEqual(Array.from({ length: 4 }, () => 'released 1'));
  // the same request again has the same answer; another one is late
  expect(await barrier.enter({ session: ben, participant: 'ben', requestId: 'once' })).toEqual({ generation: 1 });
  const late = outcomeOf(barrier.enter({ session: ben, participant: 'ben' }));
  await waiting(barrier, 1);
  expect(await barrier.view()).toMatchObject({ state: 'entering', generation: 2, last: { participants: 3 } });
  expect(await barrier.break('the test is over')).toEqual({ broken: 1 });
  expect(await late).toBe('broken 2: cancelled');
  // a participant that keeps its session alive elsewhere asks, and asks again
  const over = harness.barriers.requests('line');
  const args = {
    form: 'cyclic',
    parties: 2,
    onDeath: 'leave',
    session: ann.name,
    participant: 'ann',
    request: 'http',
  } as const;
  expect(await over.enter({ ...args, waitMs: 60_000 })).toMatchObject({ kind: 'waiting', generation: 3, entered: 1 });
  expect(await rival.enter({ session: ben })).toEqual({ generation: 3 });
  expect(await over.enter({ ...args, waitMs: 60_000 })).toEqual({ kind: 'released', generation: 3 });
  expect(await over.standing({ participant: 'ann', request: 'http' })).toEqual({ kind: 'released', generation: 3 });
  await until('the events', () => {
    const types = harness.events(barrier.workflowId).map(({ type }) => type);
    const ends = types.filter((type) => type === 'barrier.released' || type === 'barrier.broken');
    return ends.join() === 'barrier.released,barrier.broken,barrier.released' ? true : undefined;
  });
});

test('BAR-3 BAR-5 who waits no longer is not counted from then on; the deadline breaks it for all', async () => {
  const barrier = harness.barriers.at('patience', { parties: 2 });
  expect(await outcomeOf(barrier.enter({ session: ann, waitMs: 200 }))).toBe('timeout');
  expect((await barrier.view()).entered).toEqual([]);
  const entering = [outcomeOf(barrier.enter({ session: ben }))];
  await waiting(barrier, 1);
  entering.push(outcomeOf(barrier.enter({ session: cas })));
  expect(await Promise.all(entering)).toEqual(['released 1', 'released 1']);
  const short = harness.barriers.at('deadline', { parties: 3, deadlineMs: 300 });
  const both = [outcomeOf(short.enter({ session: ann })), outcomeOf(short.enter({ session: ben }))];
  const [first, second] = await Promise.all(both);
  // the second may have come when it was broken: then it is alone in the next one
  expect(first).toMatch(/^broken \d: deadline$/);
  expect(second).toMatch(/^broken \d: deadline$/);
});

test('BAR-4 a death before the release: its place has to be filled again, or the barrier breaks for all that wait', async () => {
  const barrier = harness.barriers.at('refilled', { parties: 2, lookMs: 300 });
  const [closed, killed] = await Promise.all([harness.sessions.open(), harness.sessions.open({ ttlMs: 1_500 })]);
  const lost = [outcomeOf(barrier.enter({ session: closed }))];
  await waiting(barrier, 1);
  await closed.close();
  await waiting(barrier, 0);
  lost.push(outcomeOf(barrier.enter({ session: killed })));
  await waiting(barrier, 1);
  // it tells nobody; that it is gone is found
  await harness.temporal.client.workflow.getHandle(killed.workflowId).terminate('a test');
  await waiting(barrier, 0);
  expect(await Promise.all(lost)).toEqual(['session-in-doubt', 'session-in-doubt']);
  const filled = [outcomeOf(barrier.enter({ session: ann })), outcomeOf(barrier.enter({ session: ben }))];
  expect(await Promise.all(filled)).toEqual(['released 1', 'released 1']);
  const brittle = harness.barriers.at('brittle', { parties: 4, onDeath: 'break' });
  const mortal = await harness.sessions.open();
  const entering = [ann, ben].map((session) => outcomeOf(brittle.enter({ session })));
  const dying = outcomeOf(brittle.enter({ session: mortal, participant: 'dora' }));
  await waiting(brittle, 3);
  await mortal.close();
  expect(await dying).toBe('session-in-doubt');
  expect(await Promise.all(entering)).toEqual(['broken 1: death', 'broken 1: death']);
  expect((await brittle.view()).last?.because).toBe('dora: the session has closed');
});

test('BAR-1 BAR-2 BAR-4 of a double barrier nobody leaves before all have; late entries wait, deaths hold up nobody', async () => {
  const barrier = harness.barriers.double('round', { parties: 2 });
  const mortal = await harness.sessions.open();
  const never = { participant: 'ann', request: 'never', session: ann.name, waitMs: 1_000 };
  expect(await codeOf(harness.barriers.requests('round').leave(never))).toBe('barrier-not-found');
  const [one, two] = await Promise.all([barrier.enter({ session: ann }), barrier.enter({ session: ben })]);
  const before = (await historyOf(harness.temporal, barrier.workflowId)).length;
  expect(await codeOf(harness.barriers.requests('round').leave(never))).toBe('not-a-party');
  const after = (await historyOf(harness.temporal, barrier.workflowId)).slice(before);
  expect(after.filter(({ type }) => /update/i.test(type))).toEqual([]);
  const leaving = outcomeOf(one.leave());
  await until('ann to have left', async () => ((await barrier.view()).state === 'leaving' ? true : undefined));
  // two that come while others leave are the next generation, and go on when these have left
  const next = [barrier.enter({ session: cas }), barrier.enter({ session: mortal })];
  await waiting(barrier, 2);
  expect(await outcomeOf(one.leave({ waitMs: 200 }))).toBe('timeout');
  const last = await two.leave();
  expect([await leaving, last]).toEqual(['released 1', { generation: 1 }]);
  expect(await outcomeOf(one.leave())).toBe('released 1');
  const [third, fourth] = await Promise.all(next);
  expect([third?.generation, fourth?.generation]).toEqual([2, 2]);
  // one dies inside: the other leaves alone
  const alone = third === undefined ? Promise.reject(new Error('nobody')) : outcomeOf(third.leave());
  await until('cas to have left', async () => ((await barrier.view()).state === 'leaving' ? true : undefined));
  await mortal.close();
  expect(await alone).toBe('released 2');
  expect(await codeOf(fourth?.leave() ?? Promise.resolve())).toBe('session-in-doubt');
  // and what is done between is between the two
  const acts: string[] = [];
  const act = (name: string, session: Session) =>
    barrier.with(
      async () => {
        acts.push(`${name} acts`);
        await until('both', () => (acts.length >= 2 ? true : undefined));
      },
      { session },
    );
  await Promise.all([act('ann', ann), act('ben', ben)]);
  expect(acts).toHaveLength(2);
});

test('BAR-1 BAR-2 BAR-4 a phaser waits for those that are registered: more and fewer of them, and none that has died', async () => {
  const phaser = harness.barriers.phaser('phases');
  const mortal = await harness.sessions.open();
  const a = await phaser.register({ session: ann, participant: 'ann' });
  const b = await phaser.register({ session: ben, participant: 'ben' });
  const arrival = await a.arrive();
  expect(await Promise.all([outcomeOf(arrival.advanced()), outcomeOf(b.arriveAndWait())])).toEqual([
    'released 1',
    'released 1',
  ]);
  // a third is waited for from now on, until it dies
  await phaser.register({ session: mortal, participant: 'dora' });
  const phase = [outcomeOf(a.arriveAndWait()), outcomeOf(b.arriveAndWait())];
  await waiting(phaser, 2);
  expect((await phaser.view()).registered).toContainEqual({ participant: 'dora', arrived: false });
  await mortal.close();
  expect(await Promise.all(phase)).toEqual(['released 2', 'released 2']);
  // who waits no longer has not arrived; who deregisters is not waited for
  expect(await outcomeOf(a.arriveAndWait({ waitMs: 200 }))).toBe('timeout');
  const alone = outcomeOf(a.arriveAndWait());
  await waiting(phaser, 1);
  await b.deregister();
  await b.deregister();
  expect(await alone).toBe('released 3');
  expect(await codeOf(b.arriveAndWait())).toBe('not-a-party');
});

test('BAR-1 BAR-3 those who wait go on together over a renewal, a terminate and a reset of their barrier', async () => {
  const { client } = harness.temporal;
  const over = async (name: string, act: (id: string) => Promise<unknown>): Promise<readonly string[]> => {
    const barrier = harness.barriers.at(name, { parties: 2 });
    const first = outcomeOf(barrier.enter({ session: ann }));
    await waiting(barrier, 1);
    await act(barrier.workflowId);
    return Promise.all([first, outcomeOf(barrier.enter({ session: ben }))]);
  };
  const renewed = over('renewed', async (id) => {
    await client.workflow.getHandle(id).signal(renewSignal);
    await until('the renewal', async () =>
      (await harness.temporal.look(id, statusQuery)).counts.renewals > 0 ? true : undefined,
    );
  });
  const terminated = over('terminated', (id) => client.workflow.getHandle(id).terminate('a test'));
  // to the first task, where nobody was in it: who waits finds that out, and enters again
  const reset = over('reset', async (id) => {
    const handle = client.workflow.getHandle(id);
    const { runId } = await handle.describe();
    const { events } = await handle.fetchHistory();
    const first = events?.find(({ workflowTaskCompletedEventAttributes: done }) => done != null)?.eventId;
    await client.workflowService.resetWorkflowExecution({
      namespace: client.options.namespace,
      workflowExecution: { workflowId: id, runId },
      reason: 'a test',
      workflowTaskFinishEventId: first ?? null,
      requestId: 'reset',
      resetReapplyExcludeTypes: [1, 2],
    });
  });
  const together = ['released 1', 'released 1'];
  expect(await Promise.all([renewed, terminated, reset])).toEqual([together, together, together]);
});

test('BAR-4 processes that are killed inside hold up nobody', async () => {
  const barrier = harness.barriers.double('processes', { parties: 2 });
  for (const participant of ['one', 'two']) {
    const args = ['--import', 'tsx', PARTICIPANT, harness.temporal.space, 'processes', '2', '2500', participant];
    children.push(spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] }));
  }
  const isInside = async (): Promise<true | undefined> => {
    const view = await barrier.view().catch(() => undefined);
    return view?.inside?.participants.length === 2 ? true : undefined;
  };
  await until('both processes to be inside', isInside, 60_000);
  const late = barrier.enter({ session: ann });
  await waiting(barrier, 1);
  const other = barrier.enter({ session: ben });
  await waiting(barrier, 2);
  for (const child of children) child.kill('SIGKILL');
  const [one, two] = await Promise.all([late, other]);
  expect([one.generation, two.generation]).toEqual([2, 2]);
  await Promise.all([one.leave(), two.leave()]);
});

test('BAR-1 costs: a generation of three is 23 events in the barrier, at most 30', async () => {
  const barrier = harness.barriers.at('counted', { parties: 3 });
  const once = async (): Promise<void> => {
    const first = [barrier.enter({ session: ann }), barrier.enter({ session: ben })];
    await waiting(barrier, 2);
    await Promise.all([...first, barrier.enter({ session: cas })]);
  };
  await once();
  harness.setStoreDown(true);
  try {
    const before = (await historyOf(harness.temporal, barrier.workflowId)).length;
    await once();
    const after = (await historyOf(harness.temporal, barrier.workflowId)).length;
    expect(after - before).toBeLessThanOrEqual(30);
  } finally {
    harness.setStoreDown(false);
  }
});
