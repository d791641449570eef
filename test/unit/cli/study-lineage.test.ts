import { pbtFlag } from '../../../src/cli/commands/study-lineage';

test('the options of pbt are named, and perturb is a pair', () => {
  expect(pbtFlag('population=20,quantile=0.2,resample=0')).toEqual({ population: 20, quantile: 0.2, resample: 0 });
  expect(pbtFlag('perturb=0.5/2')).toEqual({ perturb: [0.5, 2] });
});

test.each(['', 'population', 'population=', 'population=many', 'perturb=0.8', 'population=1/2', 'size=3'])(
  'the options %p are refused, and what was expected is said',
  (text) => {
    expect(() => pbtFlag(text)).toThrow('expected population, quantile, resample, perturb');
  },
);
