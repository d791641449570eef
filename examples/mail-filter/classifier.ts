import { setImmediate } from 'node:timers/promises';
import type { Examples } from './features';

/** How a model is trained. */
export interface Training {
  /** The model has 2 ** hashBits weights. */
  readonly hashBits: number;
  readonly learningRate: number;
  /** Pull of every weight towards zero. */
  readonly l2: number;
  readonly epochs: number;
  /** How much more a spam mail counts than a legitimate one. */
  readonly classWeight: number;
}

/** How a training runs. */
export interface TrainOptions {
  /** Order of the mails in each epoch; default 1. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** A linear model: one weight per bucket of hashed features. */
export interface Model {
  readonly weights: Float32Array;
  readonly bias: number;
  /** Takes a hash of 32 bits to its weight. */
  readonly shift: number;
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const lengthOf = (hashes: Uint32Array): number => Math.sqrt(Math.max(1, hashes.length));

function sum(weights: Float32Array, shift: number, hashes: Uint32Array): number {
  let z = 0;
  for (const h of hashes) z += weights[h >>> shift] ?? 0;
  return z;
}

/** The probability that a mail is spam, by the hashes of its features. */
export function spamProbability({ weights, bias, shift }: Model, hashes: Uint32Array): number {
  return sigmoid(bias + sum(weights, shift, hashes) / lengthOf(hashes));
}

/** Whole numbers below n, the same row for the same seed (mulberry32). */
function generator(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

function shuffle(order: Uint32Array, below: (n: number) => number): void {
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = below(at + 1);
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
}

/**
 * Logistic regression by stochastic gradient descent over hashed features, each mail scaled to length one. Others get a turn
 * after each epoch. The step falls as 1 / (1 + epoch). The pull of l2 is kept in one factor, so that a mail costs only as
 * much as it has features. The same examples, training and seed give the same model.
 *
 * @throws the signal's reason when it is aborted
 */
export async function train(examples: Examples, how: Training, more: TrainOptions = {}): Promise<Model> {
  const { seed = 1, signal } = more;
  const shift = 32 - how.hashBits;
  const weights = new Float32Array(2 ** how.hashBits);
  const order = Uint32Array.from(examples.hashes.keys());
  const below = generator(seed);
  let bias = 0;
  let factor = 1; // the weights are factor * weights
  for (let epoch = 0; epoch < how.epochs; epoch += 1) {
    await setImmediate();
    signal?.throwIfAborted();
    shuffle(order, below);
    const step = how.learningRate / (1 + epoch);
    for (const at of order) {
      const hashes = examples.hashes[at] ?? new Uint32Array();
      const isSpam = examples.isSpam[at] === true;
      const scale = 1 / lengthOf(hashes);
      const p = sigmoid(bias + factor * scale * sum(weights, shift, hashes));
      const gradient = isSpam ? how.classWeight * (p - 1) : p;
      factor *= 1 - step * how.l2;
      const change = (step * gradient * scale) / factor;
      for (const h of hashes) weights[h >>> shift] = (weights[h >>> shift] ?? 0) - change;
      bias -= step * gradient;
    }
  }
  return { weights: weights.map((weight) => weight * factor), bias, shift };
}
