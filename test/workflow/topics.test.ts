import { PlatformError, refuse } from '../../src/contracts/errors';
import { groupOfAgent } from '../../src/contracts/ids';
import type { Part } from '../../workers/parts/role';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server';
import { runOut } from '../support/store/leases';
import type { hearer, publisher } from '../support/topics/agents';
import { startTopicStack, type TopicStack } from '../support/topics/stack';
import { takeTime, until } from '../support/topics/until';

takeTime();

let postgres: PostgresServer;
let stack: TopicStack;
let delivering: Part | undefined;
beforeAll(async () => {
  postgres = await startPostgresServer();
  stack = await startTopicStack(await postgres.database('topics'));
});
afterEach(() => delivering?.stop());
afterAll(async () => {
  await stack.close();
  await postgres.close();
});

const space = (): string => stack.temporal.space;
const refOf = (agent: string) => ({ space: space(), group: groupOfAgent(agent) });
const linesOf = async (agent: { inspect(what: 'lines'): Promise<readonly string[]> }): Promise<readonly string[]> =>
  agent.inspect('lines');
const heard = (what: string, agent: Parameters<typeof linesOf>[0], count: number) =>
  until(what, async () => {
    const lines = await linesOf(agent);
    return lines.length >= count ? lines : undefined;
  });
/** An agent that hears, once its subscription has taken effect. */
const listening = async (name: string) => {
  const agent = await stack.agents.get<typeof hearer>('hearer', name);
  await until(`${name} listens`, async () =>
    (await stack.topics.subscribers()).find(({ group }) => group === groupOfAgent(name)),
  );
  return agent;
};
/** All that an agent has heard of is answered for. */
const settled = (name: string) =>
  until(`${name} has nothing open`, async () => {
    const info = (await stack.topics.subscribers()).find(({ group }) => group === groupOfAgent(name));
    return (info?.inFlight === 0 && info.waiting === 0 && info.lag === 0) || undefined;
  });
/** What waits for its next try is tried now. */
const tryNow = (name: string) =>
  stack.store.database.db
    .updateTable('deliveries')
    .set({ due_at: 0 })
    .where('space', '=', space())
    .where('group_name', '=', groupOfAgent(name))
    .where('state', '=', 'waiting')
    .execute();
interface Shop {
  tell(message: 'say', what: { readonly topic: string; readonly key: string; readonly times: number }): Promise<void>;
}
const say = (from: Shop, topic: string, key: string, times: number): Promise<void> =>
  from.tell('say', { topic, key, times });

test('PUB-1 PUB-3 an agent publishes from its handler; agents hear it in order and once, from the position on that they name', async () => {
  delivering = stack.deliver();
  const from = await stack.agents.get<typeof publisher>('publisher', 'shop');
  await stack.topics.publish('orders.new', 'before anybody listens');
  const [one, two] = [await listening('one'), await listening('two')];
  await say(from, 'orders.new', 'a', 3);
  await say(from, 'letters.new', 'a', 1);
  await say(from, 'orders.paid', 'b', 2);
  const all = ['orders.new a 1', 'orders.new a 2', 'orders.new a 3', 'orders.paid b 5', 'orders.paid b 6'];
  for (const agent of [one, two]) {
    const lines = await heard('all came', agent, all.length);
    expect([...lines].sort()).toEqual(all);
    expect(lines.filter((line) => line.startsWith('orders.new'))).toEqual(all.slice(0, 3));
  }
  const events = await stack.store.events.read({ space: space(), after: 0, limit: 100, types: ['agent.subscribed'] });
  const began = (await stack.topics.subscribers()).map((each) => each.began);
  expect(events.map(({ event }) => event.data['position']).sort()).toEqual(began.sort());
});

