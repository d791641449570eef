import type { Values } from '../variable';

/** Changes of one set that are measured together with those of another. */
export interface InterleavedChange {
  readonly set: string;
  readonly changes: Values;
}

/** Two changes at once: by name of the change, such as the team that wants it. Exactly two. */
export type InterleavedChanges = Readonly<Record<string, InterleavedChange>>;

/** Most blocks of an interleaving: a block is four trials. */
export const MAX_BLOCKS = 250;

/** What a change does to a measure. */
export interface Effect {
  readonly estimate: number;
  /** 95 %, from the differences between blocks; absent with one block. */
  readonly interval?: readonly [number, number];
}

/** What each change does whatever the other is, and what both do together beyond the sum of that. */
export interface InterleavedEffects {
  readonly measure: string;
  /** Blocks whose four trials all have the measure; the others do not count. */
  readonly blocks: number;
  /** The mean of the measure with neither change. */
  readonly before: number;
  /** By name of the change: with it less without it, the mean over both states of the other. */
  readonly main: Readonly<Record<string, Effect>>;
  /** Half the difference that one change makes to the effect of the other. An interval around 0: they may be decided apart. */
  readonly interaction: Effect;
}
