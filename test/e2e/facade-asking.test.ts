import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pages, snippetsOf } from '../support/docs/pages';
import { startStack, type Stack } from '../support/facade/stack';
import { until } from '../support/kernel/harness';
import { compiled } from '../support/processes/compiled';
import { environment } from '../support/processes/program';
import { misfits } from '../support/rest/document';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'mabeam-bake-'));
const example = join(__dirname, '../../examples/bread-shell/bake.sh');
let stack: Stack;
beforeAll(async () => {
  stack = await startStack('facade-asking');
}, 180_000);
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

const DIMENSIONS = '{"x":{"kind":"float","low":0,"high":1,"log":false}}';
const start = async (name: string, ...more: readonly string[]): Promise<string> => {
  const line = ['study', 'start', name, '--minimise', 'loss', '--trials', '4', '--dimensions', DIMENSIONS, ...more];
  const { code, out, err } = await stack.cli(line);
  expect([code, err]).toEqual([0, '']);
  return out;
};
const trialsOf = async (name: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  (await stack.rest.get(`/studies/${name}/trials`)).body['items'] as readonly Readonly<Record<string, unknown>>[];

test('trials are asked for and told through REST; who has one is in the read model, a repetition is answered as the first time', async () => {
  expect(await start('lab')).toContain(
    'waiting: nobody has a trial; it is asked from outside\n  ask with         mabeam study ask lab --client <you>\n',
  );
  const key = { 'Idempotency-Key': 'ask-1' };
  const asked = await stack.rest.post('/studies/lab:ask', { client: 'bench-1', count: 2, leaseSeconds: 60 }, key);
  expect([asked.status, misfits('Asked', asked.body)]).toEqual([200, []]);
  expect(asked.body).toMatchObject({
    state: 'running',
    trials: [
      { trial: 1, attempt: 1, client: 'bench-1', measures: ['loss'] },
      { trial: 2, attempt: 1 },
    ],
  });
  const again = await stack.rest.post('/studies/lab:ask', { client: 'bench-1', count: 2, leaseSeconds: 60 }, key);
  expect(again.body).toEqual(asked.body);
  const { body: view } = await stack.rest.get('/studies/lab');
  expect([misfits('Study', view), 'waitingFor' in view]).toEqual([[], false]);
  const open = await until('the leases in the read model', async () => {
    const items = await trialsOf('lab');
    return items.length === 2 && 'lease' in (items[0] ?? {}) ? items : undefined;
  });
  expect(open).toMatchObject([{ lease: { client: 'bench-1', attempt: 1 }, attempts: 1 }, { number: 2 }]);
  // when outcomes are told
  const outcomes = [
    { trial: 1, attempt: 1, value: 0.5, attributes: { oven: 'left', tray: 2, spare: null } },
    { trial: 2, client: 'bench-1', failed: 'spilt' },
  ];
  const told = await stack.rest.post('/studies/lab:tell', { outcomes }, { 'Idempotency-Key': 'tell-1' });
  expect([told.status, misfits('TellReply', told.body)]).toEqual([200, []]);
  expect(told.body).toMatchObject({ told: [{ verdict: 'accepted' }, { verdict: 'returned' }] });
  expect((await stack.rest.post('/studies/lab:tell', { outcomes }, { 'Idempotency-Key': 'tell-1' })).body).toEqual(
    told.body,
  );
  const ended = await until('the end in the read model', async () => {
    const items = await trialsOf('lab');
    return items[0]?.['state'] === 'complete' && !('lease' in (items[1] ?? {})) ? items : undefined;
  });
  expect(ended).toMatchObject([{ worker: 'bench-1', measures: { loss: 0.5 } }, { state: 'running' }]);
  expect(ended[0]?.['attributes']).toEqual({ oven: 'left', tray: 2, spare: null });
  expect(ended[0]).not.toHaveProperty('lease');
  expect(misfits('Trials', (await stack.rest.get('/studies/lab/trials')).body)).toEqual([]);
});

test.each([
  ['ask', {}, 'invalid-request', 400],
  ['ask', { client: 'a', count: 51 }, 'invalid-request', 400],
  ['ask', { client: 'two words' }, 'invalid-message', 422],
  ['tell', { outcomes: [] }, 'invalid-request', 400],
  ['tell', { outcomes: [{ trial: 1 }] }, 'invalid-request', 400],
  ['tell', { outcomes: [{ trial: 1, value: null }] }, 'invalid-request', 400],
  ['tell', { outcomes: [{ trial: 2, value: 1, attributes: { oven: ['left'] } }] }, 'invalid-request', 400],
  ['tell', { outcomes: [{ trial: 99, value: 1 }] }, 'trial-not-found', 404],
  ['tell', { outcomes: [{ trial: 1, attempt: 1, value: 1 }] }, 'trial-ended', 409],
  ['tell', { outcomes: [{ trial: 2, client: 'stranger', value: 1 }] }, 'trial-not-held', 409],
])('%s %j is refused over HTTP as %s', async (verb, body, code, status) => {
  const answer = await stack.rest.post(`/studies/lab:${verb}`, body);
  expect([answer.status, answer.body]).toMatchObject([status, { code }]);
});

test('from the shell: a row for each trial in a pipe, a table on a terminal, an exit code for each outcome', async () => {
  await start('shell', '--lease-seconds', '60', '--attribute', 'owner=ann', '--attribute', 'oven=3');
  const asked = await stack.cli('study ask shell --client me --count 2');
  expect([asked.code, asked.err]).toEqual([0, '']);
  expect(asked.out).toMatch(/^1\/1\t\d{4}-.*Z\t\{"x":0\.\d+\}\n2\/1\t.*\n$/);
  expect((await stack.cli('study ask shell --client me', { isTty: true })).out).toMatch(/^TRIAL +UNTIL +VALUES\n1\/1 /);
  const json = JSON.parse((await stack.cli('-o json study ask shell --client me')).out) as Record<string, unknown>;
  expect(json).toMatchObject({ name: 'shell', state: 'running', trials: [{ trial: 1, attempt: 1 }] });
  expect((await stack.cli('study show shell')).out).toMatch(
    /\n {2}noted {4}owner=ann, oven=3\n[^]* {2}with {5}me: 1\/1 until /,
  );
  // told
  expect(await stack.cli('study tell shell 1/1 -0.5 --attribute tray=2')).toEqual({
    code: 0,
    out: 'shell 1/1 accepted\n',
    err: '',
  });
  expect((await stack.cli('study tell shell 2 loss=2 seconds=3 --client me')).out).toBe('shell 2/1 accepted\n');
  expect((await stack.cli('study show shell')).out).toMatch(/best {5}trial 1 .* {2}tray=2\n/);
  const failed = await stack.cli(['study', 'ask', 'shell', '--client', 'me']);
  expect(failed.out).toMatch(/^3\/1\t/);
  expect((await stack.cli(['study', 'tell', 'shell', '3/1', '--failed', 'no power'])).out).toBe(
    'shell 3/1 returned: it is given out again\n',
  );
  // refused
  const refused: readonly (readonly [string, number, string])[] = [
    ['study tell shell 4/1 NaN', 2, 'a measure is a finite number; got NaN'],
    ['study tell shell 4/1 Infinity', 2, 'a measure is a finite number; got Infinity'],
    ['study tell shell x 1', 2, 'expected a trial such as 3/1; got x'],
    ['study tell shell 4/1', 2, 'expected a number, name=number or --failed; got none'],
    ['study tell shell', 2, 'expected a trial or --from; got neither'],
    ['study tell shell 9 1', 3, 'trial-not-found'],
    ['study tell shell 1/1 1', 5, 'trial-ended'],
    ['study ask shell', 2, "required option '--client <name>'"],
    ['study ask nothing --client me', 3, 'study-not-found'],
  ];
  for (const [line, code, text] of refused)
    expect([line, await stack.cli(line)]).toMatchObject([line, { code, err: expect.stringContaining(text) as string }]);
  // several at once, from a file
  const rest = await stack.cli('study ask shell --client me --count 5');
  expect(rest.out.match(/^\d\/\d/gm)).toEqual(['3/2', '4/1']);
  const none = await stack.cli('study ask shell --client other');
  expect([none.code, none.out, none.err]).toEqual([
    0,
    '',
    'shell running: all 4 trials are asked for; 2 are with clients\n',
  ]);
  const file = join(folder, 'outcomes.json');
  writeFileSync(file, JSON.stringify([3, 4].map((trial) => ({ trial, client: 'me', value: trial }))));
  expect((await stack.cli(`study tell shell --from ${file}`)).out).toBe('shell 3/2 accepted\nshell 4/1 accepted\n');
  await stack.space.studies.at('shell').finished({ timeoutMs: 20_000 });
  expect(await stack.cli('study ask shell --client me')).toEqual({
    code: 5,
    out: '',
    err: 'shell finished: the study has ended: the budget of 4 trials is spent\n',
  });
  const late = await stack.cli('study tell shell 4/1 1');
  expect([late.code, late.err]).toEqual([5, expect.stringContaining('stopped') as string]);
});

test('STU-4 the script of the how-to, run twice at once, spends the budget exactly, and takes up what it had', async () => {
  // given the script as the page shows it, and npx that finds this mabeam
  const [commands = '', script = ''] = pages()
    .filter(({ path }) => path === 'docs/how-to/evaluate-elsewhere.md')
    .flatMap(snippetsOf)
    .filter(({ language }) => language === 'sh')
    .map(({ text }) => text);
  const npx = join(folder, 'npx');
  const main = join(await compiled(), 'src/cli/main.js');
  writeFileSync(npx, `#!/bin/sh\nshift\nexec "${process.execPath}" "${main}" "$@"\n`);
  chmodSync(npx, 0o755);
  expect(readFileSync(example, 'utf8')).toBe(script);
  const env = environment('bake', {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    TEMPORAL_ADDRESS: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233',
    MABEAM_QUEUE_PREFIX: `${stack.space.name}-`,
    MABEAM_SPACE: stack.space.name,
  });
  await run('sh', ['-euc', commands.replace('--trials 20', '--trials 5')], { cwd: folder, env });
  // when one oven was killed after it had asked
  const bread = stack.space.studies.at('bread');
  const [had] = (await bread.ask({ client: 'oven-1' })).trials;
  const bake = (who: string) => run('sh', [example, who], { cwd: folder, env });
  const said = await Promise.all([bake('oven-1'), bake('oven-2')]);
  // then
  const { account, best } = await bread.finished({ timeoutMs: 20_000 });
  expect(account).toMatchObject({ asked: 5, complete: 5, begunAgain: 0, late: 0 });
  expect(said[0].stdout).toMatch(/^bread 1\/1 accepted\n/);
  expect(said.map(({ stdout }) => stdout.match(/accepted/g)?.length ?? 0).reduce((a, b) => a + b)).toBe(5);
  const { recent } = await bread.view();
  expect(recent.find(({ number }) => number === 1)).toMatchObject({
    worker: 'oven-1',
    configuration: had?.configuration,
  });
  expect(best?.measures?.['crumb']).toBeGreaterThanOrEqual(0);
}, 180_000);
