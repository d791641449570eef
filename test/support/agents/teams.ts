import { defineAgent, type AgentContext } from '../../../workflows/door';

/** What is asked of whom. */
export interface Errand {
  readonly to: string;
  readonly message: string;
  readonly arg?: unknown;
  readonly deadlineMs?: number;
}

interface Notes {
  readonly lines: readonly string[];
}
const note = (state: Notes, text: string): Notes => ({ lines: [...state.lines, text].slice(-500) });
const run = (ctx: AgentContext, { to, message, arg, deadlineMs }: Errand): Promise<unknown> =>
  ctx.ask(to, message, arg, deadlineMs === undefined ? {} : { deadlineMs });

/** Asks others what it is told to ask, directly or through others; what it asks for ends at `name`. */
export const asker = defineAgent({
  type: 'asker',
  state: (): Notes => ({ lines: [] }),
  ask: {
    errand: async (_state, errand: Errand, ctx) => ({ reply: await run(ctx, errand) }),
    /** Asks the first to go on with the rest: a chain of any length. */
    chain: async (_state, names: readonly string[], ctx) => {
      const [to, ...rest] = names;
      return { reply: to === undefined ? ctx.name : await ctx.ask(to, 'chain', rest) };
    },
    who: (_state, _arg: undefined, ctx) => ({ reply: { sender: ctx.sender ?? null, name: ctx.name } }),
  },
});

/** Gives up what it waits for when something newer comes; two effects at once. */
export const wonderer = defineAgent({
  type: 'wonderer',
  during: 'interrupt',
  limits: { effectsInFlight: 2 },
  state: (): Notes => ({ lines: [] }),
  tell: {
    wonder: async (state, errand: Errand, ctx) => note(state, String(await run(ctx, errand))),
  },
  ask: { echo: async (_state, text: string, ctx) => ({ reply: await ctx.do<string>('echo', text) }) },
  inspect: { lines: (state) => state.lines },
});

/** Has children, and hears of their ends. */
export const parent = defineAgent({
  type: 'parent',
  state: (): Notes => ({ lines: [] }),
  ask: {
    spawn: async (_state, { type, name }: { readonly type: string; readonly name: string }, ctx) => ({
      reply: await ctx.start(type, name),
    }),
  },
  onExit: (state, { child, reason }) =>
    note(
      state,
      `${child.split(':')[2] ?? ''} ${reason.kind}${reason.kind === 'failed' ? ` ${reason.refusal.code}` : ''}`,
    ),
  inspect: { lines: (state) => state.lines },
});

/** Begins slowly: it is starting until the test lets it go. */
export const slow = defineAgent({
  type: 'slow',
  state: (): Notes => ({ lines: [] }),
  init: async (state, args: { readonly hold: string }, ctx) => note(state, await ctx.do<string>('hold', args.hold)),
  terminate: async (state, ctx) => note(state, await ctx.do<string>('hold', `${ctx.name}-end`)),
  tell: { note },
  inspect: { lines: (state) => state.lines },
});

/** Its state had another form once: a text, where a list is now. */
export const aged = defineAgent({
  type: 'aged',
  schema: 2,
  upcast: { 1: (state: { readonly text: string }): Notes => ({ lines: state.text.split(' ') }) },
  state: (): Notes => ({ lines: [] }),
  tell: { note },
  inspect: { lines: (state) => state.lines },
});

/** Rings by itself, every so often and once. */
export const clock = defineAgent({
  type: 'clock',
  every: { ring: '150ms' },
  state: () => ({ rings: 0, alarms: 0 }),
  tell: {
    ring: (state) => ({ ...state, rings: state.rings + 1 }),
    alarm: (state) => ({ ...state, alarms: state.alarms + 1 }),
    set: (_state, ms: number, ctx) => {
      ctx.after(ms, 'alarm');
    },
  },
  inspect: { seen: (state) => state },
});
