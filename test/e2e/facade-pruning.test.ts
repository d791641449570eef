import { startStack, type Stack } from '../support/facade/stack';
import { until } from '../support/kernel/harness';
import { misfits } from '../support/rest/document';
import { startEvaluating, type Evaluating } from '../support/studies/evaluating';

let stack: Stack;
let evaluating: Evaluating | undefined;
beforeAll(async () => {
  stack = await startStack('facade-pruning');
}, 180_000);
afterAll(async () => {
  await evaluating?.close();
  await stack.close();
});

const space = { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } };
const asked = { space, evaluator: 'curves', minimise: 'loss', sampler: 'random', seed: 7, parallelism: 1 };
const pruner = { kind: 'halving', minResource: 2, reductionFactor: 2 };

test('a study that prunes is started, looked at and its trials are listed through REST and CLI', async () => {
  // given an evaluator that gets worse from trial to trial
  evaluating = await startEvaluating('curves', `${stack.space.name}-`, async ({ trial, report, shouldStop }) => {
    for (let step = 1; step <= 4; step++) {
      report(step, trial / step);
      if (await shouldStop()) return 'pruned';
    }
    return { loss: trial };
  });
  // when
  const body = { name: 'halved', ...asked, pruner, reportMs: 60_000, budget: { trials: 4 } };
  const started = await stack.rest.post('/studies', body);
  expect(started.status).toBe(200);
  expect(started.body).toMatchObject({ spec: { pruner, reportMs: 60_000 } });
  await stack.space.studies.at('halved').finished({ timeoutMs: 30_000 });
  // then
  const shown = (await stack.rest.get('/studies/halved')).body;
  expect(misfits('Study', shown)).toEqual([]);
  expect(shown).toMatchObject({
    account: { asked: 4, complete: 1, pruned: 3, lateReports: 0 },
    best: { number: 1, lastReport: { step: 4, value: 0.25 } },
  });
  const { out } = await stack.cli('study show halved');
  expect(out).toContain('1 complete, 3 pruned, 0 failed, 0 cancelled, 0 running');
  const trials = await until('the trials in the read model', async () => {
    const page = (await stack.rest.get('/studies/halved/trials')).body;
    const items = page['items'] as readonly { readonly state: string }[];
    return items.length === 4 && items.every(({ state }) => state !== 'running') ? page : undefined;
  });
  expect(misfits('Trials', trials)).toEqual([]);
  expect(trials['items']).toMatchObject([
    { state: 'complete', reports: { steps: [1, 2, 3, 4], values: [1, 0.5, 1 / 3, 0.25] } },
    { state: 'pruned', lastReport: { step: 2, value: 1 }, reports: { steps: [1, 2], values: [2, 1] } },
    { state: 'pruned', lastReport: { step: 2, value: 1.5 } },
    { state: 'pruned', lastReport: { step: 2, value: 2 } },
  ]);
  const table = await stack.cli('-o table study trials halved');
  expect(table.out).toMatch(/^NUMBER +STATE +ATTEMPTS +MEASURES +LASTREPORT +CONFIGURATION +WORKER\n/);
  expect(table.out).toMatch(/\n2 +pruned +1 +\{"step":2,"value":1\}/);
});

test('a pruner is asked for by a flag, and what is wrong with it is said at each door', async () => {
  const line = 'study start flagged --evaluator curves --minimise loss --trials 1 --over nowhere';
  const wrong = await stack.cli(`${line} --pruner best`);
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('expected one of median,') as unknown]);
  const unknown = await stack.rest.post('/studies', {
    name: 'a',
    ...asked,
    pruner: { kind: 'best' },
    budget: { trials: 1 },
  });
  expect([unknown.status, unknown.body]).toMatchObject([400, { code: 'invalid-request' }]);
  const odd = { ...pruner, reductionFactor: 1 };
  const refused = await stack.rest.post('/studies', { name: 'b', ...asked, pruner: odd, budget: { trials: 1 } });
  expect([refused.status, refused.body['detail']]).toEqual([
    400,
    expect.stringContaining('pruner.reductionFactor is a whole number from 2; got 1') as unknown,
  ]);
});
