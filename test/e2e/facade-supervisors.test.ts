import type { SpaceHealth } from '../../src/contracts/health';
import { startStack, type Stack } from '../support/facade/stack';
import { until } from '../support/kernel/harness';
import { misfits } from '../support/rest/document';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack('facade-supervisors');
}, 180_000);
afterAll(() => stack.close());

const json = async (line: string): Promise<Record<string, unknown>> =>
  JSON.parse((await stack.cli(`-o json ${line}`)).out) as Record<string, unknown>;
const agent = (id: string, more = {}) => ({ id, start: { kind: 'agent', type: 'child' }, ...more });
/** Times differ from run to run. */
const plain = (text: string): string => text.replace(/(\d{4}-\d\d-\d\dT)?[\d:.]{8,}Z/g, 'T');
const generations = async (): Promise<Record<string, unknown>> => {
  const { items } = (await stack.rest.get('/supervisors/shop/children')).body as {
    items: readonly { readonly id: string; readonly status: string; readonly generation?: number }[];
  };
  return Object.fromEntries(items.map(({ id, status, generation }) => [id, generation ?? status]));
};

test('a supervisor is started over REST; an agent below it fails, is restarted, and every door tells so', async () => {
  // given a supervisor with two agents and a supervisor below it
  const inner = { spec: { children: [agent('deep')] } };
  const nested = { id: 'inner', type: 'supervisor', start: { kind: 'supervisor', type: 'inner', options: inner } };
  const spec = { flags: { intensity: 3, periodSeconds: 60 }, children: [agent('web'), agent('db'), nested] };
  const key = { 'Idempotency-Key': 'start-shop' };
  const started = await stack.rest.post('/supervisors', { name: 'shop', spec }, key);
  const again = await stack.rest.post('/supervisors', { name: 'shop', spec }, key);
  expect([started.status, again.status, again.body]).toEqual([201, 201, started.body]);
  expect(misfits('Supervisor', started.body)).toEqual([]);
  expect(started.body).toMatchObject({ phase: 'running', restarts: 0, counts: { specs: 3, active: 3, workers: 2 } });
  // when one fails
  await stack.space.agents.at('web').tell('fail', 'on purpose\u001b[31m');
  await until('the restart', async () => ((await generations())['web'] === 4 ? true : undefined));
  // then REST and CLI show the same
  const shown = await stack.rest.get('/supervisors/shop');
  expect(misfits('Supervisor', shown.body)).toEqual([]);
  expect(shown.body).toMatchObject({ restarts: 1, lastFailure: { id: 'web', generation: 1 } });
  expect(await json('supervisor show shop')).toEqual(shown.body);
  const children = await stack.rest.get('/supervisors/shop/children');
  expect(misfits('Children', children.body)).toEqual([]);
  const child = (await stack.rest.get('/supervisors/shop/children/db')).body;
  expect(misfits('SupervisedChild', child)).toEqual([]);
  expect(child).toMatchObject({ id: 'db', restart: 'permanent', shutdown: 5_000, status: 'running' });
  // and the tree has a line for each
  expect(plain((await stack.cli('tree shop')).out)).toBe(
    [
      'shop        one_for_one  running  1 of 3 in 60 s',
      '├─ web      permanent    running  mailbox 0       failed T "agent-failed: on purpose [31m"',
      '├─ db       permanent    running  mailbox 0',
      '└─ inner    one_for_one  running  0 of 1 in 5 s',
      '   └─ deep  permanent    running  mailbox 0',
      '',
    ].join('\n'),
  );
  expect((await stack.cli('tree shop --most 3')).out).toMatch(/\n└─ … 1 more: 1 running\n1 more is not shown\n$/);
});

