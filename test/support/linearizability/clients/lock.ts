import type { LockHandle } from '../../../../src/client/locks';
import type { OwnSession, Sessions } from '../../../../src/client/sessions';
import { SESSION_TTL_MS } from '../../../../src/contracts/coordination/session';
import type { LockInput, LockOutput } from '../models/lock';
import type { Recorder } from '../recorder';
import { hasCode, isLate, LONG_MS, oneOf, type Use } from './chance';

/** How long a turn is waited for among others; who waits on would hold up the rest of the test. */
const TURN_MS = 5_000;
/** An offer waits for 10 s: whoever was slower than that may have missed it. */
const SURE_MS = 8_000;

/** An acquire that can be sent again. */
export type Ask = Extract<LockInput, { readonly kind: 'acquire' }> & {
  readonly request: string;
  readonly units: number;
};

/** What one session does with one lock or semaphore. An error that `isLate` leaves open what was done. */
export interface LockDoor {
  acquire(ask: Ask, withinMs: number): Promise<LockOutput>;
  /** Resolves when the turn of a request has come. @throws what `isLate` is when that takes too long */
  turn(request: string, withinMs: number): Promise<void>;
  release(token: number, withinMs: number): Promise<LockOutput>;
  withdraw(request: string, withinMs: number): Promise<LockOutput>;
  break(withinMs: number): Promise<LockOutput>;
  look(): Promise<LockOutput>;
}

/** The refusal as the answer that it is. */
const or =
  (code: 'lock-held' | 'not-holder', kind: 'taken' | 'not-holder') =>
  (error: unknown): LockOutput => {
    if (!hasCode(error, code)) throw error;
    return { kind };
  };

/** How an ask is said to a lock, or to a semaphore. */
export type Saying = (units: number) => { readonly mode: 'shared' | 'exclusive' } | { readonly permits: number };

/** Asks in the name of a session. After its expiry there is no delay. */
const acquireAt =
  (lock: LockHandle, session: string, saying: Saying): LockDoor['acquire'] =>
  async ({ request, units, waits = false }, timeoutMs) => {
    const args = { session, request, lockDelayMs: 0, waitMs: waits ? 3 * LONG_MS : 0, ...saying(units) };
    try {
      const answer = await lock.request(args, { timeoutMs });
      return answer.kind === 'held' ? { kind: 'granted', token: answer.token } : { kind: 'queued' };
    } catch (error) {
      return or('lock-held', 'taken')(error);
    }
  };

/** A lock of a real server, by a session of its own. */
export function doorTo(lock: LockHandle, session: OwnSession, saying: Saying): LockDoor {
  const name = session.name;
  return {
    acquire: acquireAt(lock, name, saying),
    turn: async (request, ms) => {
      await session.turn(lock.workflowId, request, AbortSignal.timeout(ms));
    },
    release: (token, timeoutMs) =>
      lock
        .release({ session: name, token }, { timeoutMs })
        .then((): LockOutput => ({ kind: 'released' }), or('not-holder', 'not-holder')),
    withdraw: async (request, timeoutMs) => {
      await lock.withdraw({ session: name, request }, { timeoutMs });
      return { kind: 'withdrawn' };
    },
    break: async (timeoutMs) => ({ kind: 'broken', count: (await lock.break('a test', { timeoutMs })).broken }),
    look: async () => {
      const { holders } = await lock.view();
      return holders.length === 0 ? { kind: 'free' } : { kind: 'held', tokens: holders.map(({ token }) => token) };
    },
  };
}

/** A client with its door: each of its acts is noted. */
export interface LockClient {
  /** @returns the token, once it has its turn; `undefined` when it was refused, or has waited for too long */
  hold(ask: Ask, how?: { readonly withinMs?: number; readonly isTwice?: boolean }): Promise<number | undefined>;
  acquire(ask: Ask, withinMs?: number): Promise<LockOutput | undefined>;
  turn(request: string): Promise<void>;
  release(token: number, withinMs?: number): Promise<LockOutput | undefined>;
  withdraw(request: string): Promise<unknown>;
  break(): Promise<unknown>;
  look(): Promise<unknown>;
}

