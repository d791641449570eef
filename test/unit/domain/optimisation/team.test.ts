import type { Configuration } from '../../../../src/contracts/optimisation/search-space';
import fc from 'fast-check';
import { play, liar, type Team } from '../../../../bench/portfolio/play';
import { study } from '../../../../bench/samplers/ours';
import { ROUGH, SMOOTH } from '../../../../bench/samplers/problems';
import { isRefusal } from '../../../../src/contracts/errors';
import type { StudyRequest, Trial } from '../../../../src/contracts/optimisation/study';
import { TEAM_RULES, type TeamMember, type TeamRule } from '../../../../src/contracts/optimisation/team';
import { reservedIn } from '../../../../src/domain/economics/ledger';
import { emptyHistory, historyOf, observe } from '../../../../src/domain/optimisation/history';
import { specOf } from '../../../../src/domain/optimisation/study-spec';
import { askTrials, takeSuggestions } from '../../../../src/domain/optimisation/next-trials';
import { endOf } from '../../../../src/domain/optimisation/trial-ends';
import { newStudy, type StudyData } from '../../../../src/domain/optimisation/study';
import { studyView } from '../../../../src/domain/optimisation/study-view';
import { readAnswer } from '../../../../src/domain/optimisation/team/answers';
import { creditOf } from '../../../../src/domain/optimisation/team/credit';
import { believed } from '../../../../src/domain/optimisation/team/members';
import { forecasts } from '../../../../src/domain/optimisation/team/neighbours';
import { writtenRule } from '../../../../src/domain/optimisation/team/written-rule';
import type { Ending } from '../../../../src/domain/optimisation/trial';

const seed = 20261130;
const fits = (): boolean => true;
const space = { dimensions: { x: { kind: 'float' as const, low: 0, high: 1, log: false } } };
const LIGHT: readonly TeamMember[] = [
  { name: 'trees', sampler: 'tpe' },
  { name: 'evolution', sampler: 'cmaes' },
  { name: 'even', sampler: 'sobol' },
];
const own: TeamMember = { name: 'own', agent: 'own' };
const at = <T>(list: readonly T[], index: number): T => {
  const found = list[index];
  if (found === undefined) throw new Error(`nothing at ${String(index)}`);
  return found;
};

function begun(members: readonly TeamMember[], rule: TeamRule, more: Partial<StudyRequest> = {}): StudyData {
  const request: StudyRequest = {
    space,
    minimise: 'loss',
    team: { members, rule },
    seed: 5,
    budget: { trials: 200 },
    parallelism: 3,
    ...more,
  };
  const spec = specOf({ request }, undefined, 'test:study:team');
  if (isRefusal(spec)) throw new Error(spec.message);
  return newStudy('team', request, spec, undefined).state;
}

/** Asks for a trial; agents answer by the function. */
function ask(before: StudyData, answer: (n: number) => unknown = () => null): { state: StudyData; trial?: Trial } {
  let step = askTrials(before, fits, 0, 1);
  for (let { thinking } = step.state; thinking !== undefined; { thinking } = step.state) {
    const { ask: n, team } = thinking;
    const replies = (team?.members ?? []).map((member) => ({ member, answer: answer(n) }));
    step = askTrials(takeSuggestions(step.state, { computed: [], replies }).state, fits, 0, 1);
  }
  const [trial] = step.asked;
  return { state: step.state, ...(trial === undefined ? {} : { trial }) };
}

const endings: readonly ((trial: Trial) => Ending)[] = [
  ({ number, configuration }) => ({
    kind: 'complete',
    outcome: { trial: number, attempt: 1, configuration, measures: { loss: Number(configuration['x']) }, worker: 'w' },
  }),
  () => ({ kind: 'cancelled' }),
  () => ({ kind: 'failed', refusal: { code: 'evaluation-failed', message: 'no' } as never, attempts: 1 }),
];

