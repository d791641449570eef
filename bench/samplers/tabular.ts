import type { Configuration, Dimension } from '../../src/contracts/optimisation/search-space';
import { single, type Problem } from './problem';
import cancer from './tables/cancer.json';
import diabetes from './tables/diabetes.json';
import digits from './tables/digits.json';
import wine from './tables/wine.json';

/** A dimension of a table, with the places of its cells. */
type Axis = Dimension & { readonly grid: readonly (number | string)[] };

/** What `tables.py` writes. */
export interface Table {
  readonly dimensions: Readonly<Record<string, Axis>>;
  /** Of each cell; the last dimension's run fastest. */
  readonly losses: readonly number[];
}

/** Which cell is nearest: on the logarithm where the range is one, the lower of two that are as near. */
function cellOf(axis: Axis, value: unknown): number {
  if (typeof value !== 'number') return axis.grid.indexOf(String(value));
  const place = (of: number): number => ('log' in axis && axis.log ? Math.log(of) : of);
  const apart = axis.grid.map((each) => Math.abs(place(Number(each)) - place(value)));
  return apart.indexOf(Math.min(...apart));
}

/** The loss of the cell that is nearest to a configuration. */
export function lossIn({ dimensions, losses }: Table, configuration: Configuration): number {
  const at = Object.entries(dimensions).reduce(
    (sum, [name, axis]) => sum * axis.grid.length + cellOf(axis, configuration[name]),
    0,
  );
  return losses[at] ?? NaN;
}

/** A task of which all cells are known. All seeds have the same instance: they begin elsewhere. */
export function tabular(name: string, table: Table): Problem {
  const least = Math.min(...table.losses);
  const dimensions = Object.fromEntries(
    Object.entries(table.dimensions).map(([of, { grid: _grid, ...dimension }]) => [of, dimension]),
  );
  return single(name, { dimensions }, () => (configuration) => lossIn(table, configuration) - least);
}

/** Each task with its data, by the time that an evaluation would take. */
export const TABLES: readonly Problem[] = [
  tabular('digits, support vectors', digits as Table),
  tabular('wine, net', wine as Table),
  tabular('breast cancer, boosted trees', cancer as Table),
  tabular('diabetes, forest', diabetes as Table),
];
