import type { Space } from '../../src/client';
import type { RowRecord } from './log';
import type { Party } from './party';

/** The primitives that are under traffic in every row. */
export const COLUMNS = [
  'sessions',
  'locks',
  'semaphores',
  'counters',
  'values',
  'sets',
  'ballots',
  'registry',
  'agents',
  'events',
] as const;
/** One of COLUMNS. */
export type ColumnName = (typeof COLUMNS)[number];

/** An event as the store has it. */
export interface StoredLine {
  readonly stream: string;
  readonly position: number;
  readonly type: string;
  /** Milliseconds, by the server's clock. */
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a checker may look at once the row is over and all is calm. */
export interface Evidence extends RowRecord {
  readonly row: string;
  readonly space: Space;
  /** Milliseconds since the epoch at the place 0 of the clients' clock. */
  readonly epochMs: number;
  readonly ttlMs: number;
  /** Events of entities whose name begins with the row, in the order of positions. */
  readonly events: readonly StoredLine[];
  /** Tokens that the fenced resource has let through, in the order of commits. */
  readonly writes: readonly { readonly resource: string; readonly token: number }[];
  /** What the fault has taken from the primitive itself: its arbiter forgets, and what rests on its memory is not promised. */
  readonly isForgotten: boolean;
}

/** One primitive: its traffic, and the checker of its invariants. */
export interface Column {
  readonly name: ColumnName;
  /** It is one and the same in all rows: what all rows did to it is judged together. */
  readonly isShared?: true;
  /** What one client does until the row is over. */
  use(party: Party): Promise<void>;
  /** What is broken, in words; nothing when all holds. */
  broken(evidence: Evidence): readonly string[] | Promise<readonly string[]>;
}
