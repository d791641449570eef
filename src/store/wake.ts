import { Client } from 'pg';

const CHANNEL = 'mabeam_events';
const RECONNECT_MS = 500;
const RECONNECT_MS_MAX = 10_000;

/** One sleeper that is woken early: waits for a time, for a ring, or not at all when it rang since. */
export class Bell {
  #hasRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.#hasRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = undefined;
    this.#hasRung = false;
  }
}

/** Who wants to know that something may be new. It only wakes; whoever is woken looks for itself. */
export interface Wakes {
  /** @returns a function that ends it */
  subscribe(wake: () => void): () => void;
  /** Something was appended in this process. */
  fire(): void;
  close(): Promise<void>;
}

/** Wakes by Postgres' NOTIFY. It is lost on a cut connection, so a new one wakes, too. */
class Listener {
  readonly #url: string;
  readonly #fire: () => void;
  #client: Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #waitMs = RECONNECT_MS;

  constructor(url: string, fire: () => void) {
    this.#url = url;
    this.#fire = fire;
    void this.#connect();
  }

  async #connect(): Promise<void> {
    const client = new Client({ connectionString: this.#url, application_name: 'mabeam-wake' });
    this.#client = client;
    let isLost = false;
    const lost = (): void => {
      if (isLost || this.#isClosed) return;
      isLost = true;
      client.end().catch(() => undefined);
      this.#timer = setTimeout(() => void this.#connect(), this.#waitMs);
      this.#timer.unref();
      this.#waitMs = Math.min(2 * this.#waitMs, RECONNECT_MS_MAX);
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', this.#fire);
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.#waitMs = RECONNECT_MS;
      this.#fire();
    } catch {
      lost();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }
}

/** The name under which an append wakes other processes, inside its transaction. */
export const WAKE_CHANNEL = CHANNEL;

/** @param url of Postgres; without it, appends of this process alone wake: all there are with an embedded database */
export function createWakes(url: string | undefined): Wakes {
  const wakes = new Set<() => void>();
  const fire = (): void => {
    for (const wake of wakes) wake();
  };
  let listener: Listener | undefined;
  return {
    fire,
    subscribe: (wake) => {
      const own = (): void => wake();
      wakes.add(own);
      if (url !== undefined) listener ??= new Listener(url, fire);
      return () => wakes.delete(own);
    },
    close: async () => {
      wakes.clear();
      await listener?.close();
    },
  };
}
