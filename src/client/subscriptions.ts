import { ERRORS, isPlatformError, PlatformError, refuse } from '../contracts/errors';
import {
  MAX_NACK_REASON,
  MAX_TAKE,
  type GroupInfo,
  type GroupSettings,
  type Message,
  type NackAction,
  type ParkedMessage,
  type SubscriptionStore,
  type TakenMessages,
} from '../contracts/subscription';
import type { Page } from '../contracts/read-models';
import { pause, pauseOr } from './waiting';

const WAIT_MS = 10_000;
const PAUSE_MS = 500;
const PAUSE_MS_MAX = 10_000;
const ANSWER_TRIES = 6;
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;

/** What a handler answers: nothing when it is done, else what becomes of the message. */
export type Handled = void | { readonly action: NackAction; readonly reason?: string };

/** What is done with a message; it may come more than once. Throwing hands it out again later. */
export type Handler = (message: Message) => Promise<Handled> | Handled;

/** How a consumer works. */
export interface ConsumeOptions {
  /** Ends it: no more is taken, and what is being handled is finished. */
  readonly signal?: AbortSignal;
  /** Messages that are handled at once, 1 to MAX_TAKE; default 1. */
  readonly atOnce?: number;
  /** How long a message waits whose handler threw; doubled each time, a minute at most; default 1 s. */
  readonly retryMs?: number;
  /** Retention has removed events up to a position that the group may never have had. */
  readonly onResync?: (through: number) => void;
  /** Of a subscriber of topics: there is more than it may have at once; it is read from the log when there is room. */
  readonly onFellBehind?: () => void;
  /** And it has caught up with that again. */
  readonly onCaughtUp?: () => void;
}

/** Groups of consumers that compete for the events of a space; the store keeps the position of each group (EVT-4). */
export interface Subscriptions {
  /** Safe to repeat. @throws PlatformError `subscription-mismatch` for other settings */
  create(group: string, options?: Partial<GroupSettings>): Promise<GroupInfo>;
  /**
   * Handles messages of a group until the signal ends it: each is acknowledged when its handler is done, handed out again
   * when it throws. At least once, in no promised order. The first take must succeed; a store that is away later is waited
   * for.
   *
   * @throws PlatformError `subscription-not-found`, `subscription-stopped`; what is being handled is finished before
   */
  consume(group: string, handler: Handler, options?: ConsumeOptions): Promise<void>;
  list(): Promise<readonly GroupInfo[]>;
  info(group: string): Promise<GroupInfo>;
  /** Messages that were set aside, oldest position first. */
  parked(
    group: string,
    page?: { readonly pageSize?: number; readonly pageToken?: string },
  ): Promise<Page<ParkedMessage>>;
  /** Hands parked messages out anew. @param positions default: all */
  replayParked(group: string, positions?: readonly number[]): Promise<{ readonly replayed: number }>;
  /** Hands out again after a stop. */
  resume(group: string): Promise<GroupInfo>;
  /** Removes the group with all that it parked. */
  remove(group: string): Promise<void>;
}

const isPassing = (error: unknown): error is PlatformError => isPlatformError(error) && ERRORS[error.code].retryable;
const isLost = (error: unknown): boolean => isPlatformError(error) && error.code === 'unknown-receipt';
const doubled = (ms: number, times: number, most: number): number => Math.min(ms * 2 ** Math.min(times, 30), most);

