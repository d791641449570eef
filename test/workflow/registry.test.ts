import { createAgents, type AgentHandle } from '../../src/client/agents';
import { createRegistry, type Registry } from '../../src/client/registry';
import { openTemporal, type Temporal } from '../../src/client/temporal';
import { renewSignal } from '../../src/contracts/entity';
import type { Name } from '../../src/contracts/ids';
import type { ReadModels } from '../../src/contracts/read-models';
import type { CacheOptions } from '../../src/registry/cache';
import { openStore, type Store } from '../../src/store/open';
import type { counter } from '../support/agents/agents';
import { startHarness, until, type Harness } from '../support/kernel/harness';
import { emptyDatabase } from '../support/store/template';

const quiet = { info: () => undefined, error: () => undefined };
let harness: Harness;
let store: Store;

/** Another process as far as the registry is concerned: a client with a cache of its own. */
interface Door {
  readonly temporal: Temporal;
  readonly registry: Registry;
  agent(name: string): AgentHandle;
}
const doors: Door[] = [];

async function door(cache: CacheOptions = { ttlMs: 60_000 }, reads?: ReadModels, selection?: string): Promise<Door> {
  const { space, client } = harness.temporal;
  const temporal = await openTemporal(space, {
    client,
    queuePrefix: `${space}-`,
    registry: { cache, ...(selection === undefined ? {} : { selection }) },
  });
  const registry = createRegistry(temporal, reads);
  const made = { temporal, registry, agent: (name: string) => createAgents(temporal, reads).at(name) };
  doors.push(made);
  return made;
}

beforeAll(async () => {
  harness = await startHarness('names', '../agents/workflows.ts');
  store = openStore({ log: quiet, template: await emptyDatabase() });
  await store.migrate();
  store.project();
});
afterAll(async () => {
  for (const each of doors) each.registry.close();
  await harness.close();
  await store.close();
});

const generationOf = async ({ registry }: Door, name: string): Promise<number | undefined> =>
  (await registry.lookup('agent', name)).registration?.generation.number;
const statusOf = async ({ registry }: Door, name: string, consistency: 'cached' | 'strong' = 'cached') =>
  (await registry.lookup('agent', name, { consistency })).registration?.status;

test('REG-1 a hundred concurrent get-or-create on one name start one agent, which all of them reach', async () => {
  const clients = await Promise.all(Array.from({ length: 4 }, () => door()));
  const agents = clients.map(({ temporal }) => createAgents(temporal, undefined));
  const handles = await Promise.all(
    Array.from({ length: 100 }, (_each, n) => (agents[n % 4] ?? harness.agents).get<typeof counter>('counter', 'one')),
  );
  await Promise.all(handles.map((handle) => handle.tell('add', 1)));
  const [handle] = handles;
  const total = await until('all were taken', async () => {
    const found = await handle?.inspect('total');
    return found === 100 ? found : undefined;
  });
  expect(total).toBe(100);
  const numbers = await Promise.all(clients.map((each) => generationOf(each, 'one')));
  expect(new Set(numbers).size).toBe(1);
});

test('REG-2 the generation is that of the chain of runs: a renewal keeps it, another life has a higher one', async () => {
  const agent = await harness.agents.get<typeof counter>('counter', 'chain');
  const [before, after, later] = [await door(), await door(), await door()];
  const first = await generationOf(before, 'chain');
  expect(first).toBe((await agent.status()).generation.number);
  await harness.temporal.client.workflow.getHandle(agent.workflowId).signal(renewSignal);
  await until('renewed', async () => ((await agent.status()).counts.renewals === 1 ? true : undefined));
  expect(await generationOf(after, 'chain')).toBe(first);
  await agent.stop();
  await harness.temporal.client.workflow.getHandle(agent.workflowId).result();
  await harness.agents.start('counter', 'chain');
  expect(await generationOf(later, 'chain')).toBeGreaterThan(first ?? Infinity);
});

test('CAC-2 CAC-3 when an owner moves, the reply tells a second client the new generation: no hop more than the call', async () => {
  // given two clients that have looked the owner up
  await harness.agents.get('counter', 'moving');
  const [one, two] = [await door(), await door()];
  const first = await generationOf(two, 'moving');
  expect(await generationOf(one, 'moving')).toBe(first);
  // when one of them ends it and starts it anew
  await one.agent('moving').stop();
  await harness.temporal.client.workflow.getHandle(one.agent('moving').workflowId).result();
  await createAgents(one.temporal, undefined).start('counter', 'moving');
  // then the other, which was told nothing, has an old hint, calls once, and knows
  expect(await generationOf(two, 'moving')).toBe(first);
  expect(await two.agent('moving').ask('drain')).toBe(0);
  expect(await generationOf(two, 'moving')).toBeGreaterThan(first ?? Infinity);
  expect(two.registry.state().counters).toMatchObject({ stale: 1, miss: 1 });
  // and late news of the first owner's end does not evict the second (planted: see the cache's own test)
  const { space } = two.temporal;
  const key = { space, kind: 'agent' as const, name: 'moving' as Name, workflowId: two.agent('moving').workflowId };
  const generation = { firstRunId: 'renewed-since', number: first ?? 0 };
  const over = { ...key, generation, status: 'stopped' as const, registeredAt: '' };
  two.temporal.registry.news({ registration: over, time: new Date().toISOString() });
  expect(two.temporal.registry.counters).toMatchObject({ invalidated: 0, entries: 1 });
});

