/** One dimension of a mixture: a kernel for each observation, in their order, and the prior kernel as the last. */
export interface Kernels {
  /**
   * The part of the logarithm of each component's density that does not depend on the coordinate, added up once for all
   * points. `into` has one place for each component.
   */
  addConstant(into: Float64Array): void;
  /** Adds to each component the rest of the logarithm of its density (or mass) at a coordinate. */
  add(coordinate: number, into: Float64Array): void;
  /** A coordinate from one component, by a number in [0, 1). */
  draw(component: number, unit: number): number;
}
