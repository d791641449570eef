import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Cast, Choice, Electorate, Rule, Subject, Tally } from '../../../src/contracts/coordination/ballot';
import { canonicalJson, sha256 } from '../../../src/domain/canonical-json';
import {
  castVote,
  closeBallot,
  loseVoters,
  openBallot,
  outstanding,
  voteRefusal,
  withdrawBallot,
  type BallotState,
} from '../../../src/domain/coordination/ballot';
import { recompute } from '../../../src/domain/coordination/decision';
import { choicesOf, settled } from '../../../src/domain/coordination/tally';
import { electorates, people, rule, rules, SEED, subject } from '../../support/ballots/arbitraries';

const open = (electorate: Electorate, by: Rule): BallotState =>
  openBallot({ subject, electorate, rule: by, deadlineMs: 1_000 }, 0);

/** What a voter does in the end: votes, or is reported lost before the deadline, or is silent. */
type Deed = Choice | 'lost' | 'silent';

function run(electorate: Electorate, by: Rule, deeds: readonly (readonly [string, Deed])[]): Tally {
  return tallied(deeds.reduce(after, open(electorate, by)));
}

function after(ballot: BallotState, [voter, deed]: readonly [string, Deed]): BallotState {
  if (deed === 'lost') return loseVoters(ballot, [{ voter, evidence: 'gone' }], 1);
  return deed === 'silent' ? ballot : castVote(ballot, { voter, choice: deed }, 'signal', 1);
}

function tallied(ballot: BallotState): Tally {
  const { tally } = closeBallot(ballot, 1_000);
  if (tally === undefined) throw new Error('a closed ballot has a tally');
  return tally;
}

/** Votes A, R or . for each voter in order. */
const outcome = (votes: string, by: Rule, weights = [...votes].map(() => 1)): string => {
  const deeds = [...votes].map((each, at): [string, Deed] => [
    `v${String(at)}`,
    each === 'A' ? 'yes' : each === 'R' ? 'no' : each === 'o' ? 'abstain' : 'silent',
  ]);
  const tally = run(people(weights), by, deeds);
  return `${tally.outcome}: ${tally.because}`;
};

const deeds = (voters: number): fc.Arbitrary<Deed[]> =>
  fc.array(fc.constantFrom<Deed>('yes', 'no', 'abstain', 'lost', 'silent'), { minLength: voters, maxLength: voters });
const scene = (voters: number): fc.Arbitrary<[Electorate, Rule, Deed[]]> =>
  fc.tuple(electorates(voters), rules(voters), deeds(voters));

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length <= 1) return [[...list]];
  return list.flatMap((each, at) =>
    permutations([...list.slice(0, at), ...list.slice(at + 1)]).map((rest) => [each, ...rest]),
  );
}

type Arrival = readonly [string, Deed];

/** Outcomes of a ballot over all orders in which the arrivals may come; orders that begin alike share their beginning. */
function outcomesOfOrders(ballot: BallotState, arrivals: readonly Arrival[], found = new Set<string>()): Set<string> {
  if (arrivals.length === 0) return found.add(tallied(ballot).outcome);
  for (const next of arrivals) {
    const rest = arrivals.filter((each) => each !== next);
    outcomesOfOrders(after(ballot, next), rest, found);
  }
  return found;
}

/** Outcomes of a ballot over all that voters may still do, in this order of voters. */
function outcomesOfEnds(
  ballot: BallotState,
  [voter, ...rest]: readonly string[],
  found = new Set<string>(),
): Set<string> {
  if (voter === undefined) return found.add(tallied(ballot).outcome);
  for (const deed of ['yes', 'no', 'abstain', 'lost'] as const) {
    outcomesOfEnds(after(ballot, [voter, deed]), rest, found);
  }
  return found;
}

