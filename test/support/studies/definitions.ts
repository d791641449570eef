import { defineVariables, float, int, module, on, text } from '../../../workflows/door';

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
