import { median, type Row } from '../measure';
import type { Course, Problem } from '../samplers/problem';
import { meanDifference } from '../samplers/statistics';
import {
  AGENTS,
  BUDGETS,
  CONTINUOUS,
  COST_BUDGET,
  COSTS,
  LIAR_FROM,
  LIAR_TRIALS,
  MARKETS,
  MIXED,
  PAID,
  TRIALS,
  type AgentName,
} from './teams';

/** One study that was played. */
export interface Run {
  readonly match: string;
  readonly problem: string;
  readonly seed: number;
  readonly course: Course;
  readonly members: readonly (string | undefined)[];
}

/** Evaluations of `gp` and `tpe` whose suggestions are by chance, and cost nothing. */
const STARTUP = 10;
/** How much worse than the best agent alone a market may be. */
const WITHIN = 1.15;

const isAgent = (name: string): name is AgentName => AGENTS.some((each) => each === name);

/** What is left of a budget of cost: the regret of the last evaluation that it paid. */
function whenSpent({ course, members }: Run): number {
  let cost = 0;
  let regret = NaN;
  for (const [at, each] of course.entries()) {
    const name = members[at] ?? '';
    cost += 1 + (at >= STARTUP && isAgent(name) ? COSTS[name] : 0);
    if (cost > COST_BUDGET && at > 0) break;
    regret = each;
  }
  return regret;
}

class Runs {
  readonly #runs: readonly Run[];

  constructor(runs: readonly Run[]) {
    this.#runs = runs;
  }

  of(match: string, problem: Problem): readonly Run[] {
    return this.#runs
      .filter((run) => run.match === match && run.problem === problem.name)
      .toSorted((a, b) => a.seed - b.seed);
  }

