import { MAX_RANGE, type IdRange } from '../../src/contracts/coordination/counter';
import { continuationQuery, renewSignal, type EntityInput } from '../../src/contracts/entity';
import type { Name } from '../../src/contracts/ids';
import { createCounters } from '../../src/client/counters';
import { startCounting, type CountingHarness } from '../support/counting/harness';
import { until } from '../support/kernel/harness';
import { codeOf } from '../support/sets/harness';
import { historyOf, untilHandingOver } from '../support/sets/history';

let harness: CountingHarness;
beforeAll(async () => {
  harness = await startCounting('counters');
}, 120_000);
afterAll(async () => {
  await harness.close();
});

const handleOf = (id: string) => harness.temporal.client.workflow.getHandle(id);
const many = <T>(count: number, act: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_each, at) => act(at)));
/** Ranges that share an id. */
function overlaps(ranges: readonly IdRange[]): readonly IdRange[] {
  const sorted = [...ranges].sort((a, b) => a.from - b.from);
  return sorted.filter(({ from }, at) => from < (sorted[at - 1]?.to ?? 0));
}

test('CNT-2 CNT-1 of a hundred increments at once towards a bound of forty, forty count, each number once, over a renewal', async () => {
  const seats = harness.counters.at('seats', { max: 40 });
  await seats.add(1, { requestId: 'first' });
  const others = many(99, async (at) => {
    try {
      return (await seats.add(1, { requestId: `seat-${String(at)}` })).value;
    } catch (error) {
      return (error as { readonly code?: string }).code;
    }
  });
  await harness.renew(seats.workflowId);
  const answers = await others;
  const taken = answers.filter((each) => typeof each === 'number').sort((a, b) => a - b);
  expect(taken).toEqual(Array.from({ length: 39 }, (_each, at) => at + 2));
  expect(new Set(answers.filter((each) => typeof each !== 'number'))).toEqual(new Set(['bound-reached']));
  expect(await seats.get()).toEqual({ value: 40, read: 'strong' });
  await expect(seats.add()).rejects.toMatchObject({ code: 'bound-reached', details: { value: 40, max: 40 } });
});

test('CNT-1 a repeated request counts once and is answered as the first time: at once, after renewals, after a terminate', async () => {
  const tally = harness.counters.at('tally');
  const once = { requestId: 'once' };
  const first = await tally.add(5, once);
  expect(await many(5, () => tally.add(5, once))).toEqual(Array(5).fill(first));
  expect(await codeOf(tally.add(6, once))).toBe('idempotency-key-reused');
  await harness.renew(tally.workflowId);
  expect(await tally.add(5, once)).toEqual(first);
  await tally.add(2);
  await handleOf(tally.workflowId).terminate('killed by a test');
  // nobody has forgotten anything: the next use goes on where it was
  expect(await tally.get()).toEqual({ value: 7, read: 'strong' });
  expect(await tally.add(5, once)).toEqual(first);
  expect(await many(4, () => tally.add(1))).toHaveLength(4);
  expect(await tally.add(5, once)).toEqual(first);
  expect(await tally.get()).toEqual({ value: 11, read: 'strong' });
  await until('the event', () =>
    harness.events(tally.workflowId).some(({ type }) => type === 'counter.wentOn') ? true : undefined,
  );
});