/** One consumer: takes as many as it has hands for. */
class Consumer {
  readonly #store: SubscriptionStore;
  readonly #ref: { readonly space: string; readonly group: string };
  readonly #handler: Handler;
  readonly #options: ConsumeOptions;
  readonly #running = new Set<Promise<void>>();
  #hasBegun = false;
  #isBehind = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(
    store: SubscriptionStore,
    ref: { readonly space: string; readonly group: string },
    handler: Handler,
    options: ConsumeOptions,
  ) {
    this.#store = store;
    this.#ref = ref;
    this.#handler = handler;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal, atOnce = 1 } = this.#options;
    try {
      while (signal?.aborted !== true && this.#failure === undefined) {
        if (this.#running.size >= atOnce) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
          continue;
        }
        const { messages, resync, fellBehind = false } = await this.#take(atOnce - this.#running.size);
        if (resync !== undefined) this.#options.onResync?.(resync);
        this.#tell(fellBehind);
        for (const message of messages) this.#start(message);
      }
    } finally {
      await Promise.all(this.#running);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Once for each change. */
  #tell(isBehind: boolean): void {
    if (isBehind === this.#isBehind) return;
    this.#isBehind = isBehind;
    if (isBehind) this.#options.onFellBehind?.();
    else this.#options.onCaughtUp?.();
  }

  async #take(limit: number): Promise<TakenMessages> {
    const { signal } = this.#options;
    for (let tries = 0; signal?.aborted !== true; tries += 1) {
      try {
        const taken = await this.#store.take({ ...this.#ref, limit, waitMs: WAIT_MS, ...(signal && { signal }) });
        this.#hasBegun = true;
        return taken;
      } catch (error) {
        if (!this.#hasBegun || !isPassing(error)) throw error;
        await pauseOr(error.retryAfterMs ?? doubled(PAUSE_MS, tries, PAUSE_MS_MAX), signal);
      }
    }
    return { messages: [] };
  }

  #start(message: Message): void {
    const handling = this.#handle(message)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running.delete(handling);
        this.#wake();
      });
    this.#running.add(handling);
  }

  async #handle(message: Message): Promise<void> {
    const [ref, store] = [this.#ref, this.#store];
    const receipts = [message.receipt];
    let handled: Handled;
    try {
      handled = await this.#handler(message);
    } catch (error) {
      const reason = (error instanceof Error ? error.message : String(error)).slice(0, MAX_NACK_REASON);
      const afterMs = doubled(this.#options.retryMs ?? RETRY_MS, message.attempt - 1, RETRY_MS_MAX);
      await this.#answer(() => store.nack({ ...ref, receipts, action: 'retry', reason, afterMs }));
      return;
    }
    if (handled === undefined) await this.#answer(() => store.ack({ ...ref, receipts }));
    else {
      const { action, reason = '' } = handled;
      await this.#answer(() => store.nack({ ...ref, receipts, action, reason: reason.slice(0, MAX_NACK_REASON) }));
    }
  }

  /** An answer that cannot be given is none: the message comes again after its lease. */
  async #answer(give: () => Promise<unknown>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await give();
        return;
      } catch (error) {
        if (isLost(error)) return;
        if (!isPassing(error)) throw error;
        if (tries === ANSWER_TRIES) return;
        await pause(doubled(PAUSE_MS, tries - 1, PAUSE_MS_MAX));
      }
    }
  }
}

function checkHands(atOnce = 1): void {
  if (Number.isInteger(atOnce) && atOnce >= 1 && atOnce <= MAX_TAKE) return;
  const text = `atOnce is a whole number from 1 to ${String(MAX_TAKE)}; got ${String(atOnce)}`;
  throw new PlatformError(refuse('invalid-request', text));
}

/** @param plugged the store, or a facade; @throws PlatformError from each call: `reads-unavailable` when there is none */
export function createSubscriptionsClient(space: string, plugged: SubscriptionStore | undefined): Subscriptions {
  const store = (): SubscriptionStore => {
    if (plugged !== undefined) return plugged;
    throw new PlatformError(refuse('reads-unavailable', 'no subscriptions of a store are plugged'));
  };
  const at = (group: string) => ({ space, group });
  return {
    create: async (group, options = {}) => store().create({ ...options, ...at(group) }),
    consume: async (group, handler, options = {}) => {
      checkHands(options.atOnce);
      return new Consumer(store(), at(group), handler, options).run();
    },
    list: async () => store().list(space),
    info: async (group) => store().info(at(group)),
    parked: async (group, page = {}) => store().parked({ ...page, ...at(group) }),
    replayParked: async (group, positions) =>
      store().replayParked({ ...at(group), ...(positions === undefined ? {} : { positions }) }),
    resume: async (group) => store().resume(at(group)),
    remove: async (group) => store().remove(at(group)),
  };
}
