import { isRefusal } from '../../../../../src/contracts/errors';
import type { Configuration, SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import { emptyHistory, historyOf } from '../../../../../src/domain/optimisation/history';
import { pbtSampler } from '../../../../../src/domain/optimisation/samplers/pbt/pbt';
import { enqueueTrials } from '../../../../../src/domain/optimisation/steering';
import { askTrials } from '../../../../../src/domain/optimisation/next-trials';
import { endOf } from '../../../../../src/domain/optimisation/trial-ends';
import { begun } from '../../../../support/studies/begun';

const ALWAYS = (): boolean => true;
const unit = { kind: 'float', low: 0, high: 1, log: false } as const;
/** @see Jaderberg et al. 2017, figure 2: Q = 1.2 - (theta0^2 + theta1^2), trained on the surrogate 1.2 - (h0 theta0^2 + h1 theta1^2) */
const SURROGATE: SearchSpace = { dimensions: { h0: unit, h1: unit } };
const STEPS = 4;
const RATE = 0.02;
type Theta = readonly [number, number];

const train = (theta: Theta, { h0, h1 }: Configuration): Theta => {
  const shrunk = (value: number, h: unknown): number => value * (1 - 2 * RATE * Number(h)) ** STEPS;
  return [shrunk(theta[0], h0), shrunk(theta[1], h1)];
};
const qualityOf = ([one, two]: Theta): number => 1.2 - (one ** 2 + two ** 2);

/** The best Q of a population of two that begins at (0.9, 0.9) and is trained for so many intervals in all. */
function trained(seed: number, intervals: number, starts: readonly Configuration[]): number {
  const options = { population: 2, quantile: 0.5 };
  const asking = { sampler: 'pbt', seed, space: SURROGATE, samplerOptions: options, parallelism: 2 } as const;
  const enqueued = enqueueTrials(begun({ ...asking, budget: { trials: intervals } }), starts, ALWAYS);
  if (isRefusal(enqueued)) throw new Error(enqueued.message);
  let { state } = enqueued;
  const left = new Map<number, Theta>();
  for (;;) {
    ({ state } = askTrials(state, ALWAYS, 0));
    const [trial] = state.running;
    if (trial === undefined) return -(state.best?.measures?.['loss'] ?? NaN);
    const theta = train(left.get(trial.lineage?.from ?? 0) ?? [0.9, 0.9], trial.configuration);
    left.set(trial.number, theta);
    const { number, configuration } = trial;
    const measures = { loss: -qualityOf(theta) };
    const outcome = { trial: number, attempt: 1, configuration, measures, worker: 'w', checkpoint: theta };
    ({ state } = endOf(state, number, { kind: 'complete', outcome }, 0));
  }
}
/** The same without PBT: each one trained on with what it began with. */
function untouched(intervals: number, starts: readonly Configuration[]): number {
  const ends = starts.map((start) => {
    let theta: Theta = [0.9, 0.9];
    for (let interval = 0; interval < intervals / starts.length; interval++) theta = train(theta, start);
    return qualityOf(theta);
  });
  return Math.max(...ends);
}
const seeds = Array.from({ length: 10 }, (_each, at) => at + 1);
const none = historyOf(emptyHistory(SURROGATE));

test('it finds what neither of two members can that each see half of the problem', () => {
  const halves = [
    { h0: 1, h1: 0 },
    { h0: 0, h1: 1 },
  ];
  expect(untouched(40, halves)).toBeLessThan(0.4);
  const found = seeds.map((seed) => trained(seed, 40, halves)).toSorted((a, b) => a - b);
  // 0 stays 0 until it is drawn anew, which may take long
  expect(found[0]).toBeGreaterThan(0.5);
  expect(found[4]).toBeGreaterThan(1.1);
});

test('it is better than random configurations that are trained on for as long, with nearly each seed', () => {
  const gains = seeds.map((seed) => {
    const starts = [0, 1].map((ask) => pbtSampler.ask(SURROGATE, none, [], { seed, ask }));
    return trained(seed, 40, starts) - untouched(40, starts);
  });
  expect(gains.filter((gain) => gain > 0).length).toBeGreaterThanOrEqual(9);
  expect(gains.reduce((sum, gain) => sum + gain, 0) / gains.length).toBeGreaterThan(0.02);
});
