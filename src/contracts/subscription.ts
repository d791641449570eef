import type { StoredEvent } from './event-store';
import type { Cancel, Page } from './read-models';

/** Groups of one space. */
export const MAX_GROUPS = 100;
/** Messages that one group has handed out or holds for a retry at once. */
export const MAX_IN_FLIGHT = 1_000;
/** Messages that one take hands out, and receipts that one answer names. */
export const MAX_TAKE = 100;
/** Retries of one message that a group may ask for. */
export const MAX_RETRIES = 100;
/** Parked messages of one group; the group stops when it has them. */
export const MAX_PARKED = 10_000;
/** The longest lease, and the longest wait for a retry, milliseconds. */
export const MAX_LEASE_MS = 3_600_000;
/** The longest that a take waits for something to hand out, milliseconds. */
export const MAX_TAKE_WAIT_MS = 30_000;
/** Why a message was not acknowledged, characters. */
export const MAX_NACK_REASON = 2_000;
/** Types that one group may be limited to. */
export const MAX_GROUP_TYPES = 100;
/** A lag is counted no further than this. */
export const MAX_LAG = 10_000;

/** What a group was made with; it does not change. */
export interface GroupSettings {
  /** Only events of these types, sorted; none named: all. */
  readonly types: readonly string[];
  /** The last position that is not handed out: 0 from the first event on, `end` only what comes. */
  readonly after: number | 'end';
  /** How often a message is handed out again before it is parked, 0 to MAX_RETRIES. */
  readonly maxRetries: number;
  /** How long a consumer has for an answer, by the clock of the database: 100 to MAX_LEASE_MS. */
  readonly leaseMs: number;
  /** Messages handed out or waiting for a retry at once, 1 to MAX_IN_FLIGHT. */
  readonly maxInFlight: number;
  /**
   * Patterns of topics, sorted: the group is a durable subscriber, it gets the messages of these topics and nothing else, those of
   * one topic and key in order, each when the one before was dealt with.
   */
  readonly topics?: readonly string[];
}

/** What a group has unless it is made otherwise. */
export const DEFAULT_GROUP: GroupSettings = { types: [], after: 0, maxRetries: 10, leaseMs: 30_000, maxInFlight: 100 };

/** Which group. */
export interface GroupRef {
  readonly space: string;
  /** As every name: 1 to 100 of a-z, 0-9, ".", "_", "-". */
  readonly group: string;
}

/** An event as one consumer has it for a while. */
export interface Message extends StoredEvent {
  /** 1 for the first time; it begins anew when a parked message is replayed. */
  readonly attempt: number;
  /** Names this hand-out in the answer; the next one of the same event has another. */
  readonly receipt: string;
  /** How often it was given back with an answer, or replayed. A hand-out that was never answered does not count. */
  readonly givenBack: number;
}

/** What a take handed out. */
export interface TakenMessages {
  readonly messages: readonly Message[];
  /** Once, when retention has removed events that this group may never have had: up to this position (EVT-5). */
  readonly resync?: number;
  /** Of a subscriber of topics: there is more than it may have at once, and it is read from the log when there is room (PUB-4). */
  readonly fellBehind?: true;
}

/**
 * What becomes of a message that is not acknowledged. `retry`: again, and parked when that was the last time. `release`: again,
 * and this time does not count, for it was not tried. `park`: set aside until it is replayed. `skip`: never again. `stop`: again,
 * but the group hands out nothing until it is resumed.
 */
export const NACK_ACTIONS = ['retry', 'release', 'park', 'skip', 'stop'] as const;
/** One of them. */
export type NackAction = (typeof NACK_ACTIONS)[number];

/** What an answer did. */
export interface Answered {
  /** How many messages it settled. */
  readonly answered: number;
  /** Receipts that are good no more: answered before, or the lease ran out and the message went to somebody else. */
  readonly unknown: readonly string[];
}

