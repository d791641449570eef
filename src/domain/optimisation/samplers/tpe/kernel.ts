/** Terms of components, one behind the other. */
export interface Terms {
  readonly values: Float64Array;
  readonly which: Int32Array;
}

/** The components of a line, without the prior. */
export interface Stand {
  /** Those with the least bandwidth, which most of them have, ascending by place. */
  readonly narrow: Int32Array;
  readonly places: Float64Array;
  /** What one of them loses at a distance, over the square of it. */
  readonly loss: number;
  /** All others. */
  readonly wide: Int32Array;
}

/**
 * One dimension of a mixture: a kernel for each observation, in their order, and the prior kernel as the last. Who makes it gives
 * `most`, one number for each component: what the logarithm of its density (or mass) can be at most is added there, once for
 * all points.
 */
export type Kernels = LineKernels | CellKernels;

/** What is read of a component stands close together: place and inverse bandwidth on each line. */
export interface Packed {
  readonly numbers: Float64Array;
  /** Numbers of a component. */
  readonly width: number;
}

interface AnyKernels {
  /** A coordinate from one component, by a number in [0, 1). */
  draw(component: number, unit: number): number;
}

/** Normals on a line. What is missing at a distance is the square of (distance times inverse): see `Packed`. */
export interface LineKernels extends AnyKernels {
  readonly kind: 'line';
  readonly stand: Stand;
}

/** Kernels over cells or choices. */
export interface CellKernels extends AnyKernels {
  readonly kind: 'cells';
  /**
   * Takes off the terms of some components what is missing from their most at a coordinate, and keeps those above `least`.
   *
   * @param from the first `count` of them; they may be `kept` itself
   * @returns how many are kept: their terms and which they are, in the same order
   */
  sift(coordinate: number, from: Terms, count: number, kept: Terms, least: number): number;
}
