import type { Lineage } from '../../../contracts/optimisation/lineage';
import type { Configuration, SearchSpace } from '../../../contracts/optimisation/search-space';
import type { SamplerOptions } from '../../../contracts/optimisation/study';
import type { History } from '../history';

/** How a study asks. Chance comes from seed and ask alone, so the same key gives the same answer (STU-5). */
export interface SamplerKey {
  /** 0 to 2^32 - 1. */
  readonly seed: number;
  /** Which ask of the study this is, from 0: draws that broke a constraint count. */
  readonly ask: number;
  /** What the study says to its sampler; checked. */
  readonly options?: SamplerOptions;
}

/** A trial that is being evaluated. */
export interface Pending {
  readonly number: number;
  readonly configuration: Configuration;
  /** Of a sampler that descends. */
  readonly lineage?: Lineage;
}

/** A suggestion that goes on from an earlier trial, or may be gone on from. */
export interface Descended {
  readonly configuration: Configuration;
  readonly lineage: Lineage;
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
  /** So many asks have an answer of their own; then the study ends as exhausted. Absent for a sampler that has no end. */
  asks?(space: SearchSpace, options?: SamplerOptions): number;
  /**
   * What a study carries of trials, so that an ask need not read them again and the oldest may go: plain JSON, which the
   * sampler finds in `history.learnt`. Absent for a sampler that reads the whole history.
   *
   * @param before what this answered for the trials before; nothing at first
   * @param history the trials that come next
   */
  learn?(space: SearchSpace, before: unknown, history: History, key: Omit<SamplerKey, 'ask'>): unknown;
  /** Of a sampler whose trials go on from the checkpoints of others: what an ask answers, with what it goes on from. */
  descend?(space: SearchSpace, history: History, pending: readonly Pending[], key: SamplerKey): Descended;
  /** The same for a configuration that comes from elsewhere; nothing when it stands beside. */
  adopt?(history: History, pending: readonly Pending[], options?: SamplerOptions): Lineage | undefined;
  /** So many trials at once have something to do. Absent: as many as one likes. */
  atOnce?(options?: SamplerOptions): number;
  /** It seeks one objective alone. */
  readonly isForOne?: true;
  /**
   * Whether an ask takes too long for a workflow: then a study has it computed by an activity, and keeps the answer. Absent for
   * a sampler whose asks never do.
   */
  isHeavy?(space: SearchSpace, history: History): boolean;
  /** Of a sampler with heavy asks: rows of the trials that an ask looks at, in the order that it wants. Absent: all. */
  looksAt?(history: History): readonly number[];
  /** It models bounds, so a study keeps how far each trial was from breaking them (`History.slack`). */
  readonly modelsBounds?: true;
  /** Of a sampler with heavy asks: what an ask answers, and behind it what else is good, for who has constraints. Never empty. */
  candidates?(
    space: SearchSpace,
    history: History,
    pending: readonly Pending[],
    key: SamplerKey,
  ): readonly Configuration[];
  /** Why a study over this space cannot have this sampler, in words; nothing when it can. */
  problem?(space: SearchSpace, options?: SamplerOptions): string | undefined;
}
