import { refuse, type Refusal } from '../../contracts/errors';
import {
  MAX_BLOCKS,
  type Effect,
  type InterleavedChanges,
  type InterleavedEffects,
} from '../../contracts/optimisation/interleaving';
import type { Configuration, Dimension } from '../../contracts/optimisation/search-space';
import type { Trial } from '../../contracts/optimisation/study';
import type { Value, Values } from '../../contracts/variable';
import { STREAMS, wordsOf } from './philox';
import { isWhole } from '../whole';

/** Which of the two changes a trial has. */
type Cell = readonly [boolean, boolean];
const CELLS: readonly Cell[] = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
];

/** What is measured, in its order: block for block all four cells, within a block in random order. */
export interface InterleavingPlan {
  readonly dimensions: Readonly<Record<string, Dimension>>;
  readonly configurations: readonly Configuration[];
}

/** The four cells of a block, each order as likely (Fisher and Yates). */
function shuffled(seed: number, block: number): readonly Cell[] {
  const words = wordsOf(seed, STREAMS.interleaving, block, 0);
  const cells = [...CELLS];
  for (let last = cells.length - 1; last > 0; last--) {
    const other = words.below(last + 1);
    [cells[last], cells[other]] = [cells[other] as Cell, cells[last] as Cell];
  }
  return cells;
}

/**
 * The trials of a 2 × 2 factorial in randomised complete blocks (Fisher, The Design of Experiments, 1935; Box, Hunter and Hunter,
 * Statistics for Experimenters, ch. 5): of two changes neither, each alone, and both.
 *
 * @param values what the sets have now, in the order of the changes
 */
export function interleavingPlan(
  changes: InterleavedChanges,
  values: readonly Values[],
  { blocks, seed }: { readonly blocks: number; readonly seed: number },
): InterleavingPlan | Refusal {
  const named = Object.entries(changes);
  const no = (text: string): Refusal => refuse('invalid-request', text);
  if (named.length !== 2) return no(`an interleaving has two changes; got ${String(named.length)}`);
  if (!isWhole(blocks, 1, MAX_BLOCKS)) return no(`blocks are 1 to ${String(MAX_BLOCKS)}; got ${String(blocks)}`);
  const dimensions: Record<string, Dimension> = {};
  const before: Record<string, Value> = {};
  for (const [at, [name, { set, changes: wanted }]] of named.entries()) {
    const present = values[at] ?? {};
    const isChange = Object.keys(wanted).some((variable) => present[variable] !== wanted[variable]);
    if (!isChange) return no(`${name} changes nothing of ${set}`);
    const inactive = Object.keys(wanted).find((variable) => present[variable] === undefined);
    if (inactive !== undefined) return refuse('inactive-variable', `${set} has no active variable ${inactive}`);
    for (const [variable, value] of Object.entries(present)) {
      if (Object.hasOwn(dimensions, variable)) return no(`both sets have a variable ${variable}: rename one of them`);
      const choices = [...new Set([value, wanted[variable] ?? value])];
      dimensions[variable] = { kind: 'categorical', choices };
      before[variable] = value;
    }
  }
  const wanted = named.map(([, change]) => change.changes);
  const configurations = Array.from({ length: blocks }, (_each, block) => shuffled(seed, block)).flatMap((cells) =>
    cells.map(([one, two]) => ({ ...before, ...(one ? wanted[0] : {}), ...(two ? wanted[1] : {}) })),
  );
  return { dimensions, configurations };
}

/** Two-sided 95 % points of Student's t for 1 to 30 degrees of freedom; beyond, the normal's is right to 4 %. */
const T95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
] as const;
const Z95 = 1.96;

function effectOf(values: readonly number[]): Effect {
  const count = values.length;
  const estimate = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { estimate };
  const variance = values.reduce((sum, value) => sum + (value - estimate) ** 2, 0) / (count - 1);
  const half = (T95[count - 2] ?? Z95) * Math.sqrt(variance / count);
  return { estimate, interval: [estimate - half, estimate + half] };
}

/**
 * What came of it, each effect estimated within blocks, so that what drifts from block to block cancels.
 *
 * @param trials in any order; what is not complete, or has not the measure, makes its block not count
 * @returns `no-result` when no block is whole
 */
export function interleavedEffects(
  changes: InterleavedChanges,
  trials: readonly Pick<Trial, 'number' | 'state' | 'configuration' | 'measures'>[],
  measure: string,
): InterleavedEffects | Refusal {
  const [first = ['', undefined], second = ['', undefined]] = Object.entries(changes);
  const has = (configuration: Configuration, wanted: Values = {}): boolean =>
    Object.entries(wanted).every(([variable, value]) => configuration[variable] === value);
  const cells = new Map<number, Map<string, number>>();
  for (const { number, state, configuration, measures } of trials) {
    const value = state === 'complete' ? measures?.[measure] : undefined;
    const block = Math.floor((number - 1) / CELLS.length);
    const cell: Cell = [has(configuration, first[1]?.changes), has(configuration, second[1]?.changes)];
    if (value !== undefined) cells.set(block, (cells.get(block) ?? new Map<string, number>()).set(String(cell), value));
  }
  const blocks = [...cells.values()].flatMap((block) => {
    const values = CELLS.map((cell) => block.get(String(cell)));
    return values.every((value) => value !== undefined) ? [values] : [];
  });
  if (blocks.length === 0) return refuse('no-result', 'no block of the interleaving has all of its four trials');
  const contrast = (signs: readonly number[]): Effect =>
    effectOf(blocks.map((block) => block.reduce((sum, value, at) => sum + value * (signs[at] ?? 0), 0) / 2));
  return {
    measure,
    blocks: blocks.length,
    before: effectOf(blocks.map(([neither = 0]) => neither)).estimate,
    main: { [first[0]]: contrast([-1, 1, -1, 1]), [second[0]]: contrast([-1, -1, 1, 1]) },
    interaction: contrast([1, -1, -1, 1]),
  };
}
