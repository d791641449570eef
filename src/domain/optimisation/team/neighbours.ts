import type { Configuration, Dimension, SearchSpace } from '../../../contracts/optimisation/search-space';
import { encodedOf } from '../encoded';
import type { History } from '../history';
import { log } from '../numerics/elementary';
import { byQuantile } from './credit';

const NEIGHBOURS = 5;
/** The newest trials that are looked at. */
const MOST = 500;
/** Trials with an objective before there is a forecast. */
const LEAST = 5;

/** Where an encoded value lies in its range, 0 to 1; a choice by itself. */
function placeOf(dimension: Dimension, encoded: number): number {
  if (!('low' in dimension)) return encoded;
  const { low, high } = dimension;
  if (high === low) return 0;
  return dimension.log ? (log(encoded) - log(low)) / (log(high) - log(low)) : (encoded - low) / (high - low);
}

/** How far apart two places are in one dimension, 0 to 1: choices and what is not active are apart or not. */
function apart(dimension: Dimension, one: number, other: number): number {
  if (Number.isNaN(one) || Number.isNaN(other)) return Number.isNaN(one) === Number.isNaN(other) ? 0 : 1;
  if ('low' in dimension) return Math.abs(one - other);
  return one === other ? 0 : 1;
}

/**
 * What configurations are expected to earn (see `creditOf`), forecast from their nearest neighbours among the trials that
 * have ended: the mean rank of the five nearest, weighted by nearness. Knows nothing but distance, so it works for any space
 * and costs little; it judges proposals that were not evaluated, so that Hedge has a gain for every member at every ask. What
 * equals an earlier trial earns nothing: to evaluate it again teaches nothing.
 *
 * @returns 0 to 1 for each; 0 while fewer than five trials have an objective
 */
export function forecasts(
  space: SearchSpace,
  history: History,
  configurations: readonly (Configuration | undefined)[],
): readonly number[] {
  const entries = Object.entries(space.dimensions);
  const [losses, feasible] = [history.loss(), history.feasible()];
  const rows: number[] = [];
  for (let row = history.length - 1; row >= 0 && rows.length < MOST; row--)
    if (!Number.isNaN(losses[row] ?? NaN) && feasible[row] === 1) rows.push(row);
  if (rows.length < LEAST) return configurations.map(() => 0);
  const ranked = [...rows].sort((a, b) => (losses[a] ?? 0) - (losses[b] ?? 0) || a - b);
  const rank = new Map(ranked.map((row, at) => [row, (at + 0.5) / ranked.length]));
  const columns = entries.map(([, dimension], at) => history.column(at).map((encoded) => placeOf(dimension, encoded)));
  return configurations.map((configuration) => {
    if (configuration === undefined) return 0;
    const encoded = encodedOf(space, configuration);
    const point = entries.map(([, dimension], at) => placeOf(dimension, encoded[at] ?? NaN));
    const near = rows
      .map((row) => {
        let far = 0;
        for (let at = 0; at < entries.length; at++) {
          const dimension = entries[at]?.[1];
          if (dimension !== undefined) far += apart(dimension, point[at] ?? NaN, columns[at]?.[row] ?? NaN) ** 2;
        }
        return { row, far };
      })
      .sort((a, b) => a.far - b.far || a.row - b.row)
      .slice(0, NEIGHBOURS);
    if (near[0]?.far === 0) return 0;
    const weights = near.map(({ far }) => 1 / far);
    const sum = weights.reduce((all, each) => all + each, 0);
    const mean = near.reduce((all, { row }, at) => all + ((weights[at] ?? 0) / sum) * (rank.get(row) ?? 1), 0);
    return byQuantile(mean);
  });
}

/** Whether a trial that has ended had this very configuration. */
export function isRepeated(space: SearchSpace, history: History, configuration: Configuration): boolean {
  const encoded = encodedOf(space, configuration);
  const columns = encoded.map((_each, at) => history.column(at));
  for (let row = 0; row < history.length; row++)
    if (columns.every((column, at) => Object.is(column[row], encoded[at]))) return true;
  return false;
}
