import type { Kind, Name, Space } from './ids';

/** What an entity says happened, before the kernel numbers and addresses it. `type` is `<noun>.<pastTense>`. */
export interface NewEvent {
  readonly type: string;
  /** Plain JSON, small; a reference and a hash for anything large, never a secret (ENV-5). */
  readonly data: Readonly<Record<string, unknown>>;
  /** Schema version of `data`; default 1 (ENV-4). */
  readonly version?: number;
  readonly causationId?: string;
  readonly correlationId?: string;
}

/** An event in an entity's outbox: numbered, not yet stored. */
export interface OutboxEvent extends NewEvent {
  /** Own sequence of the stream `<workflow id>~<generation>`, from 1, without a gap. */
  readonly sequence: number;
  /** ISO-8601 instant of the workflow task. */
  readonly time: string;
  /** Hybrid time and node (CAU-4). Absent of what was said before there were stamps. */
  readonly hlc?: string;
  /** The last event of each other entity that this one has heard of since its event before. */
  readonly follows?: readonly string[];
}

/** Where events come from: one life of one name, or a topic that processes publish to. */
export interface EventSource {
  readonly space: Space;
  readonly kind: Kind | 'topic';
  readonly name: string;
  readonly generation: string;
}

/** One hand-over to the store: a run of events of one stream. Appending it again is safe (EVT-2). */
export interface OutboxBatch {
  readonly space: Space;
  readonly kind: Kind;
  readonly name: Name;
  readonly generation: string;
  readonly events: readonly OutboxEvent[];
}

/** CloudEvents 1.0.2 in JSON, structured mode (ENV-1, ENV-2). (source, id) is unique. */
export interface CloudEvent {
  readonly specversion: '1.0';
  /** `<generation>/<sequence>`. */
  readonly id: string;
  /** `/spaces/<space>/<kind>/<name>`. */
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  readonly sequence: string;
  readonly partitionkey: string;
  readonly causationid?: string;
  readonly correlationid?: string;
  readonly traceparent?: string;
  /** Hybrid time and node: `<ms, 15 digits>.<counter, 6 digits>@<workflow id>`; sorts as the times do (CAU-4). */
  readonly hlc?: string;
  /** The events of others that this one follows directly, `<stream>/<number>`, with a space between. */
  readonly follows?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The activity that hands an outbox over; polled on the store queue only. Repeating it is safe. */
export interface StoreActivities {
  appendEvents(batch: OutboxBatch): Promise<{ readonly storedThrough: number }>;
  /** Subscribes an agent to topics, or lets it go on where it was. Repeating it is safe. @returns from which position on */
  subscribeToTopics(request: {
    readonly space: string;
    readonly agent: string;
    readonly topics: readonly string[];
  }): Promise<{ readonly position: number }>;
}
