import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createTargets } from '../../src/resilience/targets';
import { systemClock } from '../../src/resilience/clock';
import { startHarness, until, type Harness } from '../support/kernel/harness';

const RESET_MS = 3_000;
let harness: Harness;
let server: Server;
let isWell = false;
const asked: number[] = [];
const shop = createTargets(systemClock).protect('shop', {
  breaker: { volume: 2, resetMs: RESET_MS },
  timeoutMs: 1_000,
});

beforeAll(async () => {
  server = createServer((_request, response) => {
    asked.push(Date.now());
    response.statusCode = isWell ? 200 : 503;
    response.end('7');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const price = async (): Promise<number> => {
    const response = await shop.run(({ signal }) => fetch(`http://127.0.0.1:${String(port)}/`, { signal }));
    if (!response.ok) throw new Error(`status ${String(response.status)}`);
    return Number(await response.text());
  };
  harness = await startHarness('protected', '../resilience/workflows.ts', { price });
});
afterAll(async () => {
  await harness.close();
  server.close();
  server.closeAllConnections();
});

test('BRK-5 while a service is down, the retries of an activity wait for the probe and do not hammer it; then it recovers', async () => {
  const buyer = await harness.agents.start('buyer', 'one');
  await buyer.tell('look');
  await until('the breaker to open', () => (shop.state().breaker.kind === 'open' ? true : undefined));
  const before = asked.length;
  expect(before).toBe(2);
  isWell = true;
  await until('the price', async () => ((await buyer.ask('price')) === 7 ? true : undefined));
  // One call probed: when the time of the breaker was over, and not when Temporal's own back-off would have been (3 s later).
  expect(asked).toHaveLength(before + 1);
  const waited = (asked.at(-1) ?? 0) - (asked.at(-2) ?? 0);
  expect(waited).toBeGreaterThanOrEqual(RESET_MS - 50);
  expect(waited).toBeLessThan(RESET_MS + 2_000);
  expect(shop.state().breaker.kind).toBe('closed');
});
