import { spamProbability, type Model, type Training } from './classifier';
import { examplesOf, hashesOf, type Features } from './features';
import type { Mail } from './mail';

/** Every value of the variable set `mail-filter`. */
export type Settings = Training & {
  readonly features: 'words' | 'characters';
  /** Only there with characters. */
  readonly ngram?: number;
  /** A mail is stopped when it is spam with this probability or more. */
  readonly threshold: number;
  /** How many mails of the stream the model may learn from. */
  readonly learnt: number;
};

/** What became of mails. */
export interface Quality {
  readonly mails: number;
  readonly spam: number;
  /** Spam that was stopped. */
  readonly stopped: number;
  /** Legitimate mails that were stopped, and so are lost. */
  readonly lost: number;
  /** stopped / spam */
  readonly recall: number;
  /** lost / legitimate mails */
  readonly lostRate: number;
  /** Mean logarithmic loss of the probabilities, whatever the threshold. */
  readonly logLoss: number;
}

const SMALL = 1e-9;
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** The features that settings ask for. */
export function featuresOf({ features, ngram = 1 }: Settings): Features {
  return features === 'words' ? { features } : { features, ngram };
}

/** Compares probabilities with what people said. */
export function qualityOf(probabilities: readonly number[], isSpam: readonly boolean[], threshold: number): Quality {
  let [spam, stopped, lost, loss] = [0, 0, 0, 0];
  for (const [at, p] of probabilities.entries()) {
    const was = isSpam[at] === true;
    spam += Number(was);
    stopped += Number(was && p >= threshold);
    lost += Number(!was && p >= threshold);
    loss -= Math.log(Math.max(SMALL, was ? p : 1 - p));
  }
  const mails = probabilities.length;
  const rates = { recall: share(stopped, spam), lostRate: share(lost, mails - spam), logLoss: share(loss, mails) };
  return { mails, spam, stopped, lost, ...rates };
}

/** How well a model does on mails under some settings. */
export async function measure(model: Model, mails: readonly Mail[], settings: Settings): Promise<Quality> {
  const { hashes, isSpam } = await examplesOf(mails, featuresOf(settings));
  return qualityOf(
    hashes.map((each) => spamProbability(model, each)),
    isSpam,
    settings.threshold,
  );
}

/** Mean time that a mail takes from text to probability, in microseconds. */
export function latencyUs(model: Model, mails: readonly Mail[], settings: Settings): number {
  const how = featuresOf(settings);
  const from = process.hrtime.bigint();
  for (const { text } of mails) spamProbability(model, hashesOf(text, how));
  return share(Number(process.hrtime.bigint() - from) / 1_000, mails.length);
}
