import type { Batch } from './filter';
import type { Measured } from './guards';
import { known, stream } from './mails';
import { modelOf } from './models';
import { latencyUs, measure as measureQuality, type Quality, type Settings } from './quality';

/** So many mails tell how long one takes. */
const TIMED_MAILS = 500;

/** Trains the model of some settings, or finds it; answers its bytes. */
export async function load(settings: Settings): Promise<number> {
  return (await modelOf(settings)).weights.byteLength;
}

/** Filters some mails of the stream. */
export async function serve({ settings, from, to }: { readonly settings: Settings } & Batch): Promise<Quality> {
  return measureQuality(await modelOf(settings), (await stream()).slice(from, to), settings);
}

/**
 * What settings do to mail that the model has not learnt from: those that the filters have served since; where there are
 * none yet, those that are held out.
 */
export async function measure(asked: { readonly settings: Settings; readonly seen: number }): Promise<Measured> {
  const { settings, seen } = asked;
  const model = await modelOf(settings);
  const since = (await stream()).slice(settings.learnt, seen);
  const unknown = since.length > 0 ? since : (await known(settings.learnt)).heldOut;
  const { mails, spam, stopped, lost } = await measureQuality(model, unknown, settings);
  return {
    legitimate: mails - spam,
    lost,
    spam,
    stopped,
    latencyUs: latencyUs(model, unknown.slice(0, TIMED_MAILS), settings),
    modelBytes: model.weights.byteLength,
  };
}
