import { defineAgent, no, refuse, yes, type AgentContext } from '../../../workflows/door';

/** The agent of the README. */
export const counter = defineAgent({
  type: 'counter',
  state: () => ({ count: 0 }),
  tell: { add: (state, n: number) => ({ count: state.count + n }) },
  ask: { drain: (state) => ({ reply: state.count, state: { count: 0 } }) },
  inspect: { total: (state) => state.count },
});

/** Belongs to groups by its definition, and joins and leaves others when it is asked to. */
export const member = defineAgent({
  type: 'member',
  groups: { scorers: { tags: ['gpu'], metadata: { zone: 'eu', tier: 1 } }, everyone: {} },
  state: () => ({ joined: 0 }),
  ask: {
    join: (state, group: string, ctx) => {
      ctx.join(group, { tags: ['asked'] });
      return { reply: null, state: { joined: state.joined + 1 } };
    },
    leave: (_state, group: string, ctx) => {
      ctx.leave(group);
      return { reply: null };
    },
    thinkBetter: (_state, group: string, ctx) => {
      ctx.join(group);
      ctx.leave('scorers');
      return refuse('invalid-message', 'it has thought better of it');
    },
  },
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

const texts = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof value === 'string' ? { value: value.trim() } : { issues: [{ message: 'a text was expected' }] },
  },
};

const patient = {
  state: (): Log => ({ lines: [] }),
  tell: {
    hold: async (state: Log, text: string, ctx: AgentContext) => line(state, await ctx.do<string>('hold', text)),
    note: (state: Log, arg: { readonly text: string }) => line(state, arg.text),
  },
  ask: {
    held: async (state: Log, text: string, ctx: AgentContext) => {
      const reply = await ctx.do<string>('hold', text);
      return { reply, state: line(state, reply) };
    },
  },
  inspect: { lines: (state: Log) => state.lines },
};
/** Each takes a message that comes while a step runs in its own way. */
export const enqueueing = defineAgent({ type: 'enqueueing', ...patient });
export const rejecting = defineAgent({ type: 'rejecting', during: 'reject', ...patient });
export const interrupting = defineAgent({ type: 'interrupting', during: 'interrupt', ...patient });
export const rollingBack = defineAgent({ type: 'rolling-back', during: 'rollback', ...patient });
export const merging = defineAgent({ type: 'merging', during: 'merge', ...patient });
/** Each takes a tell that its mailbox has no room for in its own way. */
export const parking = defineAgent({ type: 'parking', overload: 'park', limits: { mailboxMessages: 2 }, ...patient });
export const dropping = defineAgent({
  type: 'dropping',
  overload: 'drop-oldest',
  limits: { mailboxMessages: 2 },
  ...patient,
});

/** Brings its own validator, subscribes to a set, grows a large state. */
export const checked = defineAgent({
  type: 'checked',
  state: (): Log => ({ lines: [] }),
  subscribe: ['mail-filter'],
  messages: { say: texts },
  tell: { say: (state, text: string) => line(state, text) },
  ask: { grow: (_state, bytes: number) => ({ reply: bytes, state: { lines: ['x'.repeat(bytes)] } }) },
  inspect: { lines: (state) => state.lines },
  standingVote: { threshold: { accept: { atMost: 0.95 } } },
  onVariables: (state, { set, version }) => line(state, `${set}@${String(version)}`),
});

/** Fails before its first message. */
export const failing = defineAgent({
  type: 'failing',
  state: () => ({ fine: true }),
  init: () => {
    throw new TypeError('nothing to begin with');
  },
});
