import { refuse, type Refusal } from '../../contracts/errors';
import { CHECKPOINT_BYTES, WAITING_BYTES, WAITING_TRIALS, type Reports } from '../../contracts/optimisation/pruning';
import type { StudySpec, Trial, TrialOutcome, Wait } from '../../contracts/optimisation/study';
import type { Ledger } from '../economics/ledger';
import { jsonBytes } from '../mailbox';
import { partOf } from './attributes';
import { costOfRested, paid, restedCost, setAsideAgain } from './budget';
import { nextPromotion, shareOf } from './pruners/promotion';
import { goneOn, promotionOf, rested, waitsAt, type PruningData } from './pruning';
import { lastOf } from './reports';

/** A trial that waits for its promotion, and what its next attempt goes on from. */
export interface Waiting {
  readonly trial: Trial;
  readonly rung: number;
  readonly checkpoint?: unknown;
  /** Length of it as JSON. */
  readonly bytes: number;
}

/** What is needed of a study to let trials wait and go on. */
interface Resting {
  readonly spec: StudySpec;
  readonly running: readonly Trial[];
  readonly atRungs?: readonly Waiting[];
  readonly pruning?: PruningData;
  readonly purse?: Ledger;
}

/** How often a trial has gone on after it had waited. */
export function promotionsOf({ waits = [] }: Trial): number {
  return waits.filter(({ until }) => until !== undefined).length;
}

/** Attempts beyond those that are asked for: the first, and one for each promotion. */
export function begunAgain(trial: Trial): number {
  return Math.max(0, trial.attempts - 1 - promotionsOf(trial));
}

/** What a trial that waited has cost so far, as it is booked. */
const booked = ({ waits, cost = 0 }: Trial): number => (waits === undefined ? 0 : cost);

/** The rung at which a trial that ended early waits; nothing when it has ended indeed. */
export function restsAt({ pruning }: Pick<Resting, 'pruning'>, trial: number): number | undefined {
  return pruning && waitsAt(pruning, trial);
}

/** Why a trial cannot wait. */
export function restProblem({ checkpoint }: TrialOutcome): Refusal | undefined {
  const bytes = checkpoint === undefined ? 0 : (jsonBytes(checkpoint) ?? Infinity);
  if (bytes <= CHECKPOINT_BYTES) return undefined;
  const text = `a trial that waits keeps a checkpoint of at most ${String(CHECKPOINT_BYTES)} bytes; got ${String(bytes)}: keep what is large elsewhere, and name it there`;
  return refuse('limit-reached', text);
}

/**
 * A trial that was told to stop at its rung waits: it has no worker and no slot, its cost until now is booked, and the rest of
 * what was set aside is free.
 *
 * @param reports all that it has told
 */
export function rest<S extends Resting>(
  state: S,
  before: Trial,
  rung: number,
  told: {
    readonly outcome: TrialOutcome;
    readonly failures?: Trial['failures'];
    readonly reports: Reports | undefined;
  },
  at: string,
): { readonly state: S; readonly trial: Trial } {
  const { spec, running, atRungs = [], pruning, purse } = state;
  const { outcome, failures, reports } = told;
  const { attempt, configuration, worker, cost, checkpoint, attributes } = outcome;
  const wait: Wait = { rung, step: reports?.steps.at(-1) ?? 0, from: at };
  const trial: Trial = {
    ...before,
    configuration,
    state: 'waiting',
    attempts: attempt,
    worker,
    ...(failures === undefined ? {} : { failures }),
    ...(purse === undefined || cost === undefined ? {} : { cost: Math.max(cost, booked(before)) }),
    waits: [...(before.waits ?? []), wait],
    ...partOf(attributes),
    ...lastOf(reports),
  };
  const kept = { trial, rung, ...(checkpoint === undefined ? {} : { checkpoint }) };
  const waiting: Waiting = { ...kept, bytes: jsonBytes(kept) ?? 0 };
  const next: S = {
    ...state,
    running: running.filter((each) => each !== before),
    atRungs: [...atRungs, waiting],
    ...(pruning === undefined ? {} : { pruning: rested(pruning, trial.number, reports) }),
    ...(purse === undefined
      ? {}
      : { purse: restedCost(spec.budget, purse, trial.number, { said: cost, before: booked(before) }) }),
  };
  return { state: next, trial };
}

/** The trial that goes on next, when there is money for it. */
export function promotable({ spec, atRungs = [], pruning, purse }: Resting): Waiting | undefined {
  const options = promotionOf(spec.pruner);
  if (options === undefined || pruning === undefined || atRungs.length === 0) return undefined;
  const waiting = new Map(atRungs.map((each) => [each.trial.number, each]));
  const number = nextPromotion(options, pruning.memory, (trial) => waiting.get(trial)?.rung);
  const found = number === undefined ? undefined : waiting.get(number);
  if (found === undefined || purse === undefined) return found;
  return setAsideAgain(spec.budget, purse, found.trial.number, booked(found.trial)) === undefined ? undefined : found;
}

/** A trial that waits goes on with its next attempt. */
export function promoted<S extends Resting>(
  state: S,
  { trial: before }: Waiting,
  at: string,
): { readonly state: S; readonly trial: Trial } {
  const { spec, running, atRungs = [], pruning, purse } = state;
  const { number, attempts, waits = [] } = before;
  // what it noted is that of the attempt before
  const { attributes: _before, ...going } = before;
  const trial: Trial = {
    ...going,
    state: 'running',
    waits: waits.map((wait, which) => (which === waits.length - 1 ? { ...wait, until: at } : wait)),
  };
  const next: S = {
    ...state,
    running: [...running, trial].sort((a, b) => a.number - b.number),
    atRungs: atRungs.filter((each) => each.trial !== before),
    ...(pruning === undefined ? {} : { pruning: goneOn(pruning, number, attempts + 1) }),
    ...(purse === undefined ? {} : { purse: setAsideAgain(spec.budget, purse, number, booked(before)) ?? purse }),
  };
  return { state: next, trial };
}

/** Who ends when too many wait: the one that stands worst in its rung. Nothing when there is room for all. */
export function crowdedOut({ atRungs = [], pruning }: Resting): Waiting | undefined {
  const bytes = atRungs.reduce((sum, each) => sum + each.bytes, 0);
  if (pruning === undefined || (atRungs.length <= WAITING_TRIALS && bytes <= WAITING_BYTES)) return undefined;
  let worst: { readonly of: Waiting; readonly share: number } | undefined;
  for (const of of atRungs) {
    const share = shareOf(pruning.memory, of.rung, of.trial.number);
    if (worst === undefined || share >= worst.share) worst = { of, share };
  }
  return worst?.of;
}

/**
 * What an ended trial that has waited counts, and the purse with it.
 * @param said what its attempts have said, all together
 * @param atLeast the same of one that was lost before it could say all
 */
export function settled(
  { spec, purse }: Pick<Resting, 'spec' | 'purse'>,
  trial: Trial,
  said: number | undefined,
  atLeast = 0,
): { readonly cost: number; readonly purse: Ledger } | undefined {
  if (purse === undefined) return undefined;
  const cost = costOfRested(spec.budget, said, Math.max(booked(trial), atLeast));
  return { cost, purse: paid(purse, trial.number, cost, booked(trial)) };
}
