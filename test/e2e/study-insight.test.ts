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
    cost: 1 - Number(params['x']),
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

test('the line of a trial of PBT is the same through SDK, REST and CLI', async () => {
  const trainer = await startEvaluating('trainer', `${stack.space.name}-`, ({ params, trial, resume, checkpoint }) => {
    const { of, loss } = (resume() ?? { of: [], loss: 10 }) as {
      readonly of: readonly number[];
      readonly loss: number;
    };
    const left = { of: [...of, trial], loss: loss - Number(params['x']) };
    checkpoint(left);
    return { loss: left.loss };
  });
  const study = stack.space.studies.at('line-1');
  const { out: started } = await stack.cli(
    `-o json study start line-1 --evaluator trainer --dimensions ${JSON.stringify({ x: unit })} --minimise loss --seed 3 --sampler pbt --pbt population=3,perturb=0.5/2 --trials 12 --wait`,
  );
  expect(JSON.parse(started)).toMatchObject({
    spec: { samplerOptions: { population: 3, perturb: [0.5, 2] }, parallelism: 3 },
    account: { complete: 12 },
  });
  const { best } = await study.finished();
  await until('the trials in the read model', async () => {
    const { items } = await study.trials({ pageSize: 500 });
    return (items.length === 12 && items.every(({ state }) => state === 'complete')) || undefined;
  });
  const line = await study.lineage();
  expect(line.trial).toBe(best?.number);
  expect(line.trials.map(({ number }) => number)).toEqual((best?.checkpoint as { readonly of: unknown }).of);
  expect(line.trials[0]?.lineage).toMatchObject({ generation: 0, how: 'start' });
  const got = await stack.rest.get('/studies/line-1/lineage');
  expect([got.status, got.body, misfits('TrialLine', got.body)]).toEqual([200, line, []]);
  const one = await stack.rest.get('/studies/line-1/lineage?trial=1');
  expect(one.body).toMatchObject({ trial: 1, trials: [{ number: 1 }] });
  expect((await stack.rest.get('/studies/line-1/lineage?trial=99')).status).toBe(404);
  expect(JSON.parse((await stack.cli('-o json study lineage line-1')).out)).toEqual(line);
  const { out } = await stack.cli('-o table study lineage line-1');
  expect(out).toMatch(/^NUMBER +HOW +MEMBER +GENERATION +MEASURES +CONFIGURATION +CHANGED\n\d +start /);
  expect(out.trimEnd().split('\n')).toHaveLength(line.trials.length + 1);
  const exported = (await stack.cli('study export line-1')).out.trimEnd().split('\n');
  expect(exported.map((text) => (JSON.parse(text) as { lineage?: { how?: unknown } }).lineage?.how)).not.toContain(
    undefined,
  );
  await trainer.close();
});

test('a study with two objectives has a front, the same through SDK, REST and CLI', async () => {
  const started = await stack.rest.post('/studies', {
    ...request,
    name: 'front-1',
    minimise: ['loss', 'cost'],
    budget: { trials: 30 },
  });
  expect([started.status, misfits('Study', started.body)]).toEqual([200, []]);
  const study = stack.space.studies.at('front-1');
  const { front, best } = await study.finished({ timeoutMs: 60_000 });
  await until('the trials in the read model', async () => {
    const { items } = await study.trials({ pageSize: 500 });
    return items.length === 30 && items.every(({ state }) => state === 'complete') ? true : undefined;
  });
  // the front of the read model is the one that the study kept
  const pareto = await study.pareto();
  expect(best).toBeUndefined();
  expect(pareto.size).toBe(front?.size);
  const numbers = pareto.trials.map(({ number }) => number);
  expect(numbers).toEqual(front?.trials.map(({ number }) => number));
  const got = await stack.rest.get('/studies/front-1/pareto');
  expect([got.status, got.body, misfits('ParetoFront', got.body)]).toEqual([200, pareto, []]);
  expect(JSON.parse((await stack.cli('-o json study pareto front-1')).out)).toEqual(pareto);
  const { out } = await stack.cli('-o table study pareto front-1');
  expect(out).toMatch(/^NUMBER +LOSS +COST +CONFIGURATION\n/);
  expect(out.trimEnd().split('\n')).toHaveLength(pareto.size + 1);
  const lines = (await stack.cli('-o jsonl study pareto front-1')).out.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(pareto.trials);
  // the study tells what it seeks
  const shown = await stack.rest.get('/studies/front-1');
  expect([shown.body, misfits('Study', shown.body)]).toMatchObject([{ front, spec: { sampler: 'random' } }, []]);
  const text = (await stack.cli('-o table study show front-1')).out;
  expect(text).toContain('seeks    minimise loss, minimise cost\n');
  expect(text).toContain(`front    ${String(pareto.size)} trials that no other one is better than`);
  // importance is of one of them
  const none = await stack.rest.get('/studies/front-1:importance');
  expect([none.status, none.body]).toMatchObject([400, { code: 'invalid-request' }]);
  const byCost = await study.importance({ measure: 'cost' });
  expect(byCost.parameters[0]?.name).toBe('x');
  expect((await stack.rest.get('/studies/front-1:importance?measure=cost')).body).toEqual(byCost);
  expect(JSON.parse((await stack.cli('-o json study importance front-1 --measure cost')).out)).toEqual(byCost);
  // and nothing is proposed by itself, here not at all
  expect((await stack.rest.post('/studies/front-1:propose', {})).body).toMatchObject({ code: 'invalid-request' });
  const named = await stack.cli(`study propose front-1 --trial ${String(numbers[0])}`);
  expect([named.code, named.err]).toMatchObject([5, expect.stringContaining('it is over no set')]);
  expect((await stack.cli('study propose front-1 --trial 99')).err).toContain('trial-not-found');
  expect((await stack.rest.get('/studies/nothing/pareto')).body).toMatchObject({ code: 'study-not-found' });
});

