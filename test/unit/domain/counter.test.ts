import fc from 'fast-check';
import {
  IDS_AHEAD_MS_MAX,
  IDS_PER_MS,
  MAX_COUNT,
  MAX_RANGE,
  MAX_STRIPES,
  type CounterSpec,
  type IdRange,
} from '../../../src/contracts/coordination/counter';
import { isRefusal } from '../../../src/contracts/errors';
import {
  allocated,
  countedFrom,
  counterLine,
  counterView,
  openCounter,
  overAt,
  parseCounterSpec,
  rangeRefusal,
  resetRefusal,
  resetTo,
  specRefusal,
  stepped,
  stepRefusal,
  type CounterState,
} from '../../../src/domain/coordination/counter';

const SEED = 20261130;
const NOW = Date.parse('2026-11-30T12:00:00.000Z');
const codeOf = (what: unknown): string => (isRefusal(what) ? what.code : 'no refusal');

const specs: fc.Arbitrary<CounterSpec> = fc
  .record(
    {
      min: fc.integer({ min: -20, max: 0 }),
      max: fc.integer({ min: 0, max: 20 }),
    },
    { requiredKeys: [] },
  )
  .chain((bounds) =>
    fc.option(fc.integer({ min: bounds.min ?? -20, max: bounds.max ?? 20 }), { nil: undefined }).map((start) => ({
      ...bounds,
      ...(start === undefined ? {} : { start }),
    })),
  );
const steps = fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 60 });

test('CNT-1 CNT-2 under any steps the value is start and the sum of what was acknowledged, and never out of bounds', () => {
  fc.assert(
    fc.property(specs, steps, (spec, all) => {
      let state = openCounter(spec, NOW);
      let sum = spec.start ?? 0;
      const [min, max] = [spec.min ?? -MAX_COUNT, spec.max ?? MAX_COUNT];
      for (const by of all) {
        const refusal = stepRefusal(state, by);
        // refused when, and only when, the step would leave the bounds
        expect(refusal === undefined).toBe(min <= sum + by && sum + by <= max);
        if (refusal !== undefined) {
          expect(refusal).toMatchObject({ code: 'bound-reached', details: { value: sum, min, max } });
          continue;
        }
        const next = stepped(state, by, NOW);
        expect(countedFrom(state, next)).toEqual({ before: sum, value: sum + by, revision: state.revision + 1 });
        state = next;
        sum += by;
      }
      expect(counterView(state).value).toBe(sum);
    }),
    { seed: SEED, numRuns: 300 },
  );
});

/** What may happen to a name that hands out ids: a range, time, another life, or a life gone back to an earlier state. */
type Happening =
  | { readonly kind: 'allocate'; readonly count: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'delete' }
  | { readonly kind: 'reset'; readonly to: number };
const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    arbitrary: fc.record({ kind: fc.constant('allocate' as const), count: fc.integer({ min: 1, max: 5_000 }) }),
    weight: 6,
  },
  { arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 30 }) }), weight: 3 },
  { arbitrary: fc.constant({ kind: 'delete' as const }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('reset' as const), to: fc.nat() }), weight: 1 },
);

