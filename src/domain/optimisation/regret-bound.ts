import type { NewEvent } from '../../contracts/envelope';
import type { RegretAnswer } from '../../contracts/optimisation/bounding';
import { checkAt, checked, regretMet } from './regret-check';
import { type StudyData, type StudyStep, mayAsk, endAsking } from './study';

/** The study after a step: a check of the bound on its regret may begin. Nothing waits for it. */
export function withCheck(state: StudyData): StudyData {
  const rule = state.spec.stopWhen?.regretBound;
  if (rule === undefined || !mayAsk(state)) return state;
  const regret = checkAt(rule, state.regret, state.counts.complete);
  return regret === state.regret ? state : { ...state, regret };
}

/**
 * Takes what came of a check that was computed outside: the bound may say that the study is over. One that comes after a stop
 * changes nothing.
 *
 * @param answer `undefined` when it was cancelled
 */
export function takeBound(state: StudyData, answer: RegretAnswer | undefined): StudyStep {
  const { regret: before, spec } = state;
  const rule = spec.stopWhen?.regretBound;
  if (rule === undefined || before?.open === undefined) return { state, events: [], asked: [] };
  const wanted = mayAsk(state) ? answer : undefined;
  const regret = checked(rule, before, wanted);
  const next: StudyData = { ...state, regret };
  if (wanted === undefined) return { state: next, events: [], asked: [] };
  const events: NewEvent[] = [{ type: 'study.regretBound', data: { ...regret.seen } }];
  const reason = regretMet(regret, spec.objective.measure);
  if (reason === undefined) return { state: next, events, asked: [] };
  const over = endAsking(next, 'regretBound', reason);
  return { ...over, events: [...events, ...over.events] };
}