test('PUB-1 an agent that has ended keeps its place: what was published meanwhile comes when it begins again', async () => {
  delivering = stack.deliver();
  const agent = await listening('absent');
  await agent.stop('for a while');
  const { position } = await stack.topics.publish('orders.new', 'meanwhile');
  const failed = await until('it was looked for', async () => {
    const look = await stack.topics.delivery(position);
    return look.failed.length > 0 ? look.failed : undefined;
  });
  expect(failed).toMatchObject([{ subscriber: 'agent~absent', isDead: false }]);
  expect(failed[0]?.reason).toMatch(/^(agent-not-found|stopped): /);
  const again = await stack.agents.get<typeof hearer>('hearer', 'absent');
  expect(await heard('it came', again, 1)).toEqual(['orders.new  "meanwhile"']);
  const dealt = await until('it is dealt with', async () => {
    const look = await stack.topics.delivery(position);
    return look.delivered === look.subscribers ? look : undefined;
  });
  expect(dealt.failed).toEqual([]);
});

test('PUB-1 what was delivered when the delivering process died comes again, and takes effect once', async () => {
  const agent = await listening('twice');
  let lost = 0;
  const ack = (): Promise<never> => {
    lost += 1;
    return Promise.reject(new PlatformError(refuse('reads-unavailable', 'the process is dying')));
  };
  delivering = stack.deliver({ subscriptions: { ...stack.store.subscriptions, ack } });
  await stack.topics.publish('orders.new', 1, { key: 'k' });
  await stack.topics.publish('orders.new', 2, { key: 'k' });
  await heard('the first', agent, 1);
  await until('its answer was lost', () => lost > 0 || undefined);
  await delivering.stop();
  delivering = stack.deliver();
  await runOut(stack.store.database, refOf('twice'));
  expect(await heard('the second', agent, 2)).toEqual(['orders.new k 1', 'orders.new k 2']);
  await settled('twice');
  expect(await linesOf(agent)).toHaveLength(2);
});

test('PUB-1 no worker for a while, and the database gone: everything comes afterwards, in order and once', async () => {
  delivering = stack.deliver();
  const agent = await listening('patient');
  const from = await stack.agents.get<typeof publisher>('publisher', 'office');
  const startAgain = await stack.killWorker();
  await stack.topics.publish('orders.new', 'no worker', { key: 'k' });
  await say(from, 'orders.late', 'k', 2);
  await startAgain();
  await heard('it came', agent, 3);
  await settled('patient');
  await postgres.crash();
  await expect(stack.topics.publish('orders.new', 'lost?', { key: 'k', requestId: 'r' })).rejects.toMatchObject({
    code: 'reads-unavailable',
  });
  await say(from, 'orders.late', 'k', 2);
  await postgres.start();
  await until('it is published', () =>
    stack.topics.publish('orders.new', 'lost?', { key: 'k', requestId: 'r' }).catch(() => undefined),
  );
  const lines = await heard('all came', agent, 6);
  const ofTopic = (topic: string): readonly string[] => lines.filter((line) => line.startsWith(topic));
  expect(ofTopic('orders.new')).toEqual(['orders.new k "no worker"', 'orders.new k "lost?"']);
  expect(ofTopic('orders.late')).toEqual([1, 2, 3, 4].map((n) => `orders.late k ${String(n)}`));
});

test('PUB-6 what an agent refuses is tried as often as stated, then it is a dead letter, and a replay brings it', async () => {
  const agent = await listening('picky');
  delivering = stack.deliver();
  const { position } = await stack.topics.publish('orders.new', 'bad', { key: 'k' });
  await stack.topics.publish('orders.new', 'good', { key: 'k' });
  const [letter] = await until('it is dead', async () => {
    await tryNow('picky');
    const { items } = await stack.topics.deadLetters('agent~picky');
    return items.length > 0 ? items : undefined;
  });
  expect(letter).toMatchObject({ position, attempts: 11, reason: 'invalid-message: it is bad' });
  expect(await heard('the next of its key', agent, 1)).toEqual(['orders.new k "good"']);
  await agent.ask('mend');
  expect(await stack.topics.replay('agent~picky')).toEqual({ replayed: 1 });
  expect(await heard('the replay', agent, 2)).toEqual(['orders.new k "good"', 'orders.new k "bad"']);
});
