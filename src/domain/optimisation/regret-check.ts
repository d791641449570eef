import { show } from '../../contracts/ids';
import type { RegretAnswer, RegretInput } from '../../contracts/optimisation/bounding';
import type { RegretRule, RegretSeen } from '../../contracts/optimisation/regret';
import type { SearchSpace } from '../../contracts/optimisation/search-space';
import { MAX_TRIALS, type StudySpec } from '../../contracts/optimisation/study';
import { isRecord } from '../record';
import { historyOf, type History, type HistoryData } from './history';
import { columnsAt } from './suggesting';
import { MOST_DIMENSIONS } from './samplers/gp/gp';
import { knownOf } from './samplers/gp/places';
import { isWhole } from '../whole';

const STARTUP = 20;
const EVERY = 5;
/** Of `ofMedian`, as Optuna: trials that are passed over, and the last that is looked at. */
const [MEDIAN_AFTER, MEDIAN_TO] = [10, 30];
/** The better part of the trials that a bound is made of, and how many these are at least. Optuna's. */
const [GOOD, LEAST_GOOD] = [0.5, 20];
/** Trials that a model is made of at most: its cost grows with their cube. */
export const MOST_GOOD = 200;

/** What a study with the rule carries of it. */
export interface RegretData {
  /** Complete trials at which the next check is due. */
  readonly due: number;
  /** Complete trials when the check began that is being computed. */
  readonly open?: number;
  /** The newest that was computed. */
  readonly seen?: RegretSeen;
}

const isShare = (value: unknown, most: number): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 && value <= most;

/** What is wrong with the rule. */
export function regretProblems(rule: unknown): string[] {
  const { error, ofMedian, startupTrials = MEDIAN_TO, every = EVERY, ...more } = isRecord(rule) ? rule : {};
  const least = ofMedian === undefined ? 2 : MEDIAN_TO;
  const isGood =
    (error === undefined ? isShare(ofMedian, 1) : isShare(error, Infinity) && ofMedian === undefined) &&
    isWhole(startupTrials, least, MAX_TRIALS) &&
    isWhole(every, 1, MAX_TRIALS) &&
    Object.keys(more).length === 0;
  if (isGood) return [];
  const counts = `startupTrials, ${String(least)} to ${String(MAX_TRIALS)}, and every, from 1`;
  return [`stopWhen.regretBound has error, above 0, or ofMedian, above 0 to 1; ${counts}; got ${show(rule)}`];
}

/** Why there is no bound for such a study, in words. */
export function regretMisfit(
  space: SearchSpace,
  { stopWhen, subjectTo }: Pick<StudySpec, 'stopWhen' | 'subjectTo'>,
): string | undefined {
  if (stopWhen?.regretBound === undefined) return undefined;
  const conditional = Object.entries(space.dimensions).find(([, { when }]) => when !== undefined);
  if (conditional !== undefined)
    return `its model knows no conditions: ${show(conditional[0])} is there for some trials only`;
  const [bounded] = Object.keys(subjectTo);
  if (bounded !== undefined)
    return `its model knows no bounds of other measures: ${show(bounded)} has one in subjectTo`;
  const size = knownOf(space).length;
  return size >= 1 && size <= MOST_DIMENSIONS
    ? undefined
    : `its model has 1 to ${String(MOST_DIMENSIONS)} dimensions with more than one value; got ${String(size)}`;
}

const startOf = ({ ofMedian, startupTrials }: RegretRule): number =>
  startupTrials ?? (ofMedian === undefined ? STARTUP : MEDIAN_TO);

/** The rule's part when so many trials are complete: a check begins when it is due and none is open. Pure. */
export function checkAt(rule: RegretRule, before: RegretData | undefined, complete: number): RegretData {
  const start = startOf(rule);
  const { every = EVERY } = rule;
  const data = before ?? { due: start };
  if (data.open !== undefined || complete < data.due) return data;
  return { ...data, due: start + every * (Math.floor((complete - start) / every) + 1), open: complete };
}

/** Rows of the trials that have an objective. */
const told = (loss: Float64Array): number[] =>
  Array.from(loss, (each, row) => (Number.isNaN(each) ? -1 : row)).filter((row) => row >= 0);

/** Rows of the better half of the trials, by number; trials as good as the last of them belong to it. */
function goodRows(history: History): { readonly rows: readonly number[]; readonly of: number } {
  const [loss, numbers] = [history.loss(), history.numbers()];
  const number = (row: number): number => numbers[row] ?? 0;
  const rows = told(loss);
  rows.sort((a, b) => (loss[a] ?? 0) - (loss[b] ?? 0) || number(a) - number(b));
  const wanted = Math.min(rows.length, Math.max(LEAST_GOOD, Math.floor(rows.length * GOOD)));
  const worst = loss[rows[wanted - 1] ?? 0] ?? 0;
  const good = rows.filter((row) => (loss[row] ?? 0) <= worst);
  return { rows: good.slice(0, MOST_GOOD).sort((a, b) => number(a) - number(b)), of: good.length };
}

/** Rows of the study's own complete trials that `ofMedian` looks at, by number. */
function firstRows(history: History): readonly number[] {
  const [loss, numbers] = [history.loss(), history.numbers()];
  const number = (row: number): number => numbers[row] ?? 0;
  const own = told(loss).filter((row) => number(row) >= 1);
  return own.sort((a, b) => number(a) - number(b)).slice(MEDIAN_AFTER, MEDIAN_TO);
}

/** What a check is computed of: trials from elsewhere count as the study's own in the model, not in when it is due. */
export function checkInput({ space, seed, stopWhen }: StudySpec, data: HistoryData, regret: RegretData): RegretInput {
  const history = historyOf(data);
  const { rows, of } = goodRows(history);
  const isMedian = stopWhen?.regretBound?.ofMedian !== undefined && regret.seen?.error === undefined;
  return {
    space,
    seed,
    complete: regret.open ?? 0,
    trials: columnsAt(history, space, rows),
    of,
    ...(isMedian ? { first: columnsAt(history, space, firstRows(history)) } : {}),
  };
}

/** The rule's part without the check that is being computed: nobody waits for it. */
export function unopened({ open: _open, ...rest }: RegretData): RegretData {
  return rest;
}

/** The rule's part when a check was computed. @param answer `undefined` when it was cancelled */
export function checked(rule: RegretRule, before: RegretData, answer: RegretAnswer | undefined): RegretData {
  const { open: trials = 0 } = before;
  const rest = unopened(before);
  if (answer === undefined) return rest;
  const { bound, median } = answer;
  const share = median === undefined || rule.ofMedian === undefined ? undefined : rule.ofMedian * median;
  const error = rule.error ?? rest.seen?.error ?? share;
  return {
    ...rest,
    seen: { trials, ...(bound === undefined ? {} : { bound }), ...(error === undefined ? {} : { error }) },
  };
}

/** Why the study is over, by the newest check; nothing when it is not. */
export function regretMet({ seen }: RegretData, measure: string): string | undefined {
  if (seen?.bound === undefined || seen.error === undefined || seen.bound >= seen.error) return undefined;
  const { bound, error, trials } = seen;
  return `regretBound: by ${String(trials)} complete trials ${measure} is within ${String(bound)} of the optimum, wanted was ${String(error)}`;
}
