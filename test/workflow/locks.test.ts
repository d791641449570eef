import { acquireUpdate, OFFER_MS, type Acquired } from '../../src/contracts/coordination/lock';
import { notesUpdate, type SessionNote } from '../../src/contracts/coordination/session';
import type { Reply } from '../../src/contracts/entity';
import { isPlatformError, PlatformError, refuse } from '../../src/contracts/errors';
import { keepAlive } from '../../src/client/keep-alive';
import { createLocks, type AcquireOptions, type HeldLock, type LockHandle } from '../../src/client/locks';
import { createSessions, type OwnSession } from '../../src/client/sessions';
import { startCoordination, type CoordinationHarness } from '../support/coordination/harness';
import { until } from '../support/kernel/harness';
import { startProxy, type Proxy } from '../support/proxy';
import { codeOf } from '../support/sets/harness';
import { historyOf } from '../support/sets/history';

let harness: CoordinationHarness;
let proxy: Proxy;
beforeAll(async () => {
  harness = await startCoordination('locks');
  proxy = await startProxy(process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233');
}, 120_000);
afterAll(async () => {
  await harness.close();
  await proxy.close();
});

const waiters = (lock: LockHandle, count: number): Promise<true> =>
  until(`${String(count)} to wait`, async () => ((await lock.view()).waiting.length === count ? true : undefined));

test('LCK-1 LCK-2 LCK-4 LCK-7 LCK-9 one session after the other, in order, each with a higher token; a try leaves no trace', async () => {
  const [ann, ben, cas] = await Promise.all([
    harness.sessions.open(),
    harness.sessions.open(),
    harness.sessions.open(),
  ]);
  const lock = harness.locks.at('gpu-0');
  const first = await lock.acquire({ session: ann });
  const before = (await historyOf(harness.temporal, lock.workflowId)).length;
  expect(await codeOf(lock.acquire({ session: ben, waitMs: 0 }))).toBe('lock-held');
  const after = await historyOf(harness.temporal, lock.workflowId);
  // the lock heard of the session; of the try there is nothing
  expect(
    after
      .slice(before)
      .map(({ type }) => type)
      .filter((type) => type.includes('update')),
  ).toEqual([]);
  const second = lock.acquire({ session: ben });
  await waiters(lock, 1);
  const third = lock.acquire({ session: cas });
  await waiters(lock, 2);
  expect((await lock.view()).waiting.map(({ session }) => session)).toEqual([ben.name, cas.name]);
  expect(await codeOf(lock.release({ session: ben.name, token: first.token }))).toBe('not-holder');
  expect(await codeOf(lock.release({ session: first.session.name, token: first.token - 1 }))).toBe('not-holder');
  await first.release();
  const held = await second;
  expect(held.token).toBeGreaterThan(first.token);
  expect(await codeOf(first.release())).toBe('not-holder');
  await held.release();
  const last = await third;
  expect(last.token).toBeGreaterThan(held.token);
  // and who closes its session gives back all that it holds, at once
  await cas.close();
  const again = await lock.acquire({ session: ann, waitMs: 20_000 });
  expect(again.token).toBeGreaterThan(last.token);
  await again.release();
});

test('SES-3 SES-4 LCK-3 LCK-6 who is cut off knows before others get the lock, which is after the delay; its token is good no more', async () => {
  const far = await harness.party(proxy.address);
  const session = await far.sessions.open({ ttlMs: 1_500 });
  const cut = await far.locks.at('cut').acquire({ session, lockDelayMs: 2_500 });
  const standings: string[] = [];
  session.onChange((standing) => standings.push(`${standing} at ${String(Math.round(performance.now()))}`));
  const lock = harness.locks.at('cut');
  const waiting = lock.acquire().then((held) => ({ held, at: performance.now() }));
  await waiters(lock, 1);
  proxy.cut();
  await until('doubt', () => (session.standing === 'doubtful' ? true : undefined));
  const doubtAt = performance.now();
  expect(() => {
    cut.check();
  }).toThrow(/may have expired/);
  expect((await lock.view()).holders).toMatchObject([{ session: session.name }]);
  // the clock is asked at once, its timer may come a moment later
  await until('the signal', () => (cut.inDoubt.aborted ? true : undefined));
  const { held, at } = await waiting;
  expect(at - doubtAt).toBeGreaterThanOrEqual(2_500);
  expect(held.token).toBeGreaterThan(cut.token);
  proxy.heal();
  await until('the end', () => (session.standing === 'ended' ? true : undefined));
  expect(await codeOf(cut.release())).toBe('not-holder');
  await held.release();
});

test('LCK-2 tokens grow over terminate, reset, and an end for lack of use', async () => {
  const lock = harness.locks.at('mortal');
  const { client } = harness.temporal;
  const handle = client.workflow.getHandle(lock.workflowId);
  const tokens: number[] = [];
  const once = async (): Promise<HeldLock> => {
    const held = await lock.acquire();
    tokens.push(held.token);
    return held;
  };
  await (await once()).release();
  await handle.terminate('a test');
  const held = await once();
  expect((await lock.view()).holders).toHaveLength(1);
  // a reset to the first task, where nobody has held it yet: what came after it is done again
  const { runId } = await handle.describe();
  const history = await handle.fetchHistory();
  const first = history.events?.find(({ workflowTaskCompletedEventAttributes: done }) => done != null)?.eventId;
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: lock.workflowId, runId },
    reason: 'a test',
    workflowTaskFinishEventId: first ?? null,
    requestId: 'reset',
    resetReapplyExcludeTypes: [1, 2],
  });
  await until('the reset', async () => ((await lock.view()).holders.length === 0 ? true : undefined));
  await (await once()).release();
  expect(await codeOf(held.release())).toBe('not-holder');
  expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
  expect(tokens).toHaveLength(3);
});

