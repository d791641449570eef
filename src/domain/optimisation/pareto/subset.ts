import { eliteOf } from './crowding';
import { lexically, type Losses } from './dominance';
import { boxOf, cornerOf, hypervolume } from './hypervolume';

const LEAST = 1e-12;
/** Points times choices up to which volumes of three objectives are measured; each objective more makes them so much dearer. */
const MOST_WORK = 100_000;
const DEARER = 5;

/** Where volumes are measured from: a little worse than the worst in each objective, as Optuna 5.0.0 `_get_reference_point`. */
export function referenceOf(points: readonly Losses[]): Losses {
  const [first = []] = points;
  return first.map((_each, at) => {
    const worst = points.reduce((most, point) => Math.max(most, point[at] ?? 0), -Infinity);
    const reference = Math.max(1.1 * worst, 0.9 * worst);
    return reference === 0 ? LEAST : reference;
  });
}

/** The first of the largest. */
function largest(values: readonly number[]): number {
  let best = 0;
  for (let at = 1; at < values.length; at++) if ((values[at] ?? 0) > (values[best] ?? 0)) best = at;
  return best;
}

/** Of two objectives: each point has a rectangle that nobody chosen covers; a choice cuts those of the others. */
function ofTwo(points: readonly Losses[], size: number, [right = 0, top = 0]: Losses): readonly number[] {
  const left = points.map((point, at) => ({ at, x: point[0] ?? 0, y: point[1] ?? 0, right, top }));
  const chosen: number[] = [];
  while (chosen.length < size) {
    const best = largest(left.map((each) => (each.right - each.x) * (each.top - each.y)));
    const [taken] = left.splice(best, 1);
    if (taken === undefined) break;
    chosen.push(taken.at);
    left.forEach((each, place) => {
      if (place < best) each.right = Math.min(each.right, taken.x);
      else each.top = Math.min(each.top, taken.y);
    });
  }
  return chosen;
}

/** A point that is not chosen, and what it would add: exactly, or at most. */
interface Candidate {
  readonly at: number;
  readonly point: Losses;
  readonly box: number;
  adds: number;
  /** Corners with what was chosen, as far as it was looked at. */
  corners: readonly Losses[];
  looked: number;
}

function isCovered(corner: Losses, by: Losses): boolean {
  return by.every((value, at) => value <= (corner[at] ?? 0));
}

/** Of more objectives: what a point adds only falls as others are chosen, so most need not be computed again. */
function ofMore(points: readonly Losses[], size: number, reference: Losses): readonly number[] {
  let left: readonly Candidate[] = points.map((point, at) => {
    const box = boxOf(point, reference);
    return { at, point, box, adds: box, corners: [], looked: 0 };
  });
  const chosen: Losses[] = [];
  const positions: number[] = [];
  const measured = (candidate: Candidate): number => {
    for (const other of chosen.slice(candidate.looked)) {
      const corner = cornerOf(candidate.point, other);
      if (candidate.corners.some((each) => isCovered(corner, each))) continue;
      candidate.corners = [...candidate.corners.filter((each) => !isCovered(each, corner)), corner];
    }
    candidate.looked = chosen.length;
    return candidate.box - hypervolume(candidate.corners, reference);
  };
  while (positions.length < size) {
    const taken = left[largest(left.map(({ adds }) => adds))];
    if (taken === undefined) break;
    positions.push(taken.at);
    chosen.push(taken.point);
    left = left.filter((each) => each !== taken);
    for (const each of left)
      each.adds = Math.min(each.adds, each.box - boxOf(cornerOf(each.point, taken.point), reference));
    let most = 0;
    for (const each of left.toSorted((a, b) => b.adds - a.adds)) {
      if (each.adds < most) continue;
      each.adds = measured(each);
      most = Math.max(most, each.adds);
    }
  }
  return positions;
}

function leastCrowded(points: readonly Losses[], size: number): readonly number[] {
  const population = points.map((losses, number) => ({ number, losses, broken: 0 }));
  return eliteOf(population, size).map(({ number }) => number);
}

/**
 * Which of some points dominate much together: one after the other, each the one that adds most to the volume (the first of equal
 * ones). At least 1 - 1/e of the largest volume that any choice has. Where that would take long (many points of more than two
 * objectives), those that are least crowded: there we differ from Optuna, which takes as long as it takes.
 *
 * @param points in the order of `lexically`, without repetitions, none of which dominates another
 * @returns positions, `size` of them
 * @see Guerreiro, Fonseca, Paquete 2016, "Greedy Hypervolume Subset Selection in Low Dimensions"; Optuna 5.0.0 `_hypervolume/hssp.py`
 */
export function spreadOf(points: readonly Losses[], size: number): readonly number[] {
  if (points.length <= size) return points.map((_each, at) => at);
  const reference = referenceOf(points);
  if (reference.length === 2) return ofTwo(points, size, reference);
  const isDear = points.length * size > MOST_WORK / DEARER ** (reference.length - 3);
  return isDear ? leastCrowded(points, size) : ofMore(points, size, reference);
}

/**
 * The same of points with repetitions, which come last.
 *
 * @param points in the order of `lexically`, equal ones by trial
 * @param before which of two positions has the earlier trial
 */
export function spreadWithRepeats(
  points: readonly Losses[],
  size: number,
  before: (a: number, b: number) => number,
): readonly number[] {
  const isRepeat = points.map((point, at) => at > 0 && lexically(points[at - 1] ?? [], point) === 0);
  const firsts = points.flatMap((_each, at) => (isRepeat[at] === true ? [] : [at]));
  const chosen = spreadOf(
    firsts.map((at) => points[at] ?? []),
    size,
  ).map((place) => firsts[place] ?? 0);
  const repeats = points.flatMap((_each, at) => (isRepeat[at] === true ? [at] : [])).sort(before);
  return [...chosen, ...repeats.slice(0, Math.max(0, size - chosen.length))];
}