/** How a group stands. */
export interface GroupInfo extends GroupRef, GroupSettings {
  readonly state: 'running' | 'stopped';
  /** Why it was stopped. */
  readonly stoppedBecause?: string;
  /** The checkpoint: everything at or below it that the group gets was acknowledged, skipped or parked. It never goes back. */
  readonly position: number;
  /** The highest position of the space. */
  readonly head: number;
  /** Messages that consumers have. */
  readonly inFlight: number;
  /** Messages that wait to be handed out again. */
  readonly waiting: number;
  readonly parked: number;
  /** Events that were never handed out yet; counted up to MAX_LAG. */
  readonly lag: number;
  /** Retention has removed events up to this position before the group had them. */
  readonly lostThrough?: number;
  /** Every event after this position that the group gets, it gets (PUB-3). */
  readonly began: number;
  /** Why nothing is delivered to it for now: the agent is not there. It is tried again. */
  readonly away?: string;
  readonly createdAt: string;
}

/** A message that was set aside. */
export interface ParkedMessage {
  readonly position: number;
  /** Absent when retention had removed it before it was parked. */
  readonly event?: StoredEvent['event'];
  readonly attempts: number;
  /** The last one. */
  readonly reason: string;
  readonly parkedAt: string;
}

/**
 * Persistent subscriptions (EVT-4): the store keeps the position of each group, its consumers compete, each message goes
 * to one of them at a time, at least once, in no promised order.
 *
 * @throws PlatformError from each call: `subscription-not-found`, `invalid-id`, `invalid-request`; `reads-unavailable`
 *   while the database is away
 */
export interface SubscriptionStore {
  /** Safe to repeat. @throws PlatformError `subscription-mismatch` for other settings, `limit-reached` above MAX_GROUPS or MAX_TOPIC_SUBSCRIBERS */
  create(request: GroupRef & Partial<GroupSettings>): Promise<GroupInfo>;
  info(request: GroupRef): Promise<GroupInfo>;
  /** All groups of a space, by name. */
  list(space: string): Promise<readonly GroupInfo[]>;
  /**
   * Hands out messages that nobody has, under a lease; none when there are none, after `waitMs` at the latest. A message
   * that is not answered in its lease comes again, one attempt later, and is parked after the last.
   * @throws PlatformError `subscription-stopped`
   */
  take(
    request: GroupRef & {
      /** 1 to MAX_TAKE, default 10. */
      readonly limit?: number;
      /** 0 to MAX_TAKE_WAIT_MS, default 0. */
      readonly waitMs?: number;
      readonly signal?: Cancel;
    },
  ): Promise<TakenMessages>;
  /** Done. @param receipts 1 to MAX_TAKE. @throws PlatformError `unknown-receipt` when none of them is good */
  ack(request: GroupRef & { readonly receipts: readonly string[] }): Promise<Answered>;
  /** Not done. @throws PlatformError `unknown-receipt` when none of the receipts is good */
  nack(
    request: GroupRef & {
      readonly receipts: readonly string[];
      readonly action: NackAction;
      /** Up to MAX_NACK_REASON characters. */
      readonly reason?: string;
      /** For `retry` and `release`: not before; 0 to MAX_LEASE_MS, default 0. */
      readonly afterMs?: number;
    },
  ): Promise<Answered>;
  /** Those set aside, oldest position first. */
  parked(request: GroupRef & { readonly pageSize?: number; readonly pageToken?: string }): Promise<Page<ParkedMessage>>;
  /** Hands parked messages out anew, with all their retries. @param positions default: all. @returns how many */
  replayParked(request: GroupRef & { readonly positions?: readonly number[] }): Promise<{ readonly replayed: number }>;
  /** Hands out again after a stop. Safe to repeat. */
  resume(request: GroupRef): Promise<GroupInfo>;
  /** Removes the group, what it parked included; retention need not wait for it any more. */
  remove(request: GroupRef): Promise<void>;
}
