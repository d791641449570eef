import { defineAgent, defineVariables, float, int, superMajority, voter, yes } from '../workflows/door';

/** How many agents vote in a ballot and adopt a version. */
export const CROWD = 50;

/** Names of the agents of the crowd. */
export const crowdNames: readonly string[] = Array.from({ length: CROWD }, (_each, at) => `bench-${String(at)}`);

/** An agent that counts, votes and adopts. */
export const subject = defineAgent({
  type: 'subject',
  state: () => ({ count: 0 }),
  tell: { add: (state, n: number) => ({ count: state.count + n }) },
  ask: { addNow: (state, n: number) => ({ reply: state.count + n, state: { count: state.count + n } }) },
  inspect: { total: (state) => state.count },
  vote: () => yes('measured nothing'),
  onVariables: (state) => state,
});

const threshold = { threshold: float(0, 1).default(0.5).policy('consensus') };

/** A child of a supervisor: fails when it is told to. */
export const frail = defineAgent({
  type: 'frail',
  state: () => ({ asked: 0 }),
  tell: {
    fail: (_state, why: string) => {
      throw new Error(why);
    },
  },
  ask: { again: ({ asked }) => ({ reply: asked + 1, state: { asked: asked + 1 } }) },
});

/** Decided by standing votes, inside the set. */
export const standing = defineVariables('standing', threshold, {
  electorate: crowdNames.map((name) => voter(name, { standing: { threshold: { accept: { atMost: 1 } } } })),
  rule: superMajority(2, 3),
});

/** Decided by agents that think. */
export const thinking = defineVariables('thinking', threshold, { electorate: crowdNames, deadline: '30s' });

/** Free; every change is announced to the crowd. */
export const announced = defineVariables('announced', { value: int(0, 1_000_000) });
