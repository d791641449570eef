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
