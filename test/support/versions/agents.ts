import { defineAgent } from '../../../workflows/door';

/** A behaviour, and the next version of it, whose state has another form. */
export const first = defineAgent({
  type: 'versioned',
  state: () => ({ sum: 0, taken: 0 }),
  tell: { add: (state, n: number) => ({ sum: state.sum + n, taken: state.taken + 1 }) },
  ask: { all: (state) => ({ reply: { version: 1, ...state } }) },
});

export const second = defineAgent({
  type: 'versioned',
  schema: 2,
  upcast: { 1: ({ sum, taken }: { sum: number; taken: number }) => ({ total: sum, messages: taken, lifted: 1 }) },
  state: () => ({ total: 0, messages: 0, lifted: 0 }),
  tell: { add: (state, n: number) => ({ ...state, total: state.total + n, messages: state.messages + 1 }) },
  ask: { all: (state) => ({ reply: { version: 2, ...state } }) },
});
