import { defineEvaluator } from 'mabeam';
import { train as trainModel } from './classifier';
import { examplesOf } from './features';
import { ledger } from './ledger';
import { known } from './mails';
import { featuresOf, latencyUs, measure } from './quality';
import type { mailFilter } from './variables';

const LATENCY_MAILS = 100;

/** Trains a model with the parameters of a trial and measures it on mails that it has not seen. */
export const train = defineEvaluator<typeof mailFilter>('train', async ({ params, signal, study, trial, attempt }) => {
  ledger('start', { study, trial, attempt });
  const { training, heldOut } = await known(params.learnt);
  const model = await trainModel(await examplesOf(training, featuresOf(params)), params, { signal });
  const { recall, lost, lostRate, logLoss } = await measure(model, heldOut, params);
  const latency = latencyUs(model, heldOut.slice(0, LATENCY_MAILS), params);
  ledger('end', { study, trial, attempt });
  return { recall, lost, lostRate, logLoss, latencyUs: latency, modelBytes: model.weights.byteLength };
});
