import fc from 'fast-check';
import {
  OPTION_RULES,
  type BallotInit,
  type Cast,
  type Electorate,
  type Rule,
  type Subject,
  type Tally,
  type VoteArgs,
} from '../../../src/contracts/coordination/ballot';
import {
  ballotView,
  castVote,
  closeBallot,
  loseVoters,
  openBallot,
  outstanding,
  voteRefusal,
  type BallotState,
} from '../../../src/domain/coordination/ballot';
import { decisionOf, recompute, recordOf } from '../../../src/domain/coordination/decision';
import { electorateProblems } from '../../../src/domain/coordination/electorate';
import { openingRefusal } from '../../../src/domain/coordination/opening';
import { feedbackOf } from '../../../src/domain/coordination/rounds';
import { whatIf } from '../../../src/domain/coordination/what-if';
import { isRefusal } from '../../../src/contracts/errors';
import { electorates, people, rule, rules, SEED } from '../../support/ballots/arbitraries';

const names = ['a', 'b', 'c'];
const half = { numerator: 1, denominator: 2 };
const asks: Subject = { title: 'lunch', proposer: 'ann', changes: {}, values: {} };
const among: Subject = { ...asks, options: { names, present: 'a' } };
const number: Subject = { ...asks, range: { variable: 'n', present: 5, low: 0, high: 10, isWhole: true } };
const choosing = (kind: (typeof OPTION_RULES)[number], more: Partial<Rule> = {}): Rule =>
  rule({ threshold: { kind }, of: 'cast', quorum: half, ...more });
const open = (subject: Subject, electorate: Electorate, by: Rule, rounds?: BallotInit['rounds']): BallotState =>
  openBallot({ subject, electorate, rule: by, deadlineMs: 1_000, ...(rounds === undefined ? {} : { rounds }) }, 0);

/** What a voter does: ranks, names a number, answers, is lost or silent. */
type Deed = readonly string[] | number | 'yes' | 'no' | 'abstain' | 'lost' | 'silent';
type Arrival = readonly [voter: string, deed: Deed];

function voteOf(voter: string, deed: Exclude<Deed, 'lost' | 'silent'>): VoteArgs {
  if (typeof deed === 'number') return { voter, choice: 'value', value: deed };
  return typeof deed === 'string' ? { voter, choice: deed } : { voter, choice: 'ranking', ranking: deed };
}
function after(ballot: BallotState, [voter, deed]: Arrival): BallotState {
  if (deed === 'lost') return loseVoters(ballot, [{ voter, evidence: 'gone' }], 1);
  return deed === 'silent' ? ballot : castVote(ballot, voteOf(voter, deed), 'signal', 1);
}
function tallied(ballot: BallotState): Tally {
  const { tally } = closeBallot(ballot, 1_000);
  if (tally === undefined) throw new Error('a closed ballot has a tally');
  return tally;
}
const arrivals = (deeds: readonly Deed[]): Arrival[] => deeds.map((deed, at): Arrival => [`v${String(at)}`, deed]);
const effect = (tally: Tally): string => JSON.stringify(recompute(tally));

const rankings: readonly string[][] = names.flatMap((first) => {
  const others = names.filter((each) => each !== first);
  const [one = '', two = ''] = others;
  return [[first], [first, one], [first, two], [first, one, two], [first, two, one]];
});
const ranking = fc.constantFrom<Deed>(...rankings);
const deed = fc.oneof({ weight: 5, arbitrary: ranking }, fc.constantFrom<Deed>('abstain', 'lost', 'silent'));
const optionRules = fc
  .record({
    kind: fc.constantFrom(...OPTION_RULES),
    lost: fc.constantFrom('count' as const, 'proxy' as const, 'exclude' as const),
    ties: fc.constantFrom('keep' as const, 'listed' as const),
  })
  .map(({ kind, ...more }) => choosing(kind, more));
