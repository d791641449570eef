import {
  type Delivery,
  type PublishedAt,
  type Published,
  type TopicInfo,
  type TopicItem,
  type TopicStore,
} from '../contracts/coordination/topic';
import { PlatformError, refuse } from '../contracts/errors';
import type { StoredEvent } from '../contracts/event-store';
import type { Page } from '../contracts/read-models';
import type { GroupInfo, GroupSettings, ParkedMessage, SubscriptionStore } from '../contracts/subscription';
import { patternsOf } from '../domain/coordination/topic';
import { publishedOf } from '../domain/coordination/published';
import { pagesOf } from './reader';
import { createSubscriptionsClient, type ConsumeOptions, type Handled } from './subscriptions';

const LIST_MOST = 1_000;

/** How a message is published. */
export interface PublishOptions {
  /** Messages of one topic and key come to each subscriber in order; default: those of the topic. */
  readonly key?: string;
  /** Names the request: repeated with the same id it is published once. Default: a new one. */
  readonly requestId?: string;
  /** Who says it; default: nobody. */
  readonly publisher?: string;
  /** Waits at most so long for the subscribers, and answers how it stands with them; up to MAX_DELIVERY_WAIT_MS. */
  readonly waitMs?: number;
}

/** What a durable subscriber is made with. */
export type SubscribeOptions = Partial<Pick<GroupSettings, 'after' | 'maxRetries' | 'leaseMs' | 'maxInFlight'>>;

/** What is done with a message; it may come more than once. Throwing has it tried again later. */
export type TopicHandler = (message: Published & { readonly attempt: number }) => Promise<Handled> | Handled;

/** What a live subscriber may say. */
export interface TopicWatchOptions {
  /** From this position on, and nothing left out. Default: live, from now on. */
  readonly after?: number;
  readonly signal?: AbortSignal;
}

/** A message that a subscriber could not take. */
export interface DeadLetter extends Omit<ParkedMessage, 'event'> {
  readonly message?: Published;
}

/** Topics of a space: who publishes does not know who hears it (PUB-1 to 6). */
export interface Topics {
  /**
   * Stores a message, and answers where. It is delivered to all who have subscribed before, whatever becomes of this process.
   * @throws PlatformError `invalid-id`, `invalid-request`, `message-too-large`; `reads-unavailable` while the store is away
   */
  publish(
    topic: string,
    data: unknown,
    options?: PublishOptions,
  ): Promise<PublishedAt & { readonly delivery?: Delivery }>;
  /**
   * Makes a durable subscriber: the store keeps its position. Safe to repeat.
   * @param topics patterns: `*` is one word, `**` at the end one or more
   * @param options `after`: default `end`, only what comes
   * @returns `began`: every message after this position comes to it
   * @throws PlatformError `subscription-mismatch` when it is there with other patterns or options
   */
  subscribe(name: string, topics: string | readonly string[], options?: SubscribeOptions): Promise<GroupInfo>;
  /**
   * Handles the messages of a durable subscriber until the signal ends it: at least once, in order by topic and key. A message
   * whose handler throws is tried again, later each time, then it is a dead letter. Several processes may share a subscriber.
   */
  consume(name: string, handler: TopicHandler, options?: ConsumeOptions): Promise<void>;
  /** Messages as they come, with a word where something is left out. Nothing is kept for whoever leaves. */
  watch(topics: string | readonly string[], options?: TopicWatchOptions): AsyncIterable<TopicItem>;
  /** Topics that were published to, by name; 1,000 at most. */
  list(): Promise<readonly TopicInfo[]>;
  /** Durable subscribers, agents included; of one topic, or all. */
  subscribers(topic?: string): Promise<readonly GroupInfo[]>;
  /** How a message stands with its subscribers. @throws PlatformError `event-not-found` */
  delivery(position: number, options?: { readonly waitMs?: number; readonly signal?: AbortSignal }): Promise<Delivery>;
  /** Messages that a subscriber could not take, oldest first. */
  deadLetters(
    name: string,
    page?: { readonly pageSize?: number; readonly pageToken?: string },
  ): Promise<Page<DeadLetter>>;
  /** Delivers dead letters anew, with all their tries. @param positions default: all */
  replay(name: string, positions?: readonly number[]): Promise<{ readonly replayed: number }>;
  /** Removes a subscriber with its position and its dead letters; retention need not wait for it any more. */
  unsubscribe(name: string): Promise<void>;
}

const listed = (topics: string | readonly string[]): readonly string[] =>
  typeof topics === 'string' ? [topics] : topics;

/** @param plugged the store, or a facade; @throws PlatformError from each call: `reads-unavailable` when there is none */
export function createTopicsClient(
  space: string,
  plugged: TopicStore | undefined,
  groups: SubscriptionStore | undefined,
): Topics {
  const subscriptions = createSubscriptionsClient(space, groups);
  const store = (): TopicStore => {
    if (plugged !== undefined) return plugged;
    throw new PlatformError(refuse('reads-unavailable', 'no topics of a store are plugged'));
  };
  return {
    publish: async (topic, data, { key, requestId, publisher, waitMs } = {}) => {
      const more = { ...(key === undefined ? {} : { key }), ...(publisher === undefined ? {} : { publisher }) };
      const published = await store().publish({ space, topic, data, id: requestId ?? crypto.randomUUID(), ...more });
      if (waitMs === undefined) return published;
      return { ...published, delivery: await store().delivery({ space, position: published.position, waitMs }) };
    },
    subscribe: async (name, topics, options = {}) =>
      subscriptions.create(name, { after: 'end', ...options, topics: listed(topics) }),
    consume: (name, handler, options) =>
      subscriptions.consume(name, ({ attempt, ...stored }) => handler({ ...publishedOf(stored), attempt }), options),
    watch: async function* (topics, { after, signal } = {}) {
      const patterns = patternsOf(listed(topics));
      if ('code' in patterns) throw new PlatformError(patterns);
      const how = { ...(after === undefined ? {} : { after }), ...(signal === undefined ? {} : { signal }) };
      yield* store().watch({ space, topics: patterns, ...how });
    },
    list: async () => {
      const all: TopicInfo[] = [];
      for await (const items of pagesOf((page) => store().topics({ space, ...page }))) {
        all.push(...items);
        if (all.length >= LIST_MOST) break;
      }
      return all.slice(0, LIST_MOST);
    },
    subscribers: async (topic) => store().subscribers({ space, ...(topic === undefined ? {} : { topic }) }),
    delivery: async (position, options = {}) => store().delivery({ space, position, ...options }),
    deadLetters: async (name, page) => {
      const { items, ...more } = await subscriptions.parked(name, page);
      return { items: items.map(letterOf), ...more };
    },
    replay: (name, positions) => subscriptions.replayParked(name, positions),
    unsubscribe: (name) => subscriptions.remove(name),
  };
}

function letterOf({ event, ...parked }: ParkedMessage): DeadLetter {
  const { position } = parked;
  return event === undefined ? parked : { ...parked, message: publishedOf({ position, event } satisfies StoredEvent) };
}