test('CNT-5 no id is handed out twice: over renewal, terminate, deletion and reset', async () => {
  const ids = harness.counters.at('orders');
  const ranges: IdRange[] = [];
  const take = async (count: number): Promise<void> => void ranges.push(await ids.allocate(count));
  await many(10, () => take(100));
  const { runId } = await handleOf(ids.workflowId).describe();
  await many(3, () => take(7));
  const reset = { namespace: harness.temporal.client.options.namespace, reason: 'a test' };
  const { events } = await handleOf(ids.workflowId).fetchHistory();
  const task = events?.find(({ workflowTaskCompletedEventAttributes: completed }) => completed != null)?.eventId;
  await harness.temporal.client.workflowService.resetWorkflowExecution({
    ...reset,
    workflowExecution: { workflowId: ids.workflowId, runId },
    ...(task == null ? {} : { workflowTaskFinishEventId: task }),
    requestId: 'reset-once',
    // 2: nothing of what came after is done again
    resetReapplyType: 2,
  });
  await many(3, () => take(50));
  expect((await ids.view()).allocated).toBeLessThan(1_171);
  await harness.renew(ids.workflowId);
  await take(3);
  await handleOf(ids.workflowId).terminate('killed by a test');
  await many(3, () => take(20));
  await take(MAX_RANGE);
  await ids.delete();
  await take(5);
  expect((await ids.view()).allocated).toBe(5);
  expect(overlaps(ranges)).toEqual([]);
  expect(ranges.every(({ from }, at) => at === 0 || from > 1e15)).toBe(true);
});

test('CNT-5 a name that hands out too many ids says when there are more', async () => {
  const ids = harness.counters.at('greedy');
  const ranges: IdRange[] = [];
  const refused = await until('a refusal', async () => {
    const asked = await many(2, () => ids.allocate(MAX_RANGE).catch((error: unknown) => error));
    ranges.push(...asked.filter((each): each is IdRange => 'from' in (each as object)));
    return asked.find((each) => each instanceof Error);
  });
  expect(refused).toMatchObject({ code: 'limit-reached', retryAfterMs: expect.any(Number) as number });
  expect(overlaps(ranges)).toEqual([]);
});

test('CNT-4 a cached read says how old it is; a strong one sees what others did', async () => {
  const mine = harness.counters.at('shared');
  const others = createCounters(harness.temporal, undefined).at('shared');
  expect(await codeOf(mine.get({ read: 'cached' }))).toBe('counter-not-found');
  await mine.add(1);
  await others.add(1);
  const cached = await mine.get({ read: 'cached', maxAgeMs: 60_000 });
  expect(cached).toEqual({ value: 1, read: 'cached', ageMs: expect.any(Number) as number });
  expect(await mine.get({ read: 'cached', maxAgeMs: 0 })).toEqual({ value: 2, read: 'strong' });
  expect(await mine.get()).toEqual({ value: 2, read: 'strong' });
  expect(await mine.get({ read: 'cached', maxAgeMs: 60_000 })).toMatchObject({ value: 2, read: 'cached' });
});

test('CNT-1 stripes are summed; the same request meets the same stripe', async () => {
  const hits = harness.counters.at('hits', { stripes: 4 });
  expect(await hits.get()).toEqual({ value: 0, read: 'summed' });
  await many(24, (at) => hits.add(2, { requestId: `hit-${String(at % 12)}` }));
  expect(await hits.get()).toEqual({ value: 24, read: 'summed' });
  const used = await many(4, async (at) => {
    const { value } = await harness.counters.at(`hits.stripe-${String(at)}`).get();
    return value;
  });
  expect(used.filter((value) => value > 0).length).toBeGreaterThan(1);
  expect(await codeOf(harness.counters.at('hits', { stripes: 2 }).add())).toBe('definition-mismatch');
  expect(await hits.get({ read: 'cached' })).toMatchObject({ value: 24, read: 'cached' });
});

test('what is deleted is gone, and its name begins anew; a counter that was stopped in order goes on', async () => {
  const door = harness.counters.at('door', { start: 3, min: 0 });
  expect(await codeOf(door.get())).toBe('counter-not-found');
  expect(await door.add(-1)).toEqual({ before: 3, value: 2, revision: 1 });
  expect(await door.reset({ to: 9 })).toMatchObject({ before: 2, value: 9 });
  expect(await codeOf(harness.counters.at('door', { max: 9 }).add())).toBe('definition-mismatch');
  await handleOf(door.workflowId).cancel();
  await until('the end', async () =>
    (await handleOf(door.workflowId).describe()).status.name === 'COMPLETED' ? true : undefined,
  );
  expect(await harness.counters.at('door').add(1)).toMatchObject({ before: 9, value: 10 });
  await door.delete();
  await door.delete();
  expect(await codeOf(door.get())).toBe('counter-not-found');
  expect(await door.add()).toMatchObject({ before: 3, value: 4 });
});

