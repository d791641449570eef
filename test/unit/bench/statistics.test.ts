import { holm, meanDifference, worseP } from '../../../bench/samplers/statistics';
// SciPy 1.17.1: mannwhitneyu(ours, theirs, alternative='greater', method='asymptotic'), NumPy's default_rng(7)
import recorded from './mannwhitneyu.json';

test.each(recorded)('the rank test agrees with SciPy: p $p', ({ ours, theirs, p }) => {
  expect(worseP(ours, theirs)).toBeCloseTo(p, 9);
});

test('of equal samples none is worse', () => {
  expect(worseP([1, 1, 1], [1, 1, 1])).toBe(1);
});

test('Holm adjusts the least p most, and never turns the order', () => {
  expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  expect(holm([0.5, 0.9])).toEqual([1, 1]);
});

test('an interval of differences is the same each time, and holds the mean', () => {
  const groups = [
    [1, 2, 3],
    [-2, 0, 2],
  ];
  const { mean, low, high } = meanDifference(groups);
  expect(meanDifference(groups)).toEqual({ mean, low, high });
  expect([mean, low < 1, high > 1, low > -1]).toEqual([1, true, true, true]);
});
