import { run } from '../../src/cli/main';
import { glance } from '../../src/client/glance';
import { connectTemporal } from '../../src/client/temporal';
import { statusQuery } from '../../src/contracts/entity';
import type { SpaceHealth } from '../../src/contracts/health';
import { counted } from '../../src/domain/words';
import { handoverCheck } from '../../src/store/handover-check';
import { recovered, startDeployment, type Deployment } from '../support/chaos/stack';
import type { tally } from '../support/chaos/team';

const SPACE = 'health';
let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment(SPACE);
  await Promise.all([deployment.spawn('worker', 'first'), deployment.spawn('store', 'store')]);
  await deployment.space.supervisors.root({ sweepMs: 500 });
}, 120_000);
afterAll(async () => {
  expect(await deployment.close()).toEqual([]);
});

/** What `mabeam health` prints, and its exit code. */
async function told(): Promise<{ readonly code: number; readonly out: string }> {
  let out = '';
  const address = deployment.temporal().address;
  const refused = () => Promise.reject(new Error('not in this test'));
  const code = await run(['--space', SPACE, '-o', 'table', 'health'], {
    connect: async () => ({ ...deployment.space, close: async () => undefined }),
    server: refused,
    dataDir: () => address,
    now: () => Date.now(),
    out: (text) => (out += text),
    err: (text) => (out += text),
    isTty: false,
  });
  return { code, out };
}
const until = (what: string, is: (health: SpaceHealth) => boolean): Promise<SpaceHealth> =>
  recovered(what, async () => {
    const health = await deployment.space.health();
    return is(health) ? health : undefined;
  });
const statesOn = ({ workers }: SpaceHealth, queue: string): readonly string[] =>
  workers.filter((each) => each.queue === queue).map(({ state }) => state);

test('health: a worker that is stopped is found by its heartbeats; nobody says that its agents have failed', async () => {
  const { space } = deployment;
  const agent = await space.agents.get<typeof tally>('tally', 'counts');
  await agent.ask('noted', 1);
  // a worker tells of itself for the first time when it is two seconds old
  const well = await until(
    'a space that is well',
    (health) => health.ok && health.supervision.children.running === 9 && health.workers.length === 2,
  );
  expect(well).toMatchObject({ reasons: [], messages: { ok: true, looked: 4, unlooked: 0 } });
  expect(well.supervision.supervisors.map(({ name }) => name)).toContain('root.agents');
  expect([statesOn(well, 'mabeam'), statesOn(well, 'mabeam-store')]).toEqual([['working'], ['working']]);
  expect(await told()).toEqual({
    code: 0,
    out: expect.stringMatching(/^queue +ok +1 worker polls mabeam$/m) as unknown,
  });
  const { generation } = await agent.status();

  // when the process is stopped, as by a debugger or a machine that swaps
  const from = Date.now();
  deployment.signal('first', 'SIGSTOP');
  const silent = await until('a worker that is silent', (health) => statesOn(health, 'mabeam').includes('silent'));
  // then that is seen within four of its heartbeats and the time that a look takes
  expect(Date.now() - from).toBeLessThan(15_000);
  await agent.tell('note', 2);
  const waits = await until('a task that waits', ({ queues }) => (queues[0]?.waiting ?? 0) > 0);
  expect(waits.reasons).toEqual([
    expect.stringMatching(
      /^nobody polls mabeam: \d+ tasks? waits?, the oldest for .* s; start one with: npx mabeam worker$/,
    ),
    expect.stringMatching(/^worker mabeam:\d+@.* of mabeam has told nothing for .* s: killed, stopped, or cut off$/),
  ]);
  expect(silent.supervision).toMatchObject({ ok: false, detail: 'not known: nobody works on mabeam', supervisors: [] });
  expect(await told()).toEqual({
    code: 1,
    out: expect.stringMatching(/^because:\n {2}nobody polls mabeam/m) as unknown,
  });

  // when it is killed and another one is started, all goes on where it was
  await deployment.kill('first');
  await deployment.spawn('worker', 'second');
  const again = await until('a space that is served', ({ queues, supervision }) => {
    const [main] = queues;
    return main?.ok === true && supervision.ok && supervision.children.running === 9;
  });
  await recovered('the message', async () => ((await agent.inspect('numbers')).length === 2 ? true : undefined));
  expect((await agent.status()).generation).toEqual(generation);
  expect(again.supervision.supervisors.map(({ restarts }) => restarts)).toEqual([0, 0, 0, 0, 0, 0]);
}, 120_000);

