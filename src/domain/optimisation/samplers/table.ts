import type { SamplerName } from '../../../contracts/optimisation/study';
import { cmaesSampler } from './cmaes/cmaes';
import { gpSampler } from './gp/gp';
import { gridSampler } from './grid/grid';
import { nsga2Sampler } from './nsga2/nsga2';
import { pbtSampler } from './pbt/pbt';
import { randomSampler } from './random';
import type { Sampler } from './sampler';
import { sobolSampler } from './sobol';
import { tpeSampler } from './tpe/tpe';

/** The samplers by name. A new one is named here and in the contract; the conformance suite runs over this table. */
export const samplers: Readonly<Record<SamplerName, Sampler>> = {
  random: randomSampler,
  grid: gridSampler,
  sobol: sobolSampler,
  tpe: tpeSampler,
  cmaes: cmaesSampler,
  nsga2: nsga2Sampler,
  gp: gpSampler,
  pbt: pbtSampler,
};
