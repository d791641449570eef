import { startCounting, type CountingHarness } from '../support/counting/harness';
import { codeOf } from '../support/sets/harness';

let harness: CountingHarness;
beforeAll(async () => {
  harness = await startCounting('values');
}, 120_000);
afterAll(async () => {
  await harness.close();
});

test('CNT-3 of many that compare and set the same version one wins, and the others are told what it set', async () => {
  const leader = harness.values.at<string>('config');
  expect(await codeOf(leader.get())).toBe('value-not-found');
  const tries = await Promise.all(Array.from({ length: 20 }, (_each, at) => leader.compareAndSet(0, `w${String(at)}`)));
  const won = tries.filter(({ swapped }) => swapped);
  expect(won).toHaveLength(1);
  expect(new Set(tries.map(({ value, version }) => `${String(value)}@${String(version)}`)).size).toBe(1);
  expect(await leader.get()).toEqual({ value: won[0]?.value, version: won[0]?.version, read: 'strong' });
});

test('CNT-3 an increment by compare and set loses nothing, and a repeated one is answered as the first time', async () => {
  const sum = harness.values.at<number>('sum');
  const { version: first } = await sum.set(0);
  const bump = async (requestId: string): Promise<void> => {
    let seen = await sum.get();
    for (let attempt = 0; ; attempt += 1) {
      const done = await sum.compareAndSet(seen.version, (seen.value ?? 0) + 1, {
        requestId: `${requestId}/${String(attempt)}`,
      });
      if (done.swapped) return;
      seen = { ...seen, ...done };
    }
  };
  const bumps = Promise.all(Array.from({ length: 5 }, (_each, at) => bump(`bump-${String(at)}`)));
  await harness.renew(sum.workflowId);
  await bumps;
  expect(await sum.get()).toMatchObject({ value: 5 });
  const once = { requestId: 'late' };
  const stale = await sum.compareAndSet(first, 77, once);
  expect(stale).toMatchObject({ swapped: false, value: 5 });
  await sum.set(6);
  expect(await sum.compareAndSet(first, 77, once)).toEqual(stale);
});

test('CNT-3 a version never comes again: over deletion, terminate and renewal', async () => {
  const flag = harness.values.at<boolean>('flag');
  const versions = [(await flag.set(true)).version];
  await harness.renew(flag.workflowId);
  versions.push((await flag.set(false)).version);
  await harness.temporal.client.workflow.getHandle(flag.workflowId).terminate('killed by a test');
  const went = await flag.set(true);
  expect(went.before).toBe(versions.at(-1));
  versions.push(went.version);
  await flag.delete();
  expect(await codeOf(flag.get())).toBe('value-not-found');
  const again = await flag.compareAndSet(went.version, false);
  expect(again).toEqual({ swapped: false, version: 0, value: null });
  versions.push((await flag.set(true)).version);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
});

test('CNT-4 a value that was read before is answered from memory, with its age', async () => {
  const cached = harness.values.at('cached');
  const { version } = await cached.set({ rate: 0.1 });
  expect(await cached.get({ read: 'cached' })).toEqual({
    value: { rate: 0.1 },
    version,
    read: 'cached',
    ageMs: expect.any(Number) as number,
  });
});

test.each([
  ['a value that is too long', (value) => value.set('x'.repeat(40_000)), 'message-too-large'],
  ['a version that is no number', (value) => value.compareAndSet('7' as unknown as number, 1), 'invalid-message'],
  ['a version below zero', (value) => value.compareAndSet(-1, 1), 'invalid-message'],
] as readonly [string, (value: ReturnType<CountingHarness['values']['at']>) => Promise<unknown>, string][])(
  '%s is refused, and the value is as before',
  async (_what, act, code) => {
    const strict = harness.values.at('strict');
    await strict.set('here', { requestId: 'here' });
    const before = await strict.view();
    expect(await codeOf(act(strict))).toBe(code);
    expect(await strict.view()).toEqual(before);
  },
);