test('CNT-5 under any ranges, deletions and resets no id is handed out twice', () => {
  fc.assert(
    fc.property(fc.array(happenings, { maxLength: 60 }), (all) => {
      let now = NOW;
      let state = openCounter({}, now);
      const past: CounterState[] = [state];
      const ranges: IdRange[] = [];
      for (const each of all) {
        if (each.kind === 'wait') now += each.ms;
        if (each.kind === 'delete') {
          now = Math.max(now, overAt({ ...state, deletedAt: now }) ?? now);
          state = openCounter({}, now);
        }
        if (each.kind === 'reset') {
          // nothing is promised within that time of the last range
          now += IDS_AHEAD_MS_MAX;
          state = past[each.to % past.length] ?? state;
        }
        if (each.kind === 'allocate') {
          const outcome = allocated(state, each.count, now);
          if (isRefusal(outcome)) continue;
          state = outcome.state;
          past.push(state);
          ranges.push(outcome.range);
        }
      }
      const sorted = [...ranges].sort((a, b) => a.from - b.from);
      sorted.forEach(({ from, to }, at) => {
        expect(from).toBeGreaterThanOrEqual(sorted[at - 1]?.to ?? 0);
        expect(to).toBeGreaterThan(from);
      });
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('CNT-5 ids run ahead of the clock by one full range and no more; the refusal says when there are more', () => {
  const full = allocated(openCounter({}, NOW), MAX_RANGE, NOW);
  if (isRefusal(full)) throw new Error(full.message);
  expect(full.range).toEqual({ from: NOW * IDS_PER_MS, to: NOW * IDS_PER_MS + MAX_RANGE });
  const more = allocated(full.state, 1_500, NOW);
  expect(more).toMatchObject({ code: 'limit-reached', retryAfterMs: 2 });
  expect(codeOf(allocated(full.state, 1_500, NOW + 2))).toBe('no refusal');
  expect(overAt(full.state)).toBeUndefined();
  expect(overAt({ ...full.state, deletedAt: NOW })).toBe(NOW + IDS_AHEAD_MS_MAX);
  expect(overAt({ ...openCounter({}, NOW), deletedAt: NOW })).toBe(NOW);
  expect(Number.isSafeInteger(Date.parse('2250-01-01') * IDS_PER_MS + MAX_RANGE)).toBe(true);
});

test.each([
  [{}, 0],
  [{ start: 3 }, 3],
  [{ min: 0, max: 0 }, 0],
  [{ stripes: MAX_STRIPES }, 0],
])('%j begins at %i', (spec, value) => {
  const parsed = parseCounterSpec(spec);
  if (isRefusal(parsed)) throw new Error(parsed.message);
  expect(parsed).toEqual(spec);
  expect(openCounter(parsed, NOW).value).toBe(value);
});

test.each([
  ['no object', 3],
  ['a list', []],
  ['an unknown part', { bound: 3 }],
  ['a start out of bounds', { start: 9, max: 5 }],
  ['bounds without 0 and no start', { min: 1 }],
  ['bounds the wrong way round', { min: 3, max: 1, start: 2 }],
  ['a fraction', { max: 1.5 }],
  ['a text', { min: '1' }],
  ['no stripes', { stripes: 0 }],
  ['too many stripes', { stripes: MAX_STRIPES + 1 }],
  ['stripes with a bound', { stripes: 2, max: 9 }],
  ['stripes with a start', { stripes: 2, start: 9 }],
])('a counter with %s contradicts itself', (_what, spec) => {
  expect(codeOf(parseCounterSpec(spec))).toBe('invalid-definition');
});

test('a counter that is taken for another one says so; its defaults may be spelt out or not', () => {
  const state = openCounter({ max: 9 }, NOW);
  expect(specRefusal(state, undefined)).toBeUndefined();
  expect(specRefusal(state, { max: 9, start: 0 })).toBeUndefined();
  expect(specRefusal(state, { max: 8 })).toMatchObject({
    code: 'definition-mismatch',
    details: { current: { max: 9 } },
  });
  expect(codeOf(specRefusal(state, {}))).toBe('definition-mismatch');
});

test('CNT-2 a reset stays within the bounds, and answers what the number was', () => {
  const state = stepped(openCounter({ start: 2, min: 0, max: 9 }, NOW), 5, NOW);
  expect(resetRefusal(state, undefined)).toBeUndefined();
  expect(countedFrom(state, resetTo(state, undefined, NOW))).toEqual({ before: 7, value: 2, revision: 2 });
  expect(resetTo(state, 9, NOW).value).toBe(9);
  expect(codeOf(resetRefusal(state, 10))).toBe('bound-reached');
  expect(codeOf(resetRefusal(state, 0.5))).toBe('invalid-message');
});

test.each([
  [1, 'no refusal'],
  [MAX_RANGE, 'no refusal'],
  [MAX_RANGE + 1, 'invalid-message'],
  [0, 'invalid-message'],
  [-1, 'invalid-message'],
  [1.5, 'invalid-message'],
  ['7', 'invalid-message'],
])('a range of %j ids: %s', (count, code) => {
  expect(codeOf(rangeRefusal(count))).toBe(code);
});

test('a counter in one line', () => {
  expect(counterLine(openCounter({}, NOW))).toBe('0, without bounds');
  expect(counterLine(openCounter({ max: 9 }, NOW))).toBe('0, at most 9');
  expect(counterLine(openCounter({ min: 0 }, NOW))).toBe('0, at least 0');
  expect(counterLine(openCounter({ min: 0, max: 9 }, NOW))).toBe('0, from 0 to 9');
  expect(counterLine(openCounter({ stripes: 8 }, NOW))).toBe('0, one of 8 stripes');
  const outcome = allocated(openCounter({}, NOW), 100, NOW);
  if (isRefusal(outcome)) throw new Error(outcome.message);
  expect(counterLine(outcome.state)).toBe('0, without bounds, 100 ids handed out');
  expect(counterView(outcome.state)).toMatchObject({ allocated: 100, newest: outcome.range, revision: 1 });
});
