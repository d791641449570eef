import { castVote, openBallot } from '../../../src/domain/coordination/ballot';
import { proposalRefusal } from '../../../src/domain/variable-set-outlook';
import { ballotDecided, propose } from '../../../src/domain/variable-set-proposals';
import { newSet, type BallotOrder, type SetState } from '../../../src/domain/variable-set-state';
import type { Proposal, VariableSetDefinition, Verdict } from '../../../src/contracts/variable-set';
import {
  boolean,
  categorical,
  defineVariables,
  float,
  int,
  majority,
  median,
  on,
  person,
  voter,
} from '../../../workflows/door';

const quorum = { numerator: 2, denominator: 3 };
const people = [person('ann'), person('bob'), person('cid')];
const known = defineVariables(
  'dial',
  {
    mode: categorical('a', 'b'),
    speed: float(0, 10).default(5).policy('consensus'),
    copies: int(1, 9).default(2).policy('consensus'),
    step: int(0, 20).step(5),
  },
  {
    electorate: people,
    rule: median({ quorum }),
    constraints: { notTooMuch: on(['speed', 'copies'], ({ speed, copies }) => speed * copies <= 18) },
  },
);
const start = (definition: VariableSetDefinition<never> = known as never): SetState => newSet(definition, 0).state;
const proposal = (state: SetState, more: Partial<Proposal>): Proposal => ({
  proposer: 'trainer',
  changes: {},
  basedOn: state.version,
  ...more,
});

/** Proposes and opens the ballot. */
function opened(state: SetState, more: Partial<Proposal>, definition: VariableSetDefinition<never> = known as never) {
  const request = { id: 'r', ballotName: (number: number) => `dial@${String(number)}` };
  const proposed = propose(state, proposal(state, more), definition, request, 0);
  if (!proposed.ok || proposed.step.ballot === undefined) throw new Error('no ballot was opened');
  return { state: proposed.step.state, ballot: proposed.step.ballot };
}

/** Lets people name numbers, and the set take the report. */
function decided(state: SetState, ballot: BallotOrder, named: readonly number[], definition = known as never) {
  let open = openBallot(ballot, 0);
  named.forEach((value, at) => {
    open = castVote(open, { voter: people[at]?.id ?? '', choice: 'value', value }, 'update', 1);
  });
  if (open.tally === undefined) throw new Error('nothing is decided');
  const report = { proposal: ballot.proposal, tally: open.tally };
  const step = ballotDecided(state, report, definition, (number) => `dial@${String(number)}`, 2);
  const verdict: Verdict | undefined = step.state.recent.at(-1)?.verdict;
  return { ...step, verdict };
}

test('BAL-8 the set commits the median, not what was proposed, and the record keeps both', () => {
  const { state, ballot } = opened(start(), { changes: { speed: 9 } });
  expect(ballot.subject.range).toEqual({ variable: 'speed', present: 5, low: 0, high: 10, isWhole: false });
  const after = decided(state, ballot, [8, 7, 9]);
  expect(after.verdict).toMatchObject({ kind: 'accepted', version: 2, tally: { median: { value: 8, present: 5 } } });
  expect(after.state.values).toMatchObject({ speed: 8, copies: 2 });
  expect(after.state.recent.at(-1)?.proposal.changes).toEqual({ speed: 9 });
  const committed = after.events.find(({ type }) => type === 'set.committed');
  expect(committed?.data['changes']).toEqual([{ variable: 'speed', before: 5, after: 8 }]);
});

test('BAL-8 where the median is the present value, it is kept', () => {
  const { state, ballot } = opened(start(), { changes: { copies: 3 } });
  expect(ballot.subject.range).toMatchObject({ variable: 'copies', step: 1, isWhole: true });
  const after = decided(state, ballot, [2, 2]);
  expect(after.verdict).toMatchObject({ kind: 'refused', reasons: [{ code: 'ballot-lost' }], currentVersion: 1 });
  expect(after.verdict?.kind === 'refused' && after.verdict.reasons[0]?.message).toBe(
    'the ballot kept the values: median (2 of 3 named a number); ann: 2; bob: 2',
  );
});

test('VAR-3 the constraints are asked again of the value that was decided', () => {
  const { state, ballot } = opened(start(), { changes: { speed: 6 } });
  const after = decided(state, ballot, [10, 10]);
  expect(after.verdict).toMatchObject({ kind: 'refused', reasons: [{ code: 'constraint-broken' }] });
  expect(after.state.values).toMatchObject({ speed: 5 });
});