test('what was decided on a child and why comes from the store, through REST and CLI', async () => {
  const why = await until('the store', async () => {
    const { body } = await stack.rest.get('/supervisors/shop/children/web:why');
    return (body['decisions'] as readonly unknown[] | undefined)?.length === 4 ? body : undefined;
  });
  expect(misfits('ChildWhy', why)).toEqual([]);
  expect((why['decisions'] as readonly { readonly text: string }[]).map(({ text }) => text)).toEqual([
    'started web',
    'web ended: agent-failed: on purpose\u001b[31m',
    'restarted web: 1 of 3 in 60 s',
    'started web',
  ]);
  expect(await json('supervisor why shop web')).toMatchObject({ decisions: why['decisions'] });
  expect(plain((await stack.cli('supervisor why shop web')).out)).toBe(
    'web, decided by shop:\n  T  started web\n  T  web ended: agent-failed: on purpose [31m\n  T  restarted web: 1 of 3 in 60 s\n  T  started web\n',
  );
  // and the lists know both supervisors, the trees only the one that has none above it
  const rows = await stack.rest.get('/supervisors');
  expect(misfits('Rows', rows.body)).toEqual([]);
  expect(rows.body['items']).toMatchObject([
    { name: 'inner', status: 'running', owner: `${stack.space.name}:supervisor:shop` },
    { name: 'shop', status: 'running' },
  ]);
  expect((await json('tree'))['roots']).toMatchObject([{ name: 'shop', children: [{}, {}, { name: 'inner' }] }]);
  expect((await stack.cli('-o jsonl supervisor list')).out.trim().split('\n')).toHaveLength(2);
});

test('requests of OTP through REST and CLI, with what OTP refuses', async () => {
  const at = '/supervisors/shop/children';
  const added = await stack.rest.post(at, agent('extra', { restart: 'temporary' }));
  expect([added.status, added.body]).toEqual([201, { id: 'extra', generation: 5 }]);
  expect((await stack.rest.get(added.headers.get('Location') ?? '')).body).toMatchObject({ id: 'extra' });
  const refused: readonly [Promise<{ status: number; body: Record<string, unknown> }>, object][] = [
    [stack.rest.post(at, agent('web')), { status: 409, code: 'child-already-started', otp: 'already_started' }],
    [stack.rest.post(at, { id: 'x', restart: 'always' }), { status: 422, otp: 'missing_start' }],
    [stack.rest.post(at, agent('y', { significant: true })), { status: 422, code: 'invalid-supervisor' }],
    [stack.rest.post(at, agent('z', { start: { kind: 'agent', type: 'stillborn' } })), { code: 'child-start-failed' }],
    [stack.rest.post(`${at}/web:restart`, {}), { status: 409, code: 'child-running', otp: 'running' }],
    [stack.rest.post(`${at}/web:release`, {}), { status: 409, code: 'child-running' }],
    [stack.rest.post(`${at}/nobody:terminate`, {}), { status: 404, code: 'child-not-found' }],
    [stack.rest.get(`${at}/nobody`), { status: 404, code: 'child-not-found' }],
    [stack.rest.get(`${at}/nobody:why`), { status: 404, code: 'child-not-found' }],
    [stack.rest.remove(`${at}/web`), { status: 409, code: 'child-running' }],
    [stack.rest.post('/supervisors/shop:change', { flags: { intensity: -1 }, children: [] }), { status: 422 }],
    [stack.rest.post('/supervisors', { name: 'shop', definition: 'pair' }), { status: 409, code: 'already-exists' }],
    [stack.rest.post('/supervisors', { name: 'other', definition: 'nothing' }), { code: 'unknown-definition' }],
    [
      stack.rest.post('/supervisors', { name: 'other', spec: { children: [agent('q'), agent('q')] } }),
      { status: 422, code: 'invalid-supervisor', otp: '{duplicate_child_name,q}' },
    ],
    [stack.rest.get('/supervisors/nothing'), { status: 404, code: 'supervisor-not-found' }],
    [stack.rest.post('/supervisors/nothing:stop', {}), { status: 404, code: 'supervisor-not-found' }],
    [stack.rest.get('/supervisors/nothing/children/x:why'), { status: 404, code: 'supervisor-not-found' }],
  ];
  for (const [answer, expected] of refused) expect((await answer).body).toMatchObject(expected);
  // when a child is stopped, restarted, forgotten
  expect((await stack.rest.post(`${at}/db:terminate`, {})).body).toEqual({ stopped: true });
  expect(await stack.cli('supervisor restart-child shop db')).toMatchObject({ code: 0, out: 'db 7\n' });
  expect(await stack.cli('supervisor terminate-child shop db')).toEqual({ code: 0, out: '', err: '' });
  expect((await stack.cli('supervisor release shop db')).err).toMatch(/^refused: child-not-quarantined \(exit 5\)/);
  const forgotten = await stack.rest.remove(`${at}/db`, { 'Idempotency-Key': 'delete-db' });
  const repeated = await stack.rest.remove(`${at}/db`, { 'Idempotency-Key': 'delete-db' });
  expect([forgotten.status, repeated.status, repeated.headers.get('Idempotency-Replayed')]).toEqual([204, 204, 'true']);
  expect(await stack.cli('supervisor delete-child shop db')).toMatchObject({ code: 3, out: '' });
  const spec = ['--spec', JSON.stringify(agent('late'))];
  expect(await stack.cli(['supervisor', 'start-child', 'shop', ...spec])).toMatchObject({ code: 0, out: 'late 8\n' });
});

