import { createLastSeen } from '../../../src/client/last-seen';
import { createTurns } from '../../../src/client/turns';

function clock() {
  let now = 0;
  return { now: () => now, wait: (ms: number) => (now += ms) };
}

test('CNT-4 what was seen is as old as the request that saw it, at most, and is not answered when it is too old', () => {
  const time = clock();
  const seen = createLastSeen<number>(time.now);
  expect(seen.last('a', 1_000)).toBeUndefined();
  const sentAt = seen.now();
  time.wait(30);
  seen.saw('a', 5, 1, sentAt);
  time.wait(20);
  expect(seen.last('a', 50)).toEqual({ value: 5, ageMs: 50 });
  expect(seen.last('a', 49)).toBeUndefined();
});

test('CNT-4 of two answers that overlap the one with more changes stays; one that was asked for later is newer in any case', () => {
  const time = clock();
  const seen = createLastSeen<number>(time.now);
  time.wait(10);
  seen.saw('a', 7, 2, 0);
  seen.saw('a', 6, 1, 5);
  expect(seen.last('a', 100)?.value).toBe(7);
  // deleted and begun anew: fewer changes, and newer
  time.wait(10);
  seen.saw('a', 1, 1, 15);
  expect(seen.last('a', 100)).toEqual({ value: 1, ageMs: 5 });
});

test('of calls to one receiver at most so many are under way, in their order; others are not held up', async () => {
  const { inTurn } = createTurns(2);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const call = (id: string, name: string): Promise<string> =>
    inTurn(id, async () => {
      begun.push(name);
      await new Promise<void>((end) => ends.set(name, end));
      return name;
    });
  const calls = [call('x', '1'), call('x', '2'), call('x', '3'), call('x', '4'), call('y', '5')];
  expect(begun).toEqual(['1', '2', '5']);
  ends.get('2')?.();
  await calls[1];
  await Promise.resolve();
  expect(begun).toEqual(['1', '2', '5', '3']);
  for (const name of ['1', '3', '5']) ends.get(name)?.();
  await calls[2];
  ends.get('4')?.();
  expect(await Promise.all(calls)).toEqual(['1', '2', '3', '4', '5']);
  await expect(inTurn('x', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await inTurn('x', () => Promise.resolve('free'))).toBe('free');
});
