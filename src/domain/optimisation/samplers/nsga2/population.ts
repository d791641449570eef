import { eliteOf, type Rated } from '../../pareto/crowding';

/** Trials in a generation, and parents of the next. */
export const POPULATION = 50;

/** A trial as a parent. Plain JSON. */
export interface Member extends Rated {
  /** Encoded values by dimension (see `encode`); `null` where it was not active. */
  readonly values: readonly (number | null)[];
}

/** The parents, none before the first generation is whole, and what has come of the next generation. Plain JSON. */
export interface Population {
  readonly parents: readonly Member[];
  readonly coming: readonly Member[];
}

/** Before the first trial. */
export const nobody: Population = { parents: [], coming: [] };

/**
 * A trial more. Any that have ended make a generation, as many as the population, whichever parents they come from: nobody
 * waits for a slow one, which counts in the generation in which it ends. Then the best of parents and generation are the next
 * parents.
 *
 * @see Deb et al. 2002, "A fast and elitist multiobjective genetic algorithm: NSGA-II"
 */
export function withMember({ parents, coming }: Population, member: Member): Population {
  const generation = [...coming, member];
  if (generation.length < POPULATION) return { parents, coming: generation };
  return { parents: eliteOf([...parents, ...generation], POPULATION), coming: [] };
}
