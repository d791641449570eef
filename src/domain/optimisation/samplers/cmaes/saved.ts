import type { Run } from './restart';
import { decomposed, type Distribution } from './distribution';
import type { Frame, Result, Search } from './search';
import { strategyOf } from './strategy';

/** A search as plain JSON; what can be computed from the rest is left out. */
export interface SavedSearch {
  readonly run: Run;
  readonly generation: number;
  readonly mean: readonly number[];
  readonly sigma: number;
  /** The lower triangle, row by row. */
  readonly covariance: readonly number[];
  readonly pathSigma: readonly number[];
  readonly pathC: readonly number[];
  readonly stretch: readonly number[];
  readonly waiting: readonly SavedMember[];
  readonly extremes: readonly number[];
}

/** JSON has neither NaN nor Infinity: `null` stands for an ask or a violation that is not known. */
interface SavedMember {
  readonly place: readonly number[];
  readonly isOwn: boolean;
  readonly result: Omit<Result, 'ask' | 'broken'> & { readonly ask: number | null; readonly broken: number | null };
}

/** A search to be carried. */
export function saved({ run, distribution, waiting, extremes }: Search): SavedSearch {
  const { generation, mean, sigma, covariance, pathSigma, pathC, stretch } = distribution;
  const size = mean.length;
  return {
    run,
    generation,
    mean: Array.from(mean),
    sigma,
    covariance: Array.from(covariance).filter((_each, at) => at % size <= Math.floor(at / size)),
    pathSigma: Array.from(pathSigma),
    pathC: Array.from(pathC),
    stretch: Array.from(stretch),
    waiting: waiting.map(({ place, isOwn, result }) => ({
      place: Array.from(place),
      isOwn,
      result: {
        ...result,
        ask: Number.isNaN(result.ask) ? null : result.ask,
        broken: result.broken === Infinity ? null : result.broken,
      },
    })),
    extremes,
  };
}

function distributionOf({ generation, mean, sigma, covariance, pathSigma, pathC, stretch }: SavedSearch): Distribution {
  const size = mean.length;
  const whole = new Float64Array(size * size);
  for (let i = 0, at = 0; i < size; i++)
    for (let j = 0; j <= i; j++, at++) {
      whole[i * size + j] = covariance[at] ?? 0;
      whole[j * size + i] = covariance[at] ?? 0;
    }
  return decomposed({
    generation,
    mean: Float64Array.from(mean),
    sigma,
    covariance: whole,
    pathSigma: Float64Array.from(pathSigma),
    pathC: Float64Array.from(pathC),
    stretch: Float64Array.from(stretch),
  });
}

/** The search that was saved. */
export function restored(of: SavedSearch, { axes }: Frame): Search {
  return {
    run: of.run,
    strategy: strategyOf(axes.length, of.run.population),
    distribution: distributionOf(of),
    waiting: of.waiting.map(({ place, isOwn, result }) => ({
      place: Float64Array.from(place),
      isOwn,
      result: { ...result, ask: result.ask ?? NaN, broken: result.broken ?? Infinity },
    })),
    extremes: of.extremes,
  };
}
