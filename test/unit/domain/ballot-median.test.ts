import fc from 'fast-check';
import type {
  Electorate,
  NumberRange,
  Rule,
  Subject,
  Tally,
  VoteArgs,
} from '../../../src/contracts/coordination/ballot';
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
import { countedWeights } from '../../../src/domain/coordination/electorate';
import { weightedMedian } from '../../../src/domain/coordination/median';
import { misfits, ruleProblems } from '../../../src/domain/coordination/rule';
import { parseVote } from '../../../src/domain/coordination/vote';
import { electorates, people, rule, SEED, subject } from '../../support/ballots/arbitraries';

/** Numbers that are named lie in 1 to 5; 0 and 6 are below and above all of them. */
const range: NumberRange = { variable: 'speed', present: 3, low: 0, high: 6, step: 1, isWhole: true };
const half = { numerator: 1, denominator: 2 };
const medianRule = (more: Partial<Rule> = {}): Rule =>
  rule({ threshold: { kind: 'median' }, of: 'cast', quorum: half, ...more });
const about = (present: number): Subject => ({ ...subject, range: { ...range, present } });
const open = (electorate: Electorate, by: Rule, present = 3): BallotState =>
  openBallot({ subject: about(present), electorate, rule: by, deadlineMs: 1_000 }, 0);

/** A number is a vote for it. */
type Deed = number | 'abstain' | 'lost' | 'silent';
type Arrival = readonly [voter: string, deed: Deed];
const voteOf = (voter: string, said: number | 'abstain'): VoteArgs =>
  said === 'abstain' ? { voter, choice: said } : { voter, choice: 'value', value: said };

function after(ballot: BallotState, [voter, deed]: Arrival): BallotState {
  if (deed === 'lost') return loseVoters(ballot, [{ voter, evidence: 'gone' }], 1);
  return deed === 'silent' ? ballot : castVote(ballot, voteOf(voter, deed), 'signal', 1);
}
function tallied(ballot: BallotState): Tally & { readonly median: NonNullable<Tally['median']> } {
  const { tally } = closeBallot(ballot, 1_000);
  if (tally?.median === undefined) throw new Error('a closed ballot on a number has a tally with it');
  return { ...tally, median: tally.median };
}
const undecided = ({ tally: _tally, ...ballot }: BallotState): BallotState => ballot;
const arrivals = (deeds: readonly Deed[]): Arrival[] => deeds.map((deed, at): Arrival => [`v${String(at)}`, deed]);
const run = (electorate: Electorate, by: Rule, deeds: readonly Deed[], present = 3) =>
  tallied(arrivals(deeds).reduce(after, open(electorate, by, present)));
const decided = (deeds: readonly Deed[], present = 3, weights = deeds.map(() => 1)): string => {
  const { outcome, because, median } = run(people(weights), medianRule(), deeds, present);
  return `${outcome}: ${because} ${String(median.value)}`;
};

const fraction = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
  .map(([a, b]) => ({ numerator: Math.min(a, b), denominator: Math.max(a, b) }));
const named = fc.integer({ min: 1, max: 5 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: named },
  fc.constantFrom('abstain', 'lost', 'silent'),
);
const rules = fc
  .record({
    quorum: fraction,
    cap: fc.option(fraction, { nil: undefined }),
    lost: fc.constantFrom('count' as const, 'proxy' as const, 'exclude' as const),
  })
  .map(({ cap, ...more }) => medianRule({ ...more, ...(cap === undefined ? {} : { cap }) }));
const voters = (most: number): fc.Arbitrary<Electorate> =>
  fc
    .integer({ min: 1, max: most })
    .chain(electorates)
    .map((list) => list.map((voter) => ({ ...voter, veto: false })));
const scene = (most: number): fc.Arbitrary<[Electorate, Rule, Deed[], number]> =>
  voters(most).chain((list) =>
    fc.tuple(
      fc.constant(list),
      rules,
      fc.array(deed, { minLength: list.length, maxLength: list.length }),
      fc.integer({ min: 1, max: 5 }),
    ),
  );

