import { createHash } from 'node:crypto';
import { fingerprintOf } from '../client/messages';
import { PlatformError, refuse } from '../contracts/errors';
import { show } from '../contracts/ids';

const KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;
/** So many answers a facade keeps itself. */
export const ANSWERS_KEPT = 1_000;
/** And for so long (IDM-3). */
export const ANSWERS_KEPT_MS = 24 * 3_600_000;
const ATTACH_MS = 30_000;

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

/** The message id of a key: the same for the same operation and key, so that the receiver knows a repetition. */
export function messageIdOf(operation: string, key: string): string {
  return `rest-${createHash('sha256').update(`${operation}\n${key}`).digest('hex').slice(0, 40)}`;
}

/**
 * The newest finished and running answers of this process by message id. The memory of the receiver is the truth, and
 * outlives this process; this adds what the receiver does not keep: the first status and body word for word, the
 * comparison of bodies for tells and starts, and one call for requests that come at once.
 */
export interface Answers {
  /**
   * Answers as the first time, joins the same request under way, or acts. Errors are not kept: the key is free again.
   * @throws PlatformError `idempotency-key-reused` when the key came with another body before; `idempotency-in-progress`
   *   when the first request is not done in time
   */
  once(id: string, body: unknown, act: () => Promise<Answer>): Promise<{ answer: Answer; replayed: boolean }>;
}

interface Kept {
  readonly fingerprint: string;
  readonly at: number;
  readonly answer: Promise<Answer>;
}

/** Waits for the first request, not longer than a request may take. */
async function attach(first: Promise<Answer>, ms: number): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const text = `the first request with this Idempotency-Key is not done after ${String(ms)} ms; ask again`;
      reject(new PlatformError(refuse('idempotency-in-progress', text, { retryAfterMs: 1_000 })));
    }, ms);
  });
  try {
    return await Promise.race([first, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @param options.kept how many answers, oldest forgotten first; all are forgotten after a day */
export function createAnswers(options: { readonly kept?: number; readonly attachMs?: number } = {}): Answers {
  const { kept = ANSWERS_KEPT, attachMs = ATTACH_MS } = options;
  const known = new Map<string, Kept>();
  return {
    once: async (id, body, act) => {
      const fingerprint = await fingerprintOf(body);
      const before = known.get(id);
      if (before !== undefined && Date.now() - before.at < ANSWERS_KEPT_MS) {
        if (before.fingerprint === fingerprint)
          return { answer: await attach(before.answer, attachMs), replayed: true };
        const text = 'this Idempotency-Key came before with another body; expected the same body or a new key';
        throw new PlatformError(refuse('idempotency-key-reused', text));
      }
      const answer = act();
      known.delete(id);
      known.set(id, { fingerprint, at: Date.now(), answer });
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
