import { train, type Model } from './classifier';
import { examplesOf } from './features';
import { known } from './mails';
import { featuresOf, type Settings } from './quality';

const KEPT_MODELS = 6;
const models = new Map<string, Promise<Model>>();

async function trained(settings: Settings): Promise<Model> {
  const { training } = await known(settings.learnt);
  return train(await examplesOf(training, featuresOf(settings)), settings);
}

/**
 * The model of some settings. The same settings give the same model in every process, so a model need not be stored: it is
 * trained again where it is missing.
 */
export function modelOf(settings: Settings): Promise<Model> {
  const relevant = Object.entries(settings).filter(([name]) => name !== 'threshold');
  const key = JSON.stringify(relevant.sort(([a], [b]) => (a < b ? -1 : 1)));
  const model = models.get(key) ?? trained(settings);
  models.delete(key);
  models.set(key, model);
  for (const oldest of [...models.keys()].slice(0, -KEPT_MODELS)) models.delete(oldest);
  return model;
}
