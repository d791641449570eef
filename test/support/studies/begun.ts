import { isRefusal } from '../../../src/contracts/errors';
import type { StudyRequest } from '../../../src/contracts/optimisation/study';
import { newStudy, type StudyData } from '../../../src/domain/optimisation/study';
import { specOf } from '../../../src/domain/optimisation/study-spec';

function of(request: StudyRequest): StudyData {
  const spec = specOf({ request }, undefined, 'demo:study:s');
  if (isRefusal(spec)) throw new Error(spec.message);
  return newStudy('s', request, spec, undefined).state;
}

const SAID = { minimise: 'loss', sampler: 'random', budget: { trials: 10 } } as const;

/** The state of a study over a space of its own before its first trial: ten trials of the random sampler, unless it is said otherwise. */
export function begun(asked: Partial<StudyRequest>): StudyData {
  return of({ evaluator: 'train', ...SAID, ...asked });
}

/** The same for a study without an evaluator: it is asked from outside. */
export function begunOutside(asked: Partial<StudyRequest>): StudyData {
  return of({ ...SAID, ...asked });
}