  /** By problem, by seed: regrets in units of what chance leaves. */
  regrets(
    match: string,
    problems: readonly Problem[],
    read: (run: Run) => number,
    unit: (run: Run) => number = read,
  ): readonly (readonly number[])[] {
    return problems.map((problem) => {
      const by = median(this.of('chance', problem).map(unit));
      return this.of(match, problem).map((run) => read(run) / by);
    });
  }
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
/** The mean over problems of the median over seeds. */
const whole = (regrets: readonly (readonly number[])[]): number => meanOf(regrets.map(median));
const figure = (value: number): string => String(Number(value.toPrecision(2)));
const after =
  (trials: number) =>
  ({ course }: Run): number =>
    course[trials - 1] ?? NaN;

/** Whom the written rule names on a problem, within these numbers of trials. */
const ruleOf = ({ space }: Problem): AgentName =>
  Object.values(space.dimensions).some(({ when }) => when !== undefined) ? 'tpe' : 'gp';

/** A claim that a market holds or not, against the best agent alone at each budget. */
function claim(
  runs: Runs,
  id: string,
  what: string,
  problems: readonly Problem[],
  bar: number,
  judged: readonly number[],
): readonly Row[] {
  return BUDGETS.flatMap((trials) => {
    const read = after(trials);
    const alone = AGENTS.map((name) => ({ name, regrets: runs.regrets(name, problems, read) }));
    const best = alone.toSorted((a, b) => whole(a.regrets) - whole(b.regrets))[0];
    if (best === undefined) return [];
    const reference = whole(best.regrets);
    const rule = problems.map((problem) => runs.regrets(ruleOf(problem), [problem], read)[0] ?? []);
    const isLast = trials === TRIALS;
    const row = (of: string, name: string, regrets: readonly (readonly number[])[], isJudged: boolean): Row => {
      const ours = whole(regrets);
      const differences = regrets.map((own, at) => own.map((mine, seed) => mine - (best.regrets[at]?.[seed] ?? NaN)));
      const { mean, low, high } = meanDifference(differences);
      const interval =
        isLast && isJudged ? `; mean difference ${figure(mean)}, 95 % from ${figure(low)} to ${figure(high)}` : '';
      return {
        id: `${id}-${String(trials)}-${of}`,
        what: `${what}, after ${String(trials)}: ${name}, beside ${best.name} alone${interval}`,
        unit: 'of chance',
        ours,
        reference,
        ratio: ours / reference,
        bar: isJudged ? bar : null,
        holds: isJudged ? (bar === 1 ? ours < reference : ours <= bar * reference) : null,
      };
    };
    return [
      ...MARKETS.map((name) => row(name, name, runs.regrets(name, problems, read), judged.includes(trials))),
      row('fixed', 'the written rule', rule, false),
      ...alone
        .filter(({ name }) => name !== best.name)
        .map(({ name, regrets }) => row(name, `${name} alone`, regrets, false)),
    ];
  });
}

/** Which share of the late evaluations the liar has had, and what it has cost. */
function lies(runs: Runs): readonly Row[] {
  const problems = [...CONTINUOUS, ...MIXED];
  return (['hedge', 'auction', 'fixed'] as const).flatMap((rule) => {
    const late = problems.flatMap((problem) =>
      runs.of(`${rule}-liar`, problem).flatMap(({ members }) => members.slice(LIAR_FROM)),
    );
    const share = late.filter((name) => name === 'liar').length / late.length;
    const floor = 1 / 16;
    // the draws of a seed are the same on every problem
    const draws = late.length / problems.length;
    const bar = 1 + (2 * Math.sqrt((floor * (1 - floor)) / draws)) / floor;
    const read = after(LIAR_TRIALS);
    const [with_, without] = [`${rule}-liar`, `${rule}-honest`].map((match) =>
      whole(runs.regrets(match, problems, read)),
    );
    return [
      {
        id: `mkt-3-share-${rule}`,
        what: `MKT-3: evaluations from the 31st on that the liar is given, ${rule}`,
        unit: 'share',
        ours: share,
        reference: floor,
        ratio: share / floor,
        bar: rule === 'fixed' ? null : bar,
        holds: rule === 'fixed' ? null : share <= bar * floor,
      },
      {
        id: `mkt-3-regret-${rule}`,
        what: `MKT-3: regret after ${String(LIAR_TRIALS)} with the liar, beside the same team without it, ${rule}`,
        unit: 'of chance',
        ours: with_ ?? NaN,
        reference: without ?? NaN,
        ratio: (with_ ?? NaN) / (without ?? NaN),
        bar: null,
        holds: null,
      },
    ];
  });
}

/** What is found for a cost in which proposals count. */
function paid(runs: Runs): readonly Row[] {
  const unit = after(TRIALS);
  const alone = AGENTS.map((name) => ({ name, ours: whole(runs.regrets(name, PAID, whenSpent, unit)) }));
  const best = alone.toSorted((a, b) => a.ours - b.ours)[0];
  if (best === undefined) return [];
  const row = (id: string, name: string, ours: number, isJudged: boolean): Row => ({
    id: `mkt-4-${id}`,
    what: `MKT-4: for a cost of ${String(COST_BUDGET)} evaluations: ${name}, beside ${best.name} alone`,
    unit: 'of chance',
    ours,
    reference: best.ours,
    ratio: ours / best.ours,
    bar: isJudged ? 1 : null,
    holds: isJudged ? ours <= best.ours : null,
  });
  return [
    ...MARKETS.map((rule) => row(rule, rule, whole(runs.regrets(`${rule}-paid`, PAID, whenSpent, unit)), true)),
    ...alone
      .filter(({ name }) => name !== best.name)
      .map(({ name, ours }) => row(`alone-${name}`, `${name} alone`, ours, false)),
  ];
}

/** What the runs say of each claim. */
export function rowsOf(played: readonly Run[], seeds: number): readonly Row[] {
  const runs = new Runs(played.filter(({ seed }) => seed < seeds));
  return [
    ...claim(runs, 'mkt-1', 'MKT-1: numbers alone', CONTINUOUS, WITHIN, BUDGETS),
    ...claim(runs, 'mkt-2', 'MKT-2: noise, decades, choices, conditions', MIXED, 1, [TRIALS]),
    ...lies(runs),
    ...paid(runs),
  ];
}
