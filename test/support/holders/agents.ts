import { defineAgent, refuse, type AgentLockOptions } from '../../../workflows/door';

/** Which lock, how, and what an activity is told while it is held. */
export interface Under extends AgentLockOptions {
  readonly lock: string;
}

/** Holds locks: during an act, or over messages. Its activities say which tokens they carry. */
export const holder = defineAgent({
  type: 'holder',
  state: () => ({ done: [] as readonly string[] }),
  tell: {
    work: async (state, { lock, ...options }: Under, ctx) => {
      const line = await ctx.withLock(
        lock,
        (token) => ctx.do<string>('work', `${ctx.name} ${String(token)}`, { attempts: 1 }),
        options,
      );
      return { done: [...state.done, line] };
    },
    workUnder: async (
      state,
      { locks, waitMs }: { readonly locks: readonly string[]; readonly waitMs?: number },
      ctx,
    ) => {
      const act = (tokens: Readonly<Record<string, number>>) =>
        ctx.do<string>('carriedAll', Object.keys(tokens), { attempts: 1 });
      const line = await ctx.withLocks(locks, act, waitMs === undefined ? {} : { waitMs });
      return { done: [...state.done, line] };
    },
    fail: () => {
      throw new RangeError('the behaviour gave up');
    },
  },
  ask: {
    keep: async (_state, { lock, ...options }: Under, ctx) => ({ reply: await ctx.acquireLock(lock, options) }),
    keepNothing: async (_state, { lock, ...options }: Under, ctx) => {
      await ctx.acquireLock(lock, options);
      return refuse('invalid-message', 'it has thought better of it');
    },
    give: async (_state, { lock, ...options }: Under, ctx) => {
      await ctx.releaseLock(lock, options);
      return { reply: null };
    },
    held: (_state, { lock, ...options }: Under, ctx) => ({ reply: ctx.heldToken(lock, options) ?? 0 }),
    carried: async (_state, lock: string, ctx) => ({ reply: await ctx.do<string>('carried', lock) }),
    write: async (_state, text: string, ctx) => ({ reply: await ctx.do<string>('write', text, { attempts: 1 }) }),
  },
  onRevoke: (state, { lock, token, reason }) => ({
    agrees: reason !== 'not now',
    state: { done: [...state.done, `${reason}: ${lock} ${String(token)}`] },
  }),
  inspect: { done: ({ done }) => done },
});