test.each<[string, readonly Deed[], number, number[] | undefined, string]>([
  ['the middle one of three', [1, 2, 5], 3, undefined, 'adopted: median 2'],
  ['not the mean: one extreme voter moves nothing', [2, 2, 5], 3, undefined, 'adopted: median 2'],
  ['even, present between: it stays', [1, 1, 5, 5], 3, undefined, 'kept: median 3'],
  ['even, present below: the lower one', [4, 4, 5, 5], 3, undefined, 'adopted: median 4'],
  ['even, present above: the upper one', [1, 1, 2, 2], 3, undefined, 'adopted: median 2'],
  ['the heavier one decides', [1, 5], 3, [1, 2], 'adopted: median 5'],
  ['the present value is decided', [3, 3, 5], 3, undefined, 'kept: median 3'],
  ['who abstains is there, and names nothing', [1, 'abstain', 'abstain'], 3, undefined, 'adopted: median 1'],
  ['who is silent is not there', [1, 'silent', 'silent'], 3, undefined, 'kept: no-quorum 3'],
  ['nobody names a number', ['abstain', 'abstain', 'abstain'], 3, undefined, 'kept: no-quorum 3'],
  ['nobody votes', ['silent', 'silent'], 3, undefined, 'kept: no-quorum 3'],
])('BAL-8 the weighted median: %s', (_what, deeds, present, weights, expected) => {
  expect(decided(deeds, present, weights)).toBe(expected);
});

test('BAL-8 no group with at most half of the counted weight moves the value out of the range of the other votes', () => {
  let atHalf = 0;
  fc.assert(
    fc.property(scene(6), fc.integer({ min: 0, max: 63 }), ([electorate, by, deeds, present], members) => {
      const tally = run(electorate, { ...by, lost: 'count' }, deeds, present);
      fc.pre(tally.because === 'median');
      // what counts is the capped weight of those who named a number
      const weights = countedWeights(electorate, by);
      const votes = tally.casts.flatMap(({ voter, value }) => (value === undefined ? [] : [{ voter, value }]));
      const weightOf = (list: typeof votes) => list.reduce((sum, each) => sum + (weights.get(each.voter) ?? 0), 0);
      const isMember = ({ voter }: { readonly voter: string }) => ((members >> Number(voter.slice(1))) & 1) === 1;
      const [group, others] = [
        votes.filter(isMember),
        votes.filter((each) => !isMember(each)).map((each) => each.value),
      ];
      fc.pre(others.length > 0 && weightOf(group) * 2 <= weightOf(votes));
      const isHalf = weightOf(group) * 2 === weightOf(votes);
      if (isHalf) atHalf += 1;
      const { value } = tally.median;
      // with less than half they cannot even keep it out; with half of it, it stays or comes nearer
      const bounds = isHalf ? [...others, present] : others;
      expect(value).toBeGreaterThanOrEqual(Math.min(...bounds));
      expect(value).toBeLessThanOrEqual(Math.max(...bounds));
      expect([...votes.map((each) => each.value), present]).toContain(value);
    }),
    { seed: SEED, numRuns: 800 },
  );
  expect(atHalf).toBeGreaterThan(20);
});

test('BAL-2 BAL-8 no order of arrival changes the median, and the record suffices to decide it again (BAL-4)', () => {
  const shuffled = scene(6).chain(([electorate, by, deeds, present]) => {
    const all = arrivals(deeds);
    const order = fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
    return fc.tuple(fc.constant({ electorate, by, all, present }), order);
  });
  fc.assert(
    fc.property(shuffled, ([{ electorate, by, all, present }, order]) => {
      const [one, other] = [all, order].map((list) => tallied(list.reduce(after, open(electorate, by, present))));
      expect([other?.outcome, other?.median.value]).toEqual([one?.outcome, one?.median.value]);
      const again = recompute(JSON.parse(JSON.stringify(one)) as Tally);
      expect(again).toEqual({ outcome: one?.outcome, value: one?.median.value });
    }),
    { seed: SEED, numRuns: 1_000 },
  );
});

/** Values at the deadline over all that these voters may still do. */
function valuesOfEnds(ballot: BallotState, [voter, ...rest]: readonly string[], found = new Set<number>()) {
  if (voter === undefined) return found.add(tallied(ballot).median.value);
  for (const each of [0, 1, 2, 3, 4, 5, 6, 'abstain', 'lost'] as const)
    valuesOfEnds(undecided(after(ballot, [voter, each])), rest, found);
  return found;
}

test('BAL-3 BAL-8 a median is decided early when, and only when, no outstanding vote could change it', () => {
  const seen = { early: 0, waited: 0 };
  fc.assert(
    fc.property(scene(5), fc.integer({ min: 0, max: 5 }), ([electorate, by, deeds, present], arrived) => {
      const begun = arrivals(deeds)
        .slice(0, arrived)
        .reduce(after, open(electorate, by, present));
      const left = outstanding(begun).map(({ id }) => id);
      fc.pre(left.length <= 2);
      const values = valuesOfEnds(undecided(begun), left);
      expect(values.size === 1 ? [...values][0] : undefined).toBe(begun.tally?.median?.value);
      seen[begun.tally === undefined ? 'waited' : 'early'] += 1;
    }),
    { seed: SEED, numRuns: 600 },
  );
  expect(Math.min(seen.early, seen.waited)).toBeGreaterThan(100);
}, 60_000);

