/** One dimension of a mixture: a kernel for each observation, in their order, and the prior kernel as the last. */
export interface Kernels {
  /**
   * The most that the logarithm of each component's density (or mass) can be, added up once for all points. `into` has one
   * place for each component.
   */
  addMost(into: Float64Array): void;
  /** Takes off what is missing from the most at a coordinate, for the first `count` of the components in `live`. */
  takeOff(coordinate: number, into: Float64Array, live: Int32Array, count: number): void;
  /** A coordinate from one component, by a number in [0, 1). */
  draw(component: number, unit: number): number;
}
