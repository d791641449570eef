import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from '../support/docs/pages';

/** How many promises each family has. */
const FAMILIES = {
  AGT: 6,
  REG: 6,
  CAC: 4,
  VAR: 6,
  BAL: 9,
  CNT: 5,
  STU: 5,
  EVT: 6,
  ENV: 5,
  IDM: 6,
  SUP: 12,
  BPR: 2,
  CAU: 4,
} as const;
const PROMISES = Object.entries(FAMILIES).flatMap(([family, count]) =>
  Array.from({ length: count }, (_, at) => `${family}-${String(at + 1)}`),
);

const files = readdirSync(join(ROOT, 'test'), { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((file) => ({ path: relative(ROOT, file), text: readFileSync(file, 'utf8') }));

/** What stands as title in a call of `test` or `describe`, tables included. */
function titlesOf(text: string): string[] {
  const quoted = String.raw`'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\`(?:[^\`\\]|\\.)*\``;
  const call = new RegExp(
    String.raw`\b(?:test|describe|it)(?:\.\w+)*(?:<[^(]*>)?(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?\(\s*(${quoted})`,
    'g',
  );
  return [...text.matchAll(call)].map(([, title = '']) => title);
}

test('each promise is named by the title of a test', () => {
  const titles = files.flatMap(({ text }) => titlesOf(text)).join('\n');
  const named = new Set([...titles.matchAll(/\b([A-Z]{3})-(\d+)((?:…|-|\.\.\.?)(\d+))?/g)].map(([id]) => id));
  expect(PROMISES.filter((id) => !named.has(id))).toEqual([]);
});

test('no test is skipped, left alone or left for later', () => {
  const mark = /^.*(?:\b(?:test|describe|it)\.(?:only|skip|todo)\(|\b(?:xit|fit|xtest|xdescribe|fdescribe)\().*$/gm;
  const found = files.flatMap(({ path, text }) => [...text.matchAll(mark)].map(([line]) => `${path}: ${line.trim()}`));
  expect(found).toEqual([]);
});
