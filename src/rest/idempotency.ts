import { createHash } from 'node:crypto';
import { fingerprintOf } from '../client/messages';
import { PlatformError, refuse } from '../contracts/errors';
import { show } from '../contracts/ids';

const KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;
const KEPT = 1_000;

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The key of a request, bare or quoted.
 * @throws PlatformError `idempotency-key-missing`, or `invalid-request` for one that is not 1 to 255 printable characters
 */
export function keyOf(header: string | undefined): string {
  const key = header?.trim().replace(/^"(.*)"$/, '$1');
  if (key === undefined || key === '') {
    throw new PlatformError(refuse('idempotency-key-missing', 'expected the header Idempotency-Key; none came'));
  }
  if (KEY.test(key)) return key;
  const text = `Idempotency-Key has 1 to 255 printable ASCII characters; got ${show(key)}`;
  throw new PlatformError(refuse('invalid-request', text));
}

/** The message id of a key: the same for the same path and key, so that the receiver knows a repetition. */
export function messageIdOf(path: string, key: string): string {
  return `rest-${createHash('sha256').update(`${path}\n${key}`).digest('hex').slice(0, 40)}`;
}

/** The newest finished and running answers of this process by message id. The receiver's memory is the truth; this adds
 * the first answer word for word, for starts and signals too. */
export interface Answers {
  /**
   * Answers as the first time, or acts. Errors are not kept: the key is free again.
   * @throws PlatformError `idempotency-key-reused` when the key came with another body before
   */
  once(id: string, body: unknown, act: () => Promise<Answer>): Promise<{ answer: Answer; replayed: boolean }>;
}

/** @param kept how many answers, oldest forgotten first */
export function createAnswers(kept = KEPT): Answers {
  const known = new Map<string, { readonly fingerprint: string; readonly answer: Promise<Answer> }>();
  return {
    once: async (id, body, act) => {
      const fingerprint = await fingerprintOf(body);
      const before = known.get(id);
      if (before !== undefined) {
        if (before.fingerprint === fingerprint) return { answer: await before.answer, replayed: true };
        const text = 'this Idempotency-Key came before with another body; expected the same body or a new key';
        throw new PlatformError(refuse('idempotency-key-reused', text));
      }
      const answer = act();
      known.set(id, { fingerprint, answer });
      const oldest = known.size > kept ? known.keys().next().value : undefined;
      if (oldest !== undefined) known.delete(oldest);
      try {
        return { answer: await answer, replayed: false };
      } catch (error) {
        known.delete(id);
        throw error;
      }
    },
  };
}
