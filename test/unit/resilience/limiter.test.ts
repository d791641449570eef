import fc from 'fast-check';
import { createLimiter } from '../../../src/resilience/limiter';
import { handClock } from '../../support/resilience/clock';

test('LIM-1 the limit is hit exactly, and answers say what is left and when', async () => {
  const clock = handClock();
  const limiter = createLimiter({ limit: 3, perMs: 1_000 }, clock.now);
  expect(limiter.state()).toEqual({ limit: 3, remaining: 3, resetMs: 0 });
  expect(limiter.take()).toEqual({ kind: 'taken', limit: 3, remaining: 2, resetMs: 1_000 });
  await clock.advance(400);
  limiter.take();
  expect(limiter.take()).toEqual({ kind: 'taken', limit: 3, remaining: 0, resetMs: 1_000 });
  expect(limiter.take()).toEqual({ kind: 'refused', limit: 3, remaining: 0, resetMs: 1_000, retryAfterMs: 600 });
  await clock.advance(599);
  expect(limiter.take().kind).toBe('refused');
  await clock.advance(1);
  expect(limiter.take().kind).toBe('taken');
  expect(limiter.take()).toMatchObject({ kind: 'refused', retryAfterMs: 400 });
});

test('LIM-1 at the edge of a period not twice the limit passes', async () => {
  const clock = handClock();
  const limiter = createLimiter({ limit: 10, perMs: 1_000 }, clock.now);
  await clock.advance(999);
  const before = Array.from({ length: 20 }, () => limiter.take().kind);
  await clock.advance(2);
  const after = Array.from({ length: 20 }, () => limiter.take().kind);
  expect([...before, ...after].filter((kind) => kind === 'taken')).toHaveLength(10);
});

test('LIM-1 a clock that goes back brings no token back', () => {
  let now = 5_000;
  const limiter = createLimiter({ limit: 1, perMs: 1_000 }, () => now);
  expect(limiter.take().kind).toBe('taken');
  now = 1_000;
  expect(limiter.take().kind).toBe('refused');
});

test('LIM-1 in no window more than the limit passes, and a call is refused only when the limit did', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 }), fc.constant(1_000)), { maxLength: 120 }),
      async (limit, pauses) => {
        const clock = handClock();
        const limiter = createLimiter({ limit, perMs: 1_000 }, clock.now);
        const passed: number[] = [];
        for (const pause of pauses) {
          if (pause > 0) await clock.advance(pause);
          const recent = passed.filter((at) => at > clock.now() - 1_000).length;
          const taken = limiter.take();
          expect(taken.kind).toBe(recent < limit ? 'taken' : 'refused');
          if (taken.kind === 'taken') passed.push(clock.now());
          expect(taken.remaining).toBe(limit - passed.filter((at) => at > clock.now() - 1_000).length);
        }
        for (const from of passed) {
          expect(passed.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(limit);
        }
      },
    ),
    { seed: 4, numRuns: 200 },
  );
});
