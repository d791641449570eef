import { SAMPLERS, type SamplerName } from '../../../src/contracts/optimisation/study';
import { samplerConformance } from './sampler';

const minds: Partial<Record<SamplerName, readonly ('order' | 'several')[]>> = {
  // It makes its generations of results as they come, so that nobody waits: their order is part of the history. One objective alone.
  cmaes: ['order', 'several'],
  // One objective alone.
  gp: ['several'],
  // Its generations, too, are results as they come.
  nsga2: ['order'],
};

for (const name of SAMPLERS) samplerConformance(name, minds[name]);
