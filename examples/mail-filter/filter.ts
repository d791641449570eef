import { defineAgent, refuse } from 'mabeam/workflows';
import type { Quality, Settings } from './quality';

/** Some mails of the stream: from one to before another. */
export interface Batch {
  readonly from: number;
  readonly to: number;
}

/** What a filter did under one version of the settings. */
export type Served = { readonly version: number } & Pick<Quality, 'mails' | 'spam' | 'stopped' | 'lost'>;

interface FilterState {
  readonly version: number;
  readonly settings?: Settings;
  /** The end of the newest mails that it has served. */
  readonly seen: number;
  /** The newest versions, oldest first. */
  readonly served: readonly Served[];
}

const KEPT_VERSIONS = 10;

function count(served: readonly Served[], version: number, more: Quality): readonly Served[] {
  const before = served.find((each) => each.version === version) ?? { version, mails: 0, spam: 0, stopped: 0, lost: 0 };
  const now: Served = {
    version,
    mails: before.mails + more.mails,
    spam: before.spam + more.spam,
    stopped: before.stopped + more.stopped,
    lost: before.lost + more.lost,
  };
  return [...served.filter((each) => each.version !== version), now].slice(-KEPT_VERSIONS);
}

/** Serves mail with the committed version of `mail-filter`; a new version is acknowledged when its model is trained. */
export const filter = defineAgent({
  type: 'filter',
  state: (): FilterState => ({ version: 0, seen: 0, served: [] }),
  init: async (state, _args: undefined, ctx) => {
    const { version, values } = await ctx.subscribe('mail-filter');
    await ctx.do('load', values, { summary: `trains the model of version ${String(version)}` });
    return { ...state, version, settings: values as unknown as Settings };
  },
  onVariables: async (state, { version, values }, ctx) => {
    await ctx.do('load', values, { summary: `trains the model of version ${String(version)}` });
    return { ...state, version, settings: values as unknown as Settings };
  },
  ask: {
    serve: async ({ settings, version, seen, served }, batch: Batch, ctx) => {
      if (settings === undefined) return refuse('invalid-message', 'there is no version to serve with yet');
      const summary = `mails ${String(batch.from)} to ${String(batch.to)} with version ${String(version)}`;
      const reply = await ctx.do<Quality>('serve', { settings, ...batch }, { summary });
      const now = { settings, version, seen: Math.max(seen, batch.to), served: count(served, version, reply) };
      return { reply, state: now };
    },
    seen: ({ seen }) => ({ reply: seen }),
    /** What other settings would have done to some mails; changes nothing. */
    compare: async (_state, { settings, ...batch }: { readonly settings: Settings } & Batch, ctx) => {
      const summary = `mails ${String(batch.from)} to ${String(batch.to)} with other settings`;
      return { reply: await ctx.do<Quality>('serve', { settings, ...batch }, { summary }) };
    },
  },
  inspect: { served: ({ served }) => served, version: ({ version }) => version },
});
