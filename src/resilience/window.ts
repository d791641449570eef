import type { SavedBreaker } from '../contracts/resilience';

const BUCKETS = 10;

/** Outcomes of the last `windowMs`, in ten buckets; what is older never counts, however long nothing happened. */
export interface Window {
  add(isFailure: boolean): void;
  clear(): void;
  counts(): { readonly successes: number; readonly failures: number };
  save(): SavedBreaker['calls'];
  /** Takes saved outcomes in; those of the future and those too old are left out. */
  restore(calls: SavedBreaker['calls']): void;
}

interface Bucket {
  successes: number;
  failures: number;
}

/** Makes an empty window. */
export function createWindow(windowMs: number, now: () => number): Window {
  const bucketMs = windowMs / BUCKETS;
  const buckets = new Map<number, Bucket>();
  const slotAt = (at: number): number => Math.floor(at / bucketMs);
  const prune = (): void => {
    const oldest = slotAt(now()) - BUCKETS + 1;
    for (const slot of buckets.keys()) if (slot < oldest) buckets.delete(slot);
  };
  const bucketOf = (slot: number): Bucket => {
    const bucket = buckets.get(slot) ?? { successes: 0, failures: 0 };
    buckets.set(slot, bucket);
    return bucket;
  };
  return {
    add(isFailure) {
      prune();
      bucketOf(slotAt(now()))[isFailure ? 'failures' : 'successes'] += 1;
    },
    clear: () => buckets.clear(),
    counts() {
      prune();
      let [successes, failures] = [0, 0];
      for (const bucket of buckets.values()) {
        successes += bucket.successes;
        failures += bucket.failures;
      }
      return { successes, failures };
    },
    save() {
      prune();
      return [...buckets].map(([slot, counts]) => ({ at: slot * bucketMs, ...counts }));
    },
    restore(calls) {
      for (const { at, successes, failures } of calls) {
        if (at > now()) continue;
        const bucket = bucketOf(slotAt(at));
        bucket.successes += successes;
        bucket.failures += failures;
      }
      prune();
    },
  };
}
