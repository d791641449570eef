import type { LockHandle } from '../../../src/client/locks';
import type { Session } from '../../../src/client/sessions';
import { isPlatformError, type ErrorCode } from '../../../src/contracts/errors';
import { pause } from '../../../src/client/waiting';
import type { Evidence } from '../column';
import { now, type Sight } from '../log';
import type { Attempt, Party } from '../party';

/** How long nobody gets it after the holder's session has expired. */
export const LOCK_DELAY_MS = 300;
/** A session that was terminated is found within this time. */
export const LOOK_MS = 1_000;
const WAIT_MS = 3_000;
const ACTS = 3;
const ACT_MS = 15;
const REST_MS = 150;
/** An acquire that ends so has nothing, and its session is given up, so that nothing is held unknowingly. */
const ENDS: readonly ErrorCode[] = ['session-in-doubt', 'session-not-found', 'timeout', 'stopped', 'not-holder'];

const endOf = (error: unknown): ErrorCode | undefined =>
  isPlatformError(error) && ENDS.includes(error.code) ? error.code : undefined;

/** LCK-5: the same request of the holder has the same grant, which the checker looks at. */
async function again(
  party: Party,
  key: string,
  lock: LockHandle,
  { session, token, request }: { readonly session: Session; readonly token: number; readonly request: string },
): Promise<void> {
  const acquired = await lock.request({ request, session: session.name, waitMs: 0 }).catch(() => undefined);
  if (acquired?.kind !== 'held' || session.standing !== 'alive') return;
  party.see(key, { kind: 'again', token, answer: acquired.token });
}

/** One round: acquires, acts as long as it may, and releases. */
async function round(party: Party, key: string, lock: LockHandle): Promise<void> {
  const session = await party.session();
  const got: { held?: Awaited<ReturnType<LockHandle['acquire']>> } = {};
  const acquired = await party.run(key, { kind: 'acquire' }, async ({ requestId }) => {
    try {
      const held = await lock.acquire({ session, requestId, waitMs: WAIT_MS, lockDelayMs: LOCK_DELAY_MS });
      got.held = held;
      return { kind: 'granted', token: held.token } as const;
    } catch (error) {
      const code = endOf(error);
      if (code === undefined) throw error;
      return { kind: 'not-granted', code } as const;
    }
  });
  const { held } = got;
  if (acquired?.kind !== 'granted' || held === undefined) {
    await party.leave();
    return;
  }
  const { token } = held;
  for (let act = 0; act < ACTS; act += 1) {
    const at = now();
    try {
      held.check();
    } catch {
      party.see(key, { kind: 'doubts', token });
      await party.leave();
      return;
    }
    party.see(key, { kind: 'acts', token }, at);
    await pause(ACT_MS);
    // no look at the session between here and the write: what a holder does that was frozen in the middle of it
    const became = await party.process.fence.write(key, token);
    party.see(key, { kind: became, token });
  }
  if (party.random() < 0.3) await again(party, key, lock, { session, token, request: held.request });
  const release = async (how: Attempt): Promise<{ readonly kind: string; readonly code?: string }> => {
    try {
      await lock.release({ session: session.name, token }, how);
      return { kind: 'released' };
    } catch (error) {
      const code = isPlatformError(error) ? error.code : undefined;
      if (code === undefined || !(ENDS.includes(code) || code.endsWith('-not-found'))) throw error;
      if (code === 'timeout') throw error;
      return { kind: 'lost', code };
    }
  };
  const released = await party.run(key, { kind: 'release', token }, release, true);
  if (released?.kind !== 'released') await party.leave();
}

/** What one client does with a lock or a semaphore until the row is over. */
export async function useHolding(party: Party, key: string, lock: LockHandle): Promise<void> {
  while (!party.isOver) {
    await round(party, key, lock);
    await pause(REST_MS);
  }
}

interface Grant {
  readonly token: number;
  readonly called: number;
  readonly at: number;
}

function grantsOf({ operations }: Evidence): readonly Grant[] {
  return operations.flatMap(({ called, outcome }) => {
    if (outcome.kind !== 'returned') return [];
    const { kind, token } = outcome.output as { readonly kind: string; readonly token?: number };
    return kind === 'granted' && token !== undefined ? [{ token, called, at: outcome.at }] : [];
  });
}

/** LCK-2: no token twice, and what was granted after another one has the higher token. */
function tokensBroken(grants: readonly Grant[]): readonly string[] {
  const broken: string[] = [];
  const byReturn = [...grants].sort((one, other) => one.at - other.at);
  const tokens = new Set(grants.map(({ token }) => token));
  if (tokens.size < grants.length) broken.push(`${String(grants.length - tokens.size)} tokens were given twice`);
  for (const { token, called } of grants) {
    const before = byReturn.filter(({ at }) => at < called).map((each) => each.token);
    const highest = Math.max(0, ...before);
    if (highest >= token) broken.push(`token ${String(token)} was granted after ${String(highest)}`);
  }
  return broken;
}

/** LCK-1: never more holders at once that may act than there are permits, each from its first act to its last. */
function holdersBroken(seen: readonly Sight[], permits: number): readonly string[] {
  const spans = new Map<unknown, { from: number; to: number }>();
  for (const { at, what } of seen.filter((each) => each.what.kind === 'acts')) {
    const span = spans.get(what['token']);
    if (span === undefined) spans.set(what['token'], { from: at, to: at });
    else {
      span.from = Math.min(span.from, at);
      span.to = Math.max(span.to, at);
    }
  }
  const all = [...spans.values()];
  const most = Math.max(0, ...all.map(({ from }) => all.filter((each) => each.from <= from && from <= each.to).length));
  return most > permits ? [`${String(most)} held ${String(permits)} permits at once, and acted`] : [];
}

/** The resource never lets a lower token through than it has seen. */
function fenceBroken(writes: Evidence['writes'], key: string): readonly string[] {
  const tokens = writes.filter(({ resource }) => resource === key).map(({ token }) => token);
  const at = tokens.findIndex((token, index) => token < (tokens[index - 1] ?? 0));
  return at < 0 ? [] : [`the resource took ${String(tokens[at])} after ${String(tokens[at - 1])}`];
}

/** LCK-6: between an expiry and the next grant lies the lock-delay. */
function delayBroken({ events }: Evidence, key: string): readonly string[] {
  const mine = events.filter(({ stream }) => stream.includes(`:lock:${key}~`));
  return mine.flatMap(({ type, at }, index) => {
    if (type !== 'lock.expired') return [];
    const next = mine.slice(index + 1).find((each) => each.type === 'lock.granted');
    const ms = next === undefined ? Infinity : next.at - at;
    return ms < LOCK_DELAY_MS ? [`${key} was granted ${String(ms)} ms after an expiry`] : [];
  });
}

/** LCK-5: one request has one grant. */
function againBroken(seen: readonly Sight[]): readonly string[] {
  return seen
    .filter(({ what }) => what.kind === 'again' && what['answer'] !== what['token'])
    .map(({ what }) => `one request, two tokens: ${String(what['token'])} and ${String(what['answer'])}`);
}

/** What the invariants of locks and semaphores say of the evidence. */
export function holdingBroken(evidence: Evidence, key: string, permits: number): readonly string[] {
  return [
    ...tokensBroken(grantsOf(evidence)),
    ...(evidence.isForgotten ? [] : [...holdersBroken(evidence.seen, permits), ...againBroken(evidence.seen)]),
    ...(permits === 1 ? fenceBroken(evidence.writes, key) : []),
    ...(permits === 1 && !evidence.isForgotten ? delayBroken(evidence, key) : []),
  ];
}
