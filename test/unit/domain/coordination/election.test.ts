import fc from 'fast-check';
import type { CampaignArgs, ElectionView } from '../../../../src/contracts/coordination/election';
import { LOCK_IDLE_MS, OFFER_MS } from '../../../../src/contracts/coordination/lock';
import type { SessionEnd } from '../../../../src/contracts/coordination/session';
import type { NewEvent } from '../../../../src/contracts/envelope';
import {
  asElection,
  campaign,
  campaignRefusal,
  electionEvents,
  electionText,
  electionView,
  isLater,
  proclaim,
} from '../../../../src/domain/coordination/election';
import {
  accept,
  attach,
  breakLock,
  endSession,
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
  | { readonly kind: 'campaign'; readonly args: CampaignArgs }
  | { readonly kind: 'accept' | 'resign' | 'revoke' }
  | { readonly kind: 'withdraw' | 'proclaim'; readonly session: string }
  | { readonly kind: 'end'; readonly session: string; readonly end: SessionEnd }
  | { readonly kind: 'wait'; readonly ms: number };

/** An election so far, with what an observer that saw every state has seen last. */
interface Run {
  readonly state: LockState;
  readonly now: number;
  readonly seen: ElectionView;
}

const begun = (): Run => {
  const state = SESSIONS.reduce((known, session) => attach(known, session) as LockState, openLock({}));
  return { state, now: 1_000, seen: electionView(state) };
};

function act({ state, now }: Run, command: Command): LockStep | undefined {
  const [leader] = state.holders;
  switch (command.kind) {
    case 'campaign':
      return campaign(state, command.args, now);
    case 'accept': {
      const wait = state.queue.find(({ offer }) => offer !== undefined);
      return wait?.offer && accept(state, { ...wait, token: wait.offer.token }, now);
    }
    case 'resign':
      return leader && release(state, leader, now);
    case 'revoke':
      return breakLock(state, 'stuck', now);
    case 'withdraw': {
      const own = state.queue.find(({ session }) => session === command.session);
      return own && withdraw(state, own, now);
    }
    case 'proclaim':
      return proclaim(state, { session: command.session, term: leader?.token ?? 1, value: now });
    case 'end': {
      const step = endSession(state, command.session, command.end, now);
      return { ...step, state: attach(step.state, command.session) as LockState };
    }
    case 'wait':
      return undefined;
  }
}

/** Score and time of those whose turn has not come. */
const ranks = (state: LockState): readonly (readonly [number, number])[] =>
  state.queue.filter(({ offer }) => offer === undefined).map(({ candidacy, since }) => [candidacy?.score ?? 0, since]);

/** What holds after each step, and what its events have to say. */
function check(before: Run, after: Run, events: readonly NewEvent[]): void {
  const { state } = after;
  const [was] = before.state.holders;
  const [is] = state.holders;
  // ELE-1: one leader, in a term that is above all before
  expect(state.holders.length + state.queue.filter(({ offer }) => offer !== undefined).length).toBeLessThanOrEqual(1);
  if (is !== undefined && is.token !== was?.token) expect(is.token).toBeGreaterThan(before.seen.term);
  // ELE-2: what is seen never goes back
  expect(after.seen.term).toBeGreaterThanOrEqual(before.seen.term);
  expect(isLater(before.seen, after.seen)).toBe(false);
  if (JSON.stringify(is) !== JSON.stringify(was)) expect(isLater(after.seen, before.seen)).toBe(true);
  // ELE-5: a higher score waits before a lower one, equal ones in their order, and nobody waits for nobody
  expect(ranks(state)).toEqual(ranks(state).toSorted(([a, since], [b, than]) => b - a || since - than));
  const isDelayed = (state.delayedUntil ?? 0) > after.now;
  if (state.queue.length > 0 && is === undefined && !isDelayed) expect(state.queue[0]?.offer).toBeDefined();
  // ELE-4: each beginning and each end of a term is told once
  const told = electionEvents(events, state).filter(({ type }) => type !== 'election.proclaimed');
  const ended = was !== undefined && was.token !== is?.token ? [['ended', was.token]] : [];
  const elected = is !== undefined && is.token !== was?.token ? [['elected', is.token]] : [];
  expect(told.map(({ type, data }) => [type === 'election.elected' ? 'elected' : 'ended', data['term']])).toEqual([
    ...ended,
    ...elected,
  ]);
}

function next(before: Run, command: Command): Run {
  const now = command.kind === 'wait' ? before.now + command.ms : before.now + 1;
  const step = act({ ...before, now }, command) ?? { state: before.state, events: [] };
  const isDue = (nextAt(step.state) ?? Infinity) <= now;
  const settled = isDue ? settle(step.state, now, step.events) : step;
  const after = { state: settled.state, now, seen: electionView(settled.state) };
  check(before, after, settled.events);
  return after;
}

const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    kind: fc.constant('campaign' as const),
    args: fc.record({
      request: fc.integer({ min: 0, max: 9 }).map(String),
      session: fc.constantFrom(...SESSIONS),
      waitMs: fc.constantFrom(0, 50, 100_000),
      lockDelayMs: fc.constantFrom(0, 500),
      score: fc.integer({ min: -1, max: 2 }),
      value: fc.constantFrom('x', null, { at: 1 }),
    }),
  }),
  fc.record({ kind: fc.constantFrom('accept' as const, 'resign' as const, 'revoke' as const) }),
  fc.record({
    kind: fc.constantFrom('withdraw' as const, 'proclaim' as const),
    session: fc.constantFrom(...SESSIONS),
  }),
  fc.record({
    kind: fc.constant('end' as const),
    session: fc.constantFrom(...SESSIONS),
    end: fc.constantFrom('closed' as const, 'expired' as const),
  }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 60, 600, OFFER_MS + 1) }),
);

