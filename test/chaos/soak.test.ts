import { Client, Connection } from '@temporalio/client';
import { setTimeout as pause } from 'node:timers/promises';
import { renewSignal } from '../../src/contracts/entity';
import { eventsOnce, openWorkflows } from '../support/chaos/invariants';
import { connectionsTo, memoryOf, sessionsOf } from '../support/chaos/leftovers';
import { Ship } from '../support/chaos/ship';
import { recovered, startDeployment, type Deployment } from '../support/chaos/stack';

/*
 * Random kills of workers and children, and renewals, for MABEAM_SOAK_MINUTES (10), by MABEAM_SOAK_SEED (1). One worker and the
 * store are left alone: their memory must not grow. Only with MABEAM_CHAOS=soak.
 */

const { MABEAM_SOAK_MINUTES: minutes = '10', MABEAM_SOAK_SEED: seed = '1' } = process.env;
const SOAK_MS = Number(minutes) * 60_000;
const ROUND_MS = 20_000;
/** Most that memory may be in the last third of the time, over the first third, once all is warm. */
const GROWTH = 1.2;
const WARM = 0.2;
const SPACE = 'soak';
const CHILDREN = { captain: 'ship', 'sailor-1': 'deck', 'sailor-2': 'deck' } as const;
type ChildName = keyof typeof CHILDREN;

let deployment: Deployment;
let connection: Connection;
let ship: Ship;

/** Numbers from 0 to 1 by the seed (mulberry32), a stream of its own for each killer: their turns do not mix. */
function random(stream: number): () => number {
  let state = (Number(seed) * 7_919 + stream) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const ofWorkers = random(1);
const ofChildren = random(2);
const kills = { workers: 0, children: 0, renewals: 0 };
let victim = '';

async function spawnVictim(): Promise<void> {
  victim = `victim-${String(kills.workers)}`;
  await deployment.spawn('worker', victim);
}

async function killWorkers(until: number): Promise<void> {
  for (;;) {
    await pause(2_000 + 6_000 * ofWorkers());
    if (Date.now() > until) return;
    await deployment.kill(victim);
    kills.workers += 1;
    await spawnVictim();
  }
}

async function killChildren(until: number): Promise<void> {
  const names = Object.keys(CHILDREN) as ChildName[];
  while (Date.now() < until) {
    await pause(2_000 * ofChildren());
    const name = names[Math.floor(ofChildren() * names.length)] ?? 'captain';
    const supervisor = CHILDREN[name];
    const act = ofChildren();
    if (act < 0.2) {
      await ship.client.workflow.getHandle(ship.at(supervisor).workflowId).signal(renewSignal);
      kills.renewals += 1;
      continue;
    }
    if (act < 0.6) await deployment.space.agents.at(name).tell('fail', 'at random');
    else await ship.workflow(name).terminate('at random');
    await ship.died(supervisor, name);
    kills.children += 1;
    await ship.note();
  }
}

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Memory of the last third over the first, medians, without the time in which all gets warm. */
function growth(samples: readonly number[]): number {
  const warm = samples.slice(Math.floor(samples.length * WARM));
  const third = Math.max(1, Math.floor(warm.length / 3));
  return middle(warm.slice(-third)) / middle(warm.slice(0, third));
}

beforeAll(async () => {
  deployment = await startDeployment(SPACE);
  connection = await Connection.connect({ address: deployment.temporal().address });
}, 180_000);

afterAll(async () => {
  await connection.close();
  expect(await deployment.close()).toEqual([]);
}, 120_000);

test(
  `${minutes} minutes of random kills: all holds, memory stays, nothing is left`,
  async () => {
    const { space, databaseUrl } = deployment;
    const port = Number(deployment.temporal().address.split(':')[1]);
    const { workflow } = new Client({ connection });
    await openWorkflows(workflow, SPACE); // our own connection is open by now
    const before = { connections: connectionsTo(port), sessions: await sessionsOf(databaseUrl) };
    await Promise.all([deployment.spawn('worker', 'elder'), deployment.spawn('store', 'store'), spawnVictim()]);
    ship = await Ship.start(space, connection);
    const memory = { elder: [] as number[], store: [] as number[] };
    for (const end = Date.now() + SOAK_MS; Date.now() < end;) {
      const round = Math.min(end, Date.now() + ROUND_MS);
      await Promise.all([killWorkers(round), killChildren(round)]);
      expect(await ship.broken()).toEqual([]);
      for (const name of ['elder', 'store'] as const) memory[name].push(memoryOf(deployment.program(name).pid));
    }
    await ship.at('ship').stop(undefined, { timeoutMs: 60_000 });
    await space.supervisors.at('root').stop(undefined, { timeoutMs: 60_000 });
    const open = (): Promise<readonly string[]> => openWorkflows(workflow, SPACE);
    await recovered('the end', async () => (await open()).length === 0 || undefined).catch(() => undefined);
    expect(await open()).toEqual([]);
    expect(await eventsOnce(databaseUrl, SPACE)).toEqual([]);
    await Promise.all([victim, 'elder', 'store'].map((name) => deployment.drain(name)));
    const after = { connections: connectionsTo(port), sessions: await sessionsOf(databaseUrl) };
    process.stdout.write(`${JSON.stringify({ seed, minutes, kills, memory, before, after })}\n`);
    expect(after.connections).toBeLessThanOrEqual(before.connections);
    expect(after.sessions).toBeLessThanOrEqual(before.sessions);
    expect(kills.workers).toBeGreaterThan(0);
    expect(growth(memory.elder)).toBeLessThan(GROWTH);
    expect(growth(memory.store)).toBeLessThan(GROWTH);
  },
  SOAK_MS + 300_000,
);
