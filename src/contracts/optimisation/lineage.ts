/** Where a trial of a study with `pbt` comes from: it trains one member of the population for one interval. */
export interface Lineage {
  /** From 1. */
  readonly member: number;
  /** Intervals of training behind its beginning: 0 for a start, else one more than its parent has. */
  readonly generation: number;
  /** The trial whose checkpoint it begins with; absent for a start. */
  readonly from?: number;
  /** `continue`: with the configuration and the checkpoint of its own member; `exploit`: with those of a better one, explored. */
  readonly how: 'start' | 'continue' | 'exploit';
  /** Of `exploit`: dimensions whose values differ from the parent's, in the order of the space. */
  readonly changed?: readonly string[];
}

/** What an evaluator of such a trial is given: what its parent left, nothing for a start. It hands over its own last checkpoint. */
export interface Interval {
  readonly from?: number;
  readonly checkpoint?: unknown;
}

/** Members of one population. */
export const MAX_POPULATION = 100;
/** Members when the study does not say. */
export const DEFAULT_POPULATION = 10;
/** Bytes of a checkpoint, as JSON, that another trial goes on from. */
export const MAX_CHECKPOINT_BYTES = 2_000;
