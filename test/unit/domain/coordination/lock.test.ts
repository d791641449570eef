import fc from 'fast-check';
import type { AcquireArgs } from '../../../../src/contracts/coordination/lock';
import type { SessionEnd } from '../../../../src/contracts/coordination/session';
import { lockParties } from '../../../../src/domain/coordination/blocking';
import { lockView } from '../../../../src/domain/coordination/lock-view';
import { isRefusal } from '../../../../src/contracts/errors';
import {
  accept,
  acquire,
  attach,
  breakLock,
  downgrade,
  endSession,
  holderOf,
  nextAt,
  openLock,
  release,
  settle,
  withdraw,
  type LockState,
  type LockStep,
} from '../../../../src/domain/coordination/lock';

const SESSIONS = ['ann', 'ben', 'cas'];

type Command =
  | { readonly kind: 'acquire'; readonly args: AcquireArgs }
  | { readonly kind: 'accept' | 'release' | 'withdraw' | 'downgrade'; readonly at: number }
  | { readonly kind: 'end'; readonly session: string; readonly end: SessionEnd }
  | { readonly kind: 'break' }
  | { readonly kind: 'wait'; readonly ms: number };

/** What has happened to a lock so far, seen from outside. */
interface Seen {
  readonly state: LockState;
  readonly now: number;
  /** Tokens as they were given, to holders and in offers. */
  readonly tokens: readonly number[];
}

const begun = (permits?: number): Seen => {
  const opened = openLock(permits === undefined ? {} : { permits });
  const state = SESSIONS.reduce((known, session) => attach(known, session) as LockState, opened);
  return { state, now: 1_000, tokens: [] };
};

function act({ state, now }: Seen, command: Command): LockStep | undefined {
  const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)];
  switch (command.kind) {
    case 'acquire':
      return acquire(state, command.args, now);
    case 'accept': {
      const wait = pick(
        state.queue.filter(({ offer }) => offer !== undefined),
        command.at,
      );
      return wait?.offer && accept(state, { ...wait, token: wait.offer.token }, now);
    }
    case 'release':
    case 'downgrade': {
      const holding = pick(state.holders, command.at);
      if (holding === undefined) return undefined;
      return command.kind === 'release' ? release(state, holding, now) : downgrade(state, holding, now);
    }
    case 'withdraw': {
      const claim = pick([...state.queue, ...state.holders], command.at);
      return claim && withdraw(state, claim, now);
    }
    case 'end': {
      const step = endSession(state, command.session, command.end, now);
      // it comes back as another session of that name would
      return { ...step, state: attach(step.state, command.session) as LockState };
    }
    case 'break':
      return breakLock(state, 'stuck', now);
    case 'wait':
      return undefined;
  }
}

const unitsOf = (state: LockState): number => state.permits ?? 1_000_000;
const usedOf = ({ holders, queue }: LockState): number =>
  [...holders, ...queue.filter(({ offer }) => offer !== undefined)].reduce((sum, { units }) => sum + units, 0);
const tokensIn = ({ state: { holders, queue } }: Seen): readonly number[] => [
  ...holders.map(({ token }) => token),
  ...queue.flatMap(({ offer }) => (offer === undefined ? [] : [offer.token])),
];

/** The invariants of LCK-1, 2, 3, 4 and 6, and what changed. */
function check(before: Seen, command: Command, after: Seen): void {
  const { state } = after;
  // LCK-1 LCK-8
  expect(usedOf(state)).toBeLessThanOrEqual(unitsOf(state));
  if (state.permits === undefined && state.holders.some(({ mode }) => mode === 'exclusive')) {
    expect(state.holders).toHaveLength(1);
  }
  // LCK-2: what is new is above all that was
  const known = new Set(tokensIn(before));
  for (const token of tokensIn(after).filter((each) => !known.has(each))) {
    expect(token).toBeGreaterThan(Math.max(0, ...before.tokens));
  }
  // LCK-4: nobody that came later has an offer or holds while somebody before it waits with none
  const waiting = state.queue.findIndex(({ offer }) => offer === undefined);
  if (waiting >= 0) {
    const { offer: _none, ...first } = state.queue[waiting] ?? { offer: undefined, units: 0 };
    expect(state.queue.slice(waiting).every(({ offer }) => offer === undefined)).toBe(true);
    // and it waits for a reason
    const isDelayed = (state.delayedUntil ?? 0) > after.now;
    expect(isDelayed || (first as { units: number }).units > unitsOf(state) - usedOf(state)).toBe(true);
  }
  if (command.kind === 'acquire' && before.state.queue.some(({ offer }) => offer === undefined)) {
    const isNew = state.holders.some(({ token }) => !tokensIn(before).includes(token));
    expect(isNew).toBe(false);
  }
  // SES-3
  if (command.kind === 'end') {
    expect([...state.holders, ...state.queue].filter(({ session }) => session === command.session)).toEqual([]);
    const lost = before.state.holders.filter(({ session }) => session === command.session);
    const delay = Math.max(0, ...lost.map(({ lockDelayMs }) => lockDelayMs));
    // LCK-6
    if (command.end === 'expired' && delay > 0) expect(state.delayedUntil).toBeGreaterThanOrEqual(after.now + delay);
    else expect(state.delayedUntil).toBe(before.state.delayedUntil);
  }
}

