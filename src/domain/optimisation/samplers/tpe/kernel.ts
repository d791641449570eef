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

/** One dimension of a mixture: a kernel for each observation, in their order, and the prior kernel as the last. */
export interface Kernels {
  /**
   * The most that the logarithm of each component's density (or mass) can be, added up once for all points. `into` has one
   * place for each component.
   */
  addMost(into: Float64Array): void;
  /**
   * Takes off the terms of some components what is missing from their most at a coordinate, and keeps those above `least`.
   *
   * @param from terms of the first `count` of the components in `among`, in their order; they may be those of `kept`
   * @returns how many are kept: their terms and which they are, in the same order
   */
  sift(coordinate: number, from: Terms, count: number, kept: Terms, least: number): number;
  /** Of a line: where its components stand, so that those which are far away need not be looked at. */
  readonly stand?: Stand;
  /** A coordinate from one component, by a number in [0, 1). */
  draw(component: number, unit: number): number;
}
