import { spamProbability, train, type Model, type Training } from '../../../examples/mail-filter/classifier';
import { examplesOf, hash, hashesOf, type Examples } from '../../../examples/mail-filter/features';
import { textOf } from '../../../examples/mail-filter/mail';
import { known, stream, STREAM_MAILS } from '../../../examples/mail-filter/mails';
import { measure, qualityOf, type Settings } from '../../../examples/mail-filter/quality';

const how: Training = { hashBits: 14, learningRate: 1, l2: 1e-6, epochs: 5, classWeight: 1 };
const words = (text: string): Uint32Array => hashesOf(text, { features: 'words' });

describe('reading mails', () => {
  it('reads what the sender said, and not what servers added on the way', () => {
    const text = textOf(
      'Received: from relay.example\nSubject: Lower\n rates\nFrom: Ann <a@b.example>\n\nHello  World',
    );
    expect(text).toContain('subject: lower\n rates');
    expect(text).toContain('from: ann <a@b.example>');
    expect(text).toContain('hello world');
    expect(text).not.toContain('relay');
  });

  it('decodes base64 and quoted-printable', () => {
    const base64 = Buffer.from('Cheap pills').toString('base64');
    expect(textOf(`Content-Transfer-Encoding: base64\n\n${base64}`)).toContain('cheap pills');
    expect(textOf('Content-Transfer-Encoding: quoted-printable\n\nche=\nap=20pills')).toContain('cheap pills');
  });

  it.each(['', '\n\n', 'no header at all', `X: ${'y'.repeat(1_000_000)}`])(
    'bounds what it reads of a mail (%#)',
    (raw) => {
      expect(textOf(raw).length).toBeLessThanOrEqual(2_000);
    },
  );

  it('holds out one known mail in three, and never learns from it', async () => {
    const { training, heldOut } = await known(0);
    expect([training.length, heldOut.length]).toEqual([1_999, 1_001]);
    expect(new Set([...training, ...heldOut].map(({ id }) => id)).size).toBe(3_000);
    const more = await known(1_000);
    expect(more.training.length + more.heldOut.length).toBe(4_000);
  });

  it('gives the stream in the order of its folders, mixed evenly', async () => {
    const mails = await stream();
    expect(mails).toHaveLength(STREAM_MAILS);
    const spam = mails.filter(({ isSpam }) => isSpam).map(({ id }) => id);
    expect(spam).toEqual([...spam].sort());
    const firstHalf = mails.slice(0, 1_523).filter(({ isSpam }) => isSpam).length;
    expect(firstHalf).toBe(spam.length / 2);
  });
});

describe('features', () => {
  it('takes each word once, and knows runs of characters', () => {
    expect(words('buy now buy')).toHaveLength(2);
    expect(hashesOf('abcabc', { features: 'characters', ngram: 3 })).toHaveLength(3);
    expect(hashesOf('ab', { features: 'characters', ngram: 3 })).toHaveLength(0);
    expect(words('xx buy')[1]).toBe(hash('buy', 0, 3));
  });

  it('spreads words evenly over the buckets of a small model', () => {
    const buckets = new Map<number, number>();
    for (let at = 0; at < 16_000; at += 1) {
      const bucket = hash(`word${String(at)}`, 0, 9) >>> 28;
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
    expect(buckets.size).toBe(16);
    expect(Math.max(...buckets.values())).toBeLessThan(2 * Math.min(...buckets.values()));
  });

  it('tokenises the same mails in the same way once', async () => {
    const { heldOut } = await known(0);
    expect(await examplesOf(heldOut, { features: 'words' })).toBe(await examplesOf(heldOut, { features: 'words' }));
  });
});

describe('the classifier', () => {
  const examples: Examples = {
    hashes: ['cheap pills', 'cheap loans', 'lunch at noon', 'notes of lunch'].map(words),
    isSpam: [true, true, false, false],
  };

  it('separates what can be separated', async () => {
    const model = await train(examples, { ...how, learningRate: 10, epochs: 50 });
    expect(spamProbability(model, words('cheap'))).toBeGreaterThan(0.9);
    expect(spamProbability(model, words('lunch'))).toBeLessThan(0.1);
  });

  it('makes the same model of the same seed, and another one of another', async () => {
    const of = (seed: number): Promise<Model> => train(examples, how, { seed });
    expect(await of(7)).toEqual(await of(7));
    expect((await of(7)).bias).not.toBe((await of(8)).bias);
  });

  it('has as many weights as its bits say, and an l2 that pulls them towards zero', async () => {
    const size = async (l2: number): Promise<number> =>
      (await train(examples, { ...how, l2 })).weights.reduce((all, w) => all + w * w, 0);
    expect((await train(examples, how)).weights).toHaveLength(2 ** 14);
    expect(await size(0.1)).toBeLessThan(0.8 * (await size(0)));
  });

  it('leans towards spam when spam counts more', async () => {
    const lean = async (classWeight: number): Promise<number> =>
      spamProbability(await train(examples, { ...how, classWeight }), words('unheard of'));
    expect(await lean(3)).toBeGreaterThan(await lean(1));
  });
});

describe('quality', () => {
  it('counts stopped spam, lost mails and the loss', () => {
    const quality = qualityOf([0.95, 0.6, 0.95, 0.1], [true, true, false, false], 0.9);
    expect(quality).toMatchObject({ mails: 4, spam: 2, stopped: 1, lost: 1, recall: 0.5, lostRate: 0.5 });
    expect(quality.logLoss).toBeCloseTo(-(Math.log(0.95) + Math.log(0.6) + Math.log(0.05) + Math.log(0.9)) / 4, 12);
  });

  it('answers for no mails and for a probability of one that is wrong', () => {
    expect(qualityOf([], [], 0.5)).toMatchObject({ mails: 0, recall: 0, lostRate: 0, logLoss: 0 });
    expect(Number.isFinite(qualityOf([1], [false], 0.5).logLoss)).toBe(true);
  });

  it('tells real spam from real mail that it has not seen', async () => {
    const settings: Settings = { ...how, learningRate: 10, features: 'words', threshold: 0.9, learnt: 0 };
    const { training, heldOut } = await known(0);
    const model = await train(await examplesOf(training, { features: 'words' }), settings);
    const quality = await measure(model, heldOut, settings);
    expect(quality.recall).toBeGreaterThan(0.8);
    expect(quality.lostRate).toBeLessThan(0.01);
  });
});
