import { SAMPLERS } from '../../../src/contracts/optimisation/study';
import { samplerConformance } from './sampler';

// CMA-ES makes its generations of results as they come, so that nobody waits: their order is part of the history.
for (const name of SAMPLERS) samplerConformance(name, name === 'cmaes' ? ['order'] : []);
