import type { NewEvent } from '../../contracts/envelope';
import { isRefusal, refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { MAX_ASKED, type Fenced, type TellAnswer, type Told } from '../../contracts/optimisation/asking';
import type { Attributes } from '../../contracts/optimisation/attributes';
import type { Measures, TrialOutcome } from '../../contracts/optimisation/study';
import { attributesProblem, OF_TRIAL, partOf } from './attributes';
import { clientProblem, insideProblem, isClient } from './asking';
import { isCost } from './budget';
import {
  afterFailure,
  attemptOf,
  fence,
  forget,
  givesAgain,
  inTurn,
  isLeased,
  leaseTo,
  sweep,
  withAlarm,
} from './leases';
import { endOf, keepLate } from './trial-ends';
import { type StudyData, type StudyStep } from './study';
import { readMeasures, wantedMeasures, type Ending } from './trial';
import { isRecord } from '../record';

/** What a tell leaves: a step, and what became of each outcome. */
export interface TellStep extends StudyStep {
  readonly told: readonly TellAnswer[];
}

const MAX_REASON = 2_000;
const FIELDS = ['trial', 'attempt', 'client', 'value', 'measures', 'failed', 'cost', 'attributes'];

/** What is wrong with the shape of an outcome. Its measures are looked at with the study at hand. */
function toldProblem(told: unknown): string | undefined {
  if (!isRecord(told)) return `an outcome has trial and value, measures or failed; got ${show(told)}`;
  const { trial, attempt, client, failed, cost, attributes } = told;
  const odd = Object.keys(told).find((name) => !FIELDS.includes(name));
  if (odd !== undefined) return `an outcome has no ${show(odd)}`;
  if (!Number.isInteger(trial)) return `trial is a number from 1; got ${show(trial)}`;
  if (attempt !== undefined && !(Number.isInteger(attempt) && (attempt as number) >= 1))
    return `attempt is a number from 1; got ${show(attempt)}`;
  if (client !== undefined && !isClient(client)) return clientProblem(client);
  if (failed !== undefined && typeof failed !== 'string') return `failed is a text; got ${show(failed)}`;
  if (cost !== undefined && !isCost(cost)) return `cost is a number from 0; got ${show(cost)}`;
  const misnoted = attributesProblem(attributes, OF_TRIAL);
  if (misnoted !== undefined) return misnoted;
  const given = ['value', 'measures', 'failed'].filter((name) => told[name] !== undefined);
  return given.length === 1
    ? undefined
    : `an outcome has one of value, measures and failed; got ${given.join(' and ') || 'none'}`;
}

/** Says which of several outcomes a text is about. */
const about = (outcomes: readonly unknown[], at: number, text: string): string =>
  outcomes.length === 1 ? text : `outcome ${String(at + 1)}: ${text}`;

/** Parses a tell: shape and limits. @returns `invalid-message` that says which outcome, what was expected and what came */
export function parseTell(value: unknown): { readonly outcomes: readonly Told[] } | Refusal {
  const outcomes = isRecord(value) ? value['outcomes'] : undefined;
  if (!Array.isArray(outcomes) || outcomes.length < 1 || outcomes.length > MAX_ASKED)
    return refuse('invalid-message', `a tell has 1 to ${String(MAX_ASKED)} outcomes; got ${show(value)}`);
  const list: readonly unknown[] = outcomes;
  for (const [at, told] of list.entries()) {
    const problem = toldProblem(told);
    if (problem !== undefined) return refuse('invalid-message', about(list, at, problem));
  }
  return { outcomes: list as readonly Told[] };
}

/** Which attempt an outcome is of: the one that has the trial, or one whose lease has ended. */
function attemptTold(state: StudyData, { trial, attempt, client }: Told): Fenced | Refusal {
  const number = String(trial);
  if (trial < 1 || trial > state.asked)
    return refuse('trial-not-found', `there is no trial ${number}; ${String(state.asked)} were asked for`);
  const open = state.running.find((each) => each.number === trial);
  const holder = open !== undefined && isLeased(open) ? [attemptOf(open)] : [];
  const known = [...(state.fenced ?? []).filter((each) => each.trial === trial), ...holder];
  const mine = known.filter(
    (each) => (attempt ?? each.attempt) === each.attempt && (client ?? each.client) === each.client,
  );
  const newest = mine.at(-1);
  if (newest !== undefined && (mine.length === 1 || client !== undefined)) return newest;
  if (newest !== undefined) {
    const attempts = mine.map((each) => `${number}/${String(each.attempt)} of ${each.client}`);
    return refuse('invalid-message', `say which attempt, or which client: ${attempts.join(', ')}`);
  }
  if (open === undefined) return refuse('trial-ended', `trial ${number} has ended; this outcome changes nothing`);
  const who = known.map((each) => `attempt ${String(each.attempt)} to ${each.client}`).join(', ');
  const asked = `${attempt === undefined ? '' : `attempt ${String(attempt)} `}${client === undefined ? '' : `of ${client}`}`;
  return refuse(
    'trial-not-held',
    `trial ${number} was given as ${who || 'nothing yet'}; got ${asked.trim() || 'no name'}`,
  );
}

/** The measures of an outcome; a single value is the objective, of a study that has one. */
function measuresOf({ spec }: StudyData, { value, measures }: Told): Measures | Refusal {
  if (value !== undefined && spec.objectives !== undefined) {
    const names = wantedMeasures(spec).join(', ');
    return refuse('invalid-message', `a single value is for one objective; this study needs measures: ${names}`);
  }
  return readMeasures(value === undefined ? measures : { [spec.objective.measure]: value }, wantedMeasures(spec));
}

type Answered = StudyStep & { readonly answer: TellAnswer };

/** An attempt says that it has no outcome: the next one is for whoever asks, or the trial fails. */
function takeFailure(state: StudyData, { of, failed: text, cost, attributes }: Failed, now: number): Answered {
  const { trial, attempt, client } = of;
  const open = state.running.find((each) => each.number === trial);
  const noted = partOf(attributes);
  const data = { ...of, message: text, ...(cost === undefined ? {} : { cost }), ...noted };
  const events: readonly NewEvent[] = [{ type: 'study.attemptFailed', data }];
  if (open?.lease?.attempt !== attempt) {
    const answer = { ...of, verdict: 'late' as const, state: open?.state ?? ('ended' as const) };
    return { state: forget(state, of), events, asked: [], answer };
  }
  const { failures, again } = afterFailure(state.spec, open, 'thrown');
  if (again && givesAgain(state)) {
    const answer = { ...of, verdict: 'returned' as const, state: 'running' as const };
    const spent = cost === undefined ? {} : { cost: (open.cost ?? 0) + cost };
    return { state: leaseTo(state, trial, undefined, { ...failures, ...spent }), events, asked: [], answer };
  }
  const refusal = refuse('evaluation-failed', text);
  const said = cost === undefined ? {} : { cost };
  const ending: Ending = { kind: 'failed', refusal, attempts: attempt, worker: client, ...failures, ...said, ...noted };
  const step = endOf(state, trial, ending, now);
  return { ...step, events: [...events, ...step.events], answer: { ...of, verdict: 'failed', state: 'failed' } };
}

/** The first outcome of a trial ends it, whichever attempt it is of; a later one is evidence (STU-2). */
function takeMeasures(before: StudyData, { of, measures, cost, attributes }: Measured, now: number): Answered {
  const said = { ...(cost === undefined ? {} : { cost }), ...partOf(attributes) };
  const { trial: number, attempt, client: worker } = of;
  const open = before.running.find((each) => each.number === number);
  const state = forget(before, of);
  if (open === undefined) {
    // The configuration is that of the trial; a late outcome is kept without it.
    const outcome: TrialOutcome = { trial: number, attempt, configuration: {}, measures, worker, ...said };
    return { ...keepLate(state, outcome, now), answer: { ...of, verdict: 'late', state: 'ended' } };
  }
  const isHolder = open.lease?.attempt === attempt;
  const others = isLeased(open) && !isHolder ? [attemptOf(open)] : [];
  const { configuration } = open;
  const outcome: TrialOutcome = { trial: number, attempt, configuration, measures, worker, ...said };
  const step = endOf(fence(state, others), number, { kind: 'complete', outcome }, now);
  return { ...step, answer: { ...of, verdict: isHolder ? 'accepted' : 'adopted', state: 'complete' } };
}

/** An outcome with the attempt that it is of. */
interface Measured {
  readonly of: Fenced;
  readonly measures: Measures;
  readonly cost?: number;
  readonly attributes?: Attributes;
}
interface Failed {
  readonly of: Fenced;
  readonly failed: string;
  readonly cost?: number;
  readonly attributes?: Attributes;
}
type Resolved = Measured | Failed;

function resolveOne(state: StudyData, told: Told): Resolved | Refusal {
  const of = attemptTold(state, told);
  if (isRefusal(of)) return of;
  const said = { ...(told.cost === undefined ? {} : { cost: told.cost }), ...partOf(told.attributes) };
  if (told.failed !== undefined) return { of, failed: told.failed.slice(0, MAX_REASON), ...said };
  const measures = measuresOf(state, told);
  return isRefusal(measures) ? measures : { of, measures, ...said };
}

/** Looks at all outcomes before anything is done. */
function resolve(state: StudyData, outcomes: readonly Told[]): readonly Resolved[] | Refusal {
  const inside = insideProblem(state);
  if (inside !== undefined) return inside;
  const resolved: Resolved[] = [];
  for (const [at, told] of outcomes.entries()) {
    const one = resolveOne(state, told);
    if (isRefusal(one)) return { ...one, message: about(outcomes, at, one.message) };
    const { trial, attempt } = one.of;
    if (resolved.some(({ of }) => of.trial === trial && of.attempt === attempt))
      return refuse('invalid-message', about(outcomes, at, `${String(trial)}/${String(attempt)} is told twice`));
    resolved.push(one);
  }
  return resolved;
}

/** Why a tell is refused, if it is; the study is as before. */
export function tellProblem(state: StudyData, outcomes: readonly Told[]): Refusal | undefined {
  const resolved = resolve(state, outcomes);
  return isRefusal(resolved) ? resolved : undefined;
}

/**
 * Takes what came of trials outside: all outcomes or, when one is refused, none. An outcome of an attempt whose lease has
 * ended is never thrown away: it ends the trial when no other has, and is kept as late evidence when one has (STU-2).
 *
 * @param now workflow milliseconds
 * @returns a refusal with the outcome it is about
 */
export function tellOutside(before: StudyData, outcomes: readonly Told[], now: number): TellStep | Refusal {
  const resolved = resolve(before, outcomes);
  if (isRefusal(resolved)) return resolved;
  const told: TellAnswer[] = [];
  const step = inTurn({ state: before, events: [], asked: [] }, resolved, (state, each) => {
    const { answer, ...next } = 'failed' in each ? takeFailure(state, each, now) : takeMeasures(state, each, now);
    told.push(answer);
    return next;
  });
  const swept = sweep(step, now);
  return { ...swept, state: withAlarm(swept.state, now), told };
}