test('ECO-2 what a member was given is what it has, what is set aside and what it paid, after every event of any history', () => {
  const order = fc.record({ asks: fc.boolean(), which: fc.nat(2), ending: fc.nat(2), bid: fc.nat(10) });
  fc.assert(
    fc.property(fc.constantFrom(...TEAM_RULES), fc.array(order, { maxLength: 40 }), (rule, orders) => {
      let state = begun([...LIGHT, own], rule);
      for (const { asks, which, ending, bid } of orders) {
        if (asks) ({ state } = ask(state, () => ({ configuration: { x: 0.5 }, bid: bid / 10 })));
        const trial = state.running[which];
        if (trial !== undefined && !asks) state = endOf(state, trial.number, at(endings, ending)(trial), 0).state;
        for (const { ledger } of state.team?.members ?? []) {
          expect(ledger.minted).toBe(ledger.balance + reservedIn(ledger) + ledger.burnt);
          expect(Math.min(ledger.balance, ledger.burnt, ...Object.values(ledger.escrow))).toBeGreaterThanOrEqual(0);
        }
        // payouts: at most a credit for each trial that ended, beside what all began with
        const minted = (state.team?.members ?? []).reduce((sum, each) => sum + each.ledger.minted, 0);
        expect(minted).toBeLessThanOrEqual(1e6 * (2 * 4 + state.asked - state.running.length));
      }
    }),
    { seed, numRuns: 60 },
  );
});

test('a trial that ends twice, or is cancelled, changes no account twice', () => {
  let { state, trial } = ask(begun(LIGHT, 'auction'));
  if (trial === undefined) throw new Error('no trial');
  const before = state.team;
  const cancelled = endOf(state, trial.number, { kind: 'cancelled' }, 0).state;
  for (const { ledger } of cancelled.team?.members ?? []) expect([reservedIn(ledger), ledger.burnt]).toEqual([0, 0]);
  expect(at(cancelled.team?.members ?? [], 0).ledger.minted).toBe(at(before?.members ?? [], 0).ledger.minted);
  state = endOf(state, trial.number, at(endings, 0)(trial), 0).state;
  expect(endOf(state, trial.number, at(endings, 0)(trial), 0).state.team).toEqual(state.team);
  ({ state, trial } = ask(state));
  expect(trial?.proposedBy?.why).toMatch(/bids|exploration/);
});

test('what is drawn blindly earns the same in the mean at any time, the best the most, and an equal one stands behind', () => {
  for (const n of [8, 40, 400]) {
    const earlier = Array.from({ length: n - 1 }, (_each, rank) => rank + 1);
    // each of the n ranks is as likely as the other
    const credits = Array.from({ length: n }, (_each, rank) => creditOf(earlier, rank + 0.5));
    const mean = credits.reduce((sum, each) => sum + each, 0) / n;
    expect(mean).toBeCloseTo(0.125, 2);
    expect(credits).toEqual(credits.toSorted((a, b) => b - a));
  }
  expect(creditOf([1, 2, 3, 4, 5, 6, 7, 8, NaN], 0)).toBeGreaterThan(0.7);
  expect(creditOf([1, 2, 3, 4, 5, 6, 7, 8], 1)).toBe(creditOf([1, 2, 3, 4, 5, 6, 7, 8], 1.5));
});

test('what lies near good trials is expected to earn more, and what was tried before nothing', () => {
  let history = emptyHistory(space);
  for (let n = 1; n <= 20; n++)
    history = observe(history, space, { number: n, configuration: { x: n / 20 }, loss: n, feasible: true });
  const [near = 0, far = 1, same = 1, absent = 1] = forecasts(space, historyOf(history), [
    { x: 0.06 },
    { x: 0.93 },
    { x: 0.05 },
    undefined,
  ]);
  expect([near > far, same, absent]).toEqual([true, 0, 0]);
});

const conditional = at(ROUGH, 3);
const numbers = at(SMOOTH, 1);
const choices = at(ROUGH, 2);
test.each([
  ['conditions', conditional.space, 0, 'tpe'],
  ['choices at first', choices.space, 20, 'gp'],
  ['choices later', choices.space, 100, 'tpe'],
  ['numbers at first', numbers.space, 99, 'gp'],
  ['numbers later', numbers.space, 100, 'cmaes'],
])('the written rule: %s', (_what, of, ended, wanted) => {
  const members = (['sobol', 'cmaes', 'tpe', 'gp'] as const).map((sampler) => ({ name: sampler, sampler }));
  expect(members[writtenRule(members, of, ended) ?? -1]?.sampler).toBe(wanted);
  expect(writtenRule([own], of, ended)).toBeUndefined();
});

