import { randomUUID } from 'node:crypto';

const PATIENCE_MS = 300_000;
const RETRY_MS = 500;
const CALL_MS = 40_000;
/** Answers after which the same call may succeed: the facade or something behind it is not there. */
const PASSING = new Set([409, 429, 500, 502, 503, 504]);

/** An answer of the facade. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Looks again and again until it is so. @throws when it is not within the time */
export async function until<T>(what: string, look: () => Promise<T | undefined>, ms = PATIENCE_MS): Promise<T> {
  const deadline = Date.now() + ms;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${String(ms / 1000)} s`, { cause: last });
    await pause(RETRY_MS);
  }
}

/** A facade by HTTP, as a stranger to the code would call it: the same key until an answer that is final. */
export class Facade {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  /** One try of a GET. @throws when nobody answers, or with another status than 200 */
  async get(path: string): Promise<Answer['body']> {
    const response = await fetch(`${this.#base}${path}`, { signal: AbortSignal.timeout(CALL_MS) });
    if (response.status !== 200) throw new Error(`GET ${path}: ${String(response.status)} ${await response.text()}`);
    return (await response.json()) as Answer['body'];
  }

  /** A POST under one key, tried until its answer is final. Whatever happens in between, it has one effect. */
  async post(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const key = randomUUID();
    return until(`POST ${path}`, async () => {
      const response = await fetch(`${this.#base}${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key, ...headers },
        signal: AbortSignal.timeout(CALL_MS),
      });
      const answer = { status: response.status, body: (await response.json()) as Answer['body'] };
      const isVerdict = 'verdict' in answer.body;
      if (PASSING.has(response.status) && !isVerdict) throw new Error(JSON.stringify(answer));
      return answer;
    });
  }

  /** All pages of a list. */
  async all(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const items: Readonly<Record<string, unknown>>[] = [];
    let token: string | undefined;
    do {
      const page = await this.get(`${path}?pageSize=500${token === undefined ? '' : `&pageToken=${token}`}`);
      items.push(...(page['items'] as typeof items));
      token = page['nextPageToken'] as string | undefined;
    } while (token !== undefined);
    return items;
  }
}
