import { acquisitionOf, batchAcquisitionOf, type Acquisition } from './acquisition';
import type { Evidence } from './evidence';
import { fantasiesOf } from './fantasies';
import { fitted, firstParams } from './fit';
import type { Places } from './kernel';
import { paramsOf } from './likelihood';
import { sobolNormals } from './points';
import { posteriorOf, type Posterior } from './posterior';
import { standardised } from './standard';
import { chanceAbove, gainOver, improvementOver, indifferent, softlyAbove, type Term, type Utility } from './terms';

/** Samples of what pending trials may come to. */
const FANTASIES = 128;

/** What is to be made large, and what the climb needs. */
export interface Aim {
  readonly acquisition: Acquisition;
  /** Length scales of the objective's model. */
  readonly lengths: Float64Array;
  /** Row of the best trial that kept the bounds; absent when there is none. */
  readonly incumbent?: number;
}

/** A model of one column of the trials, and what is wanted of it. */
interface Part {
  readonly model: Posterior;
  readonly term: Term | undefined;
  readonly utility: Utility;
}

function modelOf(places: Places, values: Float64Array, y: Float64Array): Posterior | undefined {
  const raw = fitted(places, values);
  return posteriorOf(places, y, paramsOf(raw)) ?? posteriorOf(places, y, paramsOf(firstParams(places.dimensions)));
}

/** The row of the best trial that kept the bounds. */
function bestRow({ feasible }: Evidence, y: Float64Array): number | undefined {
  let best: number | undefined;
  for (let row = 0; row < y.length; row++)
    if (feasible[row] === 1 && (best === undefined || (y[row] ?? 0) > (y[best] ?? 0))) best = row;
  return best;
}

function partsOf(evidence: Evidence, y: Float64Array, incumbent: number | undefined): readonly Part[] | undefined {
  const { places, gains, slack } = evidence;
  const objective = modelOf(places, gains, y);
  if (objective === undefined) return undefined;
  const best = incumbent === undefined ? undefined : (y[incumbent] ?? 0);
  const parts: Part[] = [
    {
      model: objective,
      term: best === undefined ? undefined : improvementOver(best),
      utility: best === undefined ? indifferent : gainOver(best),
    },
  ];
  for (const column of slack) {
    const { y: held, mean, deviation } = standardised(column);
    const model = modelOf(places, column, held);
    if (model === undefined) return undefined;
    // where the slack is 0
    const threshold = -mean / deviation;
    parts.push({ model, term: chanceAbove(threshold), utility: softlyAbove(threshold) });
  }
  return parts;
}

/**
 * Models of the objective and of each bound, and what is to be made large: the log of the expected improvement over the best
 * trial that kept the bounds, plus the logs of the chances to keep them. With pending trials, its mean over 128 samples of
 * what they may come to. While no trial has kept the bounds, the chances alone.
 *
 * @param seed of the samples
 * @returns `undefined` when no model can be made, as of numbers that are too large
 */
export function aimOf(
  evidence: Evidence,
  pending: { readonly rows: number; readonly at: Float64Array },
  seed: number,
): Aim | undefined {
  const { y } = standardised(evidence.gains);
  const incumbent = bestRow(evidence, y);
  const parts = partsOf(evidence, y, incumbent);
  const objective = parts?.[0]?.model;
  if (parts === undefined || objective === undefined) return undefined;
  const lengths = objective.params.inverseSquares.map((each) => 1 / Math.sqrt(each));
  const aim = { lengths, ...(incumbent === undefined ? {} : { incumbent }) };
  if (pending.rows === 0) {
    const terms = parts.flatMap(({ model, term }, at) =>
      term === undefined ? [] : [{ model, term, rises: at === 0 }],
    );
    return { ...aim, acquisition: acquisitionOf(terms) };
  }
  const dreamt = parts.map(({ model, utility }, at) => {
    const normals = { samples: FANTASIES, of: sobolNormals((seed + at) >>> 0, pending.rows + 1, FANTASIES) };
    return { fantasies: fantasiesOf(model, pending, normals), utility };
  });
  const whole = dreamt.flatMap(({ fantasies, utility }) => (fantasies === undefined ? [] : [{ fantasies, utility }]));
  return whole.length === parts.length ? { ...aim, acquisition: batchAcquisitionOf(whole) } : undefined;
}
