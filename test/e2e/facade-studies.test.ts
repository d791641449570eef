import type { Row } from '../../src/contracts/read-models';
import { codeOf } from '../support/sets/harness';
import { startStack, type Stack } from '../support/facade/stack';
import { until } from '../support/kernel/harness';
import { misfits } from '../support/rest/document';
import { trainer } from '../support/sets/definitions';
import { startEvaluating, type Evaluating } from '../support/studies/evaluating';

let stack: Stack;
let evaluating: Evaluating | undefined;
beforeAll(async () => {
  stack = await startStack('facade-studies');
  await stack.space.variables.get(trainer);
}, 180_000);
afterAll(async () => {
  await evaluating?.close();
  await stack.close();
});

const json = async (line: string): Promise<Record<string, unknown>> =>
  JSON.parse((await stack.cli(`-o json ${line}`)).out) as Record<string, unknown>;
const over = { over: 'trainer', evaluator: 'train', minimise: 'loss', seed: 7, budget: { trials: 12 } };

test('a study that nobody evaluates says so at each door, and what to do about it', async () => {
  const queue = `${stack.space.name}-mabeam-evaluator-train`;
  const text = `nobody evaluates "train" (queue ${queue} has no poller)`;
  // when the same start comes again with its key
  const key = { 'Idempotency-Key': 'start-1' };
  const started = await stack.rest.post('/studies', { name: 'filter-1', ...over }, key);
  const again = await stack.rest.post('/studies', { name: 'filter-1', ...over }, key);
  expect([started.status, again.status]).toEqual([200, 200]);
  expect(misfits('Study', started.body)).toEqual([]);
  expect(again.body['spec']).toEqual(started.body['spec']);
  // then another body is refused, under this key and under this name
  const other = { name: 'filter-1', ...over, seed: 8 };
  expect((await stack.rest.post('/studies', other, key)).body).toMatchObject({ code: 'idempotency-key-reused' });
  expect((await stack.rest.post('/studies', other)).body).toMatchObject({ code: 'already-exists', status: 409 });
  // and everybody is told who is missing
  await until('the first trial', async () =>
    (await stack.space.studies.at('filter-1').view()).account.running > 0 ? true : undefined,
  );
  expect((await stack.rest.get('/studies/filter-1')).body).toMatchObject({ waitingFor: text });
  const line = 'study start filter-1 --over trainer --evaluator train --minimise loss --seed 7 --trials 12';
  const { code, out } = await stack.cli(line);
  expect(code).toBe(0);
  const python = 'python -m mabeam.evaluator <module>:<function>';
  expect(out).toContain(`waiting: ${text}\n  start one with   mabeam evaluator <definition file>   or   ${python}\n`);
});

