import fc from 'fast-check';
import { isRefusal } from '../../../../src/contracts/errors';
import type { InterleavedChanges } from '../../../../src/contracts/optimisation/interleaving';
import {
  interleavedEffects,
  interleavingPlan,
  type InterleavingPlan,
} from '../../../../src/domain/optimisation/interleaving';
import { spaceProblems } from '../../../../src/domain/optimisation/search-space';
import { numbers } from '../../../support/store/disturbed';

const SEED = 20_261_130;
const changes: InterleavedChanges = {
  batching: { set: 'server', changes: { batch: 8 } },
  caching: { set: 'cache', changes: { ttl: 60, size: 2 } },
};
const values = [
  { batch: 1, workers: 4 },
  { ttl: 10, size: 1, policy: 'lru' },
];

function planOf(blocks: number, seed = SEED): InterleavingPlan {
  const plan = interleavingPlan(changes, values, { blocks, seed });
  if (isRefusal(plan)) throw new Error(plan.message);
  return plan;
}
/** What a system measures to which batching adds `a`, caching `b`, both together `ab` more, and which drifts. */
const measured = ({ configurations }: InterleavingPlan, a: number, b: number, ab: number, noise = () => 0) =>
  configurations.map((configuration, at) => {
    const { batch, ttl } = configuration;
    const [x, y] = [batch === 8 ? 1 : 0, ttl === 60 ? 1 : 0];
    const drift = 100 * Math.floor(at / 4);
    const score = 5 + drift + a * x + b * y + ab * x * y + noise();
    return { number: at + 1, state: 'complete' as const, configuration, measures: { score } };
  });

test('each block has neither change, each alone and both, in an order that the seed gives', () => {
  const { dimensions, configurations } = planOf(50);
  expect(spaceProblems({ dimensions })).toEqual([]);
  expect(dimensions['batch']).toEqual({ kind: 'categorical', choices: [1, 8] });
  expect(dimensions['workers']).toEqual({ kind: 'categorical', choices: [4] });
  const blocks = Array.from({ length: 50 }, (_each, at) =>
    configurations.slice(at * 4, at * 4 + 4).map(({ batch, ttl, size }) => [batch, ttl, size].join(' ')),
  );
  for (const block of blocks) expect([...block].sort()).toEqual(['1 10 1', '1 60 2', '8 10 1', '8 60 2']);
  expect(new Set(blocks.map(String)).size).toBeGreaterThan(10);
  expect(planOf(50)).toEqual(planOf(50));
  expect(planOf(50, 1)).not.toEqual(planOf(50));
});

test('effects and interaction come apart exactly where nothing is by chance, whatever drifts between blocks', () => {
  const plan = planOf(3);
  fc.assert(
    fc.property(
      fc.integer({ min: -9, max: 9 }),
      fc.integer({ min: -9, max: 9 }),
      fc.integer({ min: -9, max: 9 }),
      (a, b, ab) => {
        const effects = interleavedEffects(changes, measured(plan, a, b, ab), 'score');
        if (isRefusal(effects)) throw new Error(effects.message);
        expect(effects.main['batching']?.estimate).toBeCloseTo(a + ab / 2, 9);
        expect(effects.main['caching']?.estimate).toBeCloseTo(b + ab / 2, 9);
        expect(effects.interaction.estimate).toBeCloseTo(ab / 2, 9);
      },
    ),
    { seed: SEED, numRuns: 100 },
  );
});

test('95 % intervals hold the true effect in 95 % of experiments', () => {
  const random = numbers(SEED);
  // the sum of twelve uniforms is nearly normal, with variance 1
  const noise = (): number => Array.from({ length: 12 }, random).reduce((sum, each) => sum + each, -6);
  let held = 0;
  for (let run = 0; run < 1_000; run++) {
    const plan = planOf(8, run);
    const effects = interleavedEffects(changes, measured(plan, 1, 2, 0.5, noise), 'score');
    if (isRefusal(effects)) throw new Error(effects.message);
    const [low = 0, high = 0] = effects.main['batching']?.interval ?? [];
    if (low <= 1.25 && 1.25 <= high) held += 1;
  }
  // 0.95 and four standard errors
  expect(held / 1_000).toBeGreaterThan(0.922);
  expect(held / 1_000).toBeLessThan(0.978);
});

test('a block with a trial that failed does not count; without a whole block there is no result', () => {
  const plan = planOf(2);
  const [first, ...others] = measured(plan, 1, 2, 0);
  const failed = { number: 1, state: 'failed' as const, configuration: first?.configuration ?? {} };
  expect(interleavedEffects(changes, [failed, ...others], 'score')).toMatchObject({ blocks: 1 });
  expect(interleavedEffects(changes, others.slice(0, 3), 'score')).toMatchObject({ code: 'no-result' });
  expect(interleavedEffects(changes, others, 'other')).toMatchObject({ code: 'no-result' });
});

test.each<[string, Parameters<typeof interleavingPlan>, string]>([
  ['one change', [{ batching: changes['batching'] as never }, values, { blocks: 1, seed: 0 }], 'two changes; got 1'],
  ['no block', [changes, values, { blocks: 0, seed: 0 }], 'blocks are 1 to 250; got 0'],
  [
    'a change of nothing',
    [{ ...changes, batching: { set: 'server', changes: { batch: 1 } } }, values, { blocks: 1, seed: 0 }],
    'batching changes nothing of server',
  ],
  [
    'what is not there',
    [{ ...changes, batching: { set: 'server', changes: { speed: 1 } } }, values, { blocks: 1, seed: 0 }],
    'server has no active variable speed',
  ],
  [
    'a name that both have',
    [changes, [{ batch: 1 }, { ttl: 10, size: 1, batch: 1 }], { blocks: 1, seed: 0 }],
    'both sets have',
  ],
])('%s is refused with what was expected', (_what, args, text) => {
  const refused = interleavingPlan(...args);
  expect(isRefusal(refused) && refused.message).toContain(text);
});
