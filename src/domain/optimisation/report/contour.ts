import type { Dimension } from '../../../contracts/optimisation/search-space';
import { LEVELS, type Figure, type Place } from './chart';
import { LEVELS_NOTE, levelsOver, measuredOf, nothingComplete, type Measured, type Reported } from './reported';
import { dimensionScale } from './scale';
import { byImportance } from './slices';
import { evenly, leftOut, thin } from './thin';
import { short } from '../../words';
import { cut } from './words';

/** Cells along a dimension that is no choice. */
const GRID = 28;
/** A cell is told when a trial lies within this distance; both sides of the chart are 1 long. */
const REACH = 0.17;
/** The estimate rests on so many trials at most. */
const MAX_LEARNT = 2_000;
const MAX_POINTS = 400;
/** Fewer trials than this make no surface. */
const LEAST = 3;

interface Spot {
  readonly place: Place;
  readonly loss: number;
}

/** Where cells begin and end: one for each choice, else GRID. */
function cellsOf(dimension: Dimension): number {
  if (dimension.kind === 'boolean') return 2;
  return 'choices' in dimension ? dimension.choices.length : GRID;
}

/** The mean of the losses, each weighed by its distance to the fourth power; nothing far from all of them. */
function estimate(spots: readonly Spot[], [x, y]: Place): number | undefined {
  let [sum, weights, nearest] = [0, 0, Infinity];
  for (const { place, loss } of spots) {
    const square = (place[0] - x) ** 2 + (place[1] - y) ** 2;
    nearest = Math.min(nearest, square);
    const weight = 1 / (square + 1e-4) ** 2;
    sum += weight * loss;
    weights += weight;
  }
  return nearest <= REACH ** 2 ? sum / weights : undefined;
}

type Cell = readonly [fromX: number, toX: number, fromY: number, toY: number, level: number];

/** The cells of one row; neighbours of one level are one. */
function rowOf(levels: readonly (number | undefined)[], fromY: number, toY: number): readonly Cell[] {
  const cells: Cell[] = [];
  const width = 1 / levels.length;
  let from = 0;
  for (let at = 1; at <= levels.length; at++) {
    const level = levels[from];
    if (at < levels.length && levels[at] === level) continue;
    if (level !== undefined) cells.push([from * width, at * width, fromY, toY, level]);
    from = at;
  }
  return cells;
}

function surface(spots: readonly Spot[], across: number, up: number): readonly Cell[] {
  const levelOf = levelsOver(spots.map(({ loss }) => loss));
  return Array.from({ length: up }, (_row, row) => {
    const levels = Array.from({ length: across }, (_cell, column) => {
      const value = estimate(spots, [(column + 0.5) / across, (row + 0.5) / up]);
      return value === undefined ? undefined : levelOf(value);
    });
    return rowOf(levels, row / up, (row + 1) / up);
  }).flat();
}

function choose({ view, contour, importance }: Reported, measured: readonly Measured[]): readonly string[] {
  if (contour !== undefined) return contour;
  const isShared = (a: string, b: string): boolean =>
    measured.filter(({ trial: { configuration } }) => configuration[a] !== undefined && configuration[b] !== undefined)
      .length >= LEAST;
  const names = byImportance({ view, importance }).filter((name) => {
    const dimension = view.spec.space.dimensions[name];
    return dimension !== undefined && cellsOf(dimension) > 1;
  });
  const [first] = names;
  if (first === undefined) return [];
  const second = names.slice(1).find((name) => isShared(first, name)) ?? names[1];
  return second === undefined ? [first] : [first, second];
}

/** The result over two dimensions: a surface that is estimated between the trials. */
export function contourFigure(reported: Reported): Figure {
  const { spec } = reported.view;
  const frame = { id: 'contour', title: 'Contour of two parameters' };
  const none = (summary: string): Figure => ({ ...frame, summary, notes: [], charts: [] });
  const measured = measuredOf(reported);
  if (measured.length === 0) return none(nothingComplete(reported));
  const [left, right] = choose(reported, measured);
  const [across, up] = [spec.space.dimensions[left ?? ''], spec.space.dimensions[right ?? '']];
  if (left === undefined || right === undefined || across === undefined || up === undefined)
    return none('The study seeks one parameter only; a contour needs two.');
  const [x, y] = [dimensionScale(left, across), dimensionScale(right, up)];
  const spots = measured.flatMap(({ trial, loss, value }) => {
    const [a, b] = [trial.configuration[left], trial.configuration[right]];
    const [atX, atY] = [a === undefined ? undefined : x.at(a), b === undefined ? undefined : y.at(b)];
    return atX === undefined || atY === undefined ? [] : [{ place: [atX, atY] as const, loss, value, trial }];
  });
  if (spots.length < LEAST)
    return none(
      `A contour of ${left} and ${right} needs ${String(LEAST)} complete trials that have both; there ${spots.length === 1 ? 'is 1' : `are ${String(spots.length)}`}.`,
    );
  const learnt = evenly(spots, MAX_LEARNT);
  const shown = thin(spots, MAX_POINTS);
  const best = [...spots].sort((a, b) => a.loss - b.loss)[0];
  const told = (name: string): string => {
    const value = best?.trial.configuration[name];
    return `${name} = ${typeof value === 'number' ? short(value) : cut(String(value), 40)}`;
  };
  return {
    ...frame,
    summary: `${spec.objective.measure} over ${left} and ${right}: the best of ${String(spots.length)} trials that have both, ${short(best?.value ?? NaN)}, lies at ${told(left)}, ${told(right)}.`,
    notes: [
      `${LEVELS_NOTE} Between the trials (dots) it is an estimate, weighed by distance; far from all of them nothing is said.`,
      ...(learnt.length < spots.length
        ? [`The estimate rests on ${String(learnt.length)} trials, evenly by number.`]
        : []),
      ...leftOut(shown, 'dots', 'evenly by number'),
    ],
    charts: [
      {
        kind: 'plane',
        x: x.axis,
        y: y.axis,
        layers: [
          { kind: 'cells', at: surface(learnt, cellsOf(across), cellsOf(up)).filter((cell) => cell[4] < LEVELS) },
          { kind: 'points', name: 'trial', tone: 'quiet', at: shown.shown.map(({ place }) => place) },
          { kind: 'points', name: 'best', tone: 'best', at: best === undefined ? [] : [best.place] },
        ],
      },
    ],
    hasLevels: true,
  };
}