test('LCK-3 a session that was terminated is passed by in the queue, and found while it holds', async () => {
  const lock = harness.locks.at('haunted', { lookMs: 300 });
  const [holder, ghost] = await Promise.all([harness.sessions.open(), harness.sessions.open({ ttlMs: 1_500 })]);
  const held = await lock.acquire({ session: holder, lockDelayMs: 100 });
  const lost = codeOf(lock.acquire({ session: ghost }));
  await waiters(lock, 1);
  const next = lock.acquire();
  await waiters(lock, 2);
  for (const session of [ghost, holder]) {
    await harness.temporal.client.workflow.getHandle(session.workflowId).terminate('a test');
  }
  const got = await next;
  expect(got.token).toBeGreaterThan(held.token);
  expect(await lost).toBe('session-in-doubt');
  expect((await lock.view()).waiting).toEqual([]);
  await got.release();
});

test('LCK-3 an offer to a session that is gone passes on at once, before anybody looks and before its time is over', async () => {
  const lock = harness.locks.at('passed-on');
  const [holder, ghost] = await Promise.all([harness.sessions.open(), harness.sessions.open({ ttlMs: 1_500 })]);
  const held = await lock.acquire({ session: holder });
  const lost = codeOf(lock.acquire({ session: ghost }));
  await waiters(lock, 1);
  const next = lock.acquire();
  await waiters(lock, 2);
  await harness.temporal.client.workflow.getHandle(ghost.workflowId).terminate('a test');
  const began = performance.now();
  await held.release();
  const got = await next;
  expect(performance.now() - began).toBeLessThan(OFFER_MS);
  expect(await lost).toBe('session-in-doubt');
  await got.release();
});

