// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { abs, max, min } = Math;
const { isFinite } = Number;

/** A function of several variables with its gradient. */
export type Sloped = (x: Float64Array, gradient: Float64Array) => number;

/** When a minimisation ends, and where it may go. */
export interface Minimising {
  /** Ends when no component of the projected gradient is larger. */
  readonly gradient: number;
  readonly iterations: number;
  /** The box: one pair of ends for each variable. Absent: no bounds. */
  readonly low?: Float64Array;
  readonly high?: Float64Array;
  /** What an earlier minimisation of a function like this one learnt of its curvature: this one begins with it. */
  readonly curvature?: Curvature;
}

/** Where a minimisation ended. */
export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** Ended because the gradient, or the gain, was small; false when no step was better or time was up. */
  readonly converged: boolean;
  readonly curvature: Curvature;
}

/** Steps, oldest first, and how the gradient turned along them. */
export interface Curvature {
  readonly steps: readonly Float64Array[];
  readonly turns: readonly Float64Array[];
}

/** Pairs of steps that the curvature is made of. */
const PAIRS = 10;
/** Ends when a step gains less, as a share of the value. SciPy's default. */
const GAIN = 2.220446049250313e-9;
const TRIES = 20;
const DECREASE = 1e-4;

interface Memory {
  readonly steps: Float64Array[];
  readonly turns: Float64Array[];
  readonly rho: number[];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

function addTo(to: Float64Array, scale: number, of: Float64Array): void {
  for (let at = 0; at < to.length; at++) to[at] = (to[at] ?? 0) + scale * (of[at] ?? 0);
}

/** -H · gradient by the two loops of L-BFGS, over the variables that are free. */
function directionOf({ steps, turns, rho }: Memory, gradient: Float64Array, free: Uint8Array): Float64Array {
  const direction = gradient.map((each, at) => (free[at] === 1 ? -each : 0));
  const alpha: number[] = [];
  for (let k = steps.length - 1; k >= 0; k--) {
    const [step, turn] = [steps[k] ?? direction, turns[k] ?? direction];
    const a = (rho[k] ?? 0) * dot(step, direction);
    alpha[k] = a;
    addTo(direction, -a, turn);
  }
  const [last, turned] = [steps.at(-1), turns.at(-1)];
  const scale = last === undefined || turned === undefined ? 1 : dot(last, turned) / dot(turned, turned);
  for (let at = 0; at < direction.length; at++) direction[at] = (direction[at] ?? 0) * scale;
  for (let k = 0; k < steps.length; k++) {
    const [step, turn] = [steps[k] ?? direction, turns[k] ?? direction];
    addTo(direction, (alpha[k] ?? 0) - (rho[k] ?? 0) * dot(turn, direction), step);
  }
  for (let at = 0; at < direction.length; at++) if (free[at] !== 1) direction[at] = 0;
  return direction;
}

function keepPair({ steps, turns, rho }: Memory, step: Float64Array, turn: Float64Array): void {
  const curvature = dot(step, turn);
  if (!(curvature > 1e-10 * dot(turn, turn))) return;
  steps.push(step);
  turns.push(turn);
  rho.push(1 / curvature);
  if (steps.length > PAIRS) for (const list of [steps, turns, rho]) list.shift();
}

/**
 * Minimises a smooth function by L-BFGS with ten pairs; in a box by projection: variables that stand at an end and would leave
 * it are held, and each step is cut to the box. The steps are halved, or shorter by a parabola, until they gain enough
 * (Armijo). Never worse than its start. Pure; as many evaluations as steps, nearly.
 *
 * @see Nocedal 1980; Bertsekas 1982 for the projection. We differ from L-BFGS-B (SciPy) in the search along the line and in
 *   having no Cauchy point; the ends by gradient and by gain are its.
 */
export function minimise(of: Sloped, start: Float64Array, options: Minimising): Minimum {
  const { low, high } = options;
  const size = start.length;
  const into = (value: number, at: number): number => min(high?.[at] ?? Infinity, max(low?.[at] ?? -Infinity, value));
  let x: Float64Array = start.map(into);
  let gradient: Float64Array = new Float64Array(size);
  let value = of(x, gradient);
  const memory: Memory = { steps: [], turns: [], rho: [] };
  options.curvature?.steps.forEach((step, k) => keepPair(memory, step, options.curvature?.turns[k] ?? step));
  const ended = (iterations: number, converged: boolean): Minimum => {
    const { steps, turns } = memory;
    return { x, value, iterations, converged, curvature: { steps, turns } };
  };
  const free = new Uint8Array(size);
  for (let iterations = 0; ; iterations++) {
    let steepest = 0;
    for (let at = 0; at < size; at++) {
      const [here, slope] = [x[at] ?? 0, gradient[at] ?? 0];
      steepest = max(steepest, abs(into(here - slope, at) - here));
      const isHeld = (here <= (low?.[at] ?? -Infinity) && slope > 0) || (here >= (high?.[at] ?? Infinity) && slope < 0);
      free[at] = isHeld ? 0 : 1;
    }
    if (steepest <= options.gradient) return ended(iterations, isFinite(value));
    if (iterations >= options.iterations || !isFinite(value)) return ended(iterations, false);
    let direction = directionOf(memory, gradient, free);
    let slope = dot(direction, gradient);
    if (!(slope < 0)) {
      for (const list of [memory.steps, memory.turns, memory.rho]) list.length = 0;
      direction = directionOf(memory, gradient, free);
      slope = dot(direction, gradient);
    }
    const found = along(of, { x, value, direction, slope, isFirst: memory.steps.length === 0 }, into);
    if (found === undefined) {
      if (memory.steps.length === 0) return ended(iterations, false);
      // what was learnt of the curvature misleads: once more from here, straight down
      for (const list of [memory.steps, memory.turns, memory.rho]) list.length = 0;
      continue;
    }
    const before = { x, gradient, value };
    ({ x, gradient, value } = found);
    keepPair(
      memory,
      x.map((each, at) => each - (before.x[at] ?? 0)),
      gradient.map((each, at) => each - (before.gradient[at] ?? 0)),
    );
    if (before.value - value <= GAIN * max(abs(before.value), abs(value), 1)) return ended(iterations + 1, true);
  }
}

interface Line {
  readonly x: Float64Array;
  readonly value: number;
  readonly direction: Float64Array;
  readonly slope: number;
  readonly isFirst: boolean;
}

type Found = Pick<Line, 'x' | 'value'> & { readonly gradient: Float64Array };

/** The first step along a line that gains enough; nothing when none does. */
function along(of: Sloped, line: Line, into: (value: number, at: number) => number): Found | undefined {
  const { direction, slope, value } = line;
  let length = line.isFirst ? min(1, 1 / Math.sqrt(dot(direction, direction))) : 1;
  const x = new Float64Array(direction.length);
  const gradient = new Float64Array(direction.length);
  for (let tries = 0; tries < TRIES; tries++) {
    let gained = 0;
    for (let at = 0; at < x.length; at++) {
      const here = line.x[at] ?? 0;
      x[at] = into(here + length * (direction[at] ?? 0), at);
      gained += (x[at] ?? 0) - here === 0 ? 0 : 1;
    }
    if (gained === 0) return undefined;
    const next = of(x, gradient);
    if (next <= value + DECREASE * length * slope) return { x, value: next, gradient };
    // the lowest point of the parabola through what is known, between a tenth and a half of the step
    const best = isFinite(next) ? (-slope * length * length) / (2 * (next - value - slope * length)) : 0;
    length = min(length / 2, max(length / 10, best));
  }
  return undefined;
}
