import { defineAgent, defineVariables, float, superMajority, voter } from 'mabeam/workflows';

/** Names of those who vote. */
export const VOTERS: readonly string[] = Array.from({ length: 50 }, (_each, at) => `voter-${String(at)}`);

/** Decided by standing votes, inside the set. */
export const standing = defineVariables(
  'standing',
  { threshold: float(0, 1).default(0.5).policy('consensus') },
  {
    electorate: VOTERS.map((name) => voter(name, { standing: { threshold: { accept: { atMost: 1 } } } })),
    rule: superMajority(2, 3),
  },
);

/** Holds a lock for as long as it lives. */
export const keeper = defineAgent({
  type: 'keeper',
  state: () => ({ token: 0 }),
  ask: {
    keep: async (_state, name: string, ctx) => {
      const token = await ctx.acquireLock(name);
      return { reply: token, state: { token } };
    },
  },
});
