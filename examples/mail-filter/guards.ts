import { defineAgent, no, yes, type AgentContext, type AgentDefinition, type Vote } from 'mabeam/workflows';
import type { Settings } from './quality';

/** What settings do to mail that nothing has learnt from. */
export interface Measured {
  readonly legitimate: number;
  readonly lost: number;
  readonly spam: number;
  readonly stopped: number;
  readonly latencyUs: number;
  readonly modelBytes: number;
}

const FILTERS = ['filter-1', 'filter-2', 'filter-3'];
const LATENCY_US = 5_000;
const MODEL_BYTES = 8 * 2 ** 20;
const KIB = 1_024;

type Subject = Parameters<NonNullable<AgentDefinition['spec']['vote']>>[1];

/** The values as they are, and as they would be. */
function both({ values, changes }: Subject): { readonly before: Settings; readonly after: Settings } {
  const before: Record<string, unknown> = { ...values };
  for (const [name, change] of Object.entries(changes)) before[name] = change.before ?? undefined;
  return { before: before as unknown as Settings, after: values as unknown as Settings };
}

/** The end of the mails that the filters have served. One that does not answer has served nothing. */
async function seenBy(ctx: AgentContext): Promise<number> {
  const asked = FILTERS.map((name) => ctx.ask<number>(name, 'seen').catch(() => 0));
  return Math.max(...(await Promise.all(asked)));
}

function measure(ctx: AgentContext, settings: Settings, seen: number): Promise<Measured> {
  const summary = `measures threshold ${settings.threshold.toFixed(3)} on the mails up to ${String(seen)}`;
  return ctx.do<Measured>('measure', { settings, seen }, { summary });
}

/** Votes against whatever loses more legitimate mail than the live settings. Its vote is a veto. */
export const guardFalsePositives = defineAgent({
  type: 'guard-false-positives',
  state: () => ({}),
  vote: async (_state, subject, ctx): Promise<Vote> => {
    const { before, after } = both(subject);
    const seen = await seenBy(ctx);
    const [now, then] = await Promise.all([measure(ctx, after, seen), measure(ctx, before, seen)]);
    const reason = `${String(now.lost)} of ${String(now.legitimate)} legitimate mails lost, before ${String(then.lost)}`;
    return (now.lost <= then.lost ? yes : no)(reason, { lost: now.lost, before: then.lost, of: now.legitimate });
  },
});

/** Votes against whatever takes too long for a mail. */
export const guardLatency = defineAgent({
  type: 'guard-latency',
  state: () => ({}),
  vote: async (_state, subject, ctx): Promise<Vote> => {
    const { latencyUs } = await measure(ctx, both(subject).after, await seenBy(ctx));
    const reason = `${latencyUs.toFixed(0)} µs for a mail, limit ${String(LATENCY_US)}`;
    return (latencyUs <= LATENCY_US ? yes : no)(reason, { latencyUs, limitUs: LATENCY_US });
  },
});

/** Votes against whatever needs too much memory in each filter. */
export const guardMemory = defineAgent({
  type: 'guard-memory',
  state: () => ({}),
  vote: async (_state, subject, ctx): Promise<Vote> => {
    const { modelBytes } = await measure(ctx, both(subject).after, await seenBy(ctx));
    const reason = `${String(modelBytes / KIB)} KiB for the model, limit ${String(MODEL_BYTES / KIB)}`;
    return (modelBytes <= MODEL_BYTES ? yes : no)(reason, { modelBytes, limitBytes: MODEL_BYTES });
  },
});
