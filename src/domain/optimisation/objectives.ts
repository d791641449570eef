import { show } from '../../contracts/ids';
import { MAX_OBJECTIVES, type Objective, type StudyRequest, type StudySpec } from '../../contracts/optimisation/study';

/** What a measure may be called. */
export const MEASURE = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly unknown[]) : [value];

/** What a request minimises and maximises, whatever it is. */
export function measuresIn({ minimise, maximise }: Readonly<Record<string, unknown>>): readonly unknown[] {
  return [...listOf(minimise), ...listOf(maximise)];
}

/** What is wrong with it, in sentences. */
export function objectiveProblems({ pruner, ...request }: Readonly<Record<string, unknown>>): string[] {
  const measures = measuresIn(request);
  const count = measures.length;
  if (count === 0) return ['minimise, maximise or both name a measure, or several in a list; got none'];
  const problems = measures
    .filter((measure) => !(typeof measure === 'string' && MEASURE.test(measure)))
    .map((measure) => `a measure is 1 to 64 letters, digits, ".", "_", "-"; got ${show(measure)}`);
  if (count > MAX_OBJECTIVES) problems.push(`at most ${String(MAX_OBJECTIVES)} objectives; got ${String(count)}`);
  const twice = measures.find((measure, at) => measures.indexOf(measure) !== at);
  if (twice !== undefined) problems.push(`each objective is named once; ${show(twice)} is named twice`);
  if (count > 1 && pruner !== undefined)
    problems.push('a pruner compares by one objective; a study with several has none');
  return problems;
}

/** The objectives of a request, as its study runs by them. */
export function objectivesIn({ minimise, maximise }: StudyRequest): Pick<StudySpec, 'objective' | 'objectives'> {
  const all = (['minimise', 'maximise'] as const).flatMap((direction): readonly Objective[] =>
    listOf(direction === 'minimise' ? minimise : maximise).map((measure) => ({ measure: String(measure), direction })),
  );
  const [objective = { measure: '', direction: 'minimise' }] = all;
  return { objective, ...(all.length > 1 ? { objectives: all } : {}) };
}