test('BAL-8 a cap holds for numbers: what counts for more than its share is cut', () => {
  const third = { numerator: 1, denominator: 3 };
  const heavy = people([8, 2, 2]);
  expect(run(heavy, medianRule(), [5, 1, 1]).median).toMatchObject({ value: 5, weight: 8 });
  // 4 of 12 at most, against 4: half of the weight leaves the value that is between
  expect(run(heavy, medianRule({ cap: third }), [5, 1, 1]).median).toMatchObject({ value: 3, weight: 8 });
});

test('BAL-7 a lost voter names what its proxy named', () => {
  const electorate = people([1, 1, 1]).map((voter) => (voter.id === 'v0' ? { ...voter, proxy: 'v1' } : voter));
  const tally = run(electorate, medianRule({ lost: 'proxy' }), ['lost', 5, 1]);
  expect(tally.median).toMatchObject({ value: 5, weight: 2 });
  expect(tally.casts[0]).toMatchObject({ voter: 'v0', via: 'proxy', choice: 'value', value: 5 });
});

test('a withdrawn ballot keeps the value, whatever was named', () => {
  const ballot = withdrawBallot(after(open(people([1, 1, 1]), medianRule()), ['v0', 5]), 2);
  expect(ballot.tally).toMatchObject({ outcome: 'kept', because: 'withdrawn', median: { present: 3, value: 3 } });
  expect(ballot.tally === undefined ? undefined : recompute(ballot.tally)).toEqual({ outcome: 'kept', value: 3 });
});

test('BAL-8 what the rule does not take is refused with what was expected', () => {
  const ballot = open(people([1, 1, 1]), medianRule());
  const refusal = (vote: object) => {
    const parsed = parseVote({ voter: 'v0', ...vote });
    const found = parsed.ok ? voteRefusal(ballot, parsed.args) : parsed.refusal;
    return found === undefined ? undefined : `${found.code}: ${found.message}`;
  };
  expect(refusal({ choice: 'value', value: 6 })).toBeUndefined();
  expect(refusal({ choice: 'abstain' })).toBeUndefined();
  expect(refusal({ choice: 'yes' })).toBe(
    'invalid-message: filter@1 is decided by the median: vote a number in [0, 6] or abstain; got "yes"',
  );
  expect(refusal({ choice: 'value', value: 7 })).toBe('value-out-of-range: speed must lie in [0, 6]; got 7');
  expect(refusal({ choice: 'value', value: 2.5 })).toBe('wrong-kind: speed must be a whole number; got 2.5');
  expect(refusal({ choice: 'value', value: '2' })).toBe('invalid-message: the value of a vote is a number; got "2"');
  expect(refusal({ choice: 'value' })).toMatch(/^invalid-message: the value of a vote is a number/);
  expect(refusal({ choice: 'abstain', value: 2 })).toBe('invalid-message: a vote for abstain has no value; got 2');
  const plain = openBallot({ subject, electorate: people([1]), rule: rule(), deadlineMs: 1 }, 0);
  expect(voteRefusal(plain, voteOf('v0', 2))?.message).toBe(
    'filter@1 is decided by yes and no: vote yes, no or abstain; got 2',
  );
  const first = after(ballot, ['v0', 2]);
  expect(voteRefusal(first, voteOf('v0', 2))).toBeUndefined();
  expect(voteRefusal(first, voteOf('v0', 4))?.message).toBe('v0 voted 2 on filter@1; the first ballot is final');
});

test('BAL-8 a median has a quorum, and voters without vetoes and standing votes', () => {
  const { quorum: _none, ...without } = medianRule();
  expect(ruleProblems(without, 3)).toEqual(['a median needs a quorum: without it one voter would decide for all']);
  expect(ruleProblems(medianRule(), 3)).toEqual([]);
  const odd = [...people([1], { veto: true }), ...people([1], { standing: {} })];
  expect(misfits(medianRule(), odd)).toHaveLength(2);
  expect(misfits(rule(), odd)).toEqual([]);
});

test('the lower and the upper median of any weights bound the decision, and duplicates are one vote of their sum', () => {
  const votes = fc.array(fc.record({ value: named, weight: fc.integer({ min: 1, max: 9 }) }), { maxLength: 8 });
  fc.assert(
    fc.property(votes, named, (list, present) => {
      const spread = list.flatMap(({ value, weight }) => Array.from({ length: weight }, () => ({ value, weight: 1 })));
      const sorted = spread.map(({ value }) => value).sort((a, b) => a - b);
      const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
      const expected = low === undefined || high === undefined ? present : Math.min(Math.max(present, low), high);
      expect([list, present, weightedMedian(list, present)]).toEqual([list, present, expected]);
    }),
    { seed: SEED, numRuns: 1_000 },
  );
});
