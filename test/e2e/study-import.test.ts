import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StudyView } from '../../src/contracts/optimisation/study';
import { startStack, type Stack } from '../support/facade/stack';
import { until } from '../support/kernel/harness';
import { recordedFile } from '../support/optuna/recorded';
import { misfits } from '../support/rest/document';
import { startEvaluating, type Evaluating } from '../support/studies/evaluating';

let stack: Stack;
let evaluating: Evaluating;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'study-import-'));
  stack = await startStack('study-import');
  evaluating = await startEvaluating('square', `${stack.space.name}-`, ({ params }) => ({
    loss: Number(params['x']) ** 2,
  }));
}, 180_000);
afterAll(async () => {
  await evaluating.close();
  await stack.close();
  rmSync(folder, { recursive: true });
});

const unit = { kind: 'float', low: -1, high: 1, log: false } as const;
const request = {
  space: { dimensions: { x: unit } },
  evaluator: 'square',
  minimise: 'loss',
  seed: 1,
  parallelism: 1,
} as const;

test('a study of Optuna goes on here: the sampler knows what was tried, the budget is of new trials', async () => {
  const line = (file: string): string =>
    `study import ${recordedFile('studies.db')} --study plain --measure loss --as ${file} --evaluator square --trials 8 --parallelism 1`;
  const { code, out, err } = await stack.cli(line('plain-1'));
  expect([code, err]).toEqual([0, 'plain: 30 trials that minimise loss\n']);
  expect(out).toContain('plain-1  ');
  expect(out).toContain('  learnt   from 30 trials of study plain of Optuna before its own\n');
  const finished = await stack.space.studies.at('plain-1').finished({ timeoutMs: 60_000 });
  expect(finished.account).toMatchObject({ budget: 8, asked: 8, complete: 8 });
  const got = await stack.rest.get('/studies/plain-1');
  expect(misfits('Study', got.body)).toEqual([]);
  const { request: kept, recent } = got.body as unknown as StudyView;
  expect(kept.warmStart).toMatchObject({ trials: 30, from: 'study plain of Optuna' });
  expect(got.body).toMatchObject({ spec: { space: { dimensions: { x: unit } } } });
  // its first suggestions are made of a model of the 30, not by chance
  const off = recent.reduce((sum, { configuration }) => sum + Math.abs(Number(configuration['x'])), 0) / recent.length;
  expect(off).toBeLessThan(0.25);
  // the same start is the same study; the other file of the same study has other trials
  expect((await stack.cli(line('plain-1'))).code).toBe(0);
  const other = await stack.cli(
    line('plain-1').replace('studies.db', 'journal.log').replace('plain --measure', 'layers --measure'),
  );
  expect([other.code, other.err]).toEqual([2, expect.stringContaining('is missing in some trials') as string]);
});

test('a study with several objectives goes on without an evaluator: it is asked from outside', async () => {
  const { code, out } = await stack.cli(
    `-o json study import ${recordedFile('journal.log')} --study two --measure speed,price --as two-1 --trials 3`,
  );
  const { spec, request: kept } = JSON.parse(out) as StudyView;
  expect([code, kept.evaluator, kept.minimise, kept.maximise]).toEqual([0, undefined, 'speed', 'price']);
  expect(spec.objectives).toEqual([
    { measure: 'speed', direction: 'minimise' },
    { measure: 'price', direction: 'maximise' },
  ]);
  const study = stack.space.studies.at('two-1');
  const { trials } = await study.ask({ client: 'lab', count: 1 });
  expect(trials.map(({ configuration }) => Object.keys(configuration))).toEqual([['x']]);
});

test('a study begins with the trials of another one, by file, over HTTP and by the SDK', async () => {
  const first = await stack.space.studies.start('first', { ...request, sampler: 'random', budget: { trials: 20 } });
  await first.finished({ timeoutMs: 60_000 });
  await until('the trials in the read model', async () => {
    const { items } = await first.trials({ pageSize: 500 });
    return items.length === 20 && items.every(({ state }) => state === 'complete') ? true : undefined;
  });
  const lines = (await stack.cli('study export first')).out;
  const file = join(folder, 'first.jsonl');
  writeFileSync(file, lines);
  const trials = lines
    .trimEnd()
    .split('\n')
    .map((each) => JSON.parse(each) as { readonly configuration: { x: number }; readonly measures: { loss: number } })
    .map(({ configuration, measures }) => ({ configuration, measures }));
  // by the SDK
  const budget = { trials: 4 };
  const warmStart = { trials, from: 'first.jsonl' };
  const bySdk = await stack.space.studies.start('by-sdk', { ...request, budget, warmStart });
  await bySdk.finished({ timeoutMs: 60_000 });
  // over HTTP
  const started = await stack.rest.post('/studies', { name: 'by-rest', ...request, budget, warmStart });
  expect([started.status, misfits('Study', started.body)]).toEqual([200, []]);
  await stack.space.studies.at('by-rest').finished({ timeoutMs: 60_000 });
  // the same history, the same suggestions
  const suggested = async (name: string): Promise<readonly unknown[]> =>
    (await stack.space.studies.at(name).view()).recent.map(({ configuration }) => configuration);
  expect(await suggested('by-rest')).toEqual(await suggested('by-sdk'));
  // and from the shell, where the study is over nothing that the trials fit
  const over = `study start by-file --over nothing --evaluator square --minimise loss --trials 4 --warm-start ${file}`;
  expect((await stack.cli(over)).err).toContain('variable-set-not-found');
});

test('trials that do not fit are refused, all of them, and the study does not begin', async () => {
  const trials = [
    { configuration: { x: 0 }, measures: { loss: 0 } },
    { configuration: { x: 7 }, measures: { loss: 49 } },
  ];
  const { status, body } = await stack.rest.post('/studies', {
    name: 'odd',
    ...request,
    budget: { trials: 1 },
    warmStart: { trials },
  });
  expect([status, body['code'], body['detail']]).toEqual([
    400,
    'invalid-request',
    expect.stringContaining('trial 2 of the warm start: x must lie in [-1, 1]; got 7'),
  ]);
  // one payload holds them, or they are refused before anything is sent
  const many = (count: number) =>
    Array.from({ length: count }, (_each, at) => ({
      configuration: { x: 1 / (at + 2) },
      measures: { loss: at / 3, size: at / 7 },
    }));
  const start = (name: string, count: number) =>
    stack.space.studies.start(name, { ...request, budget: { trials: 1 }, warmStart: { trials: many(count) } });
  const large = await start('large', 9_000);
  expect((await large.finished({ timeoutMs: 60_000 })).account.complete).toBe(1);
  await expect(start('longer', 10_000)).rejects.toMatchObject({ code: 'message-too-large' });
  await expect(start('more', 10_001)).rejects.toMatchObject({ code: 'limit-reached' });
  await expect(start('none', 0)).rejects.toMatchObject({ code: 'limit-reached' });
});