test('ELE-1 ELE-2 ELE-4 ELE-5 after any history there is one leader at most, terms grow, nothing seen goes back, scores are in order', () => {
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 60 }), (list) => {
      list.reduce(next, begun());
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('ELE-1 ELE-2 ELE-5 all interleavings of three candidates that campaign, accept, say, resign, die and are late keep the promises', () => {
  const campaigns = SESSIONS.map((session, score): Command => {
    const args = { request: session, session, waitMs: 60_000, lockDelayMs: 500 * (score % 2), score: score % 2 };
    return { kind: 'campaign', args };
  });
  const all: readonly Command[] = [
    ...campaigns,
    { kind: 'accept' },
    { kind: 'resign' },
    { kind: 'revoke' },
    { kind: 'proclaim', session: 'ann' },
    { kind: 'withdraw', session: 'ben' },
    ...SESSIONS.map((session): Command => ({ kind: 'end', session, end: 'expired' })),
    { kind: 'wait', ms: OFFER_MS + 1 },
  ];
  // two states that differ in their terms and times alone go on alike
  const shape = ({ state: { holders, queue, delayedUntil } }: Run): string =>
    JSON.stringify([
      delayedUntil !== undefined,
      holders.map(({ request, candidacy }) => [request, Math.min(candidacy?.revision ?? 0, 1)]),
      queue.map((each) => [each.request, 'offer' in each]),
    ]);
  const known = new Map<string, Run>([[shape(begun()), begun()]]);
  const left = [...known.values()];
  const from = new Map<string, Set<string>>();
  for (let run = left.pop(); run !== undefined; run = left.pop()) {
    for (const command of all) {
      const after = next(run, command);
      from.set(shape(after), (from.get(shape(after)) ?? new Set()).add(shape(run)));
      if (!known.has(shape(after))) left.push(after);
      known.set(shape(after), after);
    }
  }
  expect(known.size).toBeGreaterThan(31);
  // ELE-5: from each of them somebody may come to lead, whoever died
  const ends = [...known].filter(([, { state }]) => state.holders.length > 0).map(([text]) => text);
  const good = new Set(ends);
  for (let text = ends.pop(); text !== undefined; text = ends.pop()) {
    for (const before of from.get(text) ?? []) {
      if (!good.has(before)) ends.push(before);
      good.add(before);
    }
  }
  expect(good.size).toBe(known.size);
});

const ask = (session: string, more: Partial<CampaignArgs> = {}): CampaignArgs => ({
  request: `of-${session}`,
  session,
  waitMs: 60_000,
  ...more,
});

test('ELE-2 the same request has the same answer; another one of the same session is refused, whether it leads or waits', () => {
  const led = campaign(begun().state, ask('ann', { value: 'a' }), 5_000);
  expect(led.reply).toMatchObject({ kind: 'held', token: 5_000 });
  expect(campaign(led.state, ask('ann', { value: 'b' }), 6_000)).toMatchObject({ state: led.state, reply: led.reply });
  const waits = campaign(led.state, ask('ben'), 6_000).state;
  for (const session of ['ann', 'ben']) {
    const again = campaign(waits, ask(session, { request: 'other' }), 7_000);
    expect([again.refusal?.code, again.state === waits, again.events]).toEqual(['already-candidate', true, []]);
  }
  expect(campaignRefusal(waits, ask('cas', { waitMs: 0 }), 7_000)?.code).toBe('lock-held');
  expect(campaignRefusal(waits, ask('nobody'), 7_000)?.code).toBe('session-not-found');
  expect(campaignRefusal(waits, ask('demo:agent:cas#1'), 7_000)?.code).toBe('invalid-message');
  expect(campaignRefusal(waits, ask('cas', { value: 'x'.repeat(1_100) }), 7_000)?.code).toBe('message-too-large');
});

test('ELE-2 the leader says something new; whoever leads no more, or never did, is refused and changes nothing', () => {
  const { state } = campaign(begun().state, ask('ann', { value: 'a' }), 5_000);
  const said = proclaim(state, { session: 'ann', term: 5_000, value: { url: 'x' } });
  expect(said.reply).toEqual({ revision: 1 });
  expect(electionView(said.state).leader).toMatchObject({ session: 'ann', term: 5_000, value: { url: 'x' } });
  expect(said.events).toEqual([
    { type: 'election.proclaimed', data: { term: 5_000, session: 'ann', value: { url: 'x' }, revision: 1 } },
  ]);
  for (const who of [
    { session: 'ben', term: 5_000 },
    { session: 'ann', term: 4_999 },
  ]) {
    expect(proclaim(state, { ...who, value: 1 })).toMatchObject({ state, events: [], refusal: { code: 'not-leader' } });
  }
  const large = proclaim(state, { session: 'ann', term: 5_000, value: 'x'.repeat(1_100) });
  expect([large.refusal?.code, large.state === state]).toEqual(['message-too-large', true]);
  expect(asElection({ code: 'queue-full', message: 'full' }).code).toBe('queue-full');
});

test('ELE-5 who has a higher score comes first, equal ones in the order of their campaigns; an offer is not taken back', () => {
  let { state } = campaign(begun().state, ask('ann'), 5_000);
  state = campaign(state, ask('ben', { score: 1 }), 5_001).state;
  state = campaign(state, ask('cas', { score: 2 }), 5_002).state;
  expect(electionView(state).candidates.map(({ session }) => session)).toEqual(['cas', 'ben']);
  const resigned = release(state, state.holders[0] ?? (undefined as never), 6_000).state;
  expect(electionView(resigned).candidates[0]).toMatchObject({ session: 'cas', offered: { term: 6_000 } });
  const late = campaign(resigned, ask('ann', { score: 9 }), 6_001).state;
  expect(electionView(late).candidates.map(({ session }) => session)).toEqual(['cas', 'ann', 'ben']);
  // the one whose turn it is dies: the election ends all the same, in a higher term
  const dead = endSession(late, 'cas', 'expired', 6_002).state;
  expect(electionView(dead).candidates[0]).toMatchObject({ session: 'ann', offered: { term: 6_002 } });
});

test('ELE-4 what became of a leader is told with its cause, and shown', () => {
  const led = campaign(begun().state, ask('ann', { value: 'a', score: 3 }), 5_000);
  const eventsOf = ({ events, state }: LockStep): readonly NewEvent[] => electionEvents(events, state);
  const data = { term: 5_000, session: 'ann' };
  expect(eventsOf(led)).toEqual([
    { type: 'election.elected', data: { ...data, request: 'of-ann', value: 'a', score: 3 } },
  ]);
  const [leader] = led.state.holders;
  expect(leader && eventsOf(release(led.state, leader, 6_000))).toEqual([
    { type: 'election.resigned', data: { ...data, request: 'of-ann' } },
  ]);
  expect(eventsOf(endSession(led.state, 'ann', 'expired', 6_000))).toEqual([
    { type: 'election.lost', data: { ...data, request: 'of-ann', because: 'lease' } },
  ]);
  expect(eventsOf(breakLock(led.state, 'stuck', 6_000))).toEqual([
    { type: 'election.lost', data: { ...data, because: 'revoked', reason: 'stuck' } },
  ]);
  const text = electionText(electionView(led.state, { term: 4_000, reason: 'stuck' }));
  expect(text).toMatch(/^\*\*Election\*\* led by \*\*ann\*\* in term 5000/);
  expect(text).toContain('Term 4000 was taken from its leader: stuck');
});

test('ELE-1 a term grows when all is forgotten, as over terminate and reset, and an observer of before does not go back', () => {
  const first = campaign(begun().state, ask('ann'), 5_000);
  const later = campaign(begun().state, ask('ben'), 5_000 + LOCK_IDLE_MS);
  const seen = electionView(first.state);
  expect(electionView(later.state).term).toBeGreaterThan(seen.term);
  expect(isLater(electionView(begun().state), seen)).toBe(false);
  expect(isLater(electionView(later.state), seen)).toBe(true);
});