test('MKT-1 a team with the written rule suggests what its favourite alone would, and that what it has learnt over many trials', () => {
  const team: Team = { members: LIGHT, rule: 'fixed' };
  // cmaes learns: more trials than stay unsealed in the history
  expect(play(team, numbers, 1, 80).course).toEqual(study('cmaes', numbers, 1, 80));
  expect(play(team, conditional, 1, 40).course).toEqual(study('tpe', conditional, 1, 40));
});

test.each(TEAM_RULES)(
  'STU-5 with %s the same history gives the same proposals, also when the study is carried over as JSON',
  (rule) => {
    const answer = (n: number): unknown => ({ configuration: { x: (n % 7) / 7 }, bid: 0.3 });
    const run = (renews: boolean): readonly unknown[] => {
      let state = begun([...LIGHT, own], rule);
      const said: unknown[] = [];
      for (let n = 0; n < 80; n++) {
        const asked = ask(state, answer);
        state = asked.state;
        said.push([asked.trial?.configuration, asked.trial?.proposedBy]);
        const [oldest] = state.running;
        if (state.running.length === 3 && oldest !== undefined)
          state = endOf(state, oldest.number, at(endings, n % 9 === 8 ? 2 : 0)(oldest), 0).state;
        if (renews && n % 20 === 19) state = JSON.parse(JSON.stringify(state)) as StudyData;
      }
      return said;
    };
    expect(run(true)).toEqual(run(false));
  },
);

test('MKT-3 who bids the most for rubbish has its share of exploration and no more, and is not worth its claim', () => {
  for (const rule of ['auction', 'hedge'] as const) {
    const team: Team = { members: [...LIGHT, { name: 'liar', agent: 'liar' }], rule, answer: liar };
    const late = [1, 2].flatMap((each) => play(team, numbers, each, 70).members.slice(30));
    const lost = late.filter((each) => each === 'liar').length / late.length;
    expect(lost).toBeLessThan(1 / 16 + 0.08);
  }
});

test('MKT-3 a claim is worth what its member earned of what it claimed before; who earns it is believed', () => {
  const [fresh] = begun([own], 'auction').team?.members ?? [];
  if (fresh === undefined) throw new Error('no member');
  const after = (earned: number, claimed: number): number =>
    believed({ ...fresh, recent: { earned, trials: 5, claimed } }, 0.9);
  expect([after(0, 0), after(0, 5), after(5, 5), after(5, 2)]).toEqual([0.9, 0.9 / 6, 0.9, 0.9]);
});

test('MKT-4 a market gives fewer evaluations to a member whose proposals cost more', () => {
  const cheap: readonly TeamMember[] = [
    { name: 'trees', sampler: 'tpe' },
    { name: 'other', sampler: 'tpe' },
  ];
  const dear = cheap.map((each) => (each.name === 'other' ? { ...each, cost: 3 } : each));
  const countOf = (members: readonly TeamMember[], rule: TeamRule): number =>
    [1].flatMap((each) => play({ members, rule }, numbers, each, 50).members).filter((name) => name === 'other').length;
  for (const rule of ['hedge', 'bandit', 'auction'] as const)
    expect(countOf(dear, rule)).toBeLessThan(countOf(cheap, rule));
});

test('MKT-2 a market finds out which member suits where the written rule says another', () => {
  // given a sampler that learns nothing, and an agent that knows what is good
  const members: readonly TeamMember[] = [
    { name: 'even', sampler: 'sobol' },
    { name: 'own', agent: 'own' },
  ];
  const { told } = numbers.instance(1);
  const lossOf = (configuration: Configuration): number => told(configuration, 1)[0] ?? NaN;
  const answer: NonNullable<Team['answer']> = (problem, each, n) => {
    const tried = Array.from({ length: 20 }, (_none, k) => liar(problem, each, 1_000 * n + k)?.configuration ?? {});
    return { configuration: tried.toSorted((a, b) => lossOf(a) - lossOf(b))[0] ?? {}, bid: 0.6 };
  };
  for (const rule of ['hedge', 'bandit', 'auction'] as const) {
    const who = play({ members, rule, answer }, numbers, 1, 100).members;
    const [early, late] = [who.slice(0, 20), who.slice(-20)].map(
      (some) => some.filter((each) => each === 'own').length,
    );
    expect((late ?? 0) - (early ?? 0)).toBeGreaterThanOrEqual(5);
  }
});

