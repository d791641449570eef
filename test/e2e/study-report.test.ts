import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type Stack } from '../support/facade/stack';
import { until } from '../support/kernel/harness';
import { startEvaluating, type Evaluating } from '../support/studies/evaluating';

const HOSTILE = `</text><script>alert("x")</script>'&`;
let stack: Stack;
let evaluating: Evaluating;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mabeam-report-'));
  stack = await startStack('study-report');
  evaluating = await startEvaluating('curve', `${stack.space.name}-`, async ({ params, trial, report, shouldStop }) => {
    if (trial === 5) throw new Error(HOSTILE);
    for (let step = 1; step <= 4; step++) {
      report(step, trial / step);
      if (await shouldStop()) return 'pruned';
    }
    return { loss: (Number(params['x']) - 0.3) ** 2 + trial / 100 };
  });
}, 180_000);
afterAll(async () => {
  await evaluating.close();
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

const unit = { kind: 'float', low: 0, high: 1, log: false } as const;
const request = {
  space: { dimensions: { x: unit, kind: { kind: 'categorical', choices: [HOSTILE, 'b'] } } },
  evaluator: 'curve',
  minimise: 'loss',
  sampler: 'random',
  pruner: { kind: 'halving', minResource: 2, reductionFactor: 2 },
  reportMs: 60_000,
  seed: 3,
  parallelism: 2,
  attempts: 1,
  budget: { trials: 12 },
} as const;

/** What differs between two pages of one study: when they were made. */
const timeless = (page: string): string => page.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC<\/dd>/, '');

async function settled(name: string, trials: number): Promise<void> {
  const study = stack.space.studies.at(name);
  await study.finished({ timeoutMs: 60_000 });
  await until('the trials in the read model', async () => {
    const { items } = await study.trials({ pageSize: 500 });
    return items.length === trials && items.every(({ state }) => state !== 'running') ? true : undefined;
  });
}

test('a report is the same page through SDK, REST and CLI, and nothing in it runs', async () => {
  await stack.space.studies.start('curve-1', request);
  await settled('curve-1', 12);
  // when
  const file = join(folder, 'report.html');
  const written = await stack.cli(['study', 'report', 'curve-1', '-o', file]);
  // then
  expect(written).toMatchObject({ code: 0, out: '', err: expect.stringContaining(`${file}: `) as unknown });
  const page = readFileSync(file, 'utf8');
  const url = `${stack.rest.base}/v1/spaces/${stack.space.name}/studies/curve-1/report`;
  const got = await fetch(url);
  expect(got.status).toBe(200);
  expect(got.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(got.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-.*sandbox$/);
  const pages = [await got.text(), await stack.space.studies.at('curve-1').report(), page];
  expect(new Set(pages.map(timeless)).size).toBe(1);
  expect((await stack.cli('study report curve-1')).out.length).toBe(page.length);
  // it says what happened
  expect(page).toContain('12 of 12 trials: ');
  expect(page).toMatch(/reported loss on the way, up to step 4\. \d+ of them were pruned/);
  expect(page).toContain('Importance of parameters');
  expect(page).toContain('&lt;/text&gt;&lt;script&gt;alert(&quot;x&quot;)');
  expect(page).not.toMatch(/<script|<\/text><|javascript:|https?:/i);
});

test('a contour is of two parameters that the study has', async () => {
  const path = '/studies/curve-1/report';
  expect((await stack.cli('study report curve-1 --contour kind x')).code).toBe(0);
  const unknown = await stack.cli('study report curve-1 --contour x nothing');
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('unknown-variable') as unknown]);
  const one = await stack.cli('study report curve-1 --contour x');
  expect([one.code, one.err]).toEqual([2, expect.stringContaining('a contour is of two parameters; got x') as unknown]);
  expect(await stack.rest.get(`${path}?contour=x,nothing`)).toMatchObject({
    status: 422,
    body: { code: 'unknown-variable' },
  });
  expect(await stack.rest.get(`${path}?contour=x`)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  expect(await stack.rest.get('/studies/nothing/report')).toMatchObject({ status: 404 });
});

test('a format is no file, a file is no format, and a file that cannot be written is said', async () => {
  const format = await stack.cli('-o json study report curve-1');
  expect([format.code, format.err]).toEqual([2, expect.stringContaining('expected a file after -o') as unknown]);
  const list = await stack.cli('study show curve-1 -o page.html');
  expect([list.code, list.err]).toEqual([2, expect.stringContaining('Allowed choices are table, json') as unknown]);
  const nowhere = await stack.cli(`study report curve-1 -o ${folder}/no/page.html`);
  expect([nowhere.code, nowhere.err]).toEqual([2, expect.stringContaining('cannot be written: ENOENT') as unknown]);
});

test('a study is watched to its end: a line for each change, lines of JSON, or a screen', async () => {
  const study = await stack.space.studies.start('curve-2', { ...request, budget: { trials: 6 } });
  // when all three watch while it runs
  const [lines, json, screen] = await Promise.all([
    stack.cli('study watch curve-2'),
    stack.cli('study watch curve-2 --json'),
    stack.cli('study watch curve-2', { isTty: true }),
  ]);
  await study.finished({ timeoutMs: 60_000 });
  // then
  expect(lines).toMatchObject({ code: 0, err: '' });
  expect(lines.out.trimEnd().split('\n').at(-1)).toMatch(/^curve-2 finished: the budget of 6 trials is spent; \d of 6/);
  const things = json.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(things[0]).toMatchObject({ name: 'curve-2', spec: { evaluator: 'curve' } });
  expect(things.at(-1)).toMatchObject({ study: 'curve-2', state: 'finished', account: { asked: 6 } });
  expect(screen.code).toBe(0);
  expect(screen.out).toContain('█'.repeat(30));
  expect(screen.out).toContain('6 of 6');
});

test('a study that waits is told as it goes on, and one that is stopped ends the watch with exit 5', async () => {
  const { evaluator: _none, pruner: _neither, reportMs: _nor, attempts: _at, ...outside } = request;
  const study = await stack.space.studies.start('asked', { ...outside, budget: { trials: 3 } });
  const [watching, drawing] = [stack.cli('study watch asked'), stack.cli('study watch asked', { isTty: true })];
  // when
  await study.ask({ client: 'lab-1', count: 2 });
  await study.tell({ trial: 1, value: 0.5 });
  await study.pause({ reason: 'lunch' });
  await study.resume();
  await study.stop({ reason: 'enough', running: 'cancel' });
  // then
  const { code, out } = await watching;
  expect(code).toBe(5);
  expect(out).toMatch(/^asked {2}(created|running|paused|draining|stopped) {2}/);
  expect(out.trimEnd().split('\n').at(-1)).toMatch(
    /^asked stopped: enough; 1 of 2 complete; best trial 1 {2}loss=0\.5/,
  );
  expect(await drawing).toMatchObject({ code: 5, out: expect.stringContaining('stopped') as unknown });
  expect((await stack.cli('study watch nothing')).code).toBe(3);
});

test('an interrupted watch says that the study goes on, and it does', async () => {
  const { evaluator: _none, pruner: _neither, reportMs: _nor, attempts: _at, ...outside } = request;
  const study = await stack.space.studies.start('left', outside);
  const env = { ...process.env, MABEAM_URL: stack.rest.base, NO_COLOR: '1' };
  const args = ['--import', 'tsx', 'src/cli/main.ts', '--space', stack.space.name, 'study', 'watch', 'left'];
  const child = spawn(process.execPath, args, { cwd: join(__dirname, '../..'), env });
  let err = '';
  child.stderr.on('data', (piece) => (err += String(piece)));
  // when
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  // then
  expect(await once(child, 'close')).toEqual([130, null]);
  expect(err).toBe('\nleft goes on. Watch it again with   mabeam study watch left\n');
  expect((await study.view()).state).not.toBe('stopped');
  await study.stop({ running: 'cancel' });
});
