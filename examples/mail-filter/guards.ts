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

function measure(ctx: AgentContext, settings: Settings, which: string): Promise<Measured> {
  return ctx.do<Measured>('measure', settings, { summary: `measures ${which} on recent mail` });
}

/** Votes against whatever loses more legitimate mail than the live settings. Its vote is a veto. */
export const guardFalsePositives = defineAgent({
  type: 'guard-false-positives',
  state: () => ({}),
  vote: async (_state, subject, ctx): Promise<Vote> => {
    const { before, after } = both(subject);
    const [now, then] = await Promise.all([measure(ctx, after, 'the proposal'), measure(ctx, before, 'what is live')]);
    const reason = `${String(now.lost)} of ${String(now.legitimate)} legitimate mails lost, before ${String(then.lost)}`;
    return (now.lost <= then.lost ? yes : no)(reason, { lost: now.lost, before: then.lost, of: now.legitimate });
  },
});

/** Votes against whatever takes too long for a mail. */
export const guardLatency = defineAgent({
  type: 'guard-latency',
  state: () => ({}),
  vote: async (_state, subject, ctx): Promise<Vote> => {
    const { latencyUs } = await measure(ctx, both(subject).after, 'the proposal');
    const reason = `${latencyUs.toFixed(0)} µs for a mail, limit ${String(LATENCY_US)}`;
    return (latencyUs <= LATENCY_US ? yes : no)(reason, { latencyUs, limitUs: LATENCY_US });
  },
});

/** Votes against whatever needs too much memory in each filter. */
export const guardMemory = defineAgent({
  type: 'guard-memory',
  state: () => ({}),
  vote: async (_state, subject, ctx): Promise<Vote> => {
    const { modelBytes } = await measure(ctx, both(subject).after, 'the proposal');
    const reason = `${String(modelBytes / KIB)} KiB for the model, limit ${String(MODEL_BYTES / KIB)}`;
    return (modelBytes <= MODEL_BYTES ? yes : no)(reason, { modelBytes, limitBytes: MODEL_BYTES });
  },
});
