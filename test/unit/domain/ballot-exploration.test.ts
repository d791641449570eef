import type { Choice, Electorate, Rule } from '../../../src/contracts/coordination/ballot';
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
import { people, rule, subject } from '../../support/ballots/arbitraries';

/*
 * Every state that the ballot of a small electorate can reach: each voter votes, votes again, and is lost, in any order, before and after
 * the deadline, and the subject is overtaken at any time. In each state and at each step the promises are checked.
 */

const CHOICES: readonly Choice[] = ['yes', 'no', 'abstain'];

/** Who did what, in whatever order and at whatever time. */
function deedsOf({ casts, lost }: BallotState): string {
  return [...casts.map(({ voter, choice }) => `${voter} ${choice}`), ...lost.map(({ voter }) => `${voter} lost`)]
    .toSorted()
    .join(', ');
}

/** The same, and what came of it: states that agree in this go on alike. */
const shapeOf = (ballot: BallotState): string =>
  `${deedsOf(ballot)} -> ${ballot.tally === undefined ? 'open' : `${ballot.tally.outcome}: ${ballot.tally.because}`}`;

function fail(why: string, ballot: BallotState, step = ''): never {
  throw new Error(`${why}: ${shapeOf(ballot)} ${step}`);
}

interface Step {
  readonly name: string;
  readonly after: BallotState;
  /** It ends the ballot whatever the voters would say. */
  readonly isOutside?: true;
}

function stepsOf(ballot: BallotState): readonly Step[] {
  const ofVoters = ballot.electorate.flatMap(({ id: voter }): Step[] => [
    ...CHOICES.map((choice): Step => {
      const vote = { voter, choice };
      const isRefused = voteRefusal(ballot, vote) !== undefined;
      const after = castVote(ballot, vote, 'signal', 1);
      if (isRefused && after !== ballot) fail('BAL-5: what is refused changes something', ballot, `${voter} ${choice}`);
      return { name: `${voter} ${choice}`, after };
    }),
    { name: `${voter} lost`, after: loseVoters(ballot, [{ voter, evidence: 'gone' }], 1) },
  ]);
  const closed: Step = { name: 'deadline', after: closeBallot(ballot, 1_000) };
  return [...ofVoters, closed, { name: 'overtaken', after: withdrawBallot(ballot, 1), isOutside: true }];
}

/** What must hold of one step. */
function check(before: BallotState, { name, after, isOutside }: Step): void {
  if (before.tally !== undefined && after !== before) fail('BAL-4: a decision changes', before, name);
  if (before.casts.some((cast) => !after.casts.includes(cast))) fail('BAL-5: a ballot is lost', before, name);
  const heard = new Set(after.casts.map(({ voter }) => voter));
  if (heard.size < after.casts.length) fail('BAL-5: a voter has two ballots', before, name);
  if (after.lost.some(({ voter }) => heard.has(voter))) fail('BAL-7: who has voted is lost', before, name);
  const isOver = isOutside === true || name === 'deadline' || outstanding(after).length === 0;
  if (isOver && after.tally === undefined) fail('it is over and not decided', before, name);
}

interface Explored {
  readonly states: ReadonlyMap<string, BallotState>;
  /** What voters and deadline may still lead to, by state. */
  readonly outcomes: ReadonlyMap<string, ReadonlySet<string>>;
}

function explore(first: BallotState): Explored {
  const states = new Map([[shapeOf(first), first]]);
  const left = [first];
  const before = new Map<string, Set<string>>();
  for (let ballot = left.pop(); ballot !== undefined; ballot = left.pop()) {
    for (const step of stepsOf(ballot)) {
      check(ballot, step);
      const shape = shapeOf(step.after);
      if (step.isOutside !== true) before.set(shape, (before.get(shape) ?? new Set()).add(shapeOf(ballot)));
      if (!states.has(shape)) left.push(step.after);
      states.set(shape, step.after);
    }
  }
  const outcomes = new Map<string, Set<string>>();
  for (const [shape, { tally }] of states) {
    if (tally === undefined || tally.because === 'withdrawn') continue;
    const from = [shape];
    for (let at = from.pop(); at !== undefined; at = from.pop()) {
      const known = outcomes.get(at) ?? new Set();
      if (known.has(tally.outcome)) continue;
      outcomes.set(at, known.add(tally.outcome));
      from.push(...(before.get(at) ?? []));
    }
  }
  return { states, outcomes };
}

const TWO_THIRDS = { numerator: 2, denominator: 3 };
const HALF = { numerator: 1, denominator: 2 };
const RULES: Readonly<Record<string, Partial<Rule>>> = {
  'a majority': {},
  'a majority of what is cast, with a quorum': { of: 'cast', quorum: HALF },
  'two thirds, the lost excluded': { threshold: { kind: 'super-majority', share: TWO_THIRDS }, lost: 'exclude' },
  'unanimity, the lost by proxy': { threshold: { kind: 'unanimity' }, lost: 'proxy' },
  'two of them': { threshold: { kind: 'k-of-n', k: 2 } },
};
const ELECTORATES: Readonly<Record<string, Electorate>> = {
  two: people([1, 1]),
  three: people([1, 1, 1]),
  'three with weights': people([3, 2, 1]),
  'three, the first with a veto': people([1, 1, 1]).map((voter, at) => ({ ...voter, veto: at === 0 })),
  'three that are each other’s proxies': people([1, 1, 1]).map((voter, at) => ({
    ...voter,
    proxy: `v${String((at + 1) % 3)}`,
  })),
};
const cases = Object.keys(ELECTORATES).flatMap((electorate) =>
  Object.keys(RULES).map((by): [string, string] => [electorate, by]),
);

test.each(cases)('BAL-2 BAL-3 BAL-4 BAL-5 BAL-7 all interleavings of a ballot of %s by %s', (electorate, by) => {
  const init = { subject, electorate: ELECTORATES[electorate] ?? [], rule: rule(RULES[by]), deadlineMs: 1_000 };
  const { states, outcomes } = explore(openBallot(init, 0));
  expect(states.size).toBeGreaterThan(10);
  const decided = new Map<string, string>();
  for (const [shape, ballot] of states) {
    const { tally } = ballot;
    if (tally?.because === 'withdrawn') continue;
    // as long as it is open, what voters do next decides; once it is decided nothing does
    if (outcomes.get(shape)?.size !== (tally === undefined ? 2 : 1)) fail('BAL-3: too early or too late', ballot);
    if (tally === undefined) continue;
    const before = decided.get(deedsOf(ballot));
    if (before !== undefined && before !== tally.outcome) fail('BAL-2: the order decides', ballot);
    decided.set(deedsOf(ballot), tally.outcome);
  }
});
