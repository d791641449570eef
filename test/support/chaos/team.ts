import { defineAgent, defineVariables, float, int, majority, yes } from 'mabeam/workflows';

/** The definitions that the processes of the fault tests run. Beside it: activities and an evaluator. */

interface Counted {
  /** Each message once, in the order in which it took effect. */
  readonly numbers: readonly number[];
}
const HELD = { timeoutMs: 3_000, attempts: 100 };

/** Notes the number of each message: a message that took effect twice would stand there twice. */
export const tally = defineAgent({
  type: 'tally',
  state: (): Counted => ({ numbers: [] }),
  tell: {
    note: (state, n: number) => ({ numbers: [...state.numbers, n] }),
    fail: (_state, why: string) => {
      throw new Error(why);
    },
  },
  ask: { noted: (state, n: number) => ({ reply: n, state: { numbers: [...state.numbers, n] } }) },
  inspect: { numbers: (state) => state.numbers },
});

interface Sailor extends Counted {
  /** Its start takes as long as the test holds it. */
  readonly isHeld: boolean;
}

/** A child of supervisors: notes numbers, and fails when it is told to. */
export const sailor = defineAgent({
  type: 'sailor',
  state: (isHeld?: boolean): Sailor => ({ numbers: [], isHeld: isHeld === true }),
  init: async (state, _args: boolean | undefined, ctx) => {
    if (state.isHeld) await ctx.do('hold', `begin ${ctx.name}`, HELD);
    return state;
  },
  tell: {
    fail: (_state, why: string) => {
      throw new Error(why);
    },
  },
  ask: { noted: (state, n: number) => ({ reply: n, state: { ...state, numbers: [...state.numbers, n] } }) },
  inspect: { numbers: (state) => state.numbers },
});

/** Begins again with the numbers that it had. */
export const keeper = defineAgent({
  type: 'keeper',
  state: (): Counted => ({ numbers: [] }),
  restart: 'last',
  ask: { noted: (state, n: number) => ({ reply: n, state: { numbers: [...state.numbers, n] } }) },
  inspect: { numbers: (state) => state.numbers },
});

interface Member {
  readonly votes: readonly string[];
  readonly versions: readonly number[];
}

/** Thinks as long as the test holds it, votes, and notes each version that it applies. */
export const member = defineAgent({
  type: 'member',
  state: (): Member => ({ votes: [], versions: [] }),
  subscribe: ['settings'],
  inspect: { member: (state) => state },
  vote: async (_state, subject, ctx) => {
    await ctx.do('hold', `vote ${ctx.name} ${String(subject.proposal)}`, HELD);
    return yes('after some thought');
  },
  onVariables: async (state, { version }, ctx) => {
    await ctx.do('hold', `apply ${ctx.name} ${String(version)}`, HELD);
    return { ...state, versions: [...state.versions, version] };
  },
});

/** One variable that anyone may change, one that three members decide on. */
export const settings = defineVariables(
  'settings',
  { speed: int(0, 1_000_000).default(0), threshold: float(0, 1).default(0.5).policy('consensus') },
  { electorate: ['member-1', 'member-2', 'member-3'], rule: majority(), deadline: '60s', announce: '60s' },
);
