/** How a read may be answered. */
export interface ReadOptions {
  /** `strong` (default): from the counter itself. `cached`: what this process saw last, if it is young enough. */
  readonly read?: 'strong' | 'cached';
  /** Of a cached read, default 1,000 ms: an older one is asked for anew, and is strong then. */
  readonly maxAgeMs?: number;
}

/** What was seen last of things by id: for reads that may be old, and say how old (CNT-4). */
export interface LastSeen<V> {
  /**
   * Notes what an answer said. `order` grows with each change of the thing; `sentAt` is when the request was sent, by `now`: the
   * thing was so at some moment since.
   */
  saw(id: string, value: V, order: number, sentAt: number): void;
  /** @returns the value and the age that it has at most, or nothing when it is older than that or was never seen */
  last(id: string, maxAgeMs: number): { readonly value: V; readonly ageMs: number } | undefined;
  /** By a clock that nobody sets. */
  now(): number;
}

interface Seen<V> {
  readonly value: V;
  readonly order: number;
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** How old a cached read may be unless its caller says otherwise. */
export const CACHED_AGE_MS = 1_000;
const ENTRIES_MAX = 10_000;

/** Keeps the newest that was seen of each id, in the memory of this process; the longest unseen goes first. */
export function createLastSeen<V>(now: () => number = () => performance.now()): LastSeen<V> {
  const seen = new Map<string, Seen<V>>();
  return {
    now,
    saw(id, value, order, sentAt) {
      const known = seen.get(id);
      // Of two answers that overlap the one that saw more changes is newer; one that was asked for after the other came is newer
      // in any case, also when the thing was deleted and begun anew.
      if (known !== undefined && sentAt < known.receivedAt && order < known.order) return;
      seen.delete(id);
      seen.set(id, { value, order, sentAt, receivedAt: now() });
      const [oldest] = seen.keys();
      if (seen.size > ENTRIES_MAX && oldest !== undefined) seen.delete(oldest);
    },
    last(id, maxAgeMs) {
      const known = seen.get(id);
      const ageMs = known === undefined ? Infinity : Math.ceil(now() - known.sentAt);
      return known === undefined || ageMs > maxAgeMs ? undefined : { value: known.value, ageMs };
    },
  };
}
