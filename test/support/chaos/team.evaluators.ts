import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { defineEvaluator } from '../../../activities/evaluator-definition';

const STEPS = 10;
const STEP_MS = 30;
const ledger = join(process.env['MABEAM_CHAOS_FOLDER'] ?? '.', 'ledger');

/** Works for a third of a second and keeps a ledger of what it began and ended. */
export const labour = defineEvaluator('labour', async ({ params, signal, study, trial }) => {
  appendFileSync(ledger, `begin ${study} ${String(trial)} ${String(process.pid)}\n`);
  for (let step = 0; step < STEPS; step += 1) {
    signal.throwIfAborted();
    await setTimeout(STEP_MS);
  }
  appendFileSync(ledger, `end ${study} ${String(trial)} ${String(process.pid)}\n`);
  return { loss: Math.abs(Number(params['threshold']) - 0.3) };
});
