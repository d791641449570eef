import { defineVariables, float } from 'mabeam/workflows';

/** A default that lies outside its range. */
export const broken = defineVariables('broken', { share: float(0, 1).default(2) });
