import { defineAgent, no, refuse, yes } from '../../../workflows/door';

/** The agent of the README. */
export const counter = defineAgent({
  type: 'counter',
  state: () => ({ count: 0 }),
  tell: { add: (state, n: number) => ({ count: state.count + n }) },
  ask: { drain: (state) => ({ reply: state.count, state: { count: 0 } }) },
  inspect: { total: (state) => state.count },
});

interface Log {
  readonly lines: readonly string[];
}
const line = (state: Log, text: string): Log => ({ lines: [...state.lines, text].slice(-500) });

/** Does a little of everything that an agent can do. */
export const worker = defineAgent({
  type: 'worker',
  state: (): Log => ({ lines: [] }),
  init: (state, args: { readonly greeting?: string } | undefined) =>
    args?.greeting === undefined ? state : line(state, args.greeting),
  tell: {
    note: (state, text: string) => line(state, text),
    fail: () => {
      throw new RangeError('the behaviour gave up');
    },
    slow: async (state, text: string, ctx) => line(state, await ctx.do<string>('echo', text)),
    later: (state, text: string, ctx) => {
      ctx.after('300ms', 'note', text);
      return line(state, 'set');
    },
    pass: (_state, to: string, ctx) => {
      ctx.tell(to, 'note', `from ${ctx.name}`);
    },
  },
  ask: {
    echo: async (_state, text: string, ctx) => ({ reply: await ctx.do<string>('echo', text) }),
    broken: async (_state, _arg: undefined, ctx) => ({
      reply: await ctx.do<string>('broken', undefined, { attempts: 1 }),
    }),
    many: async (_state, n: number, ctx) => {
      await Promise.all(Array.from({ length: n }, (_each, at) => ctx.do('echo', String(at))));
      return { reply: n };
    },
    refused: () => refuse('invalid-message', 'never on a Tuesday'),
    relay: async (_state, to: string, ctx) => ({ reply: await ctx.ask<string>(to, 'echo', `for ${ctx.name}`) }),
    cycle: async (_state, to: string, ctx) => ({ reply: await ctx.ask<string>(to, 'cycle', ctx.name) }),
    impatient: async (_state, to: string, ctx) => ({
      reply: await ctx.ask<string>(to, 'echo', 'hold', { deadlineMs: 300 }),
    }),
    spawn: async (_state, name: string, ctx) => ({ reply: await ctx.start('counter', name) }),
    noted: (state, text: string) => ({ reply: text, state: line(state, text) }),
    twin: (state) => ({ reply: state.lines.length }),
  },
  inspect: { lines: (state) => state.lines },
  terminate: (state) => line(state, 'good bye'),
  vote: (_state, subject) =>
    subject.values['threshold'] === 0.93 ? yes('within bounds', { measured: 1 }) : no('too high'),
  onVariables: (state, announced) => line(state, `${announced.set}@${String(announced.version)}`),
});

/** Ticks by itself. */
export const ticker = defineAgent({
  type: 'ticker',
  state: () => ({ ticks: 0 }),
  every: { tick: '200ms' },
  tell: { tick: (state) => ({ ticks: state.ticks + 1 }) },
  inspect: { ticks: (state) => state.ticks },
});
