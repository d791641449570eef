import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { warmStartFrom } from '../../../src/cli/study-files';
import { readOptunaSqlite } from '../../../src/store/optuna-sqlite';
import { ended as endedWith } from '../../support/cli';
import { journalLines, recordedFile } from '../../support/optuna/recorded';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'imports-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Without a server: whoever connects has failed. */
const ended = (...args: readonly string[]) => endedWith(args, { readOptunaSqlite, dataDir: () => folder });

test.each(['journal.log', 'studies.db'] as const)(
  'the trials of a study are printed from %s without a server',
  async (name) => {
    const args = ['study', 'import', recordedFile(name), '--study', 'mixed', '--measure', 'loss'];
    const { code, out, err } = await ended('-o', 'jsonl', ...args);
    expect(code).toBe(0);
    expect(err).toBe(
      'mixed: 35 trials that minimise loss; left out: 2 failed, 3 pruned, 1 without a finite value, 1 running, 1 waiting; learning-rate is learning_rate\n',
    );
    const trials = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(trials).toHaveLength(35);
    expect(trials[0]).toMatchObject({
      number: 1,
      state: 'complete',
      attempts: 1,
      askedAt: expect.stringMatching(/Z$/) as string,
    });
    // and a study may begin with the very lines
    const warm = await warmStartFrom(written('warm.jsonl', out));
    expect(warm).toEqual({ trials, from: 'warm.jsonl' });
    const { out: rows } = await ended(...args);
    expect(rows.split('\n')[0]).toMatch(/^1\t\{"loss":.*\t\{"model":.*\t(true|false)$/);
    expect(JSON.parse((await ended('-o', 'json', ...args)).out)).toMatchObject({
      study: 'mixed',
      trials,
      space: { dimensions: {} },
    });
  },
);

test('both files say the same of a study', async () => {
  const spaceOf = async (name: 'journal.log' | 'studies.db') => {
    const { out } = await ended('-o', 'json', 'study', 'import', recordedFile(name), '--study', 'mixed');
    const { space, leftOut } = JSON.parse(out) as { readonly space: unknown; readonly leftOut: unknown };
    return { space, leftOut };
  };
  expect(await spaceOf('studies.db')).toEqual(await spaceOf('journal.log'));
});

test.each(['journal.log', 'studies.db'] as const)('several objectives of %s have a name each', async (name) => {
  const args = ['study', 'import', recordedFile(name), '--study', 'two', '--measure', 'speed,price'];
  const { out, err } = await ended('-o', 'jsonl', ...args);
  expect(err).toBe('two: 3 trials that minimise speed, maximise price\n');
  const [first] = out.split('\n').map((line) => (line === '' ? {} : (JSON.parse(line) as object)));
  expect(first).toMatchObject({ measures: { speed: expect.any(Number) as number, price: 1 } });
});

test('trials that no space describes are printed, and it is said', async () => {
  const { code, out, err } = await ended(
    '-o',
    'jsonl',
    'study',
    'import',
    recordedFile('journal.log'),
    '--study',
    'layers',
  );
  expect([code, out.trimEnd().split('\n').length]).toEqual([0, 12]);
  expect(err).toContain('no study here can have its space: the parameter "units');
});

test.each<[string, () => readonly string[], number, string]>([
  [
    'several studies',
    () => [recordedFile('journal.log')],
    2,
    'has mixed, layers, two, none, plain, empty: choose one with --study',
  ],
  [
    'a study that is not there',
    () => [recordedFile('studies.db'), '--study', 'nope'],
    3,
    'has no study nope; it has mixed, ',
  ],
  [
    'one name for several objectives',
    () => [recordedFile('studies.db'), '--study', 'two', '--measure', 'loss'],
    2,
    '"two" has 2 objectives; got 1 names of measures',
  ],
  ['no file', () => [join(folder, 'nothing.log')], 2, 'nothing.log cannot be read: ENOENT'],
  ['a folder', () => [folder], 2, 'cannot be read: EISDIR'],
  [
    'an empty file',
    () => [written('empty.log', '')],
    2,
    'empty.log: the file is empty: an Optuna journal was expected',
  ],
  [
    'a file of something else',
    () => [written('other.csv', 'a,b\n1,2\n')],
    2,
    'other.csv: line 1: expected a line of an Optuna journal',
  ],
  [
    'a torn journal',
    () => [written('torn.log', `${journalLines()[0] ?? ''}\n{"op\n${journalLines()[1] ?? ''}\n`)],
    2,
    'torn.log: line 2: ',
  ],
  [
    'an SQLite file of something else',
    () => [written('odd.db', `SQLite format 3\0${'x'.repeat(5_000)}`)],
    2,
    'odd.db: expected an SQLite file of Optuna',
  ],
])('%s: nothing is printed, and it is said', async (_what, args, exit, text) => {
  const { code, out, err } = await ended('study', 'import', ...args());
  expect([code, out]).toEqual([exit, '']);
  expect(err).toContain(text);
});

test('a warm start takes complete trials and says which line is none', async () => {
  const complete = { configuration: { x: 1 }, measures: { loss: 2 } };
  const lines = [complete, { ...complete, state: 'complete' }, { configuration: { x: 3 }, state: 'failed' }];
  const { trials } = await warmStartFrom(
    written('some.jsonl', `${lines.map((each) => JSON.stringify(each)).join('\n')}\n\n`),
  );
  expect(trials).toEqual(lines.slice(0, 2));
  for (const odd of ['7', '{}', '{"configuration":{}}', 'x'])
    await expect(warmStartFrom(written('odd.jsonl', `${JSON.stringify(complete)}\n${odd}\n`))).rejects.toThrow(
      /odd\.jsonl: line 2: expected a trial/,
    );
  await expect(warmStartFrom(join(folder, 'nothing.jsonl'))).rejects.toThrow('nothing.jsonl cannot be read: ENOENT');
  await expect(warmStartFrom(folder)).rejects.toThrow('cannot be read: EISDIR');
});
