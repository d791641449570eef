import { importStudy, readOptunaJournal } from '../../src/client/study-import';
import { startStack, type Stack } from '../support/facade/stack';
import { until } from '../support/kernel/harness';
import { misfits } from '../support/rest/document';
import { readCsv } from '../support/studies/csv';
import { startEvaluating, type Evaluating } from '../support/studies/evaluating';

let stack: Stack;
let evaluating: Evaluating;
beforeAll(async () => {
  stack = await startStack('study-insight');
  evaluating = await startEvaluating('curve', `${stack.space.name}-`, ({ params }) => ({
    loss: (Number(params['x']) - 0.3) ** 2 + Number(params['y']) / 1_000,
    size: 1,
  }));
}, 180_000);
afterAll(async () => {
  await evaluating.close();
  await stack.close();
});

async function* linesOf(text: string): AsyncIterable<string> {
  yield* text.trimEnd().split('\n');
}

const unit = { kind: 'float', low: 0, high: 1, log: false } as const;
const request = {
  space: { dimensions: { x: unit, y: unit, kind: { kind: 'categorical', choices: ['=1+1', 'b,"c"'] } } },
  evaluator: 'curve',
  minimise: 'loss',
  sampler: 'random',
  seed: 3,
  parallelism: 10,
  budget: { trials: 60 },
} as const;

test('importance and exports are the same through SDK, REST and CLI', async () => {
  const study = await stack.space.studies.start('curve-1', request);
  await study.finished({ timeoutMs: 60_000 });
  const items = await until('the trials in the read model', async () => {
    const { items } = await study.trials({ pageSize: 500 });
    return items.length === 60 && items.every(({ state }) => state === 'complete') ? items : undefined;
  });
  // importance
  const importance = await study.importance();
  expect(importance).toMatchObject({ trials: 60, top: 6, parameters: [{ name: 'x' }, {}, {}] });
  const got = await stack.rest.get('/studies/curve-1:importance');
  expect([got.status, got.body, misfits('Importance', got.body)]).toEqual([200, importance, []]);
  expect(JSON.parse((await stack.cli('-o json study importance curve-1')).out)).toEqual(importance);
  const { out } = await stack.cli('-o table study importance curve-1');
  expect(out).toMatch(/^NAME +IMPORTANCE\nx +0\.\d{3} +█+\n/);
  const lines = (await stack.cli('-o jsonl study importance curve-1')).out.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(importance.parameters);
  // JSON lines are the trials
  const exported = (await stack.cli('study export curve-1')).out;
  expect(
    exported
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(items);
  const url = `${stack.rest.base}/v1/spaces/${stack.space.name}/studies/curve-1:export`;
  expect(await (await fetch(url)).text()).toBe(exported);
  // a journal of Optuna comes back as the same trials
  const journal = (await stack.cli('study export curve-1 --format optuna')).out;
  expect(await (await fetch(`${url}?format=optuna`)).text()).toBe(journal);
  const [optuna] = await readOptunaJournal(linesOf(journal));
  const back = optuna === undefined ? [] : importStudy(optuna, 'loss').trials;
  expect(back.map(({ configuration }) => configuration)).toEqual(items.map(({ configuration }) => configuration));
  // and CSV has each of them on a line
  const csv = (await stack.cli('study export curve-1 --format csv')).out;
  expect(await (await fetch(`${url}?format=csv`)).text()).toBe(csv);
  const [heading = [], ...rows] = readCsv(csv);
  expect(rows).toHaveLength(60);
  const at = heading.findIndex(({ text }) => text === 'params.x');
  expect(rows.map((row) => Number(row[at]?.text))).toEqual(items.map(({ configuration }) => configuration['x']));
  expect(new Set(rows.map((row) => row[4]?.text))).toEqual(new Set(["'=1+1", 'b,"c"']));
});

test('a study that knows too little says so; one that is not there is not found', async () => {
  const study = await stack.space.studies.start('curve-2', { ...request, budget: { trials: 1 } });
  await study.finished({ timeoutMs: 60_000 });
  await until('its trial in the read model', async () =>
    (await study.trials()).items[0]?.state === 'complete' ? true : undefined,
  );
  const text = 'it takes two complete trials at least; there are 1';
  expect((await stack.rest.get('/studies/curve-2:importance')).body).toMatchObject({ parameters: [], warning: text });
  expect(await stack.cli('study importance curve-2')).toEqual({ code: 0, out: '', err: `${text}\n` });
  expect((await stack.rest.get('/studies/nothing:importance')).body).toMatchObject({ code: 'study-not-found' });
  expect((await stack.rest.get('/studies/nothing:export')).body).toMatchObject({
    code: 'study-not-found',
    status: 404,
  });
  expect((await stack.cli('study export nothing')).err).toContain('study-not-found');
});
