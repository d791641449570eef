import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { defineEvaluator, type Evaluation } from '../../activities/evaluator-definition';
import { nameOf, type Line } from './truth';

const log = process.env['FAULTS_LOG'] ?? 'faults.log';
const BRIEF_MS = Number(process.env['FAULTS_BRIEF_MS'] ?? '600');
const STEADY_STEPS = 10;
const STEADY_STEP_MS = Number(process.env['FAULTS_STEP_MS'] ?? '400');

/** One write of one line to a file that is opened to append: lines of many processes do not mix. */
function note(what: Line['what'], { study, trial, attempt, params }: Evaluation, from = 0): void {
  const { pid } = process;
  const more = from > 0 ? { from } : {};
  const line: Line = {
    what,
    study: nameOf(study),
    trial,
    attempt,
    pid,
    at: Date.now(),
    configuration: params,
    ...more,
  };
  appendFileSync(log, `${JSON.stringify(line)}\n`);
}

const lossOf = ({ params }: Evaluation): { readonly loss: number } => ({ loss: (Number(params['x']) - 0.3) ** 2 });

/** A short trial: it knows no checkpoint and heeds no signal. */
export const brief = defineEvaluator('brief', async (evaluation) => {
  note('begin', evaluation);
  await setTimeout(BRIEF_MS);
  note('end', evaluation);
  return lossOf(evaluation);
});

/** A long trial that goes on from its checkpoint. */
export const steady = defineEvaluator('steady', async (evaluation) => {
  const { done = 0 } = (evaluation.resume() ?? {}) as { readonly done?: number };
  note('begin', evaluation, done);
  for (let step = done; step < STEADY_STEPS; step += 1) {
    await setTimeout(STEADY_STEP_MS);
    evaluation.signal.throwIfAborted();
    evaluation.checkpoint({ done: step + 1 });
  }
  note('end', evaluation, done);
  return lossOf(evaluation);
});
