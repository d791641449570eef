import { defineAgent } from 'mabeam/workflows';

/** What the trainer is asked for. */
export interface Search {
  readonly study: string;
  readonly trials: number;
  readonly parallelism: number;
  readonly seed: number;
}

interface TrainerState {
  /** What became of what it proposed, newest last. */
  readonly decisions: readonly string[];
}

/** Of the mails that are held out, no more than this share of the legitimate ones may be lost. */
const LOST_RATE = 0.001;
/** A worker that is silent for this long has lost its trial. */
const HEARTBEAT_MS = 5_000;
const KEPT_DECISIONS = 20;

const SOUGHT = ['features', 'ngram', 'hashBits', 'learningRate', 'l2', 'epochs', 'classWeight', 'threshold'];

/** Searches for better settings, and proposes what it finds: the decision is not its own. */
export const trainer = defineAgent({
  type: 'trainer',
  state: (): TrainerState => ({ decisions: [] }),
  ask: {
    search: async (_state, { study, trials, parallelism, seed }: Search, ctx) => {
      await ctx.startStudy(study, {
        over: 'mail-filter',
        only: SOUGHT,
        evaluator: 'train',
        maximise: 'recall',
        subjectTo: { lostRate: { atMost: LOST_RATE } },
        sampler: 'sobol', // the same trials in every run of the demo, however the workers share them
        budget: { trials },
        parallelism,
        seed,
        heartbeatMs: HEARTBEAT_MS,
      });
      return { reply: study };
    },
  },
  onStudy: async (_state, { proposal }, ctx) => {
    if (proposal === undefined) return;
    const { set, changes, ...why } = proposal;
    await ctx.propose(set, changes, why);
  },
  onDecision: ({ decisions }, { set, proposal, verdict }) => ({
    decisions: [...decisions, `${set} proposal ${String(proposal)}: ${verdict.kind}`].slice(-KEPT_DECISIONS),
  }),
  inspect: { decisions: ({ decisions }) => decisions },
});
