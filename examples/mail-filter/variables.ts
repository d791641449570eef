import { defineVariables, float, int, module, on, superMajority, voter } from 'mabeam/workflows';

/** Bytes that training needs: the weights, and the features of all mails, of which characters make seven times more. */
const WEIGHT_BYTES = 4;
const FEATURE_BYTES = { words: 2_500_000, characters: 17_000_000 };
const TRAINING_BYTES = 24_000_000;

/**
 * How the mail filter works: everything that is tuned, and who decides. The defaults are those of a textbook: words, a step
 * of 0.1, a mail is spam when that is more likely than not.
 */
export const mailFilter = defineVariables(
  'mail-filter',
  {
    features: module('words', 'characters'),
    ngram: int(2, 5).default(3).when({ features: 'characters' }),
    hashBits: int(14, 22).default(18),
    learningRate: float(0.1, 30).log().default(0.1),
    l2: float(1e-7, 1e-4).log().default(1e-6),
    epochs: int(2, 8).default(5),
    classWeight: float(0.3, 3).log().default(1),
    threshold: float(0.5, 0.999).default(0.5).policy('consensus'),
    /** How many mails of the stream the models may learn from: people have said what they are. */
    learnt: int(0, 3_000),
  },
  {
    constraints: {
      fitsInMemory: on(
        ['features', 'hashBits'],
        ({ features, hashBits }) => 2 ** hashBits * WEIGHT_BYTES + FEATURE_BYTES[features] <= TRAINING_BYTES,
      ),
    },
    electorate: [voter('guard-false-positives', { veto: true }), 'guard-latency', 'guard-memory'],
    // All have measured before anything is decided.
    rule: superMajority(2, 3, { quorum: { numerator: 1, denominator: 1 } }),
    deadline: '1m',
    announce: '30s',
  },
);