test('LCK-8 readers share, a writer waits for them and is not overtaken; permits are counted; an owner has it again', async () => {
  const lock = harness.locks.at('page');
  const one = await lock.acquire({ mode: 'shared' });
  const two = await lock.acquire({ mode: 'shared' });
  const writing = lock.acquire();
  await waiters(lock, 1);
  expect(await codeOf(lock.acquire({ mode: 'shared', waitMs: 0 }))).toBe('lock-held');
  await one.release();
  await two.release();
  const writer = await writing;
  const reading = lock.acquire({ mode: 'shared' });
  await waiters(lock, 1);
  expect(await writer.downgrade()).toMatchObject({ mode: 'shared', token: writer.token });
  await (await reading).release();
  await writer.release();
  const again = await lock.acquire({ owner: 'me' });
  expect(await lock.acquire({ owner: 'me' })).toMatchObject({ token: again.token, count: 2 });
  expect(await again.release()).toEqual({ left: 1 });
  expect(await again.release()).toEqual({ left: 0 });
  // permits
  const pool = harness.semaphores.at('pool', 3);
  const pair = await pool.acquire({ permits: 2 });
  const single = await pool.acquire();
  expect(single.token).toBeGreaterThan(pair.token + 1);
  expect(await codeOf(pool.acquire({ permits: 4 }))).toBe('limit-reached');
  expect(await codeOf(pool.acquire({ waitMs: 0 }))).toBe('lock-held');
  await pair.release();
  await single.release();
});

test('LCK-5 LCK-9 the same request has the same grant; a wait ends in time and leaves nobody in the queue', async () => {
  const lock = harness.locks.at('repeated');
  const held = await lock.acquire({ requestId: 'mine' });
  expect(await lock.acquire({ requestId: 'mine' })).toMatchObject({ token: held.token });
  const began = performance.now();
  expect(await codeOf(lock.acquire({ waitMs: 300 }))).toBe('timeout');
  expect(performance.now() - began).toBeGreaterThanOrEqual(300);
  await until('an empty queue', async () => ((await lock.view()).waiting.length === 0 ? true : undefined));
  expect(await harness.locks.at('repeated').break('stuck')).toEqual({ broken: 1 });
  const next = await lock.acquire();
  expect(next.token).toBeGreaterThan(held.token + 1);
  await next.release();
  const failed = await harness.locks
    .with('repeated', () => Promise.reject(new Error('mine')))
    .catch((error: unknown) => error);
  expect(isPlatformError(failed)).toBe(false);
  expect((await lock.view()).state).toBe('free');
});

test('LCK-5 who gives up leaves the place to other calls of its request, and they get one grant; the last one withdraws', async () => {
  const lock = harness.locks.at('same');
  const before = await lock.acquire({ session: await harness.sessions.open() });
  const session = await harness.sessions.open();
  const ask = (more: AcquireOptions = {}): Promise<HeldLock> => lock.acquire({ session, requestId: 'same', ...more });
  const [first, last] = [new AbortController(), new AbortController()];
  const given = ask({ signal: first.signal });
  await waiters(lock, 1);
  const [one, other] = [ask(), ask()];
  first.abort();
  await expect(given).rejects.toThrow();
  expect(await codeOf(ask({ waitMs: 1 }))).toBe('timeout');
  await waiters(lock, 1);
  await before.release();
  const held = await one;
  expect(await other).toMatchObject({ token: held.token });
  await held.release();
  const after = await lock.acquire({ session: before.session });
  const alone = ask({ signal: last.signal });
  await waiters(lock, 1);
  last.abort();
  await expect(alone).rejects.toThrow();
  await waiters(lock, 0);
  await after.release();
});

test('SES-4 who opens a session that ends before its first keep-alive is told, and does not wait for ever', async () => {
  const { name, workflowId } = await harness.sessions.open();
  await harness.sessions.close(name);
  const alive = keepAlive(harness.temporal, { workflowId, ttlMs: 1_000 }, () => undefined);
  expect(await codeOf(alive.opened)).toBe('session-in-doubt');
  expect(alive.standing).toBe('ended');
});

