import { refuse, type Refusal } from '../contracts/errors';
import type { StudyProposal, StudySpec, StudyView, Trial } from '../contracts/optimisation/study';
import { proposalWith } from '../domain/optimisation/proposal';

const SHOWN = 10;

const nothing = (name: string, why: string): Refusal => refuse('no-result', `${name} has nothing to propose: ${why}`);

/** The best trial as a proposal, or why there is none. */
export function bestProposal(name: string, { proposal, best, front }: StudyView): StudyProposal | Refusal {
  if (proposal !== undefined) return proposal;
  if (front === undefined || front.size === 0)
    return nothing(name, best === undefined ? 'it has no feasible trial' : 'its best is what the set had');
  const numbers = front.trials.slice(0, SHOWN).map(({ number }) => String(number));
  const some = numbers.length === 0 ? '' : `, such as ${numbers.join(', ')}`;
  return refuse('invalid-request', `${name} has several objectives, so none is the best: name a trial${some}`);
}

/**
 * A trial that somebody has chosen as a proposal, or why it cannot be one.
 *
 * @param first trial 1 when it measured what the set had
 */
export function proposalOfTrial(
  study: { readonly name: string; readonly spec: StudySpec },
  trial: Trial,
  first: Trial | undefined,
): StudyProposal | Refusal {
  const number = String(trial.number);
  if (trial.state !== 'complete') return nothing(study.name, `trial ${number} is ${trial.state}`);
  if (trial.feasible !== true) return nothing(study.name, `trial ${number} broke a bound`);
  // trial 1 is the baseline unless the space could not have it: then it was suggested
  const baseline = first?.ask === undefined && first?.enqueued === undefined ? first : undefined;
  const proposal = proposalWith({ ...study, ...(baseline === undefined ? {} : { baseline }) }, trial);
  if (proposal !== undefined) return proposal;
  return nothing(
    study.name,
    study.spec.over === undefined ? 'it is over no set' : `trial ${number} is what the set had`,
  );
}
