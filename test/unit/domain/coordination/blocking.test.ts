import fc from 'fast-check';
import type { CoordinationView, Party } from '../../../../src/contracts/coordination/reader';
import {
  ballotParties,
  barrierParties,
  blockingOf,
  electionParties,
  lockParties,
} from '../../../../src/domain/coordination/blocking';

const SEED = 20_261_130;
const AT = '2026-11-30T12:00:00.000Z';

const holds = (who: string): Party => ({ who, does: 'holds', since: AT, token: 7 });
const waits = (who: string): Party => ({ who, does: 'waits', since: AT, until: AT });
const lock = (name: string, ...parties: readonly Party[]): CoordinationView => ({
  kind: 'lock',
  name,
  state: parties.length === 0 ? 'free' : 'held',
  parties,
});

describe('what blocks', () => {
  test('a party: who holds what it waits for, who came before, and whom those wait for', () => {
    const things = [
      lock('gpu', holds('ann'), waits('bob'), waits('cid')),
      lock('disk', holds('dan'), waits('ann')),
      lock('other', holds('eve'), waits('fay')),
    ];
    const { steps, ...rest } = blockingOf('cid', things);
    expect(rest).toEqual({ of: 'cid' });
    expect(steps).toEqual([
      {
        who: 'cid',
        kind: 'lock',
        name: 'gpu',
        state: 'held',
        since: AT,
        until: AT,
        ahead: [holds('ann'), waits('bob')],
      },
      { who: 'ann', kind: 'lock', name: 'disk', state: 'held', since: AT, until: AT, ahead: [holds('dan')] },
      { who: 'bob', kind: 'lock', name: 'gpu', state: 'held', since: AT, until: AT, ahead: [holds('ann')] },
    ]);
  });

  test('nothing blocks who holds and does not wait', () => {
    expect(blockingOf('ann', [lock('gpu', holds('ann'), waits('bob'))]).steps).toEqual([]);
  });

  test('a thing: its holders, or the end of its delay', () => {
    expect(blockingOf('lock:gpu', [lock('gpu', holds('ann'), waits('bob'))]).steps).toEqual([
      { who: 'lock:gpu', kind: 'lock', name: 'gpu', state: 'held', ahead: [holds('ann')] },
    ]);
    const delayed = lockParties('lock', 'gpu', {
      state: 'delayed',
      holders: [],
      waiting: [],
      token: 7,
      delayedUntil: AT,
    });
    expect(blockingOf('lock:gpu', [delayed]).steps).toMatchObject([{ state: 'delayed', until: AT, ahead: [] }]);
  });

  test('a circle is named, once, from wherever one looks', () => {
    const things = [
      lock('one', holds('ann'), waits('bob')),
      lock('two', holds('bob'), waits('ann')),
      lock('three', holds('ann'), waits('cid')),
    ];
    expect(blockingOf('ann', things).circle).toEqual(['ann', 'bob']);
    expect(blockingOf('bob', things).circle).toEqual(['bob', 'ann']);
    expect(blockingOf('cid', things).circle).toEqual(['ann', 'bob']);
    expect(blockingOf('lock:one', things).circle).toEqual(['ann', 'bob']);
    expect(blockingOf('cid', things.slice(1)).circle).toBeUndefined();
  });

  test('it ends, and finds a circle exactly when the party reaches one', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const things = fc.array(fc.shuffledSubarray(names, { minLength: 1 }), { maxLength: 6 });
    fc.assert(
      fc.property(things, (list) => {
        const all = list.map(([first = '', ...others], at) => lock(String(at), holds(first), ...others.map(waits)));
        // whom each waits for, written down anew
        const next = (who: string): readonly string[] =>
          list.flatMap((queue) => queue.slice(0, Math.max(0, queue.indexOf(who))));
        const reached = (from: string): ReadonlySet<string> => {
          const found = new Set<string>();
          const walk = (who: string): void =>
            next(who).forEach((other) => {
              if (found.has(other)) return;
              found.add(other);
              walk(other);
            });
          walk(from);
          return found;
        };
        for (const who of names) {
          const hasCircle = [who, ...reached(who)].some((each) => reached(each).has(each));
          expect(blockingOf(who, all).circle !== undefined).toBe(hasCircle);
        }
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

test('an agent is shown under its workflow id, whichever life of it holds', () => {
  const grant = { token: 7, request: 'r', permits: 1, mode: 'exclusive', count: 1 } as const;
  const held = { session: 'demo:agent:trainer#1795521600000', since: AT, ...grant };
  const view = lockParties('lock', 'gpu', { state: 'held', holders: [held], waiting: [], token: 7 });
  expect(view.parties).toEqual([{ who: 'demo:agent:trainer', does: 'holds', since: AT, token: 7 }]);
});

test('an election is led by one, and the others stand in line behind it', () => {
  const candidate = { request: 'r', session: 'bob', value: null, score: 0, since: AT, until: AT };
  const leader = { session: 'ann', term: 7, value: null, since: AT };
  const view = electionParties('boss', { state: 'led', term: 7, revision: 0, leader, candidates: [candidate] });
  expect(view.parties.map(({ who, does }) => `${who} ${does}`)).toEqual(['ann leads', 'bob waits']);
  expect(blockingOf('bob', [view]).steps).toMatchObject([{ kind: 'election', ahead: [{ who: 'ann', token: 7 }] }]);
});

test('a barrier is held up by who has not arrived or has not left, not by who waits', () => {
  const entered = (participant: string) => ({ participant, request: 'r', session: 's', since: AT, until: AT });
  const base = { parties: 3, generation: 1, entered: [entered('ann'), entered('bob')] };
  const registered = [
    ...['ann', 'bob'].map((participant) => ({ participant, arrived: true })),
    { participant: 'cid', arrived: false },
  ];
  const phaser = barrierParties('epoch', { ...base, registered, state: 'entering' } as never);
  expect(phaser.state).toBe('entering, 2 of 3');
  expect(blockingOf('bob', [phaser]).steps[0]?.ahead).toEqual([{ who: 'cid', does: 'has not arrived' }]);
  const inside = {
    generation: 1,
    participants: [
      { participant: 'dan', left: false },
      { participant: 'eve', left: true },
    ],
  };
  const double = barrierParties('epoch', { ...base, inside, state: 'leaving' } as never);
  expect(blockingOf('barrier:epoch', [double]).steps[0]?.ahead).toEqual([{ who: 'dan', does: 'has not left' }]);
});

test('a ballot is held up by who has not voted, and by nobody when it is decided', () => {
  const ballot = {
    subject: { title: 'a test' },
    openedAt: AT,
    deadline: AT,
    electorate: [],
    casts: [{ voter: 'ann', choice: 'yes', at: AT, via: 'update' }],
    waitingFor: ['bob'],
  };
  const open = ballotParties('b', { ...ballot, state: 'open' } as never);
  expect(open.parties.map(({ who, does }) => `${who} ${does}`)).toEqual(['bob has not voted', 'ann has voted']);
  expect(blockingOf('ballot:b', [open]).steps[0]?.ahead.map(({ who }) => who)).toEqual(['bob']);
  const decided = ballotParties('b', { ...ballot, state: 'decided' } as never);
  expect(blockingOf('ballot:b', [decided]).steps[0]?.ahead).toEqual([]);
});
