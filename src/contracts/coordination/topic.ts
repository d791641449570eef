import { defineUpdate } from '@temporalio/workflow';
import type { Message, Reply } from '../entity';
import type { Page, Cancel, PageRequest } from '../read-models';
import { refuse, type Refusal } from '../errors';
import { show } from '../ids';
import type { GroupInfo } from '../subscription';

/** The name of a topic, or a pattern, characters. */
export const MAX_TOPIC = 100;
/** Patterns that one subscriber may have. */
export const MAX_PATTERNS = 20;
/** The key of a message, characters. */
export const MAX_KEY = 200;
/** A published message as JSON, bytes; larger data by reference. */
export const MAX_PUBLISHED_BYTES = 60 * 1024;
/** Messages that an agent publishes in one step. */
export const MAX_PUBLISHED_PER_STEP = 100;
/** The same in bytes: they wait in its outbox. */
export const PUBLISHED_PER_STEP_BYTES = 128 * 1024;
/** Durable subscribers of one space. */
export const MAX_TOPIC_SUBSCRIBERS = 1_000;
/** A live subscriber that is further behind than so many messages gets a gap in their place. */
export const MAX_LIVE_BEHIND = 1_000;
/** The longest that a publisher waits for its subscribers, milliseconds. */
export const MAX_DELIVERY_WAIT_MS = 30_000;
/** The type of the event that a published message is. */
export const PUBLISHED = 'topic.published';

/** What the name of a topic must look like, for messages. */
export const TOPIC_RULE = `words of a-z, 0-9, "_", "-" with dots between them, ${String(MAX_TOPIC)} characters at most, such as orders.new`;
const WORD = '[a-z0-9_-]+';
const TOPIC = new RegExp(`^${WORD}(\\.${WORD})*$`);
const PATTERN = new RegExp(`^(${WORD}|\\*)(\\.(${WORD}|\\*))*(\\.\\*\\*)?$|^\\*\\*$`);

/** Parses the name of a topic. @returns the name, or the refusal `invalid-id` that names what came. */
export function parseTopic(text: unknown): string | Refusal {
  if (typeof text === 'string' && text.length <= MAX_TOPIC && TOPIC.test(text)) return text;
  return refuse('invalid-id', `a topic is ${TOPIC_RULE}; got ${show(text)}`);
}

/** Parses a pattern: `*` stands for one word, `**` at the end for one or more. @returns the pattern, or `invalid-id`. */
export function parsePattern(text: unknown): string | Refusal {
  if (typeof text === 'string' && text.length <= MAX_TOPIC && PATTERN.test(text)) return text;
  const rule = 'a topic in which * stands for one word, and ** at the end for one or more';
  return refuse('invalid-id', `a pattern is ${rule}, such as orders.*; got ${show(text)}`);
}

/** A message as subscribers have it. The same one may come again: `id` says that it is the same. */
export interface Published {
  /** Where it is in the log of the space; whoever comes back names the last one it has dealt with. */
  readonly position: number;
  /** `<source>#<id>` of its event: the same at each delivery, never of another message. */
  readonly id: string;
  readonly topic: string;
  /** Messages of one topic and key come in order; empty when none was named. */
  readonly key: string;
  readonly data: unknown;
  /** Workflow id of the agent, or what a process calls itself. */
  readonly publisher: string;
  /** ISO-8601 instant. */
  readonly time: string;
}

/** What a publisher is answered: the message is stored. */
export interface PublishedAt {
  readonly position: number;
  readonly topic: string;
  /** A message of this id was published before, and is at this position. */
  readonly repeated: boolean;
}

/** How a message stands with its durable subscribers (PUB-5). */
export interface Delivery {
  readonly position: number;
  readonly topic: string;
  /** How many had subscribed before it was published. */
  readonly subscribers: number;
  /** How many have dealt with it. */
  readonly delivered: number;
  readonly failed: readonly FailedDelivery[];
  /** Those that have not dealt with it yet, by name. */
  readonly pending: readonly string[];
}

/** A subscriber that could not take a message. */
export interface FailedDelivery {
  readonly subscriber: string;
  readonly reason: string;
  /** How often it was tried. */
  readonly tries: number;
  /** It is a dead letter; else it is tried again. */
  readonly isDead: boolean;
}

/** A topic that was published to. */
export interface TopicInfo {
  readonly topic: string;
  /** Messages ever. */
  readonly messages: number;
  /** Position of the last one. */
  readonly position: number;
  /** Durable subscribers whose patterns it matches. */
  readonly subscribers: number;
}

/** What a subscriber of the stream is told beside messages. */
export type TopicItem =
  | { readonly kind: 'message'; readonly message: Published }
  /** The subscription takes effect: every message after this position comes (PUB-3). */
  | { readonly kind: 'subscribed'; readonly position: number }
  /** Everything up to the position was handed out, or there is more again than one page. */
  | { readonly kind: 'caughtUp' | 'fellBehind'; readonly position: number }
  /** What was published after `after` up to `position` will not come: too far behind, or removed by retention (PUB-2). */
  | { readonly kind: 'gap'; readonly after: number; readonly position: number };

/** What is asked of a stream of messages. */
export interface WatchRequest {
  readonly space: string;
  /** 1 to MAX_PATTERNS. */
  readonly topics: readonly string[];
  /** From this position on, without a gap for being slow. Absent: live, from now on, best effort. */
  readonly after?: number;
  /** Of a live subscriber that comes back: the last position it was told. */
  readonly last?: number;
  readonly signal?: Cancel;
}

/**
 * Topics of the store: what is published is an event of the log, so it is stored before anybody gets it. Durable subscribers are
 * persistent subscriptions with `topics`.
 *
 * @throws PlatformError from each call: `invalid-id`, `invalid-request`; `reads-unavailable` while the database is away
 */
export interface TopicStore {
  /** Safe to repeat with the same id. @throws PlatformError `message-too-large`, `idempotency-key-reused` for another message */
  publish(request: {
    readonly space: string;
    readonly topic: string;
    readonly key?: string;
    readonly data: unknown;
    /** Of the request: a repetition is answered as the first time, as long as the message is kept. */
    readonly id: string;
    readonly publisher?: string;
  }): Promise<PublishedAt>;
  /** Topics that were published to, by name. */
  topics(request: PageRequest): Promise<Page<TopicInfo>>;
  /** Durable subscribers, agents included, by name: of one topic, or all. */
  subscribers(request: { readonly space: string; readonly topic?: string }): Promise<readonly GroupInfo[]>;
  /** @param waitMs how long it may wait for those that are pending, 0 to MAX_DELIVERY_WAIT_MS. @throws PlatformError `event-not-found` */
  delivery(request: {
    readonly space: string;
    readonly position: number;
    readonly waitMs?: number;
    readonly signal?: Cancel;
  }): Promise<Delivery>;
  /** Messages as they come; ends when the signal aborts or the reader leaves. */
  watch(request: WatchRequest): AsyncIterable<TopicItem>;
}

/** The subscriptions of agents, as the store keeps them. */
export interface AgentTopics {
  /**
   * An agent subscribes: at the first time to what comes, then it goes on where it was, whatever became of it meanwhile. With
   * other patterns than before these count for what comes. Safe to repeat.
   *
   * @returns the position after which messages come to it
   * @throws PlatformError `invalid-id`, `limit-reached`
   */
  subscribe(request: {
    readonly space: string;
    readonly agent: string;
    readonly topics: readonly string[];
  }): Promise<{ readonly position: number }>;
}

/** A message is delivered to an agent: answered when its handler is done. */
export const deliverUpdate = defineUpdate<Reply, [Message<Published>]>('deliver');
