import { refuse, type Refusal } from '../../../contracts/errors';
import { show } from '../../../contracts/ids';
import type { Configuration, SearchSpace } from '../../../contracts/optimisation/search-space';
import { isRecord } from '../../record';
import { configurationProblem } from '../search-space';

/** What a member put forward for one ask; without a configuration it passes. */
export interface Proposal {
  readonly configuration?: Configuration;
  /** What it claims to earn. */
  readonly claim?: number;
}

const DEFAULT_CLAIM = 0.5;

/**
 * Reads what an agent answered to `propose`.
 * @param fits the joint constraints of the set
 * @returns `invalid-message` or `constraint-broken` that says what is wrong
 */
export function readAnswer(
  answer: unknown,
  space: SearchSpace,
  fits: (configuration: Configuration) => boolean,
): Proposal | Refusal {
  if (answer === null || answer === undefined) return {};
  if (!isRecord(answer) || !isRecord(answer['configuration']))
    return refuse('invalid-message', `an optimiser answers a configuration, or null; got ${show(answer)}`);
  const { bid = DEFAULT_CLAIM, configuration, ...more } = answer;
  const [stranger] = Object.keys(more);
  if (stranger !== undefined) return refuse('invalid-message', `an answer has no ${show(stranger)}`);
  if (typeof bid !== 'number' || !(bid >= 0 && bid <= 1))
    return refuse('invalid-message', `a bid is a number from 0 to 1; got ${show(bid)}`);
  const proposed = configuration as Configuration;
  const problem = configurationProblem(space, proposed);
  if (problem !== undefined) return refuse('invalid-message', `the configuration: ${problem.message}`);
  if (!fits(proposed)) return refuse('constraint-broken', 'the configuration breaks a constraint of the set');
  return { configuration: proposed, claim: bid };
}
