import type { Refusal } from '../src/contracts/errors';
import type { AttributeValue } from '../src/contracts/optimisation/attributes';
import type { Values } from '../src/contracts/variable';
import type { VariableSetDefinition } from '../src/contracts/variable-set';

/** The values that an evaluator is given: those of a set's definition, or whatever type is named. */
export type ParamsOf<D> = D extends VariableSetDefinition<infer V> ? V : D;

/** One evaluation, as the user's function sees it. */
export interface Evaluation<P = Values> {
  /** A value for everything that the set has, or for each active dimension of the study's own space. */
  readonly params: P;
  /** 0 to 2^32 - 1; the same for each attempt of a trial, so an attempt can be repeated. */
  readonly seed: number;
  /** Workflow id of the study. */
  readonly study: string;
  readonly trial: number;
  /** From 1. */
  readonly attempt: number;
  /** Aborts when nobody wants the result any more: the study was stopped, the attempt was replaced, the worker ends. */
  readonly signal: AbortSignal;
  /**
   * Remembers how far this is, as plain JSON: a small state, or a reference to what was saved elsewhere. The next attempt resumes
   * from it, and what was reported until then is not lost. Delivered with the next heartbeat.
   */
  checkpoint(progress: unknown): void;
  /** What the last attempt left; for the first what the trial that this one goes on from has left (`pbt`), else `undefined`. */
  resume(): unknown;
  /**
   * Tells how the objective stands at a step, such as an epoch: a whole number from 0, larger than the last. NaN and infinities are
   * values. Costs nothing by itself. @throws PlatformError `invalid-message`
   */
  report(step: number, value: number): void;
  /**
   * Whether the study's pruner wants this trial to end now, by what was reported: then `return 'pruned'`; where
   * the pruner promotes, a later attempt may go on from the checkpoint. Asks the study once a second at most (`reportMs`), and at once when a rung is reached; else the last answer. Never fails; `false` without a pruner.
   */
  shouldStop(): Promise<boolean>;
  /**
   * Says that so much was spent, from 0, in the unit of the study's budget. What a lost attempt said is known to the next one.
   * @returns what the trial may still spend, all its attempts together; Infinity without a budget of cost
   * @throws PlatformError `invalid-message`
   */
  spend(amount: number): number;
  /**
   * Notes something of the trial beside its measures, such as a commit or a path: a text, a finite number, a truth value or null. The
   * last of a name stays. Only what the attempt notes that ends the trial is kept. @throws PlatformError `invalid-message`, also for
   * more than MAX_TRIAL_ATTRIBUTES, or TRIAL_ATTRIBUTE_BYTES as JSON
   */
  attribute(name: string, value: AttributeValue): void;
}

/**
 * What a user's function answers: finite numbers by name, the objective among them; `pruned` when it ended early; or a refusal,
 * which is not tried again.
 */
export type Evaluated = Readonly<Record<string, number>> | 'pruned' | Refusal;

/** A user's function. */
export type Evaluate<P = Values> = (evaluation: Evaluation<P>) => Promise<Evaluated> | Evaluated;

/** A function that evaluates configurations, under the name that studies ask for. */
export interface EvaluatorDefinition<P = Values> {
  readonly kind: 'evaluator';
  readonly name: string;
  readonly evaluate: Evaluate<P>;
}

/**
 * Defines an evaluator. It runs in worker processes that poll `mabeam-evaluator-<name>`; each evaluation may run again when its
 * worker is lost or it throws, so it should not do what cannot be done twice. A function that computes for longer than the
 * study's heartbeat must let the event loop turn now and then (`await` something), else its worker counts as lost.
 *
 * @example
 * export const train = defineEvaluator<typeof mailFilter>('train', async ({ params, seed, signal }) => ({ loss: … }));
 */
export function defineEvaluator<D = Values>(
  name: string,
  evaluate: Evaluate<ParamsOf<D>>,
): EvaluatorDefinition<ParamsOf<D>> {
  return { kind: 'evaluator', name, evaluate };
}
