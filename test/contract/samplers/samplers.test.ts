import { SAMPLERS } from '../../../src/contracts/optimisation/study';
import { samplerConformance } from './sampler';

for (const name of SAMPLERS) samplerConformance(name);
