import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openConfiguration, type Configuration } from '../../../src/configuration/configuration';
import { field } from '../../../src/configuration/fields';
import type { FieldChange, LiveSource } from '../../../src/contracts/configuration';
import { until } from '../../support/kernel/harness';

const fields = {
  highWater: field.whole(10, { min: 1, max: 1_000 }),
  share: field.number(0.5, { min: 0, max: 1 }),
  model: field.choice('small', 'large'),
  isLoud: field.flag(false),
  greeting: field.text('hello'),
};
type Values = { [K in keyof typeof fields]: ReturnType<(typeof fields)[K]['parseText']> };

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mabeam-configuration-'));
  file = join(folder, 'settings.json');
});
const opened: { close(): void }[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  rmSync(folder, { recursive: true, force: true });
});
const open: typeof openConfiguration = async (...given) => {
  const configuration = await openConfiguration(...given);
  opened.push(configuration);
  return configuration;
};
const write = (values: unknown): void =>
  writeFileSync(file, typeof values === 'string' ? values : JSON.stringify(values));

/** A source that a test sets: values, or what it fails with, or nothing at all. */
function source(values: object): LiveSource & { values: object; trouble: 'none' | 'down' | 'hangs'; reads: number } {
  return {
    name: 'the set',
    values,
    trouble: 'none',
    reads: 0,
    async read() {
      this.reads += 1;
      if (this.trouble === 'hangs') return new Promise(() => undefined);
      if (this.trouble === 'down') throw new Error('connection refused');
      return { values: this.values, version: this.reads };
    },
  };
}
const degraded = (configuration: Configuration<Record<'highWater', number>>): Promise<string> =>
  until('a degraded answer', () => configuration.get('highWater').degraded?.reason);

test('FBK-2 each answer says its layer: default, file, environment, live; the stronger one counts', async () => {
  write({ highWater: 20, share: 0.2, model: 'large' });
  const live = source({ highWater: 40, unknown: 1 });
  const configuration = await open(fields, {
    file,
    prefix: 'APP',
    environment: { APP_HIGH_WATER: '30', APP_SHARE: '0.3', APP_IS_LOUD: '' },
    live,
  });
  const seen = (['highWater', 'share', 'model', 'isLoud'] as const).map((name) => {
    const { value, source: layer } = configuration.get(name);
    return [value, layer];
  });
  expect(seen).toEqual([
    [40, 'live'],
    [0.3, 'environment'],
    ['large', 'file'],
    [false, 'default'],
  ]);
  expect(configuration.get('highWater')).toMatchObject({ version: 1 });
  expect(configuration.get('highWater').degraded).toBeUndefined();
  const values: Values = configuration.values();
  expect(values).toEqual({ highWater: 40, share: 0.3, model: 'large', isLoud: false, greeting: 'hello' });
});

describe('FBK-3 when the live source is down', () => {
  test('its last values count while their cache lives, with an honest age; then the layers below, and each answer says so', async () => {
    write({ highWater: 20 });
    let now = 1_000_000;
    const live = source({ highWater: 40 });
    const configuration = await open(fields, { file, live, refreshMs: 5, now: () => now });
    const changes: FieldChange[] = [];
    configuration.onChange((change) => changes.push(change));
    live.trouble = 'down';
    expect(await degraded(configuration)).toBe('the set: connection refused');
    now += 300_000;
    expect(configuration.get('highWater')).toMatchObject({ value: 40, source: 'live', ageMs: 300_000 });
    now += 1;
    expect(configuration.get('highWater')).toMatchObject({
      value: 20,
      source: 'file',
      degraded: { reason: 'the set: connection refused' },
    });
    expect(configuration.get('share')).toMatchObject({ value: 0.5, source: 'default' });
    await until('the change', () => (changes.length > 0 ? true : undefined));
    live.trouble = 'none';
    live.values = { highWater: 50 };
    await until('the live value', () => (configuration.get('highWater').value === 50 ? true : undefined));
    expect(configuration.get('highWater').degraded).toBeUndefined();
    expect(changes).toEqual([
      { field: 'highWater', from: 40, to: 20, source: 'file' },
      { field: 'highWater', from: 20, to: 50, source: 'live' },
    ]);
  });

  test.each(['down', 'hangs'] as const)('a new instance serves within 1 s: the source %s', async (trouble) => {
    const live = source({ highWater: 40 });
    live.trouble = trouble;
    const began = performance.now();
    const configuration = await open(fields, { live });
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(configuration.get('highWater')).toMatchObject({ value: 10, source: 'default' });
    expect(configuration.get('highWater').degraded?.reason).toContain('the set');
  });

  test('a source that hangs is not asked again, and its values grow old all the same', async () => {
    let now = 1_000_000;
    const live = source({ highWater: 40 });
    const configuration = await open(fields, { live, refreshMs: 5, readMs: 20, now: () => now });
    const changes: FieldChange[] = [];
    configuration.onChange((change) => changes.push(change));
    live.trouble = 'hangs';
    expect(await degraded(configuration)).toBe('the set has not answered for 20 ms');
    const { reads } = live;
    now += 300_001;
    await until('the change', () => (changes.length > 0 ? true : undefined));
    expect(changes).toEqual([{ field: 'highWater', from: 40, to: 10, source: 'default' }]);
    expect(live.reads).toBe(reads);
  });
});

