import { createTopicsClient, type Topics } from '../../src/client/topics';
import type { Published } from '../../src/contracts/coordination/topic';
import { PlatformError, refuse } from '../../src/contracts/errors';
import { openStore, type Store } from '../../src/store/open';
import { startTopicDelivery, type DeliveryPorts } from '../../workers/parts/topic-delivery';
import type { Part } from '../../workers/parts/role';
import { emptyDatabase } from '../support/store/template';
import { takeTime, until } from '../support/topics/until';

takeTime();

// What delivers, on a store of its own; agents are functions here, so that a hundred of them cost nothing. With agents that are
// workflows: test/workflow/topics.test.ts.

const SUBSCRIBERS = 100;
/** Appends wake; this is for what becomes due. */
const POLL_MS = 250;
const log = { info: () => undefined, error: () => undefined };
let store: Store;
let part: Part | undefined;
let spaces = 0;
let space: string;
let topics: Topics;
/** What an agent does with a message: answers, refuses by a throw, or never answers. */
let agents: Map<string, (message: Published, requestId: string) => Promise<void>>;
beforeAll(async () => {
  store = openStore({ template: await emptyDatabase(), log });
  await store.migrate();
});
afterAll(() => store.close());
beforeEach(() => {
  spaces += 1;
  space = `delivery-${String(spaces)}`;
  topics = createTopicsClient(space, store.topics, store.subscriptions);
  agents = new Map();
});
afterEach(() => part?.stop());

const temporal = (): ReturnType<DeliveryPorts['temporal']> =>
  Promise.resolve({
    call: async (id: string, _update: unknown, message: unknown, { requestId = '' }: { requestId?: string } = {}) => {
      const [, , name = ''] = id.split(':');
      const agent = agents.get(name);
      if (agent === undefined) throw new PlatformError(refuse('agent-not-found', `there is no ${id}`));
      await agent(message as Published, requestId);
      return { requestId, fingerprint: undefined, generation: { firstRunId: '', number: 1 }, value: null } as never;
    },
  });

function deliver(): void {
  part = startTopicDelivery({
    agents: store.agentTopics,
    subscriptions: store.subscriptions,
    onAppend: (wake) => store.events.onAppend(wake),
    temporal,
    log,
    pollMs: POLL_MS,
  });
}

const subscribe = (agent: string, ...patterns: string[]) =>
  store.agentTopics.subscribe({ space, agent: agent, topics: patterns });

test('PUB-5 PUB-4 one dead among a hundred, and a slow one, delay nobody: each is counted, and waiting is not the sum of all', async () => {
  const had = new Map<string, unknown[]>();
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  for (let at = 0; at < SUBSCRIBERS; at += 1) {
    const name = `a${String(at)}`;
    await subscribe(name, 'orders.*');
    had.set(name, []);
    if (at > 0) {
      agents.set(name, async ({ data }) => {
        if (at === 1) await released;
        had.get(name)?.push(data);
      });
    }
  }
  deliver();
  const { position } = await topics.publish('orders.new', 1);
  const quick = await until('all others have it', async () => {
    const look = await topics.delivery(position);
    return look.delivered === SUBSCRIBERS - 2 && look.failed.length === 1 ? look : undefined;
  });
  expect(quick).toMatchObject({ subscribers: SUBSCRIBERS, pending: ['agent~a1'] });
  expect(quick.failed).toMatchObject([{ subscriber: 'agent~a0', isDead: false }]);
  expect(quick.failed[0]?.reason).toBe(`agent-not-found: there is no ${space}:agent:a0`);
  release();
  const after = await until('the slow one has it', async () => {
    const look = await topics.delivery(position);
    return look.pending.length === 0 ? look : undefined;
  });
  expect(after).toMatchObject({ delivered: SUBSCRIBERS - 1 });
  for (const [name, data] of had) expect([name, data]).toEqual([name, name === 'a0' ? [] : [1]]);
});

test('PUB-1 a message keeps its id until it was answered; an agent that knows it does it once', async () => {
  const done: string[] = [];
  const seen = new Set<string>();
  let tries = 0;
  agents.set('a', (message, requestId) => {
    tries += 1;
    if (!seen.has(requestId)) done.push(String(message.data));
    seen.add(requestId);
    // full for a moment: it was not tried
    if (tries === 1) return Promise.reject(new PlatformError(refuse('mailbox-full', 'full', { retryAfterMs: 1 })));
    return Promise.resolve();
  });
  const { position: from } = await subscribe('a', 'orders.*');
  deliver();
  const { position } = await topics.publish('orders.new', 'once');
  expect(from).toBeLessThan(position);
  await until('it is dealt with', async () => (await topics.delivery(position)).delivered === 1 || undefined);
  expect([done, tries, seen.size]).toEqual([['once'], 2, 1]);
});

test('PUB-3 an agent with other patterns goes on where it was; what is not for it passes its position', async () => {
  const had: string[] = [];
  agents.set('a', ({ topic }) => Promise.resolve(void had.push(topic)));
  await subscribe('a', 'orders.*');
  await topics.publish('orders.new', 1);
  deliver();
  await until('the first', () => had.length === 1 || undefined);
  await part?.stop();
  await topics.publish('orders.new', 2);
  await subscribe('a', 'letters');
  const { position } = await topics.publish('letters', 3);
  deliver();
  await until('the other', () => had.length === 2 || undefined);
  expect(had).toEqual(['orders.new', 'letters']);
  const { position: last } = await topics.publish('elsewhere', 4);
  await part?.stop();
  deliver();
  const info = await until('it has passed what is not for it', async () => {
    const [found] = await topics.subscribers();
    return found !== undefined && found.position >= last ? found : undefined;
  });
  expect(position).toBeLessThan(info.position);
  expect(await store.subscriptions.list(space)).toMatchObject([{ group: 'agent~a', topics: ['letters'] }]);
});
