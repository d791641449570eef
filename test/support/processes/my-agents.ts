import { defineAgent } from '../../../workflows/door';

/** The types of the agent that the test of `mabeam dev` writes into a user's folder. */
export const counter = defineAgent({
  type: 'counter',
  state: () => ({ count: 0 }),
  tell: { add: (state, n: number) => ({ count: state.count + n }) },
  inspect: { total: (state) => state.count },
});
