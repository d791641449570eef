import { defineAgent } from '../../../workflows/door';

/** Counts, and fails when told to: the child of the tests of supervisors. */
export const child = defineAgent({
  type: 'child',
  state: (from?: number) => ({ count: from ?? 0 }),
  tell: {
    add: (state, n: number) => ({ count: state.count + n }),
    fail: (_state, why: string) => {
      throw new Error(why);
    },
  },
  ask: {
    total: (state) => ({ reply: state.count }),
  },
  inspect: { total: (state) => state.count },
});

/** Cannot be started. */
export const stillborn = defineAgent({
  type: 'stillborn',
  state: () => ({}),
  init: () => {
    throw new Error('nothing to begin with');
  },
});
