import { prunerFlag } from '../../../src/cli/commands/pruner-flag';

test.each([
  ['median', { kind: 'median' }],
  ['halving:minResource=2,reductionFactor=3', { kind: 'halving', minResource: 2, reductionFactor: 3 }],
  ['halving:promote=true,minResource=1', { kind: 'halving', promote: true, minResource: 1 }],
  ['hyperband:maxResource=auto', { kind: 'hyperband', maxResource: 'auto' }],
  ['patient:patience=3,of=median', { kind: 'patient', patience: 3, of: { kind: 'median' } }],
  ['{"kind":"threshold","upper":1}', { kind: 'threshold', upper: 1 }],
])('%s is %j', (text, spec) => {
  expect(prunerFlag(text)).toEqual(spec);
});

test.each([
  ['best', 'expected one of median, percentile, halving, hyperband, wilcoxon, threshold, patient; got best'],
  ['median:5', 'expected option=value after the kind; got 5'],
  ['{"kind":', 'expected JSON; got {"kind":'],
])('of %s is said: %s', (text, message) => {
  expect(() => prunerFlag(text)).toThrow(message);
});