test('a study is looked at, and its best proposed, through REST and CLI; why tells proposal, evidence and trials', async () => {
  // given somebody who evaluates
  evaluating = await startEvaluating('train', `${stack.space.name}-`, ({ params }) => ({
    loss: Math.abs(Number(params['copies']) - 3) + Number(params['hashBits']) / 1_000,
  }));
  const finished = await stack.space.studies.at('filter-1').finished({ timeoutMs: 30_000 });
  expect(finished.account).toMatchObject({ asked: 12, complete: 12 });
  const best = finished.best?.number ?? 0;
  // when it is looked at
  const shown = await json('study show filter-1');
  const { body } = await stack.rest.get('/studies/filter-1');
  expect(shown).toEqual(body);
  expect(misfits('Study', body)).toEqual([]);
  expect(body).toMatchObject({ name: 'filter-1', state: 'finished', account: finished.account, best: finished.best });
  const trials = await until('the trials in the read model', async () => {
    const page = (await stack.rest.get('/studies/filter-1/trials?pageSize=500')).body;
    const items = page['items'] as readonly { readonly state: string }[];
    return items.length === 12 && items.every(({ state }) => state === 'complete') ? page : undefined;
  });
  expect(misfits('Trials', trials)).toEqual([]);
  expect((await json('study trials filter-1'))['items']).toEqual(trials['items']);
  // and its best is proposed twice with one key
  const key = { 'Idempotency-Key': 'propose-1' };
  const proposed = await stack.rest.post('/studies/filter-1:propose', {}, key);
  expect([proposed.status, proposed.body]).toMatchObject([201, { kind: 'accepted', version: 2 }]);
  expect((await stack.rest.post('/studies/filter-1:propose', {}, key)).body).toEqual(proposed.body);
  // then why leads from the value to the trials
  const why = await until('the read model', async () => {
    const told = (await stack.rest.get('/variableSets/trainer/variables/copies:why')).body;
    return told['version'] === 2 ? told : undefined;
  });
  expect(misfits('Why', why)).toEqual([]);
  const { evidence, because } = finished.proposal ?? {};
  expect(why['proposal']).toMatchObject({ number: 1, proposer: 'rest', verdict: 'accepted', because, evidence });
  expect(why['trials']).toEqual(
    [...(trials['items'] as readonly { readonly number: number }[])]
      .filter(({ number }) => number === 1 || number === best)
      .map((trial) => expect.objectContaining({ ...trial, study: 'filter-1' }) as unknown),
  );
  expect(await json('why trainer copies')).toEqual(why);
  const { out } = await stack.cli('why trainer copies');
  expect(out).toContain('proposed   rest, from study filter-1: ');
  expect(out).toContain(`trials 1, ${String(best)}\n`);
  expect(out).toContain(`trial ${String(best)} of study filter-1: loss `);
  // and a proposal from the command line comes too late
  const late = await stack.cli('study propose filter-1');
  expect([late.code, late.err]).toEqual([5, expect.stringContaining('stale-base') as unknown]);
});

test('a study is paused, given more, told what to try first and resumed, through REST and CLI', async () => {
  const start = 'study start steered --over trainer --evaluator nobody --minimise loss --trials 3 --parallelism 1';
  expect((await stack.cli(start)).code).toBe(0);
  const paused = await stack.rest.post('/studies/steered:pause', { reason: 'wait' });
  expect([paused.status, paused.body]).toEqual([200, { state: 'paused' }]);
  expect(misfits('StudyStopped', paused.body)).toEqual([]);
  expect(await stack.cli('study change steered --trials 5')).toMatchObject({
    code: 0,
    out: 'steered 5 trials, 1 at once\n',
  });
  const key = { 'Idempotency-Key': 'enqueue-1' };
  const list = { configurations: [{ copies: 2 }] };
  const enqueued = await stack.rest.post('/studies/steered:enqueue', list, key);
  expect([enqueued.status, enqueued.body]).toEqual([200, { enqueued: 1 }]);
  expect(misfits('Enqueued', enqueued.body)).toEqual([]);
  expect((await stack.rest.post('/studies/steered:enqueue', list, key)).body).toEqual({ enqueued: 1 });
  expect(await stack.cli('study enqueue steered copies=3')).toEqual({ code: 0, out: 'steered 2 enqueued\n', err: '' });
  expect((await stack.cli('study enqueue steered copies=99')).err).toContain('value-out-of-range');
  expect((await stack.cli('study enqueue steered')).err).toContain('expected name=value or --from');
  expect((await stack.cli('study show steered')).out).toContain('steered  paused  1 of 5 trials');
  const changed = await stack.rest.post('/studies/steered:change', { parallelism: 2 });
  expect([changed.body, misfits('StudyChanged', changed.body)]).toEqual([{ budget: 5, parallelism: 2 }, []]);
  expect(await stack.cli('study resume steered')).toEqual({ code: 0, out: 'steered running\n', err: '' });
  const { body } = await stack.rest.get('/studies/steered');
  expect(misfits('Study', body)).toEqual([]);
  expect(body).toMatchObject({
    state: 'running',
    enqueued: 1,
    running: [{}, { enqueued: true, configuration: { copies: 2 } }],
  });
  await stack.space.studies.at('steered').stop({ running: 'cancel' });
});