function next(before: Seen, command: Command): Seen {
  const now = command.kind === 'wait' ? before.now + command.ms : before.now;
  const stepped = act({ ...before, now }, command)?.state ?? before.state;
  // the workflow is woken when it has asked for it
  const { state } = (nextAt(stepped) ?? Infinity) <= now ? settle(stepped, now) : { state: stepped };
  const after = { state, now, tokens: before.tokens };
  return { ...after, tokens: [...new Set([...before.tokens, ...tokensIn(after), state.token])] };
}

const commands = (permits?: number): fc.Arbitrary<Command> =>
  fc.oneof(
    fc.record({
      kind: fc.constant('acquire' as const),
      args: fc
        .record({
          request: fc.integer({ min: 0, max: 30 }).map(String),
          session: fc.constantFrom(...SESSIONS),
          waitMs: fc.constantFrom(0, 50, 100_000),
          lockDelayMs: fc.constantFrom(0, 500),
          kind: fc.constantFrom('exclusive' as const, 'shared' as const),
          some: fc.integer({ min: 1, max: permits ?? 1 }),
        })
        .map(({ kind, some, ...args }): AcquireArgs => ({
          ...args,
          ...(permits === undefined ? { mode: kind } : { permits: some }),
        })),
    }),
    fc.record({
      kind: fc.constantFrom('accept' as const, 'release' as const, 'withdraw' as const, 'downgrade' as const),
      at: fc.nat(9),
    }),
    fc.record({
      kind: fc.constant('end' as const),
      session: fc.constantFrom(...SESSIONS),
      end: fc.constantFrom('closed' as const, 'expired' as const),
    }),
    fc.record({ kind: fc.constant('break' as const) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 60, 600, 11_000) }),
  );

