import { defineAgent, defineVariables, float, int, module, on, text } from '../../../workflows/door';

/** Everything that a space leaves out or asks for under a condition. */
export const filter = defineVariables(
  'filter',
  {
    features: module('words', 'characters'),
    ngram: int(1, 5).default(3).when({ features: 'characters' }),
    learningRate: float(1e-4, 1).log().default(0.1),
    hashBits: int(12, 24).default(18),
    copies: int(1, 8),
    seed: int(0, 9).policy('locked'),
    note: text(),
  },
  {
    constraints: {
      fitsInMemory: on(['hashBits', 'copies'], ({ hashBits, copies }) => 2 ** hashBits * copies <= 2 ** 22),
    },
  },
);

interface TunerState {
  readonly heard: readonly string[];
}

/** Starts a study on the set, and proposes what it found. */
export const tuner = defineAgent({
  type: 'tuner',
  state: (): TunerState => ({ heard: [] }),
  tell: {
    tune: async (_state, request: { readonly study: string; readonly trials: number }, ctx) => {
      const { study, trials } = request;
      await ctx.startStudy(study, { over: 'filter', evaluator: 'tuned', minimise: 'loss', budget: { trials } });
    },
  },
  inspect: { heard: (state) => state.heard },
  onStudy: async (state, { study, state: end, proposal }, ctx) => {
    if (proposal === undefined) return { heard: [...state.heard, `${study} ${end}: nothing better`] };
    const { set, changes, ...said } = proposal;
    const verdict = await ctx.propose(set, changes, said);
    return { heard: [...state.heard, `${study} ${end}: ${verdict.kind}`] };
  },
});
