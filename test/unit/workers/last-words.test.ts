import { createLastWords } from '../../../workers/parts/last-words';

const info = JSON.stringify({ level: 'info', msg: 'polls mabeam' });
const error = JSON.stringify({ level: 'error', msg: 'the database is gone' });

test.each([
  ['a line of an error', [info, error, info], 'the database is gone'],
  [
    'what Node prints of an exception',
    [info, '/a.ts:5', '    throw x', '    ^', '', 'TypeError: no', '    at f (/a.ts:5)', '', 'Node.js v24'],
    'TypeError: no',
  ],
  [
    'what V8 prints without memory',
    [info, 'FATAL ERROR: Reached heap limit', '----- Native stack trace -----'],
    'FATAL ERROR: Reached heap limit',
  ],
  ['the last line, if none is of an error', ['hello', info, ''], 'polls mabeam'],
  ['a line that only looks like ours', ['{ nothing'], '{ nothing'],
  ['nothing', [], ''],
])('the last words of a process are %s', (_what, lines, words) => {
  const lastWords = createLastWords();
  for (const line of lines) lastWords.hear(line);
  expect(lastWords.said()).toBe(words);
});

test('an error of long ago is not what a process ended of', () => {
  const lastWords = createLastWords();
  for (const line of [error, ...Array.from({ length: 20 }, () => info)]) lastWords.hear(line);
  expect(lastWords.said()).toBe('polls mabeam');
});
