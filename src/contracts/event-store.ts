import type { CloudEvent, OutboxBatch } from './envelope';

/** A stored event with its position: whoever has read position p has seen every event at or below p, for ever (EVT-3). */
export interface StoredEvent {
  readonly position: number;
  readonly event: CloudEvent;
}

/** What an append expects of the stream (EVT-1). A mismatch answers the actual version, nothing is written. */
export type ExpectedVersion = 'any' | 'no-stream' | 'stream-exists' | number;

/** How an append ended. `repeated`: the very same events were stored before, and nothing was written. */
export type AppendResult =
  | { readonly kind: 'appended' | 'repeated'; readonly version: number }
  | { readonly kind: 'wrong-version'; readonly actual: number }
  | { readonly kind: 'conflict'; readonly sequence: number };

/** The event store: append by stream and sequence, gap-free reading by position. */
export interface EventStore {
  /** All or nothing; a repeated batch answers as the first time (EVT-2); another event under a used sequence is `conflict`. */
  append(batch: OutboxBatch, expected?: ExpectedVersion): Promise<AppendResult>;
  /** Events of one space after a position, oldest first, at most `limit` (1 to 1,000). */
  read(query: {
    readonly space: string;
    readonly after: number;
    readonly limit: number;
    readonly types?: readonly string[];
  }): Promise<readonly StoredEvent[]>;
  /** Number of the last event that is stored of one life of an entity; 0 without any. */
  storedThrough(of: Pick<OutboxBatch, 'space' | 'kind' | 'name' | 'generation'>): Promise<number>;
  /** The highest position that is safe to read. */
  head(space: string): Promise<number>;
  /** The highest position that retention has removed from the space; 0 when it never did (EVT-5). */
  truncated(space: string): Promise<number>;
  /** Calls back whenever something may be new; polling is the truth, this only wakes. @returns a function that ends it. */
  onAppend(wake: () => void): () => void;
}
