import { KEPT_TRIALS, type Trial } from '../../contracts/optimisation/study';
import { endOfTime } from './budget';
import { closed } from './reports';
import type { Fits } from './sampled';
import { askTrials } from './next-trials';
import { begunAgain } from './waiting';
import { conclude, mayPromote, outOfTime, roomOf, spentOf, type StudyData, type StudyStep } from './study';
import { crowdedOut, promotable, promoted, settled, type Waiting } from './waiting';

/** Trials that wait, of those that end with one step. */
const ENDED_AT_ONCE = 50;

const isOutOfTime = ({ spec, clock }: StudyData, now: number): boolean =>
  now >= (endOfTime(spec.budget, clock) ?? Infinity);

/** A trial that waits and is not promoted any more ends as pruned: it was judged at its rung, and nobody let it go on. */
function endWaiting(state: StudyData, { trial: before }: Waiting, now: number): StudyStep {
  const { counts, atRungs = [], pruning } = state;
  const { number, cost: said } = before;
  const money = settled(state, before, said);
  const trial: Trial = {
    ...before,
    state: 'pruned',
    ...(money === undefined ? {} : { cost: money.cost }),
    endedAt: new Date(now).toISOString(),
  };
  const reports = pruning?.open[String(number)]?.reports;
  const next: StudyData = {
    ...state,
    atRungs: atRungs.filter((each) => each.trial !== before),
    counts: { ...counts, pruned: (counts.pruned ?? 0) + 1, begunAgain: counts.begunAgain + begunAgain(trial) },
    ...(state.hasBaseline && number === 1 ? { baseline: trial } : {}),
    recent: [...state.recent, trial].slice(-KEPT_TRIALS),
    ...(pruning === undefined ? {} : { pruning: closed(state, trial, reports, false) }),
    ...(money === undefined ? {} : { purse: money.purse }),
  };
  const told = reports === undefined ? trial : { ...trial, reports };
  return { state: next, events: [{ type: 'study.trialEnded', data: { trial: told } }], asked: [] };
}

/** Ends trials that wait, one after the other, and the study with the last of them when nothing else is left. */
function endAll(before: StudyData, waiting: readonly Waiting[], now: number): StudyStep {
  const step = waiting.reduce<StudyStep>(
    (done, each) => {
      const { state, events } = endWaiting(done.state, each, now);
      return { state, events: [...done.events, ...events], asked: [] };
    },
    { state: before, events: [], asked: [] },
  );
  return conclude(step);
}

/**
 * What becomes of trials that wait: as many as there are slots and money for go on, those first that stand highest (see
 * `nextPromotion`); when nothing can go on any more, because the study ends or nothing runs that could make room above, they end.
 *
 * @param now workflow milliseconds
 * @returns nothing when there is nothing to do
 */
export function promoteTrials(before: StudyData, now: number): StudyStep | undefined {
  const { atRungs = [] } = before;
  if (atRungs.length === 0) return undefined;
  if (!mayPromote(before) || isOutOfTime(before, now)) {
    if (before.state !== 'draining') return before.state === 'paused' ? undefined : outOfTime(before);
    return endAll(before, atRungs.slice(0, ENDED_AT_ONCE), now);
  }
  const crowded = crowdedOut(before);
  if (crowded !== undefined) return endAll(before, [crowded], now);
  const at = new Date(now).toISOString();
  const asked: Trial[] = [];
  let state = before;
  while (state.state !== 'paused' && state.running.length < state.spec.parallelism) {
    const next = promotable(state);
    if (next === undefined) break;
    const went = promoted(state, next, at);
    state = went.state;
    asked.push(went.trial);
  }
  if (asked.length > 0) {
    const trials = asked.map(({ number, attempts, waits }) => ({
      number,
      attempt: attempts + 1,
      rung: waits?.at(-1)?.rung,
      at,
    }));
    return { state, events: [{ type: 'study.promoted', data: { trials } }], asked };
  }
  const isLast = state.running.length === 0 && (state.state === 'draining' || spentOf(state) !== undefined);
  return isLast && promotable(state) === undefined ? endAll(state, atRungs.slice(0, ENDED_AT_ONCE), now) : undefined;
}

/**
 * What a study does next by itself: promotes what waits, then asks for new trials.
 *
 * @returns nothing when it has no room, and when it waits for its sampler
 */
export function goesOn(state: StudyData, fits: Fits, now: number): StudyStep | undefined {
  const step = promoteTrials(state, now);
  if (step !== undefined) return step;
  return roomOf(state) === 0 || state.thinking !== undefined ? undefined : askTrials(state, fits, now);
}
