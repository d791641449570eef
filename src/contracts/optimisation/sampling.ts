/** The samplers, each named once; the conformance suite runs over this list. */
export const SAMPLERS = ['random', 'grid', 'sobol', 'tpe', 'cmaes', 'nsga2', 'gp', 'pbt'] as const;
/** The samplers that a study may name. Each is a pure function of space, history, pending trials, seed and ask. */
export type SamplerName = (typeof SAMPLERS)[number];

/** What `cmaes` does when a run has converged: nothing, or begin another (Auger & Hansen 2005, Hansen 2009). */
export const RESTARTS = ['none', 'ipop', 'bipop'] as const;
/** One of RESTARTS. */
export type Restarts = (typeof RESTARTS)[number];

/** What a study may say to its sampler. Plain JSON; an option of another sampler changes nothing. */
export interface SamplerOptions {
  /** `grid`: values of a float without a step, and of a logarithmic int with more values; 1 to MAX_POINTS. Default 10. */
  readonly points?: number;
  /** `cmaes`: what follows a run that has converged. Default `ipop`: another with twice the population. */
  readonly restarts?: Restarts;
  /** `pbt`: members that are trained side by side, 2 to MAX_POPULATION. Default 10. */
  readonly population?: number;
  /** `pbt`: the share of members that give up, and of those that they go on from; above 0, to 0.5. Default 0.25. */
  readonly quantile?: number;
  /** `pbt`: the chance of each value to be drawn anew, 0 to 1, when a member goes on from another. Default 0.25. */
  readonly resample?: number;
  /** `pbt`: by what the other numbers are multiplied: one above 0 and below 1, one above 1. Default 0.8 and 1.2. */
  readonly perturb?: readonly [number, number];
}

/** A measure that decides, and which way. */
export interface Objective {
  readonly measure: string;
  readonly direction: 'minimise' | 'maximise';
}