/** Notes what a client does at a door. */
export function lockClient(
  door: LockDoor,
  recorder: Recorder<LockInput, LockOutput>,
  { client, key }: { readonly client: string; readonly key: string },
): LockClient {
  const run = (input: LockInput, act: () => Promise<LockOutput>): Promise<LockOutput | undefined> =>
    recorder.run({ client, key, input }, act, isLate);
  const acquire = (ask: Ask, ms = LONG_MS): Promise<LockOutput | undefined> => run(ask, () => door.acquire(ask, ms));
  const withdraw = (request: string): Promise<unknown> =>
    run({ kind: 'withdraw', request }, () => door.withdraw(request, LONG_MS));
  const hold: LockClient['hold'] = async (ask, { withinMs = LONG_MS, isTwice = false } = {}) => {
    const [mark, began] = [recorder.mark(), performance.now()];
    if (isTwice) await Promise.all([acquire(ask), acquire(ask)]);
    let output = (await acquire(ask, withinMs)) ?? (await acquire(ask));
    if (output?.kind === 'queued') {
      const hasTurn = await door.turn(ask.request, TURN_MS).then(
        () => true,
        (error: unknown) => {
          if (isLate(error)) return false;
          throw error;
        },
      );
      if (performance.now() - began > SURE_MS) {
        recorder.note({ client: 'server', key, input: { kind: 'pass', request: ask.request } }, mark);
      }
      output = hasTurn ? await acquire(ask) : undefined;
    }
    if (output?.kind === 'granted') return output.token;
    // whatever it has or waits for it wants no more
    if (output?.kind !== 'taken') await withdraw(ask.request);
    return undefined;
  };
  return {
    hold,
    acquire,
    withdraw,
    turn: (request) => door.turn(request, LONG_MS),
    release: (token, ms = LONG_MS) => run({ kind: 'release', token }, () => door.release(token, ms)),
    break: () => run({ kind: 'break' }, () => door.break(LONG_MS)),
    look: () => run({ kind: 'look' }, () => door.look()),
  };
}

/**
 * One client that acquires and releases at random: all units or one, at once or in its turn. Of what it heard nothing it asks again,
 * some asks are sent twice at once, some tokens are given back twice, and some locks are broken.
 */
export async function useLock(
  clients: readonly LockClient[],
  { client, units, rounds, random, patienceMs }: Use & { readonly units: readonly number[] },
): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    const at = oneOf(random, clients);
    const request = `${client}/${String(round)}`;
    const ask: Ask = { kind: 'acquire', request, units: oneOf(random, units), waits: random() < 0.5 };
    // with little patience it does only what can be given up
    const chance = patienceMs() < LONG_MS ? 0.5 : random();
    if (chance < 0.2) await at.look();
    else if (chance < 0.25) await at.break();
    const token = await at.hold(ask, { withinMs: patienceMs(), isTwice: chance > 0.85 });
    if (token === undefined) continue;
    if (random() < 0.3) await at.look();
    const released = await at.release(token, patienceMs());
    if (released === undefined || random() < 0.2) await at.release(token);
  }
}

/**
 * What each kind of answer comes of, one act after the other: nothing of it depends on who is faster. Three clients at a lock that
 * nobody has used.
 *
 * @param all units of the lock
 */
export async function showLock(
  [ann, ben, cas]: readonly [LockClient, LockClient, LockClient],
  all: number,
): Promise<void> {
  const ask = (request: string, units = all, waits = true): Ask => ({ kind: 'acquire', request, units, waits });
  const first = await ann.hold(ask('ann/1'));
  await ben.acquire(ask('ben/try', all, false));
  await ben.acquire(ask('ben/1'));
  await cas.acquire(ask('cas/1', 1));
  await ann.acquire(ask('ann/1'));
  await cas.look();
  if (first !== undefined) await ann.release(first);
  await cas.acquire(ask('cas/try', 1, false));
  await ben.acquire(ask('ben/1'));
  if (first !== undefined) await cas.release(first);
  await cas.withdraw('cas/1');
  await cas.break();
  await cas.look();
  const second = await ann.hold(ask('ann/2', 1, false));
  if (second !== undefined) await ann.release(second);
  await cas.look();
}

/**
 * A session that asks for the lock and is kept alive no longer, whatever it has got. Its expiry is noted: from before its last keep-alive was sent
 * it may happen.
 */
export async function expireAt(
  sessions: Sessions,
  lock: LockHandle,
  recorder: Recorder<LockInput, LockOutput>,
  {
    client,
    key,
    ask,
    saying,
  }: { readonly client: string; readonly key: string; readonly ask: Ask; readonly saying: Saying },
): Promise<void> {
  let alive = recorder.mark();
  const { name } = await sessions.start({ ttlMs: SESSION_TTL_MS.least, label: client });
  const isOpen = (error: unknown): boolean => isLate(error) || hasCode(error, 'session-not-found', 'stopped');
  const act = (): Promise<LockOutput> => acquireAt(lock, name, saying)(ask, LONG_MS);
  await recorder.run({ client, key, input: ask }, act, isOpen);
  const mark = recorder.mark();
  await sessions.keepAlive(name).then(
    () => {
      alive = mark;
    },
    () => undefined, // it was too late
  );
  recorder.note({ client: 'server', key, input: { kind: 'expire', request: ask.request } }, alive);
}