test.each([1, 2, 3, 4, 5, 6, 7])(
  'BAL-2 no order of arrival changes the outcome: all orders of %i voters',
  (voters) => {
    const numRuns = voters >= 7 ? 8 : voters >= 6 ? 30 : 150;
    fc.assert(
      fc.property(scene(voters), ([electorate, by, does]) => {
        const arrivals = does.map((deed, at): Arrival => [`v${String(at)}`, deed]);
        expect(outcomesOfOrders(open(electorate, by), arrivals).size).toBe(1);
      }),
      { seed: SEED + voters, numRuns },
    );
  },
  60_000,
);

test('BAL-3 an early decision is that of every completion of the outstanding ballots', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }).chain((voters) => fc.tuple(scene(voters), fc.integer({ min: 0, max: voters }))),
      ([[electorate, by, does], arrived]) => {
        const choices = new Map<string, Choice>();
        const lost = new Set<string>();
        electorate.slice(0, arrived).forEach((voter, at) => {
          const deed = does[at] ?? 'silent';
          if (deed === 'lost') lost.add(voter.id);
          else if (deed !== 'silent') choices.set(voter.id, deed);
        });
        const early = settled(electorate, by, choices, lost);
        const left = electorate.filter((voter) => !choices.has(voter.id) && !lost.has(voter.id));
        const known = [...[...choices].map(([id, choice]): [string, Deed] => [id, choice])];
        const gone = [...lost].map((id): [string, Deed] => [id, 'lost']);
        const begun = [...known, ...gone].reduce(after, open(electorate, by));
        const outcomes = outcomesOfEnds(
          begun,
          left.map(({ id }) => id),
        );
        // safe: what was decided early is what every completion decides; and it is decided as early as can be
        expect(outcomes.size === 1 ? [...outcomes][0] : undefined).toBe(early);
      },
    ),
    { seed: SEED, numRuns: 1_500 },
  );
}, 60_000);

