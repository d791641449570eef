import { setImmediate } from 'node:timers/promises';
import { defineEvaluator } from 'mabeam';
import { training } from './classifier';
import { examplesOf } from './features';
import { ledger } from './ledger';
import { known } from './mails';
import { featuresOf, latencyUs, measure } from './quality';
import type { mailFilter } from './variables';

const LATENCY_MAILS = 100;

/** Trains a model with the parameters of a trial and measures it on mails that it has not seen. */
export const train = defineEvaluator<typeof mailFilter>('train', async ({ params, signal, study, trial, attempt }) => {
  ledger('start', { study, trial, attempt });
  const mails = known(params.learnt);
  const epochs = training(examplesOf(mails.training, featuresOf(params)), params);
  for (;;) {
    const step = epochs.next();
    if (step.done === true) {
      const { recall, lost, lostRate, logLoss } = measure(step.value, mails.heldOut, params);
      const latency = latencyUs(step.value, mails.heldOut.slice(0, LATENCY_MAILS), params);
      ledger('end', { study, trial, attempt });
      return { recall, lost, lostRate, logLoss, latencyUs: latency, modelBytes: step.value.weights.byteLength };
    }
    signal.throwIfAborted();
    await setImmediate(); // the heartbeat gets its turn
  }
});
