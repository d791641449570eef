import type { Configuration, SearchSpace } from '../../../contracts/optimisation/search-space';
import type { History } from '../history';

/** Where chance comes from: nothing else is random, so the same key gives the same answer (STU-5). */
export interface SamplerKey {
  /** 0 to 2^32 - 1. */
  readonly seed: number;
  /** Which ask of the study this is, from 0: draws that broke a constraint count. */
  readonly ask: number;
}

/** A trial that is being evaluated. */
export interface Pending {
  readonly number: number;
  readonly configuration: Configuration;
}

/**
 * Suggests what to evaluate next. Told as the life of a trial: the study asks, so the trial is pending and each later ask
 * sees it there; it ends, and each later ask sees it in the history. Pure: no clock, no chance but the key, no memory that an answer depends on.
 */
export interface Sampler {
  /**
   * @param space dimensions in their order; valid
   * @param history the trials that have ended, failed ones with a NaN; possibly empty
   * @param pending trials that are being evaluated, by number
   * @returns a value for each dimension that is active, in range and on its step
   */
  ask(space: SearchSpace, history: History, pending: readonly Pending[], key: SamplerKey): Configuration;
}
