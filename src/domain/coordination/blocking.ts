import type { BarrierView } from '../../contracts/coordination/barrier';
import type { BallotView } from '../../contracts/coordination/ballot';
import type { ElectionView } from '../../contracts/coordination/election';
import { agentOf, type LockView } from '../../contracts/coordination/lock';
import type { Blocked, Blocking, CoordinationView, Party } from '../../contracts/coordination/reader';

/** Who holds: an agent under its workflow id, whichever life of it; else the session. */
const partyOf = (holder: string): string => agentOf(holder) ?? holder;

/** A lock or a semaphore, for readers. */
export function lockParties(kind: 'lock' | 'semaphore', name: string, view: LockView): CoordinationView {
  const holding = view.holders.map(({ session, since, until, deadline = until, overdue, token }): Party => ({
    who: partyOf(session),
    does: 'holds',
    since,
    token,
    ...(deadline === undefined ? {} : { until: deadline }),
    ...(overdue === undefined ? {} : { overdue }),
  }));
  const waiting = view.waiting.map(({ session, since, until, offered }): Party => {
    const does = offered === undefined ? 'waits' : 'has its turn';
    const token = offered === undefined ? {} : { token: offered.token };
    return { who: partyOf(session), does, since, until: offered?.until ?? until, ...token };
  });
  const { delayedUntil: until } = view;
  return {
    kind,
    name,
    state: view.state,
    parties: [...holding, ...waiting],
    ...(until === undefined ? {} : { until }),
  };
}

/** An election, for readers. */
export function electionParties(name: string, view: ElectionView): CoordinationView {
  const { leader, candidates, delayedUntil: until } = view;
  const leading: readonly Party[] =
    leader === undefined
      ? []
      : [{ who: partyOf(leader.session), does: 'leads', since: leader.since, token: leader.term }];
  const waiting = candidates.map(({ session, since, until: last, offered }): Party => ({
    who: partyOf(session),
    does: offered === undefined ? 'waits' : 'has its turn',
    since,
    until: offered?.until ?? last,
    ...(offered === undefined ? {} : { token: offered.term }),
  }));
  const parties = [...leading, ...waiting];
  return { kind: 'election', name, state: view.state, parties, ...(until === undefined ? {} : { until }) };
}

/** A barrier, for readers: who is registered and has not arrived, or is inside and has not left, holds it up. */
export function barrierParties(name: string, view: BarrierView): CoordinationView {
  const { state, parties: wanted, entered, registered = [], inside, breaksAt } = view;
  const missing = registered.filter(({ arrived }) => !arrived);
  const staying = inside?.participants.filter(({ left }) => !left) ?? [];
  const until = breaksAt ?? inside?.breaksAt;
  const count = state === 'entering' ? `, ${String(entered.length)} of ${String(wanted)}` : '';
  return {
    kind: 'barrier',
    name,
    state: `${state}${count}`,
    parties: [
      ...missing.map(({ participant: who }): Party => ({ who, does: 'has not arrived' })),
      ...staying.map(({ participant: who }): Party => ({ who, does: 'has not left' })),
      ...entered.map(({ participant: who, since, until: last }): Party => ({
        who,
        does: 'waits',
        since,
        ...(last === undefined ? {} : { until: last }),
      })),
    ],
    ...(until === undefined ? {} : { until }),
  };
}

/** A ballot, for readers: who has not voted holds it up. */
export function ballotParties(
  name: string,
  { state, openedAt, deadline, waitingFor, casts }: BallotView,
): CoordinationView {
  const missing = state === 'open' ? waitingFor : [];
  return {
    kind: 'ballot',
    name,
    state,
    parties: [
      ...missing.map((who): Party => ({ who, does: 'has not voted', since: openedAt, until: deadline })),
      ...casts.map(({ voter, at }): Party => ({ who: voter, does: 'has voted', since: at })),
    ],
    ...(state === 'open' ? { until: deadline } : {}),
  };
}

const HOLDING: readonly Party['does'][] = [
  'holds',
  'leads',
  'has its turn',
  'has not arrived',
  'has not left',
  'has not voted',
];
const holdsUp = ({ does }: Party): boolean => HOLDING.includes(does);

/** Where somebody waits, and who is ahead there: holders, and who came before. */
function waitsOf(who: string, things: readonly CoordinationView[]): readonly Blocked[] {
  return things.flatMap(({ kind, name, state, parties }) => {
    const at = parties.findIndex((party) => party.who === who && party.does === 'waits');
    const party = parties[at];
    if (party === undefined) return [];
    const { since, until } = party;
    // in a barrier nobody is before another
    const isQueue = kind !== 'barrier';
    const ahead = parties.slice(0, at).filter((each) => holdsUp(each) || (isQueue && each.does === 'waits'));
    const times = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
    return [{ who, kind, name, state, ...times, ahead }];
  });
}

/** The first circle that a walk from some parties meets, depth first: the part of its way from the party that it came back to. */
function circleFrom(begin: readonly string[], next: (who: string) => readonly string[]): readonly string[] | undefined {
  const done = new Set<string>();
  const walk = (who: string, way: readonly string[]): readonly string[] | undefined => {
    const at = way.indexOf(who);
    if (at >= 0) return way.slice(at);
    if (done.has(who)) return undefined;
    const found = firstOf(next(who), (other) => walk(other, [...way, who]));
    done.add(who);
    return found;
  };
  return firstOf(begin, (who) => walk(who, []));
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * What blocks a party, or a thing that is named `kind:name`: a walk over who waits for whom, breadth first, each party once; and
 * the circle, if that leads into one.
 */
export function blockingOf(of: string, things: readonly CoordinationView[]): Blocking {
  const thing = things.find(({ kind, name }) => `${kind}:${name}` === of);
  const steps: Blocked[] =
    thing === undefined
      ? [...waitsOf(of, things)]
      : [{ ...headOf(thing), who: of, ahead: thing.parties.filter(holdsUp) }];
  const seen = new Set([of]);
  // grows while it is walked over
  for (const { ahead } of steps) {
    for (const { who } of ahead) {
      if (!seen.has(who)) steps.push(...waitsOf(who, things));
      seen.add(who);
    }
  }
  const next = (who: string): readonly string[] =>
    waitsOf(who, things).flatMap(({ ahead }) => ahead.map((party) => party.who));
  const begin = thing === undefined ? [of] : thing.parties.filter(holdsUp).map(({ who }) => who);
  const circle = circleFrom(begin, next);
  return { of, steps, ...(circle === undefined ? {} : { circle }) };
}

function headOf({ kind, name, state, until }: CoordinationView): Omit<Blocked, 'who' | 'ahead'> {
  return { kind, name, state, ...(until === undefined ? {} : { until }) };
}
