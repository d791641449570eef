import {
  defineAgent,
  defineVariables,
  float,
  int,
  module,
  on,
  refuse,
  text,
  type OptimiserQuestion,
} from '../../../workflows/door';

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

/** Another set, of variables of its own. */
export const cache = defineVariables('cache', { size: int(1, 9) });

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

interface ProposerState {
  /** What it does when it is asked. */
  readonly manner: 'good' | 'throws' | 'passes' | 'foreign' | 'refuses' | 'liar';
  readonly asked: number;
}

/** An optimiser of one's own: halves the way from the best so far to the middle. */
export const proposer = defineAgent({
  type: 'proposer',
  state: (args?: { readonly manner: ProposerState['manner'] }): ProposerState => ({
    manner: args?.manner ?? 'good',
    asked: 0,
  }),
  inspect: { asked: (state) => state.asked },
  ask: {
    propose: (state, { best, ask }: OptimiserQuestion) => {
      const next = { ...state, asked: state.asked + 1 };
      switch (state.manner) {
        case 'throws':
          throw new Error('no idea');
        case 'refuses':
          return refuse('effect-failed', 'the model is down');
        case 'passes':
          return { reply: null, state: next };
        case 'foreign':
          return { reply: { configuration: { x: 7 } }, state: next };
        case 'liar':
          return { reply: { configuration: { x: (ask % 10) / 10, y: 0.99 }, bid: 1 }, state: next };
        case 'good': {
          const [first] = best;
          const of = (name: string): number => (Number(first?.configuration[name] ?? 0.5) + 0.5) / 2;
          return { reply: { configuration: { x: of('x'), y: of('y') }, bid: 0.4 }, state: next };
        }
      }
    },
  },
});