test('BAL-8 a proposal that changes several variables is no number to vote on', () => {
  const refusal = (more: Partial<Proposal>, state = start()) => proposalRefusal(state, proposal(state, more));
  expect(refusal({ changes: { speed: 6, copies: 3 } })).toMatchObject({
    code: 'invalid-message',
    message: 'dial is decided by the median: a proposal changes one number; got speed, copies',
  });
  expect(refusal({ changes: { speed: 6, mode: 'b' } })?.code).toBe('invalid-message');
  expect(refusal({ changes: { speed: 11 } })?.code).toBe('value-out-of-range');
  expect(refusal({ changes: { speed: 'fast' } })?.code).toBe('wrong-kind');
  expect(refusal({ changes: { speed: 6 } })).toBeUndefined();
  // what needs no ballot may change together; on an old version the set says that it is stale
  expect(refusal({ changes: { mode: 'b', step: 5 } })).toBeUndefined();
  expect(refusal({ changes: { speed: 6, copies: 3 }, basedOn: 9 })).toBeUndefined();
});

test('BAL-8 an old version of one number is restored by the median; of several it is refused', () => {
  const first = opened(start(), { changes: { speed: 7 } });
  const second = decided(first.state, first.ballot, [7, 7]).state;
  const { state, ballot } = opened(second, { restore: 1 });
  expect(ballot.subject.range).toMatchObject({ variable: 'speed', present: 7 });
  expect(decided(state, ballot, [6, 6]).state.values).toMatchObject({ speed: 6 });
  const other = opened(second, { changes: { copies: 1 } });
  const third = decided(other.state, other.ballot, [1, 1]).state;
  expect(proposalRefusal(third, proposal(third, { restore: 1 }))?.message).toMatch(
    /changes one number; got speed, copies/,
  );
});

test('BAL-8 a new definition is no number: a set of the median decides on it by majority', () => {
  const { spec } = known;
  const variables = { speed: float(0, 9).default(5).policy('consensus'), copies: int(1, 9).default(2) };
  const next = defineVariables('dial', variables, { electorate: people, rule: majority() });
  const { state, ballot } = opened(start(), { redefine: next.hash }, next as never);
  expect(ballot.rule).toEqual({ ...spec.rule, threshold: { kind: 'majority' }, of: 'eligible' });
  expect(ballot.subject.range).toBeUndefined();
  let open = openBallot(ballot, 0);
  for (const id of ['ann', 'bob']) open = castVote(open, { voter: id, choice: 'yes' }, 'update', 1);
  if (open.tally === undefined) throw new Error('two of three are a majority');
  const step = ballotDecided(state, { proposal: 1, tally: open.tally }, next, String, 2);
  expect(step.state).toMatchObject({ version: 2, hash: next.hash });
});

const speed = { speed: float(0, 9).policy('consensus') };
test.each<[string, () => unknown, RegExp]>([
  [
    'a variable that is no number',
    () => defineVariables('a', { x: boolean().policy('consensus') }, { electorate: people, rule: median({ quorum }) }),
    /the median decides on numbers, and x is of kind boolean/,
  ],
  [
    'a number that is not always there',
    () =>
      defineVariables(
        'a',
        { mode: categorical('a', 'b'), x: int(0, 9).policy('consensus').when({ mode: 'b' }) },
        { electorate: people, rule: median({ quorum }) },
      ),
    /the median decides on what is always there, and x has a condition/,
  ],
  [
    'no quorum',
    () => defineVariables('a', speed, { electorate: people, rule: median({} as { quorum: typeof quorum }) }),
    /a median needs a quorum/,
  ],
  [
    'a veto',
    () => defineVariables('a', speed, { electorate: [person('ann', { veto: true })], rule: median({ quorum }) }),
    /under the median nobody says no, so that ann can have no veto/,
  ],
  [
    'a standing vote',
    () =>
      defineVariables('a', speed, {
        electorate: [voter('v', { standing: { speed: { accept: { atMost: 3 } } } })],
        rule: median({ quorum }),
      }),
    /a vote is a number, so that v can have no standing vote/,
  ],
])('VAR-6 BAL-8 a definition whose median could not be taken is refused: %s', (_name, define, problem) => {
  expect(define).toThrow(problem);
});