test('a live value that is none is left out and named; the others count', async () => {
  const configuration = await open(fields, { live: source({ highWater: 0, share: 0.9 }) });
  expect(configuration.get('highWater')).toMatchObject({
    value: 10,
    source: 'default',
    degraded: { reason: 'the live source: highWater must be a whole number in [1, 1000]; got 0' },
  });
  expect(configuration.get('share')).toMatchObject({ value: 0.9, source: 'live' });
});

test('changes are told once each, to whoever still listens', async () => {
  const live = source({ highWater: 40, share: 0.1 });
  const configuration = await open(fields, { live, refreshMs: 5 });
  const [kept, left]: [FieldChange[], FieldChange[]] = [[], []];
  configuration.onChange((change) => kept.push(change));
  configuration.onChange((change) => left.push(change))();
  live.values = { highWater: 41, share: 0.1 };
  await until('the change', () => (kept.length > 0 ? true : undefined));
  const { reads } = live;
  await until('further readings', () => (live.reads > reads + 2 ? true : undefined));
  expect(kept).toEqual([{ field: 'highWater', from: 40, to: 41, source: 'live' }]);
  expect(left).toEqual([]);
});

test('closed it reads no more and keeps the last values', async () => {
  const live = source({ highWater: 40 });
  const configuration = await open(fields, { live, refreshMs: 1 });
  configuration.close();
  configuration.close();
  const { reads } = live;
  await new Promise((resolve) => setImmediate(resolve));
  const other = source({});
  await open(fields, { live: other, refreshMs: 1 });
  await until('readings of another', () => (other.reads > 5 ? true : undefined));
  expect(live.reads).toBe(reads);
  expect(configuration.get('highWater').value).toBe(40);
});

describe('what is wrong is refused at the start, by its name', () => {
  test.each([
    ['{', 'invalid-json', 'is not JSON'],
    ['[]', 'invalid-request', 'must hold an object'],
    [{ highWater: '20' }, 'invalid-request', 'highWater must be a whole number in [1, 1000]; got "20"'],
    [{ highwater: 20 }, 'unknown-field', 'highwater'],
    [{ toString: 1 }, 'unknown-field', 'toString'],
    [{ model: 'huge' }, 'invalid-request', 'one of small, large'],
  ])('the file %j', async (values, code, message) => {
    write(values);
    await expect(open(fields, { file })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  test.each([
    ['APP_HIGH_WATER', '1.5'],
    ['APP_HIGH_WATER', ' '],
    ['APP_HIGH_WATER', '1001'],
    ['APP_SHARE', 'NaN'],
    ['APP_IS_LOUD', 'yes'],
    ['APP_MODEL', 'Large'],
  ])('the variable %s=%s', async (name, text) => {
    const tried = open(fields, { prefix: 'APP', environment: { [name]: text } });
    await expect(tried).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining(name) as string,
    });
  });

  test.each([{ cacheMs: 0 }, { refreshMs: 3_600_001 }, { readMs: 1.5 }])('the option %j', async (options) => {
    await expect(open(fields, options)).rejects.toMatchObject({ code: 'invalid-request' });
  });

  test('a thousand fields are taken, one more is not', async () => {
    const many = (count: number): Record<string, typeof fields.highWater> =>
      Object.fromEntries(Array.from({ length: count }, (_each, at) => [`field${String(at)}`, fields.highWater]));
    await open(many(1_000));
    await expect(open(many(1_001))).rejects.toMatchObject({ code: 'limit-reached' });
  });
});

test('a file that is not there says nothing', async () => {
  expect((await open(fields, { file })).get('highWater')).toMatchObject({ value: 10, source: 'default' });
});

test('FBK-3 whatever the layers say, the strongest that says anything counts', async () => {
  const said = fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(said, said, said, fc.boolean(), fc.boolean(), async (inFile, inText, inSet, isDown, isOld) => {
      write(inFile === undefined ? {} : { highWater: inFile });
      let now = 1_000_000;
      const live = source(inSet === undefined ? {} : { highWater: inSet });
      if (isDown) live.trouble = 'down';
      const environment = inText === undefined ? {} : { HIGH_WATER: String(inText) };
      const configuration = await open(fields, { file, prefix: '', environment, live, now: () => now });
      if (isOld) now += 300_001;
      const expected = (isDown || isOld ? undefined : inSet) ?? inText ?? inFile ?? 10;
      expect(configuration.get('highWater').value).toBe(expected);
      expect(configuration.get('highWater').degraded !== undefined).toBe(isDown || isOld);
      configuration.close();
    }),
    { seed: 4, numRuns: 100 },
  );
});