const noVetoes = (voters: number): fc.Arbitrary<Electorate> =>
  electorates(voters).map((list) => list.map((voter) => ({ ...voter, veto: false })));
const scene = (voters: number): fc.Arbitrary<[Electorate, Rule, Deed[]]> =>
  fc.tuple(noVetoes(voters), optionRules, fc.array(deed, { minLength: voters, maxLength: voters }));

/** All orders of some places. */
function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap((rest) =>
    Array.from({ length: count }, (_each, at) => rest.toSpliced(at, 0, count - 1)),
  );
}

test.each([2, 3, 4, 5, 6, 7])(
  'BAL-2 no order in which votes were recorded changes the choice: all orders of %i voters',
  (voters) => {
    const orders = permutations(voters);
    fc.assert(
      fc.property(scene(voters), ([electorate, by, deeds]) => {
        const tally = tallied(arrivals(deeds).reduce(after, open(among, electorate, by)));
        const record = recordOf(tally);
        const { outcome, option } = decisionOf(record);
        for (const order of orders) {
          const casts = order.flatMap((at) => record.casts[at] ?? []);
          const again = decisionOf({ ...record, casts });
          if (again.outcome !== outcome || again.option !== option) expect(again).toEqual({ outcome, option });
        }
      }),
      { seed: SEED + voters, numRuns: voters === 7 ? 3 : 8 },
    );
  },
);

test('BAL-2 BAL-4 whatever comes first the effect is the same, and the record gives it again', () => {
  const shuffled = fc.integer({ min: 1, max: 6 }).chain((voters) => {
    const places = Array.from({ length: voters }, (_each, at) => at);
    return fc.tuple(scene(voters), fc.shuffledSubarray(places, { minLength: voters }));
  });
  fc.assert(
    fc.property(shuffled, ([[electorate, by, deeds], order]) => {
      const list = arrivals(deeds);
      const one = tallied(list.reduce(after, open(among, electorate, by)));
      const other = tallied(
        order.flatMap((at) => [list[at] ?? []] as Arrival[]).reduce(after, open(among, electorate, by)),
      );
      expect(effect(other)).toBe(effect(one));
      const { outcome, chosen } = one;
      expect(recompute(JSON.parse(JSON.stringify(one)) as Tally)).toEqual({ outcome, option: chosen?.option });
    }),
    { seed: SEED, numRuns: 300 },
  );
});

/** Effects over all that these voters may still do. */
function effectsOfEnds(
  ballot: BallotState,
  [voter, ...rest]: readonly string[],
  found = new Set<string>(),
): Set<string> {
  if (voter === undefined) return found.add(effect(tallied(ballot)));
  const { tally: _decided, ...undecided } = ballot;
  for (const each of [...rankings, 'abstain', 'lost'] as const)
    effectsOfEnds(after(undecided, [voter, each]), rest, found);
  return found;
}

test('BAL-3 a choice is made early only where every completion makes the same, and always where a majority has', () => {
  const seen = { early: 0, waited: 0 };
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 6 }).chain(scene),
      fc.integer({ min: 1, max: 2 }),
      ([electorate, by, deeds], out) => {
        const begun = arrivals(deeds.slice(0, -out)).reduce(after, open(among, electorate, by));
        const { tally } = begun;
        seen[tally?.early === true ? 'early' : 'waited'] += 1;
        if (tally?.early !== true) return;
        const left = outstanding(begun).map(({ id }) => id);
        expect([...effectsOfEnds(begun, left.slice(0, 2))]).toEqual([effect(tally)]);
      },
    ),
    { seed: SEED, numRuns: 400 },
  );
  expect(Math.min(seen.early, seen.waited)).toBeGreaterThan(20);
});