test('the shell starts a study with several objectives', async () => {
  const dimensions = JSON.stringify({ x: unit, y: unit });
  const sought = '--minimise loss --minimise cost --maximise size --trials 2 --sampler random --wait';
  const flags = ['--dimensions', dimensions, '--evaluator', 'curve', ...sought.split(' ')];
  const { code, out } = await stack.cli(['-o', 'json', 'study', 'start', 'front-2', ...flags]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    request: { minimise: ['loss', 'cost'], maximise: 'size' },
    spec: { objectives: [{ measure: 'loss' }, { measure: 'cost' }, { measure: 'size', direction: 'maximise' }] },
    account: { complete: 2 },
  });
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

test('a copy of a study that has ended learns from its trials, with a budget of its own', async () => {
  const { out } = await stack.cli('-o json study copy curve-1 curve-more --trials 5 --seed 4');
  expect(JSON.parse(out)).toEqual({ name: 'curve-more', budget: 5, learnt: 60 });
  const copy = stack.space.studies.at('curve-more');
  expect((await copy.view()).request).toMatchObject({
    seed: 4,
    budget: { trials: 5 },
    warmStart: { trials: 60, from: 'study curve-1' },
  });
  expect((await copy.finished({ timeoutMs: 60_000 })).account).toMatchObject({ asked: 5, complete: 5 });
  // the same copy again is the same study, over HTTP, too
  const again = await stack.rest.post('/studies/curve-1:copy', { name: 'curve-more', budget: { trials: 5 }, seed: 4 });
  expect([again.status, misfits('Study', again.body)]).toEqual([200, []]);
  const other = await stack.rest.post('/studies/curve-1:copy', { name: 'curve-more', budget: { trials: 6 }, seed: 4 });
  expect(other.body).toMatchObject({ code: 'already-exists' });
});

test('budgets of time and money, rules and retries are given and shown in the shell and over HTTP', async () => {
  const dimensions = JSON.stringify(request.space.dimensions);
  const flags = '--seconds 3600 --cost 1 --cost-per-trial 0.25 --stop-when target=-1 --retries lost=2,thrown=0';
  const line = `study start priced --dimensions ${dimensions} --evaluator curve --minimise loss ${flags} --wait`;
  const { out } = await stack.cli(line);
  // the evaluator does not say what it costs
  expect(out).toContain('priced  finished  4 of 100 trials, cost 1 of 1 (0 set aside)');
  expect(out).toContain('the budget of 1 is spent: 1 so far, and a trial may cost 0.25');
  const got = await stack.rest.get('/studies/priced');
  expect(misfits('Study', got.body)).toEqual([]);
  expect(got.body).toMatchObject({
    spec: { retries: { lost: 2, thrown: 0 }, stopWhen: { target: -1 } },
    account: { cost: { budget: 1, free: 0, reserved: 0, spent: 1, overrun: 0 } },
  });
  const outside = {
    name: 'lab',
    minimise: 'loss',
    space: request.space,
    budget: { trials: 9, cost: 4, costPerTrial: 1 },
  };
  await stack.rest.post('/studies', outside);
  const asked = await stack.rest.post('/studies/lab:ask', { client: 'a' });
  expect(asked.body).toMatchObject({ trials: [{ trial: 1, maxCost: 1 }] });
  expect((await stack.cli('study tell lab 1/1 0.5 --cost 1.5')).code).toBe(0);
  const changed = await stack.cli('study change lab --cost 5 --trials 8');
  expect(changed.out).toBe('lab 8 trials, cost 5, 50 at once\n');
  expect((await stack.rest.get('/studies/lab')).body).toMatchObject({ account: { cost: { budget: 5, spent: 1.5 } } });
  expect((await stack.cli('study change lab --cost 1.2')).err).toContain('at least what is spent, 1.5');
});
