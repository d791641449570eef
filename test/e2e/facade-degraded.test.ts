import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type Stack } from '../support/facade/stack';
import { until } from '../support/kernel/harness';
import { freePorts } from '../../tools/temporal/free-ports';
import { startTemporal, type RunningTemporal } from '../../tools/temporal/start';

const SLOW_MS = 180_000;
let dataDir: string;
let server: RunningTemporal;
let stack: Stack;
let start: () => Promise<RunningTemporal>;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'mabeam-degraded-'));
  const [port = 0] = await freePorts(1);
  start = () => startTemporal({ port, uiPort: false, dbFilename: join(dataDir, 'temporal.db') });
  server = await start();
  stack = await startStack('degraded', server.address);
  await stack.space.agents.get('counter', 'tally');
}, SLOW_MS);
afterAll(async () => {
  await stack.close();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
}, SLOW_MS);

const add = (key: string) => stack.rest.post('/agents/tally:ask', { message: 'drain' }, { 'Idempotency-Key': key });

test(
  'FBK-2 FBK-4 while Temporal is away calls are refused with a time to wait, lists say how old they are, and all mends itself',
  async () => {
    await until(
      'the read model',
      async () => {
        const { body } = await stack.rest.get('/agents');
        return (body['items'] as object[]).length === 1 ? true : undefined;
      },
      60_000,
    );
    expect((await stack.rest.get('/agents')).body).not.toHaveProperty('degraded');
    await stack.space.agents.at('tally').tell('add', 3);
    await server.stop();
    // As a process of its own does: nobody answers it for ten seconds.
    const commanded = stack.cli('agent ask tally drain', { connects: true });

    const refused = await until(
      'the facade notices',
      async () => {
        const answer = await add('away');
        return answer.status === 503 ? answer : undefined;
      },
      60_000,
    );
    expect(refused.body).toMatchObject({ code: 'temporal-unavailable', status: 503 });
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    const list = await stack.rest.get('/agents');
    expect(list).toMatchObject({ status: 200, body: { degraded: { reason: 'temporal-unavailable' } } });
    expect((list.body['items'] as object[]).length).toBe(1);
    const age = (body: Record<string, unknown>): number => (body['degraded'] as { ageMs: number }).ageMs;
    const older = await until('it grows older', async () => {
      const { body } = await stack.rest.get('/agents');
      return age(body) > age(list.body) + 1_000 ? body : undefined;
    });
    expect((older['degraded'] as { asOf: string }).asOf).toBe((list.body['degraded'] as { asOf: string }).asOf);
    const ready = await fetch(`${stack.rest.base}/readyz`);
    expect(await ready.json()).toMatchObject({ ok: false, parts: { temporal: { ok: false }, store: { ok: true } } });
    expect(await commanded).toMatchObject({ code: 1, err: expect.stringContaining('temporal-unavailable') as string });

    server = await start();
    const answer = await until(
      'the facade is there again',
      async () => {
        const again = await add('away');
        return again.status === 200 ? again : undefined;
      },
      120_000,
    );
    expect(answer.body).toEqual({ reply: 3 });
    await until('lists are fresh', async () => {
      const { body } = await stack.rest.get('/agents');
      return 'degraded' in body ? undefined : true;
    });
  },
  SLOW_MS,
);