test('LCK-1 LCK-5 what was granted in a doubt that passes is given back, unless its request has a name and can be repeated', async () => {
  const lock = harness.locks.at('doubted');
  const session = await harness.sessions.open();
  // in doubt from the first look on, after the call has begun, until somebody waits for the end of it
  const doubted = (): OwnSession => {
    let looks = 0;
    let isOver = false;
    return Object.create(session, {
      check: {
        value: () => {
          if ((looks += 1) > 1) throw new PlatformError(refuse('session-in-doubt', 'for a moment'));
        },
      },
      standing: { get: () => (looks === 0 || isOver ? 'alive' : 'doubtful') },
      onChange: {
        value: (listener: (standing: string) => void) => {
          isOver = true;
          setImmediate(listener, 'alive');
          return () => undefined;
        },
      },
    }) as OwnSession;
  };
  expect(await codeOf(lock.acquire({ session: doubted() }))).toBe('session-in-doubt');
  const next = await lock.acquire({ session: await harness.sessions.open() });
  await next.release();
  expect(await codeOf(lock.acquire({ session: doubted(), requestId: 'named' }))).toBe('session-in-doubt');
  expect((await lock.view()).holders).toMatchObject([{ session: session.name, request: 'named' }]);
  const held = await lock.acquire({ session, requestId: 'named' });
  await held.release();
  await until('the lock to be free', async () => ((await lock.view()).state === 'free' ? true : undefined));
});

test('LCK-4 an offer that is heard before the answer that one is queued is taken', async () => {
  const ann = await harness.sessions.open();
  const [lock, other] = [harness.locks.at('missed'), harness.locks.at('elsewhere')];
  const [held, kept] = [await lock.acquire({ session: ann }), await other.acquire({ session: ann })];
  let hear = (): void => undefined;
  const heard = new Promise<void>((resolve) => (hear = resolve));
  // its answers come late: the lock is free, and has said so, before it knows that it waits
  const call = async (...args: readonly unknown[]): Promise<unknown> => {
    const [id, update] = args;
    const reply = (await Reflect.apply(harness.temporal.call, harness.temporal, args)) as Reply;
    if (update === notesUpdate && (reply.value as readonly SessionNote[]).some(({ from }) => from === lock.workflowId))
      hear();
    if (update === acquireUpdate && id === lock.workflowId && (reply.value as Acquired).kind === 'queued') {
      await held.release();
      await heard;
    }
    return reply;
  };
  const late = new Proxy(harness.temporal, {
    get: (temporal, key) => {
      const value: unknown = key === 'call' ? call : Reflect.get(temporal, key);
      return typeof value === 'function' ? (value.bind(temporal) as unknown) : value;
    },
  });
  const sessions = createSessions(late, undefined);
  const locks = createLocks(late, sessions, undefined);
  // it listens already
  const elsewhere = locks.at('elsewhere').acquire();
  await waiters(other, 1);
  const taken = await locks.at('missed').acquire({ waitMs: OFFER_MS / 2 });
  expect(taken.token).toBeGreaterThan(held.token);
  await kept.release();
  await (await elsewhere).release();
  await sessions.dispose();
});

test('LCK-1 LCK-4 forty of one process that want it at once get it one after the other', async () => {
  const lock = harness.locks.at('crowded');
  const tokens: number[] = [];
  let inside = 0;
  const one = async (): Promise<void> => {
    const held = await lock.acquire();
    expect(++inside).toBe(1);
    tokens.push(held.token);
    inside -= 1;
    await held.release();
  };
  await Promise.all(Array.from({ length: 40 }, one));
  expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
  expect(new Set(tokens).size).toBe(40);
});

test('LCK-9 a holding past its deadline is told of in the log, shows to readers, and is held on', async () => {
  const lock = harness.locks.at('late');
  const held = await lock.acquire({ holdMs: 50 });
  const late = await until('its deadline', async () => (await lock.view()).holders.find(({ overdue }) => overdue));
  expect(late).toMatchObject({ token: held.token, overdue: true });
  await until('the event', () => harness.events(lock.workflowId).find(({ type }) => type === 'lock.overdue'));
  expect(await held.release()).toEqual({ left: 0 });
});

test('LCK-1 costs: an uncontended acquire and release are 10 events in the lock, at most 12', async () => {
  const lock = harness.locks.at('counted');
  await (await lock.acquire()).release();
  harness.setStoreDown(true);
  try {
    const before = (await historyOf(harness.temporal, lock.workflowId)).length;
    await (await lock.acquire()).release();
    const lines = (await historyOf(harness.temporal, lock.workflowId)).slice(before);
    expect(lines.length).toBeLessThanOrEqual(12);
  } finally {
    harness.setStoreDown(false);
  }
});