test.each([
  ['a fraction', 0.5, 'invalid-message'],
  ['a text', '1' as unknown as number, 'invalid-message'],
  ['more than there are numbers', Number.MAX_SAFE_INTEGER, 'bound-reached'],
])('%s is refused, and the counter is as before', async (_what, by, code) => {
  const strict = harness.counters.at('strict');
  if (code !== 'invalid-message') await strict.add();
  const before = await strict.view().catch(() => undefined);
  expect(await codeOf(strict.add(by))).toBe(code);
  const after = await strict.view();
  if (before !== undefined) expect(after).toEqual(before);
});

test('CNT-1 a run that ended before a worker had it loses nothing: neither the first, nor one that was to go on', async () => {
  const [fresh, old] = [harness.counters.at('fresh'), harness.counters.at('old')];
  await old.add(5);
  const input = await handleOf(old.workflowId).query(continuationQuery);
  const letGo = await harness.holdWorkflows();
  await handleOf(old.workflowId).terminate('killed by a test');
  const { runId } = await handleOf(old.workflowId).describe();
  await harness.temporal.goOn(old.workflowId, 'counterWorkflow', input as EntityInput, runId);
  await handleOf(old.workflowId).terminate('killed by a test');
  const start = { workflowType: 'counterWorkflow', kind: 'counter' as const, init: {}, summary: 'counter' };
  await harness.temporal.start({ ...start, name: fresh.name as Name, taken: 'fail' });
  await handleOf(fresh.workflowId).terminate('killed by a test');
  await letGo();
  expect(await fresh.add(2)).toMatchObject({ before: 0, value: 2 });
  expect(await old.add(1)).toMatchObject({ before: 5, value: 6 });
});

test('CNT-1 IDM-5 a run that was terminated before its last events had a task loses nothing, and knows its requests', async () => {
  const door = harness.counters.at('early');
  const answered = await door.add(5, { requestId: 'once' });
  const letGo = await harness.holdWorkflows();
  await handleOf(door.workflowId).signal(renewSignal);
  await handleOf(door.workflowId).terminate('killed by a test');
  await letGo();
  expect(await door.add(5, { requestId: 'once' })).toEqual(answered);
  expect(await door.add(1)).toMatchObject({ before: 5, value: 6 });
});

test('what a change costs: 5 events and one workflow task; what is refused, and a read, cost nothing', async () => {
  // the store is down, so that its hand-over adds no events between them
  harness.setStoreDown(true);
  const [cost, kept] = [harness.counters.at('cost', { max: 3 }), harness.values.at('cost')];
  await Promise.all([cost.add(), kept.set(1)]);
  for (const { workflowId } of [cost, kept]) await untilHandingOver(harness.temporal, workflowId);
  const after = async (id: string, act: () => Promise<unknown>): Promise<readonly string[]> => {
    const before = (await historyOf(harness.temporal, id)).at(-1)?.id ?? 0;
    await act();
    return (await historyOf(harness.temporal, id)).filter((line) => line.id > before).map(({ type }) => type);
  };
  const all = [
    await after(cost.workflowId, () => cost.add()),
    await after(cost.workflowId, () => cost.allocate(100)),
    await after(kept.workflowId, () => kept.set(2)),
    await after(kept.workflowId, () => kept.compareAndSet(0, 3)),
  ];
  expect(all.map((lines) => [lines.length, lines.filter((type) => type === 'task completed').length])).toEqual(
    all.map(() => [5, 1]),
  );
  expect(await after(cost.workflowId, () => codeOf(cost.add(9)))).toEqual([]);
  expect(await after(cost.workflowId, () => cost.get())).toEqual([]);
  harness.setStoreDown(false);
});