test('CAC-1 CAC-2 a call that finds nobody evicts the hint; a client that starts the agent forgets that nobody was there', async () => {
  const here = await door();
  const agents = createAgents(here.temporal, undefined);
  expect(await statusOf(here, 'absent')).toBeUndefined();
  await agents.start('counter', 'absent');
  expect(await statusOf(here, 'absent')).toBe('running');
  // when it dies without a word, a strong lookup says so and a cached one follows at once
  await harness.temporal.client.workflow.getHandle(here.agent('absent').workflowId).terminate();
  expect(await statusOf(here, 'absent')).toBe('running');
  await expect(here.agent('absent').ask('drain')).rejects.toMatchObject({ code: 'stopped' });
  expect(await statusOf(here, 'absent')).toBe('failed');
  expect(here.registry.state().counters.stale).toBe(2);
});

test('CAC-1 a hint that is followed to an owner that has moved costs one retry', async () => {
  const here = await door();
  await harness.agents.get('counter', 'followed');
  const first = await generationOf(here, 'followed');
  await harness.temporal.client.workflow.getHandle(here.agent('followed').workflowId).terminate();
  await harness.agents.start('counter', 'followed');
  const seen: number[] = [];
  const reply = await here.registry.follow('agent', 'followed', async ({ workflowId, generation }) => {
    seen.push(generation.number);
    // a caller that is bound to the life it has seen, as one who holds a run is
    const run = harness.temporal.client.workflow.getHandle(workflowId, undefined, {
      firstExecutionRunId: generation.firstRunId,
    });
    if (generation.number === first) await run.cancel();
    return 'reached';
  });
  expect(reply).toBe('reached');
  expect(seen).toEqual([first, await generationOf(here, 'followed')]);
  await expect(here.registry.follow('agent', 'nobody', () => Promise.resolve(1))).rejects.toMatchObject({
    code: 'agent-not-found',
  });
});

test('REG-4 a list says which position it reflects, and a caller may wait for one', async () => {
  const here = await door({}, store.reads);
  const { space } = here.temporal;
  const batch = (number: number) => ({
    space,
    kind: 'agent' as const,
    name: `listed-${String(number)}` as Name,
    generation: '1',
    events: [{ type: 'entity.started', data: { owner: 'o' }, sequence: 1, time: new Date().toISOString() }],
  });
  await store.events.append(batch(1));
  await store.events.append(batch(2));
  const head = await store.events.head(space);
  const page = await here.registry.list('agent', { atLeast: head });
  expect(page.position).toBeGreaterThanOrEqual(head);
  expect(page.items.map((row) => row.name)).toEqual(['listed-1', 'listed-2']);
  await expect(here.registry.list('agent', { atLeast: head + 1_000, withinMs: 60 })).rejects.toMatchObject({
    code: 'timeout',
  });
});

test('CAC-2 CAC-4 the life cycle in the feed invalidates what is cached, and says how late it came', async () => {
  const here = await door({ ttlMs: 60_000 }, store.reads);
  const agent = await harness.agents.get('counter', 'watched');
  expect(await statusOf(here, 'watched')).toBe('running');
  const { number, firstRunId } = (await agent.status()).generation;
  await harness.temporal.client.workflow.getHandle(agent.workflowId).terminate();
  const time = new Date().toISOString();
  const events = [
    { type: 'entity.started', data: { owner: 'o', firstRunId }, sequence: 1, time },
    { type: 'entity.ended', data: { reason: { kind: 'normal' } }, sequence: 2, time },
  ];
  const { space } = here.temporal;
  await store.events.append({ space, kind: 'agent', name: 'watched' as Name, generation: String(number), events });
  await until('invalidated', async () => ((await statusOf(here, 'watched')) === 'failed' ? true : undefined));
  const { invalidated, invalidationMs } = here.registry.state().counters;
  expect(invalidated).toBe(1);
  expect(invalidationMs.count).toBe(1);
  expect(invalidationMs.max).toBeLessThan(10_000);
});

test('REG-5 the configured backend is the one in the path', async () => {
  await harness.agents.get('counter', 'configured');
  const sources = await Promise.all(
    ['temporal', 'memory', 'migrating:memory,temporal', 'migrating:temporal,memory,rollback'].map(async (selection) => {
      const { registry } = await door({}, undefined, selection);
      const { source, registration } = await registry.lookup('agent', 'configured');
      expect(registration?.status).toBe('running');
      return [source, registry.state().backend, registry.state().migration?.isRolledBack];
    }),
  );
  expect(sources).toEqual([
    ['temporal', 'temporal', undefined],
    ['memory', 'memory', undefined],
    ['migrating', 'migrating', false],
    ['migrating', 'migrating', true],
  ]);
  await expect(door({}, undefined, 'zookeeper')).rejects.toMatchObject({ code: 'invalid-request' });
});
