import fc from 'fast-check';
import type {
  Cast,
  Choice,
  Electorate,
  Rule,
  StandingVote,
  Tally,
  Voter,
} from '../../../src/contracts/coordination/ballot';
import {
  castVote,
  closeBallot,
  loseVoters,
  openBallot,
  outstanding,
  voteRefusal,
  type BallotState,
} from '../../../src/domain/coordination/ballot';
import { recompute } from '../../../src/domain/coordination/decision';
import { ruleProblems } from '../../../src/domain/coordination/rule';
import { electorates, people, rule, rules, SEED, subject } from '../../support/ballots/arbitraries';

const SAYS_YES: StandingVote = { threshold: { accept: { atMost: 0.95 } } };
const SAYS_NO: StandingVote = { threshold: { accept: { atMost: 0.5 } } };
const replaceable = (more: Partial<Rule> = {}): Rule => rule({ standing: 'replaceable', ...more });
const open = (electorate: Electorate, by: Rule): BallotState =>
  openBallot({ subject, electorate, rule: by, deadlineMs: 1_000 }, 0);
const closed = (ballot: BallotState): Tally => {
  const { tally } = closeBallot(ballot, 1_000);
  if (tally === undefined) throw new Error('a closed ballot has a tally');
  return tally;
};
const vote = (ballot: BallotState, voter: string, choice: Choice): BallotState =>
  castVote(ballot, { voter, choice }, 'update', 1);
/** Three who stand for yes. */
const three = people([1, 1, 1], { standing: SAYS_YES });

/** A voter without a standing vote votes, is lost or is silent; one with it votes or lets it stand. */
type Deed = Choice | 'lost' | 'silent';
const DEEDS: readonly Deed[] = ['yes', 'no', 'abstain', 'lost', 'silent'];

/** Electorates in which some stand for yes and some for no. */
const standingElectorates = (voters: number): fc.Arbitrary<Electorate> =>
  fc
    .tuple(electorates(voters), fc.array(fc.constantFrom(0, 1, 2), { minLength: voters, maxLength: voters }))
    .map(([list, stands]) =>
      list.map((voter, at): Voter => {
        const standing = [undefined, SAYS_YES, SAYS_NO][stands[at] ?? 0];
        return standing === undefined ? voter : { ...voter, standing };
      }),
    );

const hasStanding = (ballot: BallotState, voter: string): boolean =>
  ballot.electorate.some((each) => each.id === voter && each.standing !== undefined);

/** The ballot as if nothing were decided yet: what may still come is looked at past an early decision, too. */
function undecided({ tally: _tally, ...ballot }: BallotState): BallotState {
  return ballot;
}

function after(ballot: BallotState, voter: string, deed: Deed): BallotState {
  if (deed === 'silent') return ballot;
  return deed === 'lost' ? loseVoters(ballot, [{ voter, evidence: 'gone' }], 1) : vote(ballot, voter, deed);
}

/** Outcomes at the deadline over all that these voters may still do: vote, be lost, keep the vote that stands. */
function outcomesOfEnds(ballot: BallotState, [voter, ...rest]: readonly string[], found = new Set<string>()) {
  if (voter === undefined) return found.add(closed(ballot).outcome);
  const impossible = hasStanding(ballot, voter) ? 'lost' : 'silent';
  for (const deed of DEEDS.filter((each) => each !== impossible))
    outcomesOfEnds(undecided(after(ballot, voter, deed)), rest, found);
  return found;
}

const mayVote = (ballot: BallotState): string[] => [
  ...outstanding(ballot).map(({ id }) => id),
  ...ballot.casts.filter(({ via }) => via === 'standing').map(({ voter }) => voter),
];

