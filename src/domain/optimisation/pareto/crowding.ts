import { dominates, frontsOf, lexically, type Losses } from './dominance';

/** A member of a population. */
export interface Rated {
  readonly number: number;
  readonly losses: Losses;
  /** By how much bounds were broken, in sum; 0 when all held. */
  readonly broken: number;
}

/**
 * How far the neighbours of each point are apart, in sum over the objectives, each in parts of its range; the outermost of an
 * objective have none on one side, so they are infinitely far. An objective in which all are equal does not count.
 *
 * @see Deb et al. 2002, "NSGA-II"; Optuna 5.0.0 `_elite_population_selection_strategy.py`, `_calc_crowding_distance`
 */
export function crowdingOf(points: readonly Losses[]): readonly number[] {
  const sums = points.map(() => 0);
  // each objective is sorted from the order of the one before, so that equal values stand as Optuna's do
  let order = points.map((_each, at) => at);
  for (let of = 0; of < (points[0]?.length ?? 0); of++) {
    const valueAt = (place: number): number => points[order[place] ?? -1]?.[of] ?? NaN;
    order = order.toSorted((a, b) => (points[a]?.[of] ?? 0) - (points[b]?.[of] ?? 0));
    const [least, most] = [valueAt(0), valueAt(order.length - 1)];
    if (least === most) continue;
    order.forEach((at, place) => {
      const isEnd = place === 0 || place === order.length - 1;
      const gap = isEnd ? Infinity : valueAt(place + 1) - valueAt(place - 1);
      sums[at] = (sums[at] ?? 0) + gap / (most - least);
    });
  }
  return sums;
}

/** Fronts of members that kept their bounds; behind them those that broke them by the same sum together, the least first. */
function rankedOf<T extends Rated>(population: readonly T[]): readonly (readonly T[])[] {
  const byNumber = (a: T, b: T): number => a.number - b.number;
  const good = population
    .filter(({ broken }) => broken <= 0)
    .sort((a, b) => lexically(a.losses, b.losses) || byNumber(a, b));
  const fronts = frontsOf(good.map(({ losses }) => losses)).map((front) =>
    front.flatMap((at) => good[at] ?? []).sort(byNumber),
  );
  const others = new Map<number, T[]>();
  for (const each of population.filter(({ broken }) => broken > 0).sort(byNumber))
    others.set(each.broken, [...(others.get(each.broken) ?? []), each]);
  const ascending = [...others].sort(([a], [b]) => a - b).map(([, members]) => members);
  return [...fronts, ...ascending];
}

/**
 * The best of a population: front by front; of the front that does not fit whole, those that are least crowded. At a tie the
 * earlier trial.
 *
 * @see Deb et al. 2002, "NSGA-II"; Optuna 5.0.0 `_elite_population_selection_strategy.py`
 */
export function eliteOf<T extends Rated>(population: readonly T[], size: number): readonly T[] {
  const elite: T[] = [];
  for (const front of rankedOf(population)) {
    const room = size - elite.length;
    if (room <= 0) break;
    if (front.length <= room) {
      elite.push(...front);
      continue;
    }
    const crowding = crowdingOf(front.map(({ losses }) => losses));
    const order = front.map((_each, at) => at).sort((a, b) => (crowding[b] ?? 0) - (crowding[a] ?? 0) || a - b);
    elite.push(...order.slice(0, room).flatMap((at) => front[at] ?? []));
  }
  return elite;
}

/** Whether one member goes before another: it keeps the bounds that the other broke, or breaks them less, or dominates. */
export function goesBefore(a: Rated, b: Rated): boolean {
  if (a.broken > 0 || b.broken > 0) return a.broken < b.broken;
  return dominates(a.losses, b.losses);
}
