import type { SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import type { PrunerSpec, Reported } from '../../../../../src/contracts/optimisation/pruning';
import { percentile } from '../../../../../src/domain/optimisation/numerics/percentile';
import { signedRank } from '../../../../../src/domain/optimisation/numerics/signed-rank';
import {
  answerStop,
  closeReports,
  deliver,
  noReports,
  withReports,
  type Pruned,
} from '../../../../../src/domain/optimisation/pruning';
import { emptyHistory, historyOf, observe, type Observation } from '../../../../../src/domain/optimisation/history';
import { prunerOf } from '../../../../../src/domain/optimisation/pruners/table';
import { axisOf } from '../../../../../src/domain/optimisation/samplers/tpe/axis';
import { keep } from '../../../../../src/domain/optimisation/samplers/tpe/ledger';
import { goodOf } from '../../../../../src/domain/optimisation/samplers/tpe/split';
import recorded from './decisions.json';

const LINE: SearchSpace = { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } };
type Direction = 'minimise' | 'maximise';

/** What our study decides where Optuna's did: after each report, in the same order. */
function decided(name: string, direction: Direction, pruner: PrunerSpec, happened: readonly string[]): string[] {
  const objective = { measure: 'loss', direction };
  let study: Pruned = { name, spec: { objective, parallelism: 4, pruner }, completed: 0, pruning: noReports };
  let best: number | undefined;
  const isCarrying = prunerOf(pruner).nextRung !== undefined;
  return happened.map((line) => {
    const [number, second, third] = line.split(' ') as [string, string, string?];
    const trial = Number(number);
    const nothing = { trial, attempt: 1, reports: { steps: [], values: [] } };
    if (second === 'complete') {
      const value = Number(third);
      const isBest = best === undefined || (direction === 'minimise' ? value < best : value > best);
      if (isBest) best = value;
      const reports = withReports(study.pruning, nothing) ?? nothing.reports;
      const pruning = closeReports(study, trial, reports, { isComplete: true, isBest });
      study = { ...study, completed: study.completed + 1, pruning };
      return line;
    }
    if (second === 'pruned' || second === 'failed') {
      const ended = { isComplete: false, isBest: false };
      study = { ...study, pruning: closeReports(study, trial, nothing.reports, ended) };
      return line;
    }
    const value = (Number.isFinite(Number(third)) ? Number(third) : third) as Reported;
    const told = { trial, attempt: 1, reports: { steps: [Number(second)], values: [value] } };
    // others judge what comes with the question
    const before = answerStop(study, { ...told, fresh: 1 }).stop;
    study = { ...study, pruning: deliver(study, told) ?? study.pruning };
    const stop = isCarrying ? answerStop(study, { ...nothing, fresh: 0 }).stop : before;
    return `${number} ${second} ${String(third)}${stop ? ' stop' : ''}`;
  });
}

test.each(recorded.cases.map((each) => [each.study, each] as const))(
  'Optuna 5 decided the same in the study %s',
  (study, { direction, pruner, happened }) => {
    const theirs = happened.split(', ');
    expect(decided(study, direction as Direction, pruner as PrunerSpec, theirs)).toEqual(theirs);
  },
);

test('most pruners stopped some trials in what was recorded', () => {
  const stopped = recorded.cases.filter(({ happened }) => happened.includes('stop'));
  expect(stopped.length).toBeGreaterThan(60);
});

test('the signed-rank test is that of SciPy to 1e-12', () => {
  const off = recorded.signedRanks.map(({ differences, p }) => {
    const ours = signedRank(differences);
    return Math.abs(ours - p);
  });
  expect(Math.max(...off)).toBeLessThan(1e-12);
});

test.each([
  [[1, 2, 3, 4], 50, 2.5],
  [[3, NaN, 1], 50, 2],
  [[NaN], 50, NaN],
  [[], 50, NaN],
  [[0.1, 0.2, 0.4], 100, 0.4],
  [[5], 0, 5],
])('of %j the percentile %d is %d', (values, percent, expected) => {
  expect(percentile(values, percent)).toBe(expected);
});

test.each(recorded.splits.map((each, at) => [at, each] as const))(
  'TPE takes the same trials for good where some were pruned, in history %d',
  (_at, { direction, trials, good }) => {
    const sign = direction === 'minimise' ? 1 : -1;
    const history = trials.reduce((before, { number, value, violation = 0, step = -1, last }) => {
      const of = { number, configuration: { x: number / 1_000 }, feasible: value !== undefined && violation === 0 };
      const seen: Observation =
        value === undefined
          ? { ...of, loss: undefined, pruned: { step, loss: sign * Number(last ?? NaN) } }
          : { ...of, loss: sign * value, violation };
      return observe(before, LINE, seen);
    }, emptyHistory(LINE));
    const axes = Object.values(LINE.dimensions).map(axisOf);
    const { ledger } = keep(undefined, historyOf(history), Object.values(LINE.dimensions), axes);
    const chosen = goodOf(ledger);
    const ours = ledger.numbers.filter((_number, row) => chosen[row] === 1).sort((a, b) => a - b);
    expect(ours).toEqual(good);
  },
);