test('BAL-4 the record of a ballot suffices to decide it again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }).chain(scene), ([electorate, by, does]) => {
      const tally = run(
        electorate,
        by,
        does.map((deed, at): [string, Deed] => [`v${String(at)}`, deed]),
      );
      expect(recompute(JSON.parse(JSON.stringify(tally)) as Tally).outcome).toBe(tally.outcome);
      expect(tally.casts.map((cast) => cast.voter)).toEqual(
        electorate.map((voter) => voter.id).filter((id) => tally.casts.some((cast) => cast.voter === id)),
      );
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('BAL-4 a decision never changes: later votes, losses and closings leave the ballot as it is', () => {
  let ballot = open(people([1, 1, 1]), rule());
  for (const voter of ['v0', 'v1']) ballot = castVote(ballot, { voter, choice: 'yes' }, 'signal', 1);
  expect(ballot.tally).toMatchObject({ outcome: 'adopted', early: true });
  expect(castVote(ballot, { voter: 'v2', choice: 'no' }, 'signal', 2)).toBe(ballot);
  expect(loseVoters(ballot, [{ voter: 'v2', evidence: 'gone' }], 2)).toBe(ballot);
  expect(closeBallot(ballot, 2)).toBe(ballot);
  expect(withdrawBallot(ballot, 2)).toBe(ballot);
});

test("BAL-3 the predecessor's trap: A A A R R and R R A decide the same whatever comes first", () => {
  // its rule: more than half in, then accept ratio >= .6, reject ratio >= .4 of the votes so far
  const threeFifths = rule({ threshold: { kind: 'super-majority', share: { numerator: 3, denominator: 5 } } });
  for (const order of new Set(permutations([...'AAARR']).map((each) => each.join('')))) {
    expect([order, outcome(order, threeFifths)]).toEqual([order, 'adopted: threshold']);
  }
  expect(settled(people([1, 1, 1, 1, 1]), threeFifths, choices('RRA'), new Set())).toBeUndefined();
  expect(settled(people([1, 1, 1, 1, 1]), threeFifths, choices('RRR'), new Set())).toBe('kept');
});

const choices = (votes: string): Map<string, Choice> =>
  new Map([...votes].map((each, at) => [`v${String(at)}`, each === 'A' ? 'yes' : 'no']));

test.each<[string, Rule, string, number[] | undefined]>([
  ['AARR', rule(), 'kept: tie', undefined],
  ['AAA..', rule(), 'adopted: threshold', undefined],
  ['AA...', rule(), 'kept: expired', undefined],
  ['RRR..', rule(), 'kept: rejected', undefined],
  ['A....', rule({ of: 'cast' }), 'adopted: threshold', undefined],
  ['A....', rule({ of: 'cast', quorum: { numerator: 2, denominator: 5 } }), 'kept: no-quorum', undefined],
  ['Ao...', rule({ of: 'cast', quorum: { numerator: 2, denominator: 5 } }), 'adopted: threshold', undefined],
  ['oo', rule({ of: 'cast' }), 'kept: rejected', undefined],
  ['AAo', rule({ threshold: { kind: 'unanimity' } }), 'kept: rejected', undefined],
  ['AAo', rule({ threshold: { kind: 'unanimity' }, of: 'cast' }), 'adopted: threshold', undefined],
  ['AAR', rule({ threshold: { kind: 'unanimity' }, of: 'cast' }), 'kept: rejected', undefined],
  ['AARRR', rule({ threshold: { kind: 'k-of-n', k: 2 } }), 'adopted: threshold', undefined],
  ['AR', rule({ threshold: { kind: 'k-of-n', k: 2 } }), 'kept: rejected', [3, 2]],
  ['AR', rule(), 'adopted: threshold', [3, 2]],
  ['AR', rule({ cap: { numerator: 2, denominator: 5 } }), 'kept: tie', [3, 2]],
  [
    'AAR',
    rule({ threshold: { kind: 'super-majority', share: { numerator: 2, denominator: 3 } } }),
    'adopted: threshold',
    undefined,
  ],
  [
    'AAR',
    rule({ threshold: { kind: 'super-majority', share: { numerator: 667, denominator: 1000 } } }),
    'kept: rejected',
    undefined,
  ],
])('BAL-6 BAL-8 %s under a rule', (votes, by, expected, weights) => {
  expect(outcome(votes, by, weights)).toBe(expected);
});

test('BAL-6 ties are exact: 1,000,000 of 3,000,000 is one third, to the vote', () => {
  const third = rule({ threshold: { kind: 'super-majority', share: { numerator: 2, denominator: 3 } } });
  expect(outcome('AAR', third, [1_000_000, 1_000_000, 1_000_000])).toBe('adopted: threshold');
  expect(outcome('AAR', third, [1_000_000, 999_999, 1_000_000])).toBe('kept: rejected');
  // 11 / 20 * 100 is more than 55, and 7 / 100 * 100 more than 7, in floating point
  const eleven = rule({ threshold: { kind: 'super-majority', share: { numerator: 11, denominator: 20 } } });
  expect(outcome('AR', eleven, [55, 45])).toBe('adopted: threshold');
  expect(outcome('AR', eleven, [54, 46])).toBe('kept: rejected');
  const seven = rule({ of: 'cast', quorum: { numerator: 7, denominator: 100 } });
  expect(outcome('A.', seven, [7, 93])).toBe('adopted: threshold');
  expect(outcome('A.', seven, [6, 94])).toBe('kept: no-quorum');
});

test('BAL-3 BAL-8 a veto holder who has not voted blocks an early acceptance; a veto keeps the value', () => {
  const electorate = people([1, 1, 1]).map((voter) => ({ ...voter, veto: voter.id === 'v2' }));
  let ballot = open(electorate, rule());
  for (const voter of ['v0', 'v1']) ballot = castVote(ballot, { voter, choice: 'yes' }, 'signal', 1);
  expect(ballot.tally).toBeUndefined();
  const vetoed = castVote(ballot, { voter: 'v2', choice: 'no' }, 'signal', 1);
  expect(vetoed.tally).toMatchObject({ outcome: 'kept', because: 'veto' });
  expect(castVote(ballot, { voter: 'v2', choice: 'abstain' }, 'signal', 1).tally?.outcome).toBe('adopted');
});

describe('BAL-7 lost voters', () => {
  const with3of5lost = (lost: Rule['lost'], silent = 3): Tally => {
    const does = people([1, 1, 1, 1, 1]).map((voter, at): [string, Deed] => [
      voter.id,
      at < 5 - silent ? 'yes' : 'lost',
    ]);
    return run(people([1, 1, 1, 1, 1]), rule({ lost }), does);
  };

  test('stay in the denominator when they count', () => {
    expect(with3of5lost('count')).toMatchObject({ outcome: 'kept', because: 'expired', eligible: 5 });
  });

  test('leave it when they are excluded, but never below a majority of the frozen weight', () => {
    const twoOfThree = run(people([1, 1, 1, 1, 1]), rule({ lost: 'exclude' }), [
      ['v0', 'yes'],
      ['v1', 'yes'],
      ['v2', 'no'],
    ]);
    expect(twoOfThree).toMatchObject({ outcome: 'adopted', eligible: 3, yes: 2, no: 1 });
    // a partition of one in five cannot shrink itself into a quorum: the floor is 3
    expect(with3of5lost('exclude', 4)).toMatchObject({ outcome: 'kept', eligible: 3, yes: 1 });
  });

  test('leave the quorum as it was when they are excluded: its base is frozen', () => {
    const quorate = rule({ lost: 'exclude', quorum: { numerator: 3, denominator: 5 } });
    const does = (yes: number): [string, Deed][] =>
      people([1, 1, 1, 1, 1]).map((voter, at) => [voter.id, at < yes ? 'yes' : 'lost']);
    expect(run(people([1, 1, 1, 1, 1]), quorate, does(2))).toMatchObject({ outcome: 'kept', because: 'no-quorum' });
    expect(run(people([1, 1, 1, 1, 1]), quorate, does(3))).toMatchObject({ outcome: 'adopted' });
  });

  test('vote as their proxy did, named when the ballot opened', () => {
    const electorate = people([1, 1, 1]).map((voter) => (voter.id === 'v0' ? voter : { ...voter, proxy: 'v0' }));
    const tally = run(electorate, rule({ lost: 'proxy', threshold: { kind: 'unanimity' } }), [
      ['v1', 'lost'],
      ['v0', 'yes'],
    ]);
    expect(tally).toMatchObject({ outcome: 'adopted', yes: 3 });
    expect(tally.casts.map((cast) => [cast.voter, cast.via])).toEqual([
      ['v0', 'signal'],
      ['v1', 'proxy'],
      ['v2', 'proxy'],
    ]);
  });

  test('are named with the evidence; who has voted is not lost', () => {
    let ballot = open(people([1, 1, 1]), rule());
    ballot = castVote(ballot, { voter: 'v0', choice: 'yes' }, 'asked', 1);
    ballot = loseVoters(
      ballot,
      [
        { voter: 'v0', evidence: 'late' },
        { voter: 'v1', evidence: 'gone' },
      ],
      1,
    );
    expect(ballot.lost).toEqual([{ voter: 'v1', evidence: 'gone' }]);
    // one that comes back in time votes after all
    ballot = castVote(ballot, { voter: 'v1', choice: 'yes' }, 'signal', 2);
    expect(ballot.tally).toMatchObject({ outcome: 'adopted', lost: [] });
  });

  test('that were excluded cannot overturn an early decision under an eligible threshold', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }).chain(scene), ([electorate, by, does]) => {
        const counting: Rule = { ...by, of: 'eligible', lost: 'count' };
        const known = new Map<string, Choice>();
        does.forEach((deed, at) => {
          if (deed !== 'lost' && deed !== 'silent') known.set(`v${String(at)}`, deed);
        });
        const early = settled(electorate, counting, known, new Set());
        fc.pre(early === 'adopted');
        const silent = electorate.filter((voter) => !known.has(voter.id)).map((voter) => voter.id);
        expect(settled(electorate, { ...counting, lost: 'exclude' }, known, new Set(silent))).toBe('adopted');
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

test('BAL-5 the first ballot of a voter counts, a repetition changes nothing', () => {
  let ballot = open(people([1, 1, 1]), rule());
  ballot = castVote(ballot, { voter: 'v0', choice: 'no' }, 'signal', 1);
  expect(castVote(ballot, { voter: 'v0', choice: 'yes' }, 'signal', 2)).toBe(ballot);
  expect(outstanding(ballot).map((voter) => voter.id)).toEqual(['v1', 'v2']);
  const cast = (choice: Choice): Cast => ({ voter: 'v0', choice, at: '', via: 'signal' });
  expect([...choicesOf([cast('no'), cast('yes')])]).toEqual([['v0', 'no']]);
});

test('BAL-1 the frozen electorate is hashed: another weight, veto, proxy or voter is another electorate', () => {
  const hash = (electorate: Electorate): string => open(electorate, rule()).electorateHash;
  expect(hash(people([1, 1]))).toBe(hash(people([1, 1])));
  const others = [people([1, 2]), people([1]), people([1, 1], { veto: true }), people([1, 1], { kind: 'agent' })];
  others.push(people([1, 1], { proxy: 'v0' }), people([1, 1], { standing: {} }));
  expect(new Set([people([1, 1]), ...others].map(hash)).size).toBe(7);
});

test('BAL-1 who joins later does not vote, and is not waited for', () => {
  const ballot = open(people([1, 1, 1]), rule());
  expect(voteRefusal(ballot, { voter: 'v3', choice: 'yes' })?.code).toBe('not-a-voter');
  expect(voteRefusal(ballot, { voter: 'v2', choice: 'yes' })).toBeUndefined();
  let joined = castVote(ballot, { voter: 'v3', choice: 'yes' }, 'signal', 1);
  joined = castVote(joined, { voter: 'v0', choice: 'yes' }, 'signal', 1);
  expect(outstanding(joined).map((voter) => voter.id)).toEqual(['v1', 'v2']);
  expect(closeBallot(joined, 1_000).tally).toMatchObject({ outcome: 'kept', yes: 1, eligible: 3 });
});

test('BAL-9 with n = 2f + 1 voters a majority decides while f are silent, and not while f + 1 are', () => {
  for (const f of [1, 2, 3]) {
    const votes = (silent: number): string => 'A'.repeat(2 * f + 1 - silent) + '.'.repeat(silent);
    expect(outcome(votes(f), rule())).toBe('adopted: threshold');
    expect(outcome(votes(f + 1), rule())).toBe('kept: expired');
  }
});

test('BAL-8 standing votes are recorded at opening, with reasons, and decide at once', () => {
  const accept = { threshold: { accept: { atMost: 0.95, atLeast: 0.5 } }, mode: { accept: { oneOf: ['a', 'b'] } } };
  const electorate = people([1, 1, 1], { standing: accept });
  const decided = (values: Subject['values']): Tally | undefined =>
    openBallot({ subject: { ...subject, values }, electorate, rule: rule(), deadlineMs: 1_000 }, 0).tally;
  expect(decided({ threshold: 0.9 })).toMatchObject({ outcome: 'adopted', early: false, yes: 3 });
  const refused = decided({ threshold: 0.96, mode: 'c' });
  expect(refused).toMatchObject({ outcome: 'kept', no: 3 });
  const casts: readonly Cast[] = refused?.casts ?? [];
  expect(casts[0]).toMatchObject({ via: 'standing', choice: 'no' });
  expect(casts[0]?.reason).toBe(
    'mode must be one of ["a","b"]; would be "c"; threshold must be at most 0.95; would be 0.96',
  );
});

test('the hash is SHA-256 of canonical JSON, as Node computes it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(sha256(text)).toBe(createHash('sha256').update(text, 'utf8').digest('hex'));
    }),
    { seed: SEED, numRuns: 300 },
  );
  expect(canonicalJson({ b: [1, undefined, 'é'], a: { d: null, c: undefined } })).toBe(
    '{"a":{"d":null},"b":[1,null,"é"]}',
  );
});
