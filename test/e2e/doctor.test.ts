import type { Harness } from '../support/kernel/harness';
import { startHarness, until } from '../support/kernel/harness';
import { run } from '../../src/cli/main';
import { connect } from '../../src/client/index';
import { openServer } from '../../src/client/server';
import { openStore, type Store } from '../../src/store/open';
import { emptyDatabase } from '../support/store/template';
import { startTemporal, type RunningTemporal } from '../../tools/temporal/start';

interface Check {
  readonly part: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly advice?: string;
  readonly found: Readonly<Record<string, unknown>>;
}

const QUIET = () => undefined;
let temporal: RunningTemporal;
let harness: Harness;
let store: Store;

/** A command line against the server of this file. */
async function mabeam(
  ...args: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  const { address } = temporal;
  const { queues } = harness.temporal;
  const queuePrefix = queues.main.slice(0, -'mabeam'.length);
  const code = await run(args, {
    connect: (space) => connect({ space, address, reads: store.reads }),
    server: () => openServer({ address, queuePrefix, reads: store.reads }),
    dataDir: () => '/tmp/mabeam-does-not-exist/yet',
    now: () => Date.now(),
    out: (text) => (out += text),
    err: (text) => (err += text),
    isTty: true,
  });
  return { code, out, err };
}

async function checks(): Promise<Readonly<Record<string, Check>>> {
  const { out } = await mabeam('-o', 'json', 'doctor');
  const report = JSON.parse(out) as { readonly checks: readonly Check[] };
  return Object.fromEntries(report.checks.map((each) => [each.part, each]));
}

async function startCounter(name: string): Promise<string> {
  const { workflowId } = await harness.agents.start('worker', name);
  expect(await harness.temporal.client.workflow.getHandle(workflowId).query('status')).toMatchObject({
    life: 'running',
  });
  return workflowId;
}

beforeAll(async () => {
  temporal = await startTemporal({ searchAttributes: false, uiPort: false });
  process.env['TEMPORAL_ADDRESS'] = temporal.address;
  harness = await startHarness('doctor', '../agents/workflows.ts');
  store = openStore({ template: await emptyDatabase(), log: { info: QUIET, warn: QUIET, error: QUIET } as never });
  await store.migrate();
});
afterAll(async () => {
  await harness.close();
  await store.close();
  await temporal.stop();
});

test('doctor says what is there, what is missing, and what to do about it', async () => {
  const { code, out } = await mabeam('doctor');
  expect(code).toBe(1);
  expect(out).toMatch(/^Temporal {3}127\.0\.0\.1:\d+ {3}server 1\.\d+\.\d+, namespace default +ok$/m);
  expect(out).toMatch(/^attributes not registered: MabeamSpace, .*; mabeam runs without search attributes +NOT OK$/m);
  expect(out).toMatch(/^ +→ mabeam setup$/m);
  const { hop, workers, store: database, disk } = await checks();
  expect(hop?.found['ms']).toBeGreaterThan(0);
  expect(hop?.ok).toBe(hop?.found['verdict'] === 'fast');
  expect(workers).toMatchObject({ ok: true, found: { queues: [{ workers: 1 }, { workers: 1 }] } });
  expect(database).toMatchObject({ ok: true, found: { events: 0, migrations: 'up-to-date' } });
  expect(disk?.detail).toContain('GB free at /tmp');
});

test('entities run without search attributes until setup registers them, and setup is safe to repeat', async () => {
  const without = await startCounter('without');
  const client = harness.temporal.client;
  const { typedSearchAttributes } = await client.workflow.getHandle(without).describe();
  expect(typedSearchAttributes.getAll().filter(({ key }) => key.name.startsWith('Mabeam'))).toEqual([]);

  const first = await mabeam('setup');
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(first.out).toContain('search attributes  made: MabeamSpace');
  expect((await mabeam('setup')).out).toContain('search attributes  there already: MabeamSpace');
  expect((await checks())['attributes']?.ok).toBe(true);

  const space = await connect({
    space: harness.temporal.space,
    address: temporal.address,
    queuePrefix: `${harness.temporal.space}-`,
  });
  const { workflowId } = await space.agents.start('worker', 'with');
  await until('the agent in a list', async () => {
    const query = `MabeamName = 'with' AND MabeamStatus = 'running'`;
    for await (const each of client.workflow.list({ query })) if (each.workflowId === workflowId) return true;
    return undefined;
  });
  await space.close();
});

test('a missing namespace is a failed check, and setup makes it', async () => {
  const { address } = temporal;
  const server = await openServer({ address, namespace: 'team' });
  await expect(server.version()).rejects.toThrow('the namespace team is missing; make it with: mabeam setup');
  expect((await server.setup()).map(({ outcome }) => outcome)).toEqual(['made', 'made']);
  expect(await server.missingSearchAttributes()).toEqual([]);
  await server.close();
});
