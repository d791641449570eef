import type { StudyProposal, StudySpec, Trial } from '../../contracts/optimisation/study';
import { short } from '../words';
import { objectivesOf } from './trial';

/**
 * A trial as a proposal on the set of its study: what differs from what the set had, with study, trials and effect (of several
 * objectives the first one's) as evidence, which has measures exactly. Nothing for a study over no set, and when nothing differs.
 */
export function proposalWith(
  { name, spec, baseline }: { readonly name: string; readonly spec: StudySpec; readonly baseline?: Trial },
  trial: Trial,
): StudyProposal | undefined {
  if (spec.over === undefined) return undefined;
  const { set, version, values } = spec.over;
  const changes = Object.entries(trial.configuration).filter(([variable, value]) => values[variable] !== value);
  if (changes.length === 0) return undefined;
  const { measure } = spec.objective;
  const [before, after] = [baseline?.measures?.[measure], trial.measures?.[measure] ?? 0];
  const compared = objectivesOf(spec).map(({ measure: each }) => {
    const [was, is] = [baseline?.measures?.[each], short(trial.measures?.[each] ?? 0)];
    return `${each} ${was === undefined ? is : `${short(was)} → ${is}`}`;
  });
  return {
    set,
    changes: Object.fromEntries(changes),
    basedOn: version,
    because: `trial ${String(trial.number)} of study ${name}: ${compared.join(', ')}`,
    evidence: {
      study: name,
      trials: [...(baseline === undefined ? [] : [baseline.number]), trial.number],
      ...(before === undefined ? {} : { effect: { measure, before, after } }),
      measuredOn: version,
    },
  };
}
