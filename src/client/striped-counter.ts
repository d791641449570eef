import type { Counted } from '../contracts/coordination/counter';
import { isPlatformError } from '../contracts/errors';
import { workflowId, type Name } from '../contracts/ids';
import { counterHandle, type CounterHandle, type CountersShared } from './counter-handle';
import { nameOf } from './handles';
import { CACHED_AGE_MS, type ReadOptions } from './last-seen';
import type { CallOptions } from './temporal';

/**
 * A sum with what kind of read it came from (CNT-4). `summed`: of each stripe nothing is missing that was acknowledged before the
 * read; of what happens during the read some may be in it, and some not.
 */
export type SummedReading =
  | { readonly value: number; readonly read: 'summed' }
  | { readonly value: number; readonly read: 'cached'; readonly ageMs: number };

/** A counter of several parts that are summed when it is read. */
export interface StripedCounterHandle {
  readonly name: string;
  readonly stripes: number;
  /** Adds to one of the stripes; the same request id goes to the same one. `value` and `before` are that stripe's. */
  add(by?: number, options?: CallOptions): Promise<Counted>;
  /** The sum; stripes that nobody has used count 0. */
  get(options?: ReadOptions): Promise<SummedReading>;
  /** Ends all stripes. */
  delete(options?: CallOptions): Promise<void>;
}

/** FNV-1a, 32 bits: the same id meets the same stripe in every process. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return state;
}

/** Makes the handle. */
export function createStripes(shared: CountersShared, name: Name, stripes: number): StripedCounterHandle {
  const { seen, temporal } = shared;
  const parts = Array.from({ length: stripes }, (_each, at) =>
    counterHandle(shared, nameOf('counter', `${name}.stripe-${String(at)}`), { stripes }),
  );
  // Not a workflow: the key of the sum among what was seen.
  const key = `${workflowId(temporal.space, 'counter', name)}/${String(stripes)}`;
  const ofStripe = async (part: CounterHandle): Promise<number> => {
    try {
      return (await part.view()).value;
    } catch (error) {
      if (isPlatformError(error) && error.code === 'counter-not-found') return 0;
      throw error;
    }
  };
  return {
    name,
    stripes,
    add: (by = 1, options = {}) => {
      const requestId = options.requestId ?? globalThis.crypto.randomUUID();
      const part = parts[hash(requestId) % stripes] as CounterHandle;
      return part.add(by, { ...options, requestId });
    },
    get: async ({ read = 'strong', maxAgeMs = CACHED_AGE_MS } = {}) => {
      const known = read === 'cached' ? seen.last(key, maxAgeMs) : undefined;
      if (known !== undefined) return { ...known, read: 'cached' };
      const sentAt = seen.now();
      const value = (await Promise.all(parts.map(ofStripe))).reduce((sum, each) => sum + each, 0);
      // Sums have no order of their own: the one that was asked for later is newer.
      seen.saw(key, value, sentAt, sentAt);
      return { value, read: 'summed' };
    },
    delete: async (options = {}) => {
      await Promise.all(parts.map((part) => part.delete(options)));
    },
  };
}
