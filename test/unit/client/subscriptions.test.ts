import { createHttpSubscriptions } from '../../../src/client/http-subscriptions';
import { createSubscriptionsClient, type Handled, type Subscriptions } from '../../../src/client/subscriptions';
import { PlatformError, refuse } from '../../../src/contracts/errors';
import type { Message, SubscriptionStore } from '../../../src/contracts/subscription';
import { openStore, type Store } from '../../../src/store/open';
import { serve } from '../../support/rest/http';
import { freshScript, scriptedDeps } from '../../support/rest/script';
import { batchOf, counted } from '../../support/store/batches';
import { runOut } from '../../support/store/leases';
import { emptyDatabase } from '../../support/store/template';

let store: Store;
let http: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  store = openStore({ template: await emptyDatabase(), log: { info: () => undefined, error: () => undefined } });
  await store.migrate();
  http = await serve({ ...scriptedDeps(freshScript()), subscriptions: store.subscriptions });
});
afterAll(async () => {
  http.close();
  await store.close();
});

let spaces = 0;
const GROUP = 'mailers';

describe.each([
  ['in the process of the store', () => store.subscriptions],
  ['over REST', () => createHttpSubscriptions(http.base)],
])('a consumer %s', (_where, doorOf) => {
  let space: string;
  let subscriptions: Subscriptions;
  let gone: AbortController;
  beforeEach(async () => {
    spaces += 1;
    space = `sdk-${String(spaces)}`;
    subscriptions = createSubscriptionsClient(space, doorOf());
    gone = new AbortController();
    await store.events.append(batchOf({ space }, 1, counted(1, 6)));
    await subscriptions.create(GROUP, { maxRetries: 1 });
  });
  const info = () => subscriptions.info(GROUP);
  const sequenceOf = ({ event }: Message): number => Number(event.sequence);

  /** Consumes until so many hand-outs were handled. */
  const consume = async (count: number, handle: (message: Message) => Promise<Handled> | Handled, atOnce = 1) => {
    let left = count;
    await subscriptions.consume(
      GROUP,
      async (message) => {
        try {
          return await handle(message);
        } finally {
          left -= 1;
          if (left === 0) gone.abort();
        }
      },
      { signal: gone.signal, atOnce, retryMs: 1 },
    );
  };

  test('EVT-4 acknowledges what its handler has done, and ends with its signal', async () => {
    const had: number[] = [];
    await consume(6, (message) => void had.push(sequenceOf(message)));
    expect(had).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await info()).toMatchObject({ inFlight: 0, waiting: 0, parked: 0, lag: 0 });
  });

  test('EVT-4 what a handler throws hands the message out again, and parks it in the end with the reason', async () => {
    const attempts: number[] = [];
    await consume(7, (message) => {
      if (sequenceOf(message) !== 2) return;
      attempts.push(message.attempt);
      throw new Error('no address');
    });
    expect(attempts).toEqual([1, 2]);
    const { items } = await subscriptions.parked(GROUP);
    expect(items).toMatchObject([{ attempts: 2, reason: 'no address' }]);
    expect(await subscriptions.replayParked(GROUP, [items[0]?.position ?? 0])).toEqual({ replayed: 1 });
    gone = new AbortController();
    await consume(1, () => undefined);
    expect(await info()).toMatchObject({ parked: 0, waiting: 0 });
  });

  test('EVT-4 what a handler answers parks or skips; what it stops stays stopped until it is resumed', async () => {
    const answers: Readonly<Record<number, Handled>> = {
      1: { action: 'park', reason: 'later' },
      2: { action: 'skip' },
      4: { action: 'stop', reason: 'the account is closed' },
    };
    const stopping = subscriptions.consume(GROUP, (message) => answers[sequenceOf(message)]);
    await expect(stopping).rejects.toMatchObject({ code: 'subscription-stopped' });
    expect(await info()).toMatchObject({ stoppedBecause: 'the account is closed', parked: 1, waiting: 1, lag: 2 });
    await subscriptions.resume(GROUP);
    await consume(3, () => undefined);
    expect(await info()).toMatchObject({ parked: 1, waiting: 0, lag: 0 });
    await subscriptions.remove(GROUP);
    expect(await subscriptions.list()).toEqual([]);
  });

  test('EVT-4 handles as many at once as it is told, never more', async () => {
    let running = 0;
    let most = 0;
    let open: () => void = () => undefined;
    const three = new Promise<void>((resolve) => (open = resolve));
    await consume(
      6,
      async () => {
        running += 1;
        most = Math.max(most, running);
        if (running === 3) open();
        await three;
        running -= 1;
      },
      3,
    );
    expect(most).toBe(3);
  });

  test('EVT-4 a consumer that loses its lease does not hold the others up, and goes on', async () => {
    await consume(6, async (message) => {
      if (sequenceOf(message) !== 1) return;
      await runOut(store.database, { space, group: GROUP });
      const { messages } = await store.subscriptions.take({ space, group: GROUP, limit: 1 });
      expect(messages).toMatchObject([{ position: message.position, attempt: 2 }]);
    });
    expect(await info()).toMatchObject({ inFlight: 1, waiting: 0, parked: 0, lag: 0 });
  });

  test('what cannot be begun is said at once: no such group, or no hands', async () => {
    const nobody = subscriptions.consume('nobody', () => undefined);
    await expect(nobody).rejects.toMatchObject({ code: 'subscription-not-found' });
    for (const atOnce of [0, 101, 1.5]) {
      const none = subscriptions.consume(GROUP, () => undefined, { atOnce });
      await expect(none).rejects.toMatchObject({ code: 'invalid-request' });
    }
  });
});

test('without a store what needs it says so, and so does a facade that is not there', async () => {
  const away = { code: 'reads-unavailable' };
  await expect(createSubscriptionsClient('s', undefined).list()).rejects.toMatchObject(away);
  const over = createSubscriptionsClient('s', createHttpSubscriptions('http://127.0.0.1:1'));
  await expect(over.consume(GROUP, () => undefined)).rejects.toMatchObject(away);
});

test('EVT-4 a store that is away for a while is waited for; an answer that cannot be given comes again', async () => {
  const space = 'sdk-away';
  await store.events.append(batchOf({ space }, 1, counted(1, 3)));
  await store.subscriptions.create({ space, group: GROUP });
  let calls = 0;
  /** Every second call finds the store away. */
  const flaky = <A, T>(call: (request: A) => Promise<T>) => {
    return (request: A): Promise<T> => {
      calls += 1;
      if (calls % 2 === 1) return call(request);
      return Promise.reject(new PlatformError(refuse('reads-unavailable', 'away', { retryAfterMs: 1 })));
    };
  };
  const { subscriptions } = store;
  const door: SubscriptionStore = { ...subscriptions, take: flaky(subscriptions.take), ack: flaky(subscriptions.ack) };
  const gone = new AbortController();
  const had: number[] = [];
  await createSubscriptionsClient(space, door).consume(
    GROUP,
    ({ position }) => {
      had.push(position);
      if (had.length === 3) gone.abort();
    },
    { signal: gone.signal },
  );
  expect(new Set(had).size).toBe(3);
  expect(await store.subscriptions.info({ space, group: GROUP })).toMatchObject({ inFlight: 0, lag: 0 });
});
