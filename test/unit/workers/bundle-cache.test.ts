import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptText, type Made } from '../../../workers/parts/bundle-cache';

let folder: string;
let made: number;
const at = (name: string): string => join(folder, name);
function write(name: string, text: string): void {
  writeFileSync(at(name), text);
}
/** What is made says how often something was made. */
const make =
  (more: Partial<Made> = {}) =>
  (): Promise<Made> =>
    Promise.resolve({
      text: `text ${String((made += 1))}`,
      files: [at('one.ts'), at('two.js'), folder],
      missing: [at('three.js')],
      isAll: true,
      ...more,
    });
const kept = (key = 'entry', more: Partial<Made> = {}): Promise<string> => keptText(at('kept'), key, make(more));

beforeEach(() => {
  // The files were written a minute ago.
  const began = Date.now() + 60_000;
  jest.spyOn(Date, 'now').mockReturnValue(began);
  folder = mkdtempSync(join(tmpdir(), 'mabeam-bundle-cache-'));
  made = 0;
  write('one.ts', 'one');
  write('two.js', 'two');
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

test('a text is made once for a key, and is the same when it comes again', async () => {
  expect(await kept()).toBe('text 1');
  expect(await kept()).toBe('text 1');
  expect(await kept('another entry')).toBe('text 2');
  expect(await kept()).toBe('text 1');
});

test.each([
  ['a file has other content', () => write('two.js', 'tw0')],
  ['a file is gone', () => rmSync(at('one.ts'))],
  ['a file comes where none was', () => write('three.js', '')],
  ['settings of the compiler come above a source', () => write('.swcrc', '{}')],
  ['what is kept was cut off', () => readdirSync(at('kept')).forEach((name) => write(join('kept', name), 'x'))],
])('it is made again when %s, and that is kept then', async (_what, change) => {
  await kept();
  change();
  expect(await kept()).toBe('text 2');
  if (!existsSync(at('three.js'))) expect(await kept()).toBe('text 2');
});

test('a file that is written anew with the same content changes nothing', async () => {
  await kept();
  write('two.js', 'two');
  expect(await kept()).toBe('text 1');
});

test('a file that was written while the text was made: it is not kept, because nobody knows which content it has', async () => {
  const written = (): number => Math.max(...['one.ts', 'two.js'].map((name) => statSync(at(name)).ctimeMs));
  const before = written();
  const since = before + 25;
  jest.spyOn(Date, 'now').mockReturnValue(since);
  const writing = async (): Promise<Made> => {
    while (written() < before + 10) write('two.js', 'later');
    return make()();
  };
  expect(await keptText(at('kept'), 'entry', writing)).toBe('text 1');
  expect(await kept()).toBe('text 2');
});

test('what depends on more than its files is made each time, and so is what has no folder, or one that is not ours', async () => {
  expect(await kept('entry', { isAll: false })).toBe('text 1');
  expect(await kept('entry', { isAll: false })).toBe('text 2');
  expect(await keptText(undefined, 'entry', make())).toBe('text 3');
  expect(await keptText(join(at('two.js'), 'below a file'), 'entry', make())).toBe('text 4');
});

test('of many texts those that were used last are kept', async () => {
  const names = Array.from({ length: 16 }, (_each, n) => `entry ${String(n)}`);
  for (const name of names) await kept(name);
  const files = readdirSync(at('kept'));
  expect(files).toHaveLength(16);
  for (const file of files) utimesSync(at(join('kept', file)), new Date(0), new Date(0));
  expect(await kept('entry 3')).toBe('text 4');
  await kept('one more');
  expect(readdirSync(at('kept'))).toHaveLength(16);
  expect(await kept('entry 3')).toBe('text 4');
});

test('an error of the maker is the caller’s, and nothing is kept of it', async () => {
  await expect(keptText(at('kept'), 'entry', () => Promise.reject(new Error('it cannot be made')))).rejects.toThrow(
    'it cannot be made',
  );
  expect(existsSync(at('kept'))).toBe(false);
});
