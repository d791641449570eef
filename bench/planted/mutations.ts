import type { Mutation } from './mutation';
import { COORDINATION } from './mutations/coordination';
import { DECISIONS } from './mutations/decisions';
import { FOUNDATION } from './mutations/foundation';
import { PROTECTION } from './mutations/protection';
import { SUPERVISION } from './mutations/supervision';

/** All faults that are planted. */
export const MUTATIONS: readonly Mutation[] = [
  ...COORDINATION,
  ...DECISIONS,
  ...FOUNDATION,
  ...SUPERVISION,
  ...PROTECTION,
];