test('a study is stopped through REST and CLI; what is not there is not found', async () => {
  const lonely = 'study start lonely --over trainer --evaluator nobody --minimise loss --trials 3';
  expect((await stack.cli(lonely)).code).toBe(0);
  const stopped = await stack.rest.post('/studies/lonely:stop', { reason: 'not now', running: 'cancel' });
  expect(stopped.status).toBe(200);
  expect(misfits('StudyStopped', stopped.body)).toEqual([]);
  await stack.space.studies.at('lonely').finished({ timeoutMs: 20_000 });
  expect(await stack.cli('study stop lonely')).toEqual({ code: 0, out: 'lonely stopped\n', err: '' });
  expect(await json('study show lonely')).toMatchObject({ state: 'stopped', reason: 'not now' });
  expect((await stack.rest.post('/studies/lonely:propose', {})).body).toMatchObject({ code: 'no-result' });
  expect((await stack.rest.get('/studies/nothing')).body).toMatchObject({ code: 'study-not-found', status: 404 });
  expect((await stack.cli('study show nothing')).err).toContain('study-not-found');
  expect(await codeOf(stack.space.studies.at('nothing').stop())).toBe('study-not-found');
});

test('a study is deleted through REST and CLI when it has ended; its name is free, and why still has the evidence', async () => {
  const why = async () => (await stack.rest.get('/variableSets/trainer/variables/copies:why')).body['trials'];
  const evidence = await why();
  expect(evidence).not.toEqual([]);
  const numbers = async (): Promise<readonly number[]> => {
    const { items } = (await stack.rest.get('/studies/filter-1/trials?pageSize=500')).body;
    return (items as readonly { readonly number: number }[]).map(({ number }) => number);
  };
  // given one that runs
  expect((await stack.cli('study start runs --over trainer --evaluator nobody --minimise loss --trials 3')).code).toBe(
    0,
  );
  expect(await stack.rest.remove('/studies/runs')).toMatchObject({ status: 409, body: { code: 'study-runs' } });
  const refused = await stack.cli('study delete runs --yes');
  expect([refused.code, refused.err]).toEqual([5, expect.stringContaining('mabeam study stop runs') as unknown]);
  // when both end
  await stack.space.studies.at('runs').stop({ running: 'cancel' });
  expect((await stack.cli('study delete runs')).err).toContain('--yes');
  expect(await stack.cli('study delete runs --yes')).toEqual({ code: 0, out: 'runs deleted\n', err: '' });
  expect((await stack.rest.remove('/studies/filter-1')).status).toBe(204);
  // then there is none; a repetition finds nothing to do, or nothing at all
  expect((await stack.rest.get('/studies/filter-1')).body).toMatchObject({ code: 'study-not-found' });
  await until('the read model', async () => ((await numbers()).length === 0 ? true : undefined));
  expect([204, 404]).toContain((await stack.rest.remove('/studies/filter-1')).status);
  expect(((await json('study list'))['items'] as Row[]).map(({ name }) => name)).not.toContain('filter-1');
  // and another one takes the name
  expect((await stack.rest.post('/studies', { name: 'filter-1', ...over, budget: { trials: 3 } })).status).toBe(200);
  const again = await stack.space.studies.at('filter-1').finished({ timeoutMs: 30_000 });
  expect(again.account).toMatchObject({ asked: 3, complete: 3 });
  await until('its trials', async () => ((await numbers()).length === 3 ? true : undefined));
  expect(await why()).toEqual(evidence);
  // the log says who
  const said: unknown[] = [];
  for await (const { event } of stack.space.events({ types: ['study.deleted'] })) {
    said.push([event.subject, event.data]);
    if (said.length === 2) break;
  }
  expect(said).toEqual([
    ['runs', { by: 'cli' }],
    ['filter-1', { by: 'rest' }],
  ]);
});
