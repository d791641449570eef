import { createHttpSubscriptions } from '../../src/client/http-subscriptions';
import type { SubscriptionStore } from '../../src/contracts/subscription';
import { openStore, type Store } from '../../src/store/open';
import { serve, type Http } from '../support/rest/http';
import { freshScript, scriptedDeps } from '../support/rest/script';
import { subscriptionsConformance } from './subscriptions';
import { emptyDatabase } from '../support/store/template';

let store: Store;
let http: Http & { close(): void };
let door: SubscriptionStore;
beforeAll(async () => {
  store = openStore({ template: await emptyDatabase(), log: { info: () => undefined, error: () => undefined } });
  await store.migrate();
  http = await serve({ ...scriptedDeps(freshScript()), subscriptions: store.subscriptions });
  door = createHttpSubscriptions(http.base);
});
afterAll(async () => {
  http.close();
  await store.close();
});

describe('persistent subscriptions over REST', () => {
  subscriptionsConformance(() => ({ database: store.database, door }));
});