test('BAL-8 BAL-3 with replaceable standing votes an early decision is that at the deadline, whoever replaces what', () => {
  const seen = { early: 0, waited: 0 };
  const scene = fc.integer({ min: 1, max: 4 }).chain((voters) => {
    const deeds = fc.array(fc.constantFrom(...DEEDS), { maxLength: voters });
    return fc.tuple(standingElectorates(voters), rules(voters), deeds);
  });
  fc.assert(
    fc.property(scene, ([electorate, by, deeds]) => {
      let ballot = open(electorate, { ...by, standing: 'replaceable' });
      deeds.forEach((deed, at) => (ballot = after(ballot, `v${String(at)}`, deed)));
      const outcomes = outcomesOfEnds(undecided(ballot), mayVote(ballot));
      // safe: no replacement changes what was decided early; and it is decided as early as can be
      expect(outcomes.size === 1 ? [...outcomes][0] : undefined).toBe(ballot.tally?.outcome);
      seen[ballot.tally === undefined ? 'waited' : 'early'] += 1;
      if (ballot.tally === undefined) return;
      expect(recompute(JSON.parse(JSON.stringify(ballot.tally)) as Tally).outcome).toBe(ballot.tally.outcome);
      expect(ballot.tally.early).toBe(mayVote(ballot).length > 0);
    }),
    { seed: SEED, numRuns: 1_000 },
  );
  expect(Math.min(seen.early, seen.waited)).toBeGreaterThan(100);
}, 60_000);

test('BAL-8 a standing vote is final by default, and then decides at once', () => {
  const ballot = open(three, rule());
  expect(ballot.tally).toMatchObject({ outcome: 'adopted', early: false });
  const waiting = open([...three, ...people([1, 1, 1, 1]).map((voter) => ({ ...voter, id: `p${voter.id}` }))], rule());
  expect(waiting.tally).toBeUndefined();
  expect(voteRefusal(waiting, { voter: 'v0', choice: 'no' })?.code).toBe('already-voted');
  expect(vote(waiting, 'v0', 'no')).toBe(waiting);
});

test('BAL-8 an explicit vote takes the place of a replaceable standing one, once, and says what it replaced', () => {
  const ballot = open(three, replaceable());
  expect(ballot.tally).toBeUndefined();
  expect(outstanding(ballot)).toEqual([]);
  expect(voteRefusal(ballot, { voter: 'v1', choice: 'no' })).toBeUndefined();
  const replaced = castVote(ballot, { voter: 'v1', choice: 'no', reason: 'I looked' }, 'update', 500);
  const cast: Cast = {
    voter: 'v1',
    choice: 'no',
    reason: 'I looked',
    at: new Date(500).toISOString(),
    via: 'update',
    replaces: { choice: 'yes', reason: 'accepts threshold', at: new Date(0).toISOString() },
  };
  expect(replaced.casts.map(({ voter }) => voter)).toEqual(['v0', 'v1', 'v2']);
  expect(replaced.casts[1]).toEqual(cast);
  // the second explicit vote is a second vote; the same one again is no error
  expect(voteRefusal(replaced, { voter: 'v1', choice: 'yes' })?.code).toBe('already-voted');
  expect(vote(replaced, 'v1', 'yes')).toBe(replaced);
  expect(voteRefusal(replaced, { voter: 'v1', choice: 'no', reason: 'I looked' })).toBeUndefined();
  expect(closed(replaced)).toMatchObject({ outcome: 'adopted', yes: 2, no: 1, eligible: 3 });
});

test('BAL-8 who confirms its standing vote has voted: what nobody can change any more is decided', () => {
  let ballot = vote(open(three, replaceable()), 'v0', 'yes');
  expect(ballot.casts[0]).toMatchObject({ choice: 'yes', via: 'update', replaces: { choice: 'yes' } });
  expect(ballot.tally).toBeUndefined();
  ballot = vote(ballot, 'v1', 'yes');
  expect(ballot.tally).toMatchObject({ outcome: 'adopted', early: true, yes: 3 });
  expect(voteRefusal(ballot, { voter: 'v2', choice: 'no' })?.code).toBe('ballot-closed');
  expect(voteRefusal(ballot, { voter: 'v2', choice: 'yes' })?.code).toBe('ballot-closed');
  expect(vote(ballot, 'v2', 'no')).toBe(ballot);
});

test('BAL-8 who stays silent until the deadline has the vote that stands, and is not lost', () => {
  expect(closed(open(three, replaceable()))).toMatchObject({ outcome: 'adopted', yes: 3, lost: [], early: false });
  const loses = loseVoters(open(three, replaceable()), [{ voter: 'v0', evidence: 'gone' }], 1);
  expect(loses.lost).toEqual([]);
});

test('BAL-8 a rule says final or replaceable and nothing else', () => {
  const odd = { ...rule(), standing: 'maybe' } as unknown as Rule;
  expect(ruleProblems(odd, 3)).toEqual(['a standing vote is final or replaceable; got "maybe"']);
  expect(ruleProblems(replaceable(), 3)).toEqual([]);
});
