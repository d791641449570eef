import fc from 'fast-check';
import { agentOf, durableHolder, OFFER_MS, type AcquireArgs } from '../../../../src/contracts/coordination/lock';
import { isRefusal } from '../../../../src/contracts/errors';
import {
  accept,
  acquire,
  attach,
  breakLock,
  endSession,
  heldStill,
  holderOf,
  nextAt,
  openLock,
  release,
  settle,
  type LockState,
} from '../../../../src/domain/coordination/lock';
import { lockText, lockView } from '../../../../src/domain/coordination/lock-view';

const AGENT = durableHolder('demo:agent:dan', 17);
const HOLDERS = ['ann', durableHolder('demo:agent:dan', 17), durableHolder('demo:agent:eve', 3)];
const args = (session: string, more: Partial<AcquireArgs> = {}): AcquireArgs => ({
  request: session,
  session,
  waitMs: 60_000,
  lockDelayMs: 500,
  ...more,
});
const opened = attach(openLock({}), 'ann') as LockState;

test('LCK-3 an agent is known by its own word; its offer does not pass on while it lives, that of a session does', () => {
  const held = acquire(opened, args('ann'), 1_000).state;
  const queued = acquire(held, args(AGENT), 1_000);
  expect(queued.refusal).toBeUndefined();
  const [holding] = queued.state.holders;
  const offered = holding === undefined ? queued : release(queued.state, holding, 2_000);
  const [wait] = offered.state.queue;
  expect(wait?.offer).toEqual({ token: expect.any(Number) as number });
  const late = 2_000 + 100 * OFFER_MS;
  expect(nextAt(offered.state)).toBeUndefined();
  const kept = settle(offered.state, late);
  expect(kept.state.queue).toEqual(offered.state.queue);
  expect(lockView(kept.state).waiting).toMatchObject([{ offered: { token: wait?.offer?.token } }]);
  expect(lockText(lockView(kept.state))).toContain('whose turn it is');
  // and nobody else has it meanwhile
  expect(acquire(kept.state, args('ann', { waitMs: 0 }), late).refusal?.code).toBe('lock-held');
  const token = wait?.offer?.token ?? 0;
  expect(accept(kept.state, { ...args(AGENT), token }, late).reply).toMatchObject({ kind: 'held', token });
  // the end of the agent ends it, and a break does
  expect(endSession(kept.state, AGENT, 'closed', late).state.queue).toEqual([]);
  const broken = breakLock(kept.state, 'stuck', late);
  expect(broken).toMatchObject({ broken: 1, state: { queue: [] }, events: [{ data: { holders: [{ token }] } }] });
});

test('LCK-3 an unknown session is no agent, and an agent no session', () => {
  expect(acquire(openLock({}), args('ben'), 1_000).refusal?.code).toBe('session-not-found');
  expect([agentOf('ben'), agentOf(AGENT)]).toEqual([undefined, 'demo:agent:dan']);
});

type Command =
  | { readonly kind: 'acquire'; readonly args: AcquireArgs }
  | { readonly kind: 'accept' | 'release' | 'still'; readonly at: number }
  | { readonly kind: 'end'; readonly session: string }
  | { readonly kind: 'break' }
  | { readonly kind: 'wait'; readonly ms: number };

const commands: fc.Arbitrary<Command> = fc.oneof(
  fc
    .record({
      request: fc.nat(20).map(String),
      session: fc.constantFrom(...HOLDERS),
      waitMs: fc.constantFrom(0, 100_000),
      ttlMs: fc.constantFrom(undefined, 5_000),
    })
    .map(({ ttlMs, ...asked }) => {
      const isLimited = ttlMs !== undefined && agentOf(asked.session) !== undefined;
      return { kind: 'acquire' as const, args: { ...asked, lockDelayMs: 500, ...(isLimited ? { ttlMs } : {}) } };
    }),
  fc.record({ kind: fc.constantFrom('accept' as const, 'release' as const, 'still' as const), at: fc.nat(9) }),
  fc.record({ kind: fc.constant('end' as const), session: fc.constantFrom(...HOLDERS) }),
  fc.record({ kind: fc.constant('break' as const) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 300, 4_000, 11_000) }),
);

function act(state: LockState, command: Command, now: number): LockState {
  const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)];
  switch (command.kind) {
    case 'acquire':
      return acquire(state, command.args, now).state;
    case 'accept': {
      const wait = pick(
        state.queue.filter(({ offer }) => offer !== undefined),
        command.at,
      );
      return wait?.offer === undefined ? state : accept(state, { ...wait, token: wait.offer.token }, now).state;
    }
    case 'release':
    case 'still': {
      const holding = pick(state.holders, command.at);
      if (holding === undefined) return state;
      return command.kind === 'still' ? heldStill(state, holding, now) : release(state, holding, now).state;
    }
    case 'end': {
      const { state: left } = endSession(state, command.session, 'expired', now);
      return command.session === 'ann' ? (attach(left, 'ann') as LockState) : left;
    }
    case 'break':
      return breakLock(state, 'stuck', now).state;
    case 'wait':
      return state;
  }
}

test('LCK-1 LCK-2 LCK-6 SES-1 SES-3 after any history of sessions and agents a lock keeps its promises', () => {
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 80 }), (list) => {
      let state = opened;
      let now = 1_000;
      let newest = 0;
      const saidAt = new Map<number, number>();
      for (const command of list) {
        const before = state;
        if (command.kind === 'wait') now += command.ms;
        state = act(state, command, now);
        if ((nextAt(state) ?? Infinity) <= now) state = settle(state, now).state;
        // one has it, or it is promised to one
        const taken = [...state.holders, ...state.queue.filter(({ offer }) => offer !== undefined)];
        expect(taken.length).toBeLessThanOrEqual(1);
        for (const { token } of [...state.holders, ...state.queue.flatMap(({ offer }) => offer ?? [])]) {
          if (before.holders.some((each) => each.token === token)) continue;
          if (before.queue.some(({ offer }) => offer?.token === token)) continue;
          expect(token).toBeGreaterThan(newest);
          newest = token;
        }
        newest = Math.max(newest, state.token);
        for (const { token, ttlMs, until } of state.holders) {
          if (command.kind === 'still' || !saidAt.has(token)) saidAt.set(token, now);
          // never before its time to live is over, and not at all without one
          expect(until).toBe(ttlMs === undefined ? undefined : (saidAt.get(token) ?? 0) + ttlMs);
          expect(until ?? Infinity).toBeGreaterThan(now);
        }
        for (const holding of before.holders) {
          const isLost = isRefusal(holderOf(state, holding));
          if (command.kind !== 'wait' || !isLost) continue;
          expect(now - (saidAt.get(holding.token) ?? Infinity)).toBeGreaterThanOrEqual(holding.ttlMs ?? Infinity);
          expect(state.delayedUntil).toBeGreaterThan(now);
        }
        if (command.kind === 'end') {
          expect(taken.filter(({ session }) => session === command.session)).toEqual([]);
        }
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});