test('health: a worker that ends in order is not missed, and a child in quarantine is told with its failure', async () => {
  const { space } = deployment;
  await deployment.spawn('worker', 'third');
  await until('two workers', (health) => statesOn(health, 'mabeam').filter((each) => each === 'working').length === 2);
  await deployment.drain('second');
  const left = await until('one worker', (health) => !statesOn(health, 'mabeam').includes('draining'));
  expect(left.queues[0]).toMatchObject({ ok: true, workers: 1 });

  const quarantine = { restarts: 0, periodSeconds: 60 };
  const child = { id: 'lame', start: { kind: 'agent', type: 'tally' } };
  await space.supervisors.start('shop', { flags: { quarantine }, children: [child] });
  await space.agents.at('lame').tell('fail', 'on purpose');
  const ill = await until('a child in quarantine', ({ supervision }) => supervision.children.quarantined === 1);
  expect(ill.reasons).toContain('supervisor shop: lame in quarantine: agent-failed: on purpose');
  // and the monitor keeps it: who asks later reads when it was so
  const { store } = deployment;
  const told = await recovered('what the monitor found', async () => {
    const events = await store.events.read({ space: SPACE, after: 0, limit: 1_000, types: ['service.found'] });
    return events.find(({ event }) => String(event.data['detail']).includes('lame in quarantine'));
  });
  expect(told.event).toMatchObject({ subject: 'monitor', data: { ok: false } });
}, 90_000);

test('hand-over check: events that wait for a store that is away, and events that a database set back has lost', async () => {
  const { space, store } = deployment;
  const client = await connectTemporal({ address: deployment.temporal().address });
  const statusOf = (id: string) => glance(client, id, statusQuery, 3_000);
  const ports = { registry: store.registry, events: store.events, statusOf };
  const agent = await space.agents.get<typeof tally>('tally', 'saves');
  const handedOver = () =>
    recovered('the hand-over', async () => ((await agent.status()).outbox === 0 ? true : undefined));
  await recovered('the agent in the list', async () =>
    (await space.agents.list()).items.some(({ name }) => name === 'saves') ? true : undefined,
  );
  await handedOver();
  const well = { ok: true, detail: 'what was handed over is stored' };
  expect(await handoverCheck(ports)(SPACE)).toEqual(well);

  // when the store is away, the first look may have been too early to say so
  await deployment.kill('store');
  const { said } = await agent.status();
  await client.workflow.getHandle(agent.workflowId).signal('odd', { id: 'odd', args: 1 }); // a dead letter is told
  await recovered('an event that waits', async () => ((await agent.status()).said > said ? true : undefined));
  const away = handoverCheck(ports);
  expect(await away(SPACE)).toEqual(well);
  expect(await away(SPACE)).toEqual({
    ok: false,
    detail: expect.stringMatching(/^events wait and the store takes none: .*health:agent:saves/) as unknown,
  });
  await deployment.spawn('store', 'store');
  await handedOver();

  // when the database is set back to an older copy
  const { generation } = await agent.status();
  const stream = `${agent.workflowId}~${String(generation.number)}`;
  const { db } = store.database;
  const kept = await db.updateTable('streams').set({ version: said }).where('stream', '=', stream).execute();
  expect(Number(kept[0]?.numUpdatedRows)).toBe(1);
  const lost = (await agent.status()).said - said;
  expect(await handoverCheck(ports)(SPACE)).toEqual({
    ok: false,
    detail: `taken for stored, and not in the store: health:agent:saves (${counted(lost, 'event')})`,
  });
  await client.connection.close();
}, 120_000);
