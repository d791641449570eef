import { run } from '../../src/cli/main';
import type { Space } from '../../src/client/index';
import { createTopicsClient } from '../../src/client/topics';
import { createHttpSubscriptions } from '../../src/client/http-subscriptions';
import { createHttpTopics } from '../../src/client/http-topics';
import { openStore, type Store } from '../../src/store/open';
import { serve, type Http } from '../support/rest/http';
import { freshScript, scriptedDeps } from '../support/rest/script';
import { emptyDatabase } from '../support/store/template';
import { topicsConformance } from './topics';

let store: Store;
let http: Http & { close(): void };
beforeAll(async () => {
  store = openStore({ template: await emptyDatabase(), log: { info: () => undefined, error: () => undefined } });
  await store.migrate();
  const { subscriptions, topics } = store;
  http = await serve({ ...scriptedDeps(freshScript()), subscriptions, topics });
});
afterAll(async () => {
  http.close();
  await store.close();
});

describe('topics of a store', () => {
  topicsConformance(true, () => ({
    database: store.database,
    topics: store.topics,
    subscriptions: store.subscriptions,
  }));
});

describe('topics over REST', () => {
  topicsConformance(false, () => ({
    database: store.database,
    topics: createHttpTopics(http.base),
    subscriptions: createHttpSubscriptions(http.base),
  }));
});

test('the shell publishes, lists, shows, watches from a position, and names what is wrong', async () => {
  const space = 'shell';
  const topics = createTopicsClient(space, createHttpTopics(http.base), createHttpSubscriptions(http.base));
  const mabeam = async (...words: string[]): Promise<readonly [number, string, string]> => {
    let [out, err] = ['', ''];
    const code = await run(['--space', space, 'topic', ...words], {
      connect: () => Promise.resolve({ topics, close: () => Promise.resolve() } as unknown as Space),
      server: () => Promise.reject(new Error('no server here')),
      dataDir: () => '.mabeam',
      now: () => 0,
      out: (piece) => void (out += piece),
      err: (piece) => void (err += piece),
      isTty: false,
    });
    return [code, out, err];
  };
  await topics.subscribe('billing', 'orders.*');
  const [, published] = await mabeam('publish', 'orders.new', '{"id":17}', '--key', 'anna', '--wait', '1');
  const position = /at (\d+)\n/.exec(published)?.[1] ?? '';
  expect(published).toBe(
    `published: orders.new at ${position}\norders.new at ${position}: 0 of 1 subscribers have dealt with it\n  pending: billing\n`,
  );
  expect((await mabeam('list'))[1]).toBe(`orders.new\t1\t${position}\t1\n`);
  expect((await mabeam('show', 'orders.new'))[1]).toMatch(/^billing\tbehind\t\d+\t1\t0\t0\n$/);
  expect((await mabeam('watch', 'orders.*', '--after', '0', '--until-caught-up'))[1]).toMatch(
    /^\d+\t\S+\torders\.new\tanna\tcli\t\{"id":17\}\n$/,
  );
  expect(await mabeam('dead', 'billing')).toEqual([0, '', '']);
  expect((await mabeam('publish', 'Orders', '1'))[2]).toMatch(/^refused: invalid-id \(exit 2\)/);
  expect((await mabeam('unsubscribe', 'billing'))[1]).toBe('removed: billing\n');
  expect((await mabeam('dead', 'billing'))[0]).toBe(3);
});