test.each([undefined, 1, 4])(
  'LCK-1 LCK-2 LCK-4 LCK-6 LCK-8 SES-3 after any history a lock or a semaphore of %s permits keeps its promises',
  (permits) => {
    fc.assert(
      fc.property(fc.array(commands(permits), { maxLength: 60 }), (list) => {
        let seen = begun(permits);
        for (const command of list) {
          const after = next(seen, command);
          check(seen, command, after);
          seen = after;
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  },
);

test('LCK-1 LCK-4 all interleavings of three sessions that acquire, accept, release, end and are late keep the promises', () => {
  const request = (session: string): AcquireArgs => ({ request: session, session, waitMs: 60_000, lockDelayMs: 0 });
  const all: readonly Command[] = [
    ...SESSIONS.map((session) => ({ kind: 'acquire', args: request(session) }) as const),
    { kind: 'acquire', args: { ...request('ann'), request: 'shared', mode: 'shared' } },
    { kind: 'accept', at: 0 },
    { kind: 'release', at: 0 },
    { kind: 'withdraw', at: 0 },
    { kind: 'end', session: 'ann', end: 'expired' },
    { kind: 'wait', ms: 11_000 },
  ];
  // two states that differ in their tokens and times alone go on alike
  const shape = ({ state }: Seen): string =>
    JSON.stringify(
      [state.holders, state.queue].map((list) => list.map((each) => [each.request, each.mode, 'offer' in each])),
    );
  const seen = new Map<string, Seen>([[shape(begun()), begun()]]);
  const left = [...seen.values()];
  for (let state = left.pop(); state !== undefined; state = left.pop()) {
    for (const command of all) {
      const after = next(state, command);
      check(state, command, after);
      if (!seen.has(shape(after))) left.push(after);
      seen.set(shape(after), after);
    }
  }
  expect(seen.size).toBeGreaterThan(100);
});

test('LCK-2 a token grows when the counter is lost, as over a reset, as long as the clock has gone on', () => {
  const ask = (now: number): number => {
    const given = acquire(begun().state, { request: 'r', session: 'ann', waitMs: 0 }, now).state.token;
    return given;
  };
  expect(ask(5_001)).toBeGreaterThan(ask(5_000));
  // of permits each has one
  const { state } = acquire(begun(5).state, { request: 'r', session: 'ann', waitMs: 0, permits: 4 }, 5_000);
  expect([state.holders[0]?.token, state.token]).toEqual([5_000, 5_003]);
});

test('LCK-5 LCK-7 LCK-9 the same request has the same answer; who is not the holder is refused, and nothing changes', () => {
  const ask = { request: 'r', session: 'ann', waitMs: 0 };
  const first = acquire(begun().state, ask, 1_000);
  expect(acquire(first.state, ask, 2_000)).toMatchObject({ state: first.state, reply: first.reply, events: [] });
  const waits = acquire(first.state, { request: 'q', session: 'ben', waitMs: 5_000 }, 1_000);
  expect(waits.reply).toEqual({ kind: 'queued', place: 1, until: new Date(6_000).toISOString() });
  expect(acquire(waits.state, { request: 'q', session: 'ben', waitMs: 9_000 }, 1_500).reply).toEqual(waits.reply);
  const codes = [
    acquire(first.state, { ...ask, request: 'o' }, 1_000),
    acquire(first.state, { request: 'o', session: 'nobody', waitMs: 9 }, 1_000),
    acquire(begun(2).state, { ...ask, permits: 3 }, 1_000),
    acquire(begun(2).state, { ...ask, mode: 'shared' }, 1_000),
    acquire(begun().state, { ...ask, permits: 2 }, 1_000),
    accept(waits.state, { request: 'q', session: 'ben', token: 1 }, 1_000),
  ].map(({ refusal, events, offers }) => [refusal?.code, events.length, offers.length]);
  expect(codes).toEqual(
    ['lock-held', 'session-not-found', 'limit-reached', 'invalid-message', 'invalid-message', 'not-holder'].map(
      (code) => [code, 0, 0],
    ),
  );
  for (const who of [
    { token: 1_000, session: 'ben' },
    { token: 999, session: 'ann' },
  ]) {
    const refusal = holderOf(first.state, who);
    expect(isRefusal(refusal) && refusal.code).toBe('not-holder');
  }
});

test('LCK-6 a delay ends by itself, also when nobody waits', () => {
  const held = acquire(begun().state, { request: 'r', session: 'ann', waitMs: 0, lockDelayMs: 500 }, 1_000);
  const { state } = endSession(held.state, 'ann', 'expired', 2_000);
  expect([state.delayedUntil, nextAt(state)]).toEqual([2_500, 2_500]);
  expect(settle(state, 2_500).state.delayedUntil).toBeUndefined();
});

test('LCK-9 a holding past its deadline is told of once, and is held on', () => {
  const first = acquire(begun().state, { request: 'r', session: 'ann', waitMs: 0, holdMs: 500 }, 1_000);
  const next = acquire(first.state, { request: 'q', session: 'ben', waitMs: 9_000, holdMs: 700 }, 1_200).state;
  expect([nextAt(next), settle(next, 1_499).events]).toEqual([1_500, []]);
  const late = settle(next, 1_500);
  const data = { token: 1_000, session: 'ann', request: 'r', deadline: new Date(1_500).toISOString() };
  expect(late.events).toEqual([{ type: 'lock.overdue', data }]);
  expect([late.offers, nextAt(late.state), settle(late.state, 1_600).events]).toEqual([[], 10_200, []]);
  const [holder] = lockView(late.state).holders;
  expect(holder).toMatchObject({ session: 'ann', deadline: data.deadline, overdue: true });
  expect(lockParties('lock', 'gpu', lockView(late.state)).parties[0]).toMatchObject({
    does: 'holds',
    until: data.deadline,
    overdue: true,
  });
  // a deadline begins with the holding, not with the wait
  const holding = holderOf(late.state, { token: 1_000, session: 'ann' });
  if (isRefusal(holding)) throw new Error(holding.message);
  const [offer] = release(late.state, holding, 2_000).offers;
  const given = release(late.state, holding, 2_000).state;
  const { state } = accept(given, { request: 'q', session: 'ben', token: offer?.offer?.token ?? 0 }, 3_000);
  expect(nextAt(state)).toBe(3_700);
});
