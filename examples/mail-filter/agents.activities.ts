import type { Batch } from './filter';
import type { Measured } from './guards';
import { stream } from './mails';
import { modelOf } from './models';
import { latencyUs, measure as measureQuality, type Quality, type Settings } from './quality';

/** Guards look at this many mails, the next after those that the models may learn from. */
const RECENT_MAILS = 500;

/** Trains the model of some settings, or finds it. */
export function load(settings: Settings): Promise<number> {
  return Promise.resolve(modelOf(settings).weights.byteLength);
}

/** Filters some mails of the stream. */
export function serve({ settings, from, to }: { readonly settings: Settings } & Batch): Promise<Quality> {
  return Promise.resolve(measureQuality(modelOf(settings), stream('mails').slice(from, to), settings));
}

/** What settings do to recent mail, none of which the model has learnt from. */
export function measure(settings: Settings): Promise<Measured> {
  const model = modelOf(settings);
  const recent = stream('mails').slice(settings.learnt, settings.learnt + RECENT_MAILS);
  const { mails, spam, stopped, lost } = measureQuality(model, recent, settings);
  return Promise.resolve({
    legitimate: mails - spam,
    lost,
    spam,
    stopped,
    latencyUs: latencyUs(model, recent, settings),
    modelBytes: model.weights.byteLength,
  });
}
