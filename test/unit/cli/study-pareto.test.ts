import { frontText, measures } from '../../../src/cli/commands/study-pareto';

const objectives = [
  { measure: 'loss', direction: 'minimise' },
  { measure: 'accuracy', direction: 'maximise' },
] as const;
const spec = { objective: objectives[0], objectives };
const trials = (count: number) =>
  Array.from({ length: count }, (_each, at) => ({ number: at + 1, measures: { loss: at / 3, accuracy: 1 } }));

test('a measure that is given once is a text, repeated it is a list', () => {
  expect(measures('a')).toBe('a');
  expect(measures('b', 'a')).toEqual(['a', 'b']);
  expect(measures('c', ['a', 'b'])).toEqual(['a', 'b', 'c']);
});

test('a front is shown with what is sought, its first trials and where the others are', () => {
  expect(frontText(spec, { size: 2, trials: trials(2) })).toBe(
    [
      '  seeks    minimise loss, maximise accuracy',
      '  front    2 trials that no other one is better than',
      '  ·        trial 1  loss=0 accuracy=1',
      '  ·        trial 2  loss=0.3333 accuracy=1',
      '',
    ].join('\n'),
  );
  const many = frontText(spec, { size: 30, trials: trials(30) });
  expect(many).toContain('30 trials that no other one is better than; study pareto has all');
  expect(many.match(/trial \d+/g)).toHaveLength(10);
  expect(frontText(spec, { size: 0, trials: [] })).toContain('front    none yet');
  expect(frontText(spec, { trials: [] })).toContain('too large to be kept here; study pareto has it');
});