test('a definition is started from the command line; a stop ends supervisor and children', async () => {
  const { code, out } = await stack.cli('supervisor start pair');
  expect([code, out.split('\n')[0]]).toEqual([0, 'pair  one_for_all  running  restarts 0 of 2 in 60 s']);
  expect((await stack.cli('supervisor start pair')).code).toBe(5);
  expect((await stack.cli(['supervisor', 'start', 'bad', '--spec', '{"children":5}'])).code).toBe(2);
  expect(await stack.cli('supervisor stop pair')).toEqual({ code: 0, out: '', err: '' });
  expect((await stack.rest.post('/supervisors/shop:stop', { reason: 'closing time' })).body).toEqual({ stopped: true });
  await until('the end in the read model', async () => {
    const { body } = await stack.rest.get('/supervisors?status=stopped');
    return (body['items'] as readonly object[]).length === 3 ? true : undefined;
  });
  expect((await stack.cli('tree')).out).toBe('no supervisor runs in this space\n');
  // Its last event is in the store a moment before it ends.
  await until('the end of its tree', async () =>
    /^shop +ended\n$/.test((await stack.cli('tree shop')).out) ? true : undefined,
  );
  expect((await stack.cli('tree nothing')).code).toBe(3);
  expect((await stack.rest.post('/supervisors/shop/children', agent('w'))).body).toMatchObject({ code: 'stopped' });
});

test('health of the space: over REST and in the shell, part by part, with what is wrong; the facade stays ready', async () => {
  // given a space whose root nobody has started
  const lacking = await stack.rest.get('/health');
  expect(misfits('SpaceHealth', lacking.body)).toEqual([]);
  expect([lacking.status, lacking.body]).toMatchObject([
    200,
    { ok: false, temporal: { ok: true }, queues: [{ ok: true }, { ok: true }], supervision: { ok: false } },
  ]);
  expect(lacking.body['reasons']).toEqual([expect.stringMatching(/^the space has no root supervisor yet/)]);
  const shown = await stack.cli('health');
  expect([shown.code, shown.out]).toEqual([1, expect.stringMatching(/^because:\n {2}the space/m)]);
  // when it is there, and takes in what was started before
  const booth = {
    id: 'booth',
    type: 'supervisor',
    start: { kind: 'supervisor', type: 'booth', options: { spec: { children: [] } } },
  };
  await stack.space.supervisors.start('kiosk', { children: [agent('till'), booth] });
  await stack.space.supervisors.root({ sweepMs: 200 });
  const health = async () => (await stack.rest.get('/health')).body as unknown as SpaceHealth;
  const well = await until('kiosk below a root that has started', async () => {
    const found = await health();
    return found.ok && found.supervision.supervisors.some(({ name }) => name === 'booth') ? found : undefined;
  });
  expect(misfits('SpaceHealth', well)).toEqual([]);
  expect(well).toMatchObject({ ok: true, reasons: [], messages: { ok: true, unlooked: 0 } });
  expect((await stack.cli('health')).code).toBe(0);
  // and one that is stopped on purpose is not said to be silent
  await stack.rest.post('/supervisors/kiosk/children/booth:terminate', {});
  const without = await health();
  expect([without.reasons, without.supervision.children.none]).toEqual([[], 1]);
  expect(without.supervision.supervisors.some(({ name }) => name === 'booth')).toBe(false);
  const ready = await fetch(`${stack.rest.base}/readyz`);
  const parts = (await ready.json()) as { readonly parts: Readonly<Record<string, unknown>> };
  expect(ready.status).toBe(200);
  expect(parts.parts).toMatchObject({
    queues: { ok: true, needed: true },
    workers: { ok: true, needed: false },
    supervision: { ok: true, needed: false, detail: expect.stringContaining('supervisors; children: ') as unknown },
  });
  await stack.space.supervisors.at('root').stop();
});
