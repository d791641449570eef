import { defineAgent } from 'mabeam/workflows';

/** An agent whose place can be asked for: which process does what it does. Beside it: its activity. */

interface Noted {
  readonly numbers: readonly number[];
}
const noted = (state: Noted, n: number): Noted => ({ numbers: [...state.numbers, n] });

/** Notes the number of each message, says where it works, and begins again with what it had. */
export const placed = defineAgent({
  type: 'placed',
  state: (): Noted => ({ numbers: [] }),
  restart: 'last',
  tell: {
    note: noted,
    fail: (_state, why: string) => {
      throw new Error(why);
    },
  },
  ask: {
    noted: (state, n: number) => ({ reply: n, state: noted(state, n) }),
    where: async (_state, _arg: undefined, ctx) => ({ reply: await ctx.do<number>('ownPid') }),
    starts: async (_state, { name, queue }: { readonly name: string; readonly queue: string }, ctx) => ({
      reply: await ctx.start('placed', name, undefined, { queue }),
    }),
  },
  inspect: { numbers: (state) => state.numbers },
});
