import type { Trial } from '../../../contracts/optimisation/study';
import type { Value } from '../../../contracts/variable';
import { wantedMeasures } from '../trial';
import type { Reported } from './reported';
import { measuredOf } from './reported';
import { leftOut, thin } from './thin';
import { short } from '../../words';
import { cut, duration } from './words';

const MAX_ROWS = 600;
const BEST_ROWS = 100;
const MAX_COLUMNS = 16;
const CELL = 60;
const ERROR = 120;

/** The trials as rows of text. */
export interface TrialTable {
  readonly summary: string;
  readonly notes: readonly string[];
  readonly columns: readonly { readonly name: string; readonly isNumber: boolean }[];
  readonly rows: readonly { readonly isBest: boolean; readonly cells: readonly string[] }[];
}

const cellOf = (value: Value | undefined): string => {
  if (value === undefined) return '';
  return typeof value === 'number' ? short(value) : cut(String(value), CELL);
};

function tookOf({ askedAt, endedAt }: Trial): string {
  return endedAt === undefined ? '' : duration(Math.max(0, Date.parse(endedAt) - Date.parse(askedAt)));
}

function errorOf({ refusal }: Trial): string {
  return refusal === undefined ? '' : cut(`${refusal.code}: ${refusal.message}`, ERROR);
}

/** The table of trials: of many the best and an even choice of the others, and so many parameters as columns. */
export function trialTable(reported: Reported): TrialTable {
  const { view, trials } = reported;
  const { space, subjectTo } = view.spec;
  if (trials.length === 0) return { summary: 'No trial has been asked for yet.', notes: [], columns: [], rows: [] };
  const measures = wantedMeasures(view.spec);
  const names = Object.keys(space.dimensions);
  const dimensions = names.slice(0, MAX_COLUMNS);
  const ranked = [...measuredOf(reported)].sort((a, b) => a.loss - b.loss).slice(0, BEST_ROWS);
  const best = new Set(ranked.map(({ trial }) => trial));
  const thinned = thin(trials, MAX_ROWS, (trial) => best.has(trial));
  const hasBounds = Object.keys(subjectTo).length > 0;
  const isNumber = (name: string): boolean => ['float', 'int'].includes(space.dimensions[name]?.kind ?? '');
  const columns = [
    { name: 'trial', isNumber: true },
    { name: 'state', isNumber: false },
    ...measures.map((name) => ({ name, isNumber: true })),
    ...(hasBounds ? [{ name: 'keeps the bounds', isNumber: false }] : []),
    ...dimensions.map((name) => ({ name, isNumber: isNumber(name) })),
    { name: 'attempts', isNumber: true },
    { name: 'took', isNumber: true },
    { name: 'worker', isNumber: false },
    { name: 'error', isNumber: false },
  ];
  const rows = thinned.shown.map((trial) => ({
    isBest: trial.number === view.best?.number,
    cells: [
      String(trial.number),
      trial.state,
      ...measures.map((name) => cellOf(trial.measures?.[name])),
      ...(hasBounds ? [trial.feasible === undefined ? '' : trial.feasible ? 'yes' : 'no'] : []),
      ...dimensions.map((name) => cellOf(trial.configuration[name])),
      trial.attempts === 0 ? '' : String(trial.attempts),
      tookOf(trial),
      cellOf(trial.worker ?? trial.lease?.client),
      errorOf(trial),
    ],
  }));
  const all = `all of them: mabeam study export ${reported.name}`;
  const best100 = `the ${String(BEST_ROWS)} best, the others evenly by number; ${all}`;
  return {
    summary: `${String(rows.length)} of ${String(trials.length)} trials, by number; numbers have four digits.`,
    notes: [
      ...leftOut(thinned, 'trials', best100),
      ...(dimensions.length < names.length
        ? [`Shown are the first ${String(dimensions.length)} of ${String(names.length)} parameters.`]
        : []),
    ],
    columns,
    rows,
  };
}