test('an own optimiser that answers nothing, or what does not fit, loses its ask; the view says so', () => {
  const odd: readonly unknown[] = [null, { configuration: { x: 7 } }, { configuration: { x: 0.5 }, bid: 2 }, 'x'];
  let state = begun([own], 'fixed');
  for (const answer of odd) ({ state } = ask(state, () => answer));
  const { team, running } = studyView(state);
  expect(team?.members[0]).toMatchObject({ passes: 1, failures: odd.length - 2, proposed: 0 });
  expect(running.every(({ proposedBy }) => proposedBy?.member === undefined)).toBe(true);
  expect(running[0]?.proposedBy?.why).toBe('in the place of own, which had nothing; tpe of the platform stands in');
});

test.each([
  ['a number', 1, 'an optimiser answers a configuration, or null'],
  ['a stranger', { configuration: { x: 0.5 }, price: 1 }, 'an answer has no "price"'],
  ['another dimension', { configuration: { y: 0.5 } }, 'the space has no dimension "y"'],
  ['no dimension', { configuration: {} }, 'x'],
  ['a bid below 0', { configuration: { x: 0.5 }, bid: -1 }, 'a bid is a number from 0 to 1'],
])('an answer is refused that is %s', (_what, answer, message) => {
  expect(readAnswer(answer, space, fits)).toMatchObject({
    code: 'invalid-message',
    message: expect.stringContaining(message) as string,
  });
});

test('an answer that breaks a constraint of the set is refused; null passes', () => {
  expect(readAnswer({ configuration: { x: 0.5 } }, space, () => false)).toMatchObject({ code: 'constraint-broken' });
  expect(readAnswer(null, space, fits)).toEqual({});
  expect(readAnswer({ configuration: { x: 0.5 } }, space, fits)).toEqual({ configuration: { x: 0.5 }, claim: 0.5 });
});

test.each([
  ['no members', { members: [] }, 'team.members lists 1 to 16 members'],
  ['an unknown rule', { members: LIGHT, rule: 'vote' }, 'team.rule is one of fixed, hedge, bandit, auction'],
  ['two of one name', { members: [own, own] }, 'two members of the team are named "own"'],
  ['grid', { members: [{ name: 'all', sampler: 'grid' }] }, 'team.all.sampler is one of random, sobol'],
  ['neither', { members: [{ name: 'all' }] }, 'team.all has either a sampler or an agent'],
  ['both', { members: [{ name: 'all', sampler: 'tpe', agent: 'a' }] }, 'team.all has either a sampler or an agent'],
  ['no name', { members: [{ sampler: 'tpe' }] }, 'a member of the team has a name'],
  ['a short time', { members: [{ ...own, askMs: 5 }] }, 'team.own.askMs is a whole number from 100'],
  ['a negative cost', { members: [{ ...own, cost: -1 }] }, 'team.own.cost is a number from 0 to 1000'],
  ['a stranger', { members: [{ ...own, weight: 1 }] }, 'team.own has no "weight"'],
])('a team is refused with %s', (_what, team, message) => {
  const request = { space, minimise: 'loss', team, budget: { trials: 5 } } as unknown as StudyRequest;
  const refusal = specOf({ request }, undefined, 'test:study:team');
  expect(refusal).toMatchObject({ code: 'invalid-request', message: expect.stringContaining(message) as string });
});

test('a team comes in the place of a sampler, and seeks one objective', () => {
  const of = (more: object) =>
    specOf(
      {
        request: { space, budget: { trials: 5 }, team: { members: LIGHT }, minimise: 'loss', ...more },
      },
      undefined,
      'test:study:team',
    );
  expect(of({ sampler: 'tpe' })).toMatchObject({ code: 'invalid-request' });
  expect(of({ minimise: ['loss', 'time'] })).toMatchObject({
    code: 'invalid-request',
    message: 'the team cannot serve the study: a team seeks one objective',
  });
});
