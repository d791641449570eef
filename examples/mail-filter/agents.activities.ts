import type { Batch } from './filter';
import type { Measured } from './guards';
import { stream } from './mails';
import { modelOf } from './models';
import { latencyUs, measure as measureQuality, type Quality, type Settings } from './quality';

/** Guards look at this many mails, the next after those that the models may learn from. */
const RECENT_MAILS = 500;

/** Trains the model of some settings, or finds it; answers its bytes. */
export async function load(settings: Settings): Promise<number> {
  return (await modelOf(settings)).weights.byteLength;
}

/** Filters some mails of the stream. */
export async function serve({ settings, from, to }: { readonly settings: Settings } & Batch): Promise<Quality> {
  return measureQuality(await modelOf(settings), (await stream()).slice(from, to), settings);
}

/** What settings do to recent mail, none of which the model has learnt from. */
export async function measure(settings: Settings): Promise<Measured> {
  const model = await modelOf(settings);
  const recent = (await stream()).slice(settings.learnt, settings.learnt + RECENT_MAILS);
  const { mails, spam, stopped, lost } = await measureQuality(model, recent, settings);
  return {
    legitimate: mails - spam,
    lost,
    spam,
    stopped,
    latencyUs: latencyUs(model, recent, settings),
    modelBytes: model.weights.byteLength,
  };
}
