import type { ReadState } from './read-models';

/** What retention is to remove of a space: events to which every given limit applies. */
export interface Trim {
  readonly space: string;
  /** How many events of each stream stay. */
  readonly keepLast?: number;
  /** Stored longer ago than this. */
  readonly olderThanMs?: number;
  /** Positions below this one. */
  readonly before?: number;
  /** Readers that are passed even if they have not had the events; they are told by `resync`. */
  readonly passing?: readonly string[];
}

/** What a removal of old events did. */
export interface Trimmed {
  readonly removed: number;
  /** The reader that holds more events which the limits would remove. */
  readonly heldBy?: { readonly reader: string; readonly position: number };
}

/** What must not be swallowed (EVT-2): another event under a used number, or numbers that never came. */
export interface Incident {
  readonly at: string;
  readonly stream: string;
  readonly kind: 'conflict' | 'hole';
  readonly sequence: number;
}

/** How the store stands, for the people who operate it. */
export interface StoreStatus extends ReadState {
  readonly pending: readonly string[];
  readonly spaces: readonly { readonly space: string; readonly head: number; readonly removedThrough: number }[];
  /** Those that retention waits for; a group of consumers with its space. */
  readonly readers: readonly { readonly reader: string; readonly space?: string; readonly position: number }[];
  /** The newest, at most 50. */
  readonly incidents: readonly Incident[];
}

/** What is done to a store by hand, in a process that may open its database. */
export interface StoreAdmin {
  status(): Promise<StoreStatus>;
  /** Builds the read models anew beside the live ones and swaps them. Safe to repeat. */
  rebuild(options?: {
    readonly acceptLoss?: boolean;
  }): Promise<{ readonly events: number; readonly position: number; readonly ms: number }>;
  trim(trim: Trim): Promise<Trimmed>;
  close(): Promise<void>;
}
