import { defineAgent, defineVariables, float, int, yes } from '../../workflows/door';

/**
 * What the recorded histories were made with. A history is replayed on today's platform code with these definitions:
 * change them only together with a new recording (`npm run test:record`).
 */
interface KeeperState {
  readonly lines: readonly string[];
  readonly version: number;
}
const note = (state: KeeperState, line: string): KeeperState => ({
  ...state,
  lines: [...state.lines, line].slice(-20),
});

/** Does a little of everything: effects, timers, tells, asks, votes, adoptions, children. */
export const keeper = defineAgent({
  type: 'keeper',
  state: (): KeeperState => ({ lines: [], version: 0 }),
  every: { tick: '700ms' },
  init: (state, _args: undefined, ctx) => {
    ctx.after('300ms', 'note', 'alarm');
    return note(state, `begun ${String(ctx.random() < 2)}`);
  },
  tell: {
    tick: (state) => note(state, 'tick'),
    note,
    pass: (_state, to: string, ctx) => {
      ctx.tell(to, 'note', `from ${ctx.name}`);
    },
    fetch: async (state, text: string, ctx) => note(state, await ctx.do<string>('echo', text)),
    study: async (state, name: string, ctx) => {
      await ctx.startStudy(name, {
        over: 'dial',
        evaluator: 'recorded',
        minimise: 'loss',
        budget: { trials: 6 },
        parallelism: 1,
      });
      return note(state, `study ${name}`);
    },
  },
  ask: {
    lines: (state) => ({ reply: state.lines.length }),
    relay: async (_state, to: string, ctx) => ({ reply: await ctx.ask<number>(to, 'lines') }),
    broken: async (_state, _arg: undefined, ctx) => ({ reply: await ctx.do('broken', undefined, { attempts: 1 }) }),
    child: async (_state, name: string, ctx) => ({ reply: await ctx.start('keeper', name) }),
    adopt: async (state, set: string, ctx) => {
      const { version } = await ctx.subscribe(set);
      return { reply: version, state: { ...state, version } };
    },
    change: async (state, level: number, ctx) => {
      const verdict = await ctx.propose('dial', { level }, { basedOn: state.version });
      return { reply: verdict.kind };
    },
  },
  inspect: { seen: (state) => state },
  vote: async (_state, _subject, ctx) => {
    const held = await ctx.do<string>('hold', ctx.name);
    return yes(`${held} looked`);
  },
  onVariables: (state, announced) => note({ ...state, version: announced.version }, `v${String(announced.version)}`),
  onStudy: (state, finished) => note(state, `${finished.study} ${finished.state}`),
  onExit: (state, { reason }) => note(state, `child ${reason.kind}`),
  terminate: (state) => note(state, 'end'),
});

/** Two agents that think decide on one of its variables. */
export const dial = defineVariables(
  'dial',
  { threshold: float(0, 1).default(0.5).policy('consensus'), level: int(0, 100) },
  { electorate: ['k1', 'k2'], deadline: '60s' },
);
