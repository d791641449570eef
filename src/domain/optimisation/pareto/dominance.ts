/** What is to be made small, one number for each objective: finite. */
export type Losses = readonly number[];

/** Below 0 when a comes before b: by the first objective, where that is equal by the second, and so on. */
export function lexically(a: Losses, b: Losses): number {
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a is nowhere larger than b, from an objective on. */
function covers(a: Losses, b: Losses, from: number): boolean {
  for (let at = from; at < b.length; at++) if ((a[at] ?? 0) > (b[at] ?? 0)) return false;
  return true;
}

/** Whether a is nowhere worse than b and somewhere better. */
export function dominates(a: Losses, b: Losses): boolean {
  return covers(a, b, 0) && lexically(a, b) !== 0;
}

/**
 * Which of some points no other dominates; equal ones are on the front together. O(points × front).
 *
 * @param sorted in the order of `lexically`: what comes later never dominates what came before
 */
export function onFront(sorted: readonly Losses[]): readonly boolean[] {
  const front: Losses[] = [];
  const isOn: boolean[] = [];
  let least = Infinity;
  for (const [at, point] of sorted.entries()) {
    const before = sorted[at - 1];
    if (before !== undefined && lexically(before, point) === 0) {
      isOn.push(isOn[at - 1] ?? false);
      continue;
    }
    // of two objectives the second alone decides, and its smallest value so far
    const isBeaten = point.length === 2 ? (point[1] ?? 0) >= least : front.some((member) => covers(member, point, 1));
    isOn.push(!isBeaten);
    if (isBeaten) continue;
    if (point.length === 2) least = point[1] ?? 0;
    else front.push(point);
  }
  return isOn;
}

/**
 * Positions of points, front by front: those that nothing dominates, those that only these dominate, and so on, until so many
 * are found. The last front is whole.
 *
 * @param sorted in the order of `lexically`
 * @see Deb et al. 2002, "NSGA-II"; Optuna 5.0.0 `study/_multi_objective.py`, `_fast_non_domination_rank`
 */
export function frontsOf(sorted: readonly Losses[], count = sorted.length): readonly (readonly number[])[] {
  const fronts: number[][] = [];
  let left = sorted.map((_each, at) => at);
  for (let found = 0; found < count && left.length > 0;) {
    const isOn = onFront(left.map((at) => sorted[at] ?? []));
    const front = left.filter((_at, place) => isOn[place] === true);
    left = left.filter((_at, place) => isOn[place] !== true);
    fronts.push(front);
    found += front.length;
  }
  return fronts;
}
