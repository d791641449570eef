import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { admitRequest, createFence, FENCING_HEADER, isPlatformError, type Fence } from 'mabeam';
import { entriesOf, type Entry, type Job, type RoundView } from './journal';
import type { Order } from './judge';

/** What a worker asks for. */
export interface Asked {
  readonly act: 'round' | 'plan' | 'look' | 'write' | 'say';
  readonly worker: string;
  readonly round: number;
  /** What it looks at or writes to: a shelf, or `plan`. */
  readonly what: string;
  readonly job?: string;
  readonly jobs?: readonly Job[];
  readonly said?: Entry;
}

/** Hears of each request before it is done, and may hold it up. */
export type Door = (asked: Asked) => Promise<void>;

/**
 * The shared thing: shelves and a plan, each behind a fence. It does not know who holds which lock, and need not: it refuses whoever comes with a token that
 * is older than one it has seen. It knows nothing of sessions, and is never killed here; a fence that must outlive its process is stored with the thing.
 */
export class Warehouse {
  readonly journal: Entry[] = [];
  readonly #order: Order;
  readonly #isFenced: boolean;
  readonly #door: Door;
  readonly #fences = new Map<string, Fence>();
  readonly #waiting = new Set<() => void>();
  readonly #server: Server;

  constructor(order: Order, isFenced: boolean, door: Door) {
    this.#order = order;
    this.#isFenced = isFenced;
    this.#door = door;
    this.#server = createServer((request, response) => {
      this.#answer(request).then(
        ({ status, body }) => response.writeHead(status).end(JSON.stringify(body)),
        () => response.destroy(), // whoever asked was killed in the middle of it
      );
    });
  }

  /** @returns where it listens */
  async open(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Resolves when the journal has such an entry. */
  has(isSuch: (entry: Entry) => boolean): Promise<Entry> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.journal.find(isSuch);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  #record(entry: Entry): void {
    this.journal.push(entry);
    for (const look of [...this.#waiting]) look();
  }

  async #answer(request: IncomingMessage): Promise<{ readonly status: number; readonly body: unknown }> {
    const asked = JSON.parse((await request.setEncoding('utf8').toArray()).join('')) as Asked;
    await this.#door(asked);
    try {
      // between this check and the act nothing is awaited
      const header = request.headers[FENCING_HEADER.toLowerCase()];
      if (this.#isFenced && header !== undefined) admitRequest(this.#fenceOf(asked.what), header);
      return { status: 200, body: this.#done(asked, Number(header)) };
    } catch (error) {
      if (!isPlatformError(error)) throw error;
      this.#record({ kind: 'refused', worker: asked.worker, what: asked.act, why: error.message });
      return { status: 409, body: { code: error.code, message: error.message } };
    }
  }

  #fenceOf(what: string): Fence {
    const fence = this.#fences.get(what) ?? createFence(what);
    this.#fences.set(what, fence);
    return fence;
  }

  #done({ act, worker, round, what, job = '', jobs = [], said }: Asked, token: number): unknown {
    if (act === 'plan') this.#record({ kind: 'planned', worker, term: token, round, jobs });
    if (act === 'write') this.#record({ kind: 'written', worker, token, round, job, shelf: what });
    if (act === 'say' && said !== undefined) this.#record(said);
    if (act === 'look') return entriesOf(this.journal, 'written').some((each) => each.job === job);
    return this.#view();
  }

  #view(): RoundView {
    const plan = entriesOf(this.journal, 'planned').at(-1);
    const done = new Set(entriesOf(this.journal, 'written').map(({ job }) => job));
    const { rounds, workers } = this.#order;
    const last = entriesOf(this.journal, 'passed').filter(({ round }) => round === rounds);
    return {
      round: plan?.round ?? 0,
      of: rounds,
      open: plan?.jobs.filter(({ id }) => !done.has(id)) ?? [],
      isOver: workers.every((worker) => last.some((each) => each.worker === worker)),
    };
  }
}
