import type { Dimension } from '../../../contracts/optimisation/search-space';
import { levelsOf } from '../dimension';
import type { Figure, Place, PlaneChart } from './chart';
import { measuredOf, nothingComplete, type Measured, type Reported } from './reported';
import { dimensionScale, numberScale, type Scale } from './scale';
import { leftOut, thin, type Thinned } from './thin';
import { short } from '../../words';
import { cut, listed } from './words';

/** Dimensions that are drawn one by one. */
const MAX_SLICES = 12;
/** Points of all slices together. */
const MAX_POINTS = 6_000;
/** This share of the results counts as the best. */
const TOP_SHARE = 0.1;
const GOLDEN = 0.618_033_988_75;
/** Points of a choice take this share of its room. */
const ASIDE = 0.4;

/** The dimensions, the most important first, the others in the order of the space. */
export function byImportance({ view, importance }: Pick<Reported, 'view' | 'importance'>): readonly string[] {
  const ranked = importance.parameters.map(({ name }) => name);
  const names = Object.keys(view.spec.space.dimensions);
  return [...ranked, ...names.filter((name) => !ranked.includes(name))];
}

interface Slice {
  readonly name: string;
  readonly dimension: Dimension;
  readonly points: Thinned<Measured>;
}

/** How far a point of a choice stands to the side, so that points of one choice do not hide each other; by its number alone. */
function aside(dimension: Dimension, number: number): number {
  if (dimension.kind === 'float' || dimension.kind === 'int') return 0;
  return (((number * GOLDEN) % 1) - 0.5) * (ASIDE / levelsOf(dimension));
}

function chartOf({ name, dimension, points }: Slice, y: Scale): PlaneChart {
  const x = dimensionScale(name, dimension);
  const places = (isFeasible: boolean): readonly Place[] =>
    points.shown.flatMap(({ trial, value, isFeasible: keeps }) => {
      const set = trial.configuration[name];
      const [left, up] = [set === undefined ? undefined : x.at(set), y.at(value)];
      return keeps !== isFeasible || left === undefined || up === undefined
        ? []
        : [[left + aside(dimension, trial.number), up] as const];
    });
  return {
    kind: 'plane',
    x: x.axis,
    y: y.axis,
    layers: [
      { kind: 'points', name: 'breaks a bound', tone: 'broken', at: places(false) },
      { kind: 'points', name: 'result', tone: 'main', at: places(true) },
    ],
  };
}

/** Where the best results lie on a dimension, in words. */
function whereBest(name: string, best: readonly Measured[]): string | undefined {
  const values = best.flatMap(({ trial }) => trial.configuration[name] ?? []);
  if (values.length === 0) return undefined;
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === values.length) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    return `${name} in ${short(low)} to ${short(high)}`;
  }
  const counts = new Map<string, number>();
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  const [most = ['', 0]] = [...counts].sort((a, b) => b[1] - a[1]);
  return `${name} = ${cut(most[0], 40)} in ${String(most[1])} of ${String(values.length)}`;
}

/** The results over each dimension by itself. */
export function slicesFigure(reported: Reported): Figure {
  const { dimensions } = reported.view.spec.space;
  const measured = measuredOf(reported);
  const frame = { id: 'slices', title: 'Slices' };
  if (measured.length === 0) return { ...frame, summary: nothingComplete(reported), notes: [], charts: [] };
  if (measured.length === 1)
    return { ...frame, summary: 'There is one complete trial; a slice needs two to compare.', notes: [], charts: [] };
  const names = byImportance(reported);
  const slices = names.slice(0, MAX_SLICES).flatMap((name): readonly Slice[] => {
    const dimension = dimensions[name];
    const active = measured.filter(({ trial }) => trial.configuration[name] !== undefined);
    if (dimension === undefined || active.length === 0) return [];
    return [{ name, dimension, points: thin(active, Math.floor(MAX_POINTS / Math.min(names.length, MAX_SLICES))) }];
  });
  const best = [...measured]
    .filter(({ isFeasible }) => isFeasible)
    .sort((a, b) => a.loss - b.loss)
    .slice(0, Math.max(1, Math.ceil(TOP_SHARE * measured.length)));
  const where = names.slice(0, 3).flatMap((name) => whereBest(name, best) ?? []);
  const thinned = slices.find(({ points }) => points.shown.length < points.of)?.points;
  const y = numberScale(
    reported.view.spec.objective.measure,
    measured.map(({ value }) => value),
  );
  const of = best.length === 1 ? 'The best trial has' : `The best ${String(best.length)} trials have`;
  return {
    ...frame,
    summary:
      best.length === 0
        ? `None of the ${String(measured.length)} complete trials keeps the bounds.`
        : `${of} ${listed(where)}.`,
    notes: [
      ...(slices.some(({ dimension }) => aside(dimension, 1) !== 0)
        ? ['Points of a choice are spread sideways, so that they do not hide each other.']
        : []),
      ...(slices.length < names.length
        ? [`Shown are ${String(slices.length)} of ${String(names.length)} parameters, the most important first.`]
        : []),
      ...(thinned === undefined ? [] : leftOut(thinned, 'results of a parameter', 'evenly by number')),
    ],
    charts: slices.map((slice) => chartOf(slice, y)),
  };
}
