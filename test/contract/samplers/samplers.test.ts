import { SAMPLERS, type SamplerName } from '../../../src/contracts/optimisation/study';
import { samplerConformance, type Minded } from './sampler';

const minds: Partial<Record<SamplerName, readonly Minded[]>> = {
  // It makes its generations of results as they come, so that nobody waits: their order is part of the history. One objective alone.
  cmaes: ['order', 'several'],
  // One objective alone.
  gp: ['several'],
  // Its generations, too, are results as they come.
  nsga2: ['order'],
  // A member that goes on does so with the same configuration; its newest result is that which ended last.
  pbt: ['order', 'several', 'repeats'],
};

for (const name of SAMPLERS) samplerConformance(name, minds[name]);