test('BAL-6 options that win together keep what is there, or go to the first listed where the rule says so', () => {
  const tie: Deed[] = [
    ['b', 'c', 'a'],
    ['c', 'b', 'a'],
  ];
  const decide = (by: Rule, subject = among) => tallied(arrivals(tie).reduce(after, open(subject, people([1, 1]), by)));
  for (const kind of ['plurality', 'borda', 'copeland', 'schulze', 'instant-runoff'] as const) {
    expect(decide(choosing(kind))).toMatchObject({
      outcome: 'kept',
      because: 'tie',
      chosen: { option: 'a', winners: ['b', 'c'] },
    });
    expect(decide(choosing(kind, { ties: 'listed' }))).toMatchObject({
      outcome: 'adopted',
      because: 'winner',
      chosen: { option: 'b' },
    });
  }
  const without = decide(choosing('borda'), { ...asks, options: { names } });
  expect([without.outcome, without.chosen?.option]).toEqual(['kept', undefined]);
  const silent = tallied(after(open(among, people([1, 1, 1]), choosing('borda')), ['v0', ['b']]));
  expect(silent).toMatchObject({ outcome: 'kept', because: 'no-quorum', chosen: { option: 'a', winners: [] } });
});

describe('BAL-8 delegation', () => {
  /** Everybody may hand on its vote to one who comes before it, so that no circle can be. */
  const delegated = (voters: number): fc.Arbitrary<Electorate> =>
    fc
      .tuple(
        electorates(voters),
        fc.array(fc.option(fc.nat(), { nil: undefined }), { minLength: voters, maxLength: voters }),
      )
      .map(([list, to]) =>
        list.map(({ proxy: _none, ...voter }, at) => {
          const delegate = to[at];
          return delegate === undefined || at === 0 || voter.veto
            ? voter
            : { ...voter, delegate: `v${String(delegate % at)}` };
        }),
      );
  const endOf = (electorate: Electorate, at: number): number => {
    const { delegate } = electorate[at] ?? {};
    return delegate === undefined ? at : endOf(electorate, Number(delegate.slice(1)));
  };
  const plain = (electorate: Electorate): Electorate => electorate.map(({ delegate: _none, ...voter }) => voter);

  test('decides as if all who delegate had voted as the one at the end of their chain', () => {
    const answers = fc.constantFrom<Deed>('yes', 'no', 'abstain', 'silent');
    const any = fc
      .integer({ min: 2, max: 6 })
      .chain((voters) =>
        fc.oneof(
          fc.tuple(
            fc.constant(asks),
            delegated(voters),
            rules(voters),
            fc.array(answers, { minLength: voters, maxLength: voters }),
          ),
          fc.tuple(
            fc.constant(among),
            delegated(voters),
            optionRules,
            fc.array(deed, { minLength: voters, maxLength: voters }),
          ),
        ),
      );
    let handed = 0;
    fc.assert(
      fc.property(any, ([subject, list, { cap: _none, ...by }, deeds]) => {
        const electorate = subject === among ? list.map((voter) => ({ ...voter, veto: false })) : list;
        expect(electorateProblems(electorate)).toEqual([]);
        const [counting, own] = [
          { ...by, lost: 'count' } as const,
          deeds.map((each) => (each === 'lost' ? 'silent' : each)),
        ];
        const speaking = arrivals(own).filter((_each, at) => electorate[at]?.delegate === undefined);
        const spoken = arrivals(own.map((_each, at) => own[endOf(electorate, at)] ?? 'silent'));
        const tally = tallied(speaking.reduce(after, open(subject, electorate, counting)));
        handed += electorate.length - speaking.length;
        expect(effect(tally)).toBe(effect(tallied(spoken.reduce(after, open(subject, plain(electorate), counting)))));
        expect(effect(JSON.parse(JSON.stringify(tally)) as Tally)).toBe(effect(tally));
      }),
      { seed: SEED, numRuns: 500 },
    );
    expect(handed).toBeGreaterThan(300);
  });

  test('in a circle, to nobody, of a veto or to one that is no proxy is refused', () => {
    const chain = (to: readonly (string | undefined)[]): Electorate =>
      people(to.map(() => 1)).map((voter, at) => (to[at] === undefined ? voter : { ...voter, delegate: to[at] ?? '' }));
    expect(electorateProblems(chain(['v1', 'v2', undefined]))).toEqual([]);
    expect(electorateProblems(chain(['v1', 'v2', 'v0']))).toEqual(
      ['v0', 'v1', 'v2'].map((id) => `the delegation of ${id} leads in a circle`),
    );
    expect(electorateProblems(chain(['v0']))).toEqual(['v0 delegates to another voter; got "v0"']);
    expect(electorateProblems(chain(['v9']))).toEqual(['v0 delegates to another voter; got "v9"']);
    const [first, second] = chain(['v1', undefined]);
    if (first === undefined || second === undefined) throw new Error('two voters');
    expect(electorateProblems([{ ...first, veto: true }, second])).toHaveLength(1);
    expect(electorateProblems([first, { ...second, proxy: 'v0' }])).toHaveLength(1);
  });

  test('leaves who delegates no vote of its own, and shows whose vote it has', () => {
    const electorate = people([1, 1, 1]).map((voter) => (voter.id === 'v0' ? { ...voter, delegate: 'v1' } : voter));
    const ballot = open(asks, electorate, rule());
    expect(voteRefusal(ballot, { voter: 'v0', choice: 'yes' })).toMatchObject({ code: 'not-a-voter' });
    expect(outstanding(ballot).map(({ id }) => id)).toEqual(['v1', 'v2']);
    const { tally } = castVote(ballot, { voter: 'v1', choice: 'yes' }, 'update', 1);
    expect(tally).toMatchObject({ outcome: 'adopted', yes: 2, early: true });
    expect(tally?.casts[0]).toMatchObject({
      voter: 'v0',
      via: 'delegate',
      choice: 'yes',
      reason: 'as its delegate v1',
    });
  });
});

