import type { Configuration, SearchSpace } from '../../../../contracts/optimisation/search-space';
import type { History } from '../../history';
import { STREAMS, wordsOf } from '../../philox';
import { configure } from '../../search-space';
import { randomSampler } from '../random';
import type { Pending, Sampler, SamplerKey } from '../sampler';
import { evidenceOf, modelled, pendingPlaces } from './evidence';
import { aimOf } from './model';
import { knownOf, valueOf, type Known } from './places';
import { search } from './search';

/** Trials with an objective before the model is asked. */
const STARTUP = 10;
/** Dimensions of a model at most. */
export const MOST_DIMENSIONS = 100;
/** What the words of a key are for; those of dimensions follow. */
const [POINTS, SAMPLES, ROULETTE, FIRST] = [0, 1, 2, 3];

/** Whether the model has an answer of its own. */
function hasModel(space: SearchSpace, history: History): boolean {
  let told = 0;
  for (const loss of history.loss()) told += Number.isNaN(loss) ? 0 : 1;
  return told >= STARTUP && knownOf(space).length > 0;
}

/** A configuration at a place; what the model does not know is drawn at random. */
function configurationAt(
  space: SearchSpace,
  known: readonly Known[],
  point: Float64Array,
  { seed, ask }: SamplerKey,
): Configuration {
  const fixed = Object.fromEntries(known.map((each, k) => [each.name, valueOf(each, point[k] ?? 0)]));
  return configure(space, (dimension) => wordsOf(seed, STREAMS.gp, ask, FIRST + dimension), fixed);
}

function candidates(
  space: SearchSpace,
  history: History,
  pending: readonly Pending[],
  key: SamplerKey,
): readonly Configuration[] {
  const random = (): readonly Configuration[] => [randomSampler.ask(space, history, pending, key)];
  if (!hasModel(space, history)) return random();
  const known = knownOf(space);
  const evidence = evidenceOf(history, known);
  const { places } = evidence;
  if (places.rows < STARTUP) return random();
  const word = (place: number): number => wordsOf(key.seed, STREAMS.gp, key.ask, place).word();
  const aim = aimOf(evidence, pendingPlaces(pending, known), word(SAMPLES));
  if (aim === undefined) return random();
  const { incumbent } = aim;
  const size = known.length;
  const from = incumbent === undefined ? undefined : places.at.slice(incumbent * size, (incumbent + 1) * size);
  const words = wordsOf(key.seed, STREAMS.gp, key.ask, ROULETTE);
  const found = search(aim, from, known, word(POINTS), words);
  const open = new Set(pending.map(({ configuration }) => JSON.stringify(configuration)));
  const all = new Map(
    found.map(({ point }) => {
      const configuration = configurationAt(space, known, point, key);
      return [JSON.stringify(configuration), configuration];
    }),
  );
  const fresh = [...all].flatMap(([text, configuration]) => (open.has(text) ? [] : [configuration]));
  return fresh.length > 0 ? fresh : [...all.values()];
}

/**
 * A Gaussian process: models the objective, and suggests where the expected improvement over the best trial is largest. For
 * expensive evaluations: up to a few hundred trials. The first ten with an objective are those of the random sampler.
 *
 * Matérn's kernel with a length scale for each dimension; choices without an order are apart or not. Its parameters are those
 * that make the trials most likely under Optuna's priors. Each bound has a model of its own. What is pending is counted in by
 * samples of what it may come to. Dimensions with a condition are drawn at random: the model knows those that every trial has.
 * Trials that failed or were pruned teach nothing. Of more than 300 trials the best 150 and the newest 150 are looked at.
 * An ask is heavy, O(n³): a study has it computed outside its workflow. Repeating it is safe: a function of its arguments.
 *
 * @see Rasmussen & Williams 2006; Ament et al. 2023, arXiv:2310.20708; Optuna 5.0.0 `GPSampler`, with which kernel, likelihood,
 *   priors, posterior and acquisition agree to 1e-9. We differ: a fit begins from fits to the first trials, not from the last
 *   one, so that a suggestion depends on the trials alone; random numbers are keyed by seed and ask; a pending configuration
 *   is not suggested again while there is another; at most 300 trials and 100 pending ones are looked at.
 */
export const gpSampler: Sampler = {
  ask: (space, history, pending, key) => candidates(space, history, pending, key)[0] ?? {},
  isForOne: true,
  isHeavy: hasModel,
  looksAt: modelled,
  modelsBounds: true,
  candidates,
  problem: (space) => {
    const size = knownOf(space).length;
    return size > MOST_DIMENSIONS
      ? `it has ${String(size)} dimensions to model, at most ${String(MOST_DIMENSIONS)}`
      : undefined;
  },
};
