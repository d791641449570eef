import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleDefinitions } from '../../../workers/parts/bundle';
import { keptBundle } from '../../../workers/parts/kept-bundle';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mabeam-kept-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);

test('a bundle is taken while all is as it was: files, what was not there, the entry, and who makes it', () => {
  for (const name of ['a.ts', 'b.ts', 'maker.js']) writeFileSync(at(name), name);
  const bundles = at('bundles');
  const kept = keptBundle(bundles, 'entry', [at('maker.js')]);
  const keep = (): void =>
    kept.keep(
      'code',
      { files: [at('a.ts'), at('b.ts'), at('scratch/entry.js')], missing: [at('c.ts')] },
      at('scratch'),
    );
  expect(kept.find()).toBeUndefined();
  keep();
  expect(kept.find()).toBe('code');
  expect(keptBundle(bundles, 'entry', [at('maker.js')]).find()).toBe('code');
  expect(keptBundle(bundles, 'another entry', [at('maker.js')]).find()).toBeUndefined();

  writeFileSync(at('b.ts'), 'changed');
  expect(kept.find()).toBeUndefined();
  keep();
  rmSync(at('a.ts'));
  expect(kept.find()).toBeUndefined();
  writeFileSync(at('a.ts'), 'a.ts');
  expect(kept.find()).toBe('code');
  writeFileSync(at('c.ts'), 'the bundler would find it now');
  expect(kept.find()).toBeUndefined();
  rmSync(at('c.ts'));
  expect(kept.find()).toBe('code');
  writeFileSync(at('maker.js'), 'another version');
  expect(keptBundle(bundles, 'entry', [at('maker.js')]).find()).toBeUndefined();
  const [file = ''] = readdirSync(bundles);
  writeFileSync(join(bundles, file), '{"code":'); // as a full disk leaves it
  expect(kept.find()).toBeUndefined();
});

test('definitions are bundled anew when what they import has changed, and only then', async () => {
  const definition = (word: string): void =>
    writeFileSync(at('words.ts'), `export const word = ${JSON.stringify(word)};\n`);
  writeFileSync(at('sets.ts'), `import { word } from './words';\nexport const set = { word };\n`);
  const definitions = {
    agents: [],
    sets: [{ name: 'set', file: at('sets.ts'), exported: 'set' }],
    supervisors: [],
    evaluators: [],
    activities: {},
  };
  definition('first');
  const { code } = await bundleDefinitions(definitions, at('bundles'));
  expect(code).toContain('first');
  const kept = (): readonly number[] => readdirSync(at('bundles')).map((name) => statSync(at(`bundles/${name}`)).ino);
  const before = kept();
  expect((await bundleDefinitions(definitions, at('bundles'))).code).toBe(code);
  expect(kept()).toEqual(before);
  definition('second');
  const { code: later } = await bundleDefinitions(definitions, at('bundles'));
  expect([later.includes('"second"'), later.includes('"first"')]).toEqual([true, false]);
}, 60_000);
