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

/** Its start takes as long as the test holds it. */
export const slow = defineAgent({
  type: 'slow',
  state: () => ({}),
  init: async (state, _args: undefined, ctx) => {
    await ctx.do('gate', ctx.name, { timeoutMs: 30_000 });
    return state;
  },
});

interface Ledger {
  readonly total: number;
  readonly begun: number;
  readonly why?: string;
}
const ledger = {
  tell: {
    add: (state: Ledger, n: number) => ({ ...state, total: state.total + n }),
    fail: (_state: Ledger, why: string) => {
      throw new Error(why);
    },
  },
  ask: { all: (state: Ledger) => ({ reply: state }) },
  init: (state: Ledger) => ({ ...state, begun: state.begun + 1 }),
};

/** Begins again with what it had. */
export const lasting = defineAgent({
  ...ledger,
  type: 'lasting',
  state: (): Ledger => ({ total: 0, begun: 0 }),
  restart: 'last',
});

/** Begins again with what it makes of what it had. */
export const choosing = defineAgent({
  ...ledger,
  type: 'choosing',
  state: (): Ledger => ({ total: 0, begun: 0 }),
  restart: (last, why) => (why.includes('poison') ? { total: 0, begun: 0, why } : { ...last, why }),
});

/** Ends when it breaks a limit. */
export const limited = defineAgent({
  type: 'limited',
  state: () => ({ text: '' }),
  tell: {
    grow: (_state, bytes: number) => ({ text: 'x'.repeat(bytes) }),
    nothing: (state) => state,
    work: async (state, n: number, ctx) => {
      await Promise.all(Array.from({ length: n }, () => ctx.do('idle')));
      return state;
    },
  },
  ask: { length: (state) => ({ reply: state.text.length }) },
  limits: { stateBytes: 2_000, messagesPerMinute: 50, effectsInFlight: 2 },
  endsOver: ['stateBytes', 'messagesPerMinute', 'effectsInFlight'],
});