describe('BAL-9 a resilient rule', () => {
  const resilient = (liars: number): Rule => rule({ threshold: { kind: 'resilient', liars } });
  /** All ways in which that many voters may act. */
  const acts = (voters: number): Deed[][] =>
    voters === 0
      ? [[]]
      : acts(voters - 1).flatMap((rest) => (['yes', 'no', 'silent'] as const).map((each) => [...rest, each]));

  test.each([
    [1, 4],
    [1, 5],
    [1, 6],
    [2, 7],
  ])('with %i liars of %i voters: adopted is what more than half of the honest wanted', (liars, voters) => {
    for (const honest of acts(voters - liars)) {
      const yes = honest.filter((each) => each === 'yes').length;
      for (const lies of acts(liars)) {
        const { outcome } = tallied(
          arrivals([...honest, ...lies]).reduce(
            after,
            open(asks, people(Array<number>(voters).fill(1)), resilient(liars)),
          ),
        );
        if (outcome === 'adopted' && yes * 2 <= honest.length) expect([honest, lies]).toBe('not adopted');
        if (yes === honest.length && outcome !== 'adopted') expect([honest, lies]).toBe('adopted');
      }
    }
  });

  test('promises no more than that: one liar more adopts what half of the honest did not want, and a majority falls to one', () => {
    const decide = (by: Rule, deeds: Deed[]) =>
      tallied(arrivals(deeds).reduce(after, open(asks, people(deeds.map(() => 1)), by))).outcome;
    // two lie, of five: one of three honest voters wanted it
    expect(decide(resilient(1), ['yes', 'no', 'no', 'yes', 'yes'])).toBe('kept');
    expect(decide(resilient(1), ['yes', 'yes', 'no', 'no', 'yes', 'yes'])).toBe('adopted');
    expect(decide(rule(), ['yes', 'yes', 'no', 'no', 'yes'])).toBe('adopted');
    expect(decide(resilient(1), ['yes', 'yes', 'no', 'no', 'yes'])).toBe('kept');
    const few = openingRefusal({ subject: asks, electorate: people([1, 1, 1]), rule: resilient(1), deadlineMs: 1 });
    expect(few).toMatchObject({ code: 'invalid-rule' });
    expect(few?.message).toContain('at least 4 must vote');
  });

  test('for numbers stays within those of the honest, whatever the liars name, and is decided when all honest vote', () => {
    const drawn = fc
      .integer({ min: 1, max: 2 })
      .chain((liars) =>
        fc.tuple(
          fc.constant(liars),
          fc.array(fc.integer({ min: 3, max: 7 }), { minLength: 2 * liars + 1, maxLength: 2 * liars + 3 }),
          fc.array(fc.constantFrom<Deed>(0, 10, 5, 'abstain', 'silent'), { minLength: liars, maxLength: liars }),
        ),
      );
    fc.assert(
      fc.property(drawn, ([liars, honest, lies]) => {
        const deeds = [...lies, ...honest];
        const by = rule({ threshold: { kind: 'resilient-median', liars }, of: 'cast' });
        const tally = tallied(
          arrivals(deeds).reduce(after, open(number, people(deeds.map((_each, at) => at + 1)), by)),
        );
        if (!tally.early) expect(tally.because).toBe('median');
        expect(tally.median?.value).toBeGreaterThanOrEqual(Math.min(...honest));
        expect(tally.median?.value).toBeLessThanOrEqual(Math.max(...honest));
        expect(recompute(tally).value).toBe(tally.median?.value);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('for numbers decides nothing where as many as may lie could be all that voted: silence leaves the present number', () => {
    const by = rule({ threshold: { kind: 'resilient-median', liars: 1 }, of: 'cast' });
    const honest = fc.oneof(fc.integer({ min: 6, max: 8 }), fc.constant<Deed>('silent'));
    const drawn = fc.array(honest, { minLength: 3, maxLength: 4 });
    const seen = { decided: 0, kept: 0 };
    fc.assert(
      fc.property(drawn, (deeds) => {
        const all = [0, ...deeds];
        const { median } = tallied(arrivals(all).reduce(after, open(number, people(all.map(() => 1)), by)));
        const named = deeds.filter((each) => typeof each === 'number');
        seen[named.length >= 2 ? 'decided' : 'kept'] += 1;
        if (named.length < 2) expect(median?.value).toBe(5);
        else expect(named.some((each) => each <= (median?.value ?? 0)) && (median?.value ?? 0) >= 6).toBe(true);
      }),
      { seed: SEED, numRuns: 200 },
    );
    expect(Math.min(seen.decided, seen.kept)).toBeGreaterThan(20);
  });

  test('takes no weights, vetoes, delegations or proxies for more than one voter', () => {
    const [first, ...others] = people([1, 1, 1, 1]);
    if (first === undefined) throw new Error('four voters');
    const refusal = (voter: object, by: Rule) =>
      openingRefusal({ subject: asks, electorate: [{ ...first, ...voter }, ...others], rule: by, deadlineMs: 1 })?.code;
    expect(refusal({}, resilient(1))).toBeUndefined();
    expect(refusal({ veto: true }, resilient(1))).toBe('invalid-rule');
    expect(refusal({ delegate: 'v1' }, resilient(1))).toBe('invalid-rule');
    expect(refusal({}, { ...resilient(1), lost: 'proxy' })).toBe('invalid-rule');
    const heavy = tallied(
      arrivals(['yes', 'no', 'no', 'no']).reduce(after, open(asks, people([9, 1, 1, 1]), resilient(1))),
    );
    expect(heavy.outcome).toBe('kept');
  });
});

describe('BAL-8 rounds', () => {
  const plan = { most: 4, spread: 1 };
  const median = rule({ threshold: { kind: 'median' }, of: 'cast', quorum: half });
  const begun = (voters: number, rounds = plan) => open(number, people(Array<number>(voters).fill(1)), median, rounds);

  test('end after the most of them, whatever voters name, and the last one decides', () => {
    const numbers = fc.array(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 10 }), fc.constant<Deed>('silent')), { minLength: 3, maxLength: 3 }),
      { minLength: 6, maxLength: 6 },
    );
    fc.assert(
      fc.property(numbers, (rounds) => {
        let ballot = begun(3);
        let at = 0;
        for (; ballot.tally === undefined; at += 1) {
          const before = ballot.rounds?.closed.length;
          ballot = arrivals(rounds[at] ?? []).reduce(after, ballot);
          if (ballot.tally === undefined && ballot.rounds?.closed.length === before)
            ballot = closeBallot(ballot, 1_000);
        }
        expect(at).toBeLessThanOrEqual(plan.most);
        const { tally } = ballot;
        expect(tally.rounds?.length).toBeLessThan(plan.most);
        expect(recompute(tally).value).toBe(tally.median?.value);
        for (const [index, { feedback, casts }] of (tally.rounds ?? []).entries())
          expect(feedbackOf(tally.electorate, tally.rule, casts, index + 1)).toEqual(feedback);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('show quartiles by weight and nobody’s name while they go on', () => {
    const cast = (voter: string, value: number): Cast => ({ voter, choice: 'value', value, at: '', via: 'update' });
    const named = [1, 2, 3, 4].map((value, at) => cast(`v${String(at)}`, value));
    expect(feedbackOf(people([1, 1, 1, 1]), median, named, 1)).toEqual({
      round: 1,
      named: 4,
      lower: 1,
      median: 2,
      upper: 3,
    });
    expect(feedbackOf(people([1, 1, 1, 9]), median, named, 2)).toMatchObject({ lower: 3, median: 4, upper: 4 });
    expect(feedbackOf(people([1]), median, [], 1)).toBeUndefined();
    let ballot = begun(3);
    for (const [voter, deeds] of arrivals([0, 5]))
      ballot = castVote(ballot, { ...voteOf(voter, deeds as number), reason: 'mine' }, 'update', 1);
    expect(JSON.stringify(ballotView(ballot).casts)).not.toMatch(/mine|"value":/);
    ballot = after(ballot, ['v2', 10]);
    expect(ballot).toMatchObject({
      casts: [],
      lost: [],
      rounds: { closed: [{}] },
      subject: { feedback: [{ lower: 0, median: 5, upper: 10 }] },
    });
  });

  test('come nearer when all move towards the median: the spread never grows', () => {
    const drawn = fc.tuple(
      fc.array(fc.integer({ min: 0, max: 64 }), { minLength: 2, maxLength: 8 }),
      fc.integer({ min: 1, max: 4 }),
    );
    fc.assert(
      fc.property(drawn, ([first, parts]) => {
        const electorate = people(first.map(() => 1));
        let values: number[] = first;
        let spread = Infinity;
        for (let round = 1; round <= 5; round += 1) {
          const casts = values.map((value, at): Cast => ({
            voter: `v${String(at)}`,
            choice: 'value',
            value,
            at: '',
            via: 'update',
          }));
          const feedback = feedbackOf(electorate, median, casts, round);
          if (feedback === undefined) throw new Error('all named a number');
          expect(feedback.upper - feedback.lower).toBeLessThanOrEqual(spread);
          spread = feedback.upper - feedback.lower;
          values = values.map((value) => value + (feedback.median - value) / 2 ** parts);
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});

describe('BAL-4 under another rule', () => {
  const answers = fc.constantFrom<Deed>('yes', 'no', 'abstain', 'silent');
  const drawn = fc
    .integer({ min: 1, max: 5 })
    .chain((voters) =>
      fc.oneof(
        fc.tuple(
          fc.constant(asks),
          electorates(voters),
          rules(voters),
          rules(voters),
          fc.array(answers, { minLength: voters, maxLength: voters }),
        ),
        fc.tuple(
          fc.constant(among),
          noVetoes(voters),
          optionRules,
          optionRules,
          fc.array(deed, { minLength: voters, maxLength: voters }),
        ),
      ),
    );

  test('a ballot would have decided what the same votes decide under it; or it says on whom it would depend', () => {
    const seen = { decided: 0, open: 0 };
    fc.assert(
      fc.property(drawn, ([subject, electorate, by, other, deeds]) => {
        const does = arrivals(deeds);
        const tally = tallied(does.reduce(after, open(subject, electorate, by)));
        const answer = whatIf(JSON.parse(JSON.stringify(tally)) as Tally, other);
        if (isRefusal(answer)) {
          expect(answer.code).toBe('invalid-rule');
          return;
        }
        if (answer.outcome === 'open') {
          expect(tally.early).toBe(true);
          seen.open += 1;
          return;
        }
        seen.decided += 1;
        // with an early decision some of the deeds were never heard: whatever they were, the answer holds
        const again = recompute(tallied(does.reduce(after, open(subject, electorate, other))));
        expect([answer.outcome, answer.option]).toEqual([again.outcome, again.option]);
      }),
      { seed: SEED, numRuns: 800 },
    );
    expect(Math.min(seen.decided, seen.open)).toBeGreaterThan(30);
  });

  test('under which the votes mean nothing there is no answer', () => {
    const tally = tallied(arrivals(['yes', 'no', 'yes']).reduce(after, open(asks, people([1, 1, 1]), rule())));
    const refused = (by: Rule) => (whatIf(tally, by) as { readonly code?: string }).code;
    expect(refused(choosing('borda'))).toBe('invalid-rule');
    expect(refused(rule({ threshold: { kind: 'median' }, quorum: half }))).toBe('invalid-rule');
    expect(refused(rule({ threshold: { kind: 'k-of-n', k: 4 } }))).toBe('invalid-rule');
    expect(refused({ ...rule(), threshold: { kind: 'lottery' as 'borda' } })).toBe('unknown-rule');
    expect(refused(rule())).toBeUndefined();
  });
});

test('a question that does not fit its rule is refused with all that is wrong', () => {
  const refusal = (subject: Subject, by: Rule, more: Partial<BallotInit> = {}) =>
    openingRefusal({ subject, electorate: people([1, 1]), rule: by, deadlineMs: 1, ...more });
  const code = (...what: Parameters<typeof refusal>) => refusal(...what)?.code;
  expect(code(among, choosing('borda'))).toBeUndefined();
  expect(code(among, rule())).toBe('invalid-rule');
  expect(code(asks, choosing('borda'))).toBe('invalid-rule');
  expect(code(among, rule({ threshold: { kind: 'borda' }, of: 'cast' }))).toBe('invalid-rule');
  expect(code(number, choosing('borda'))).toBe('invalid-rule');
  expect(code(among, choosing('borda'), { rounds: { most: 3, spread: 0 } })).toBe('invalid-rule');
  expect(code({ ...asks, options: { names: ['a', 'yes'] } }, choosing('borda'))).toBe('invalid-message');
  expect(code({ ...asks, options: { names: ['a', 'b'], present: 'c' } }, choosing('borda'))).toBe('invalid-message');
  expect(code({ ...asks, options: { names: [...'abcdefghijk'] } }, choosing('borda'))).toBe('invalid-message');
  expect(code({ ...asks, options: { names: [...'abcdefghij'] } }, choosing('borda'))).toBeUndefined();
  expect(code(among, choosing('borda'), { deadlineMs: 31_622_400_001 })).toBe('invalid-message');
  expect(code(among, choosing('borda'), { electorate: people([1, 1], { standing: {} }) })).toBe('invalid-electorate');
  const median = rule({ threshold: { kind: 'median' }, of: 'cast', quorum: half });
  expect(code(number, median, { rounds: { most: 21, spread: 0 } })).toBe('invalid-rule');
  expect(code(number, median, { rounds: { most: 20, spread: 0 } })).toBeUndefined();
  expect(
    refusal(asks, { ...choosing('borda'), cap: { numerator: 2, denominator: 1 } })?.details?.['problems'],
  ).toHaveLength(2);
});
