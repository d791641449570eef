import { MAX_REMEMBERED_ANSWERS } from '../contracts/resilience';
import { duration } from './settings';

/** Why an answer is not the service's: a code of ours, or `failed`. */
export interface Degradation {
  readonly code: string;
  readonly message: string;
}

/** An answer that says where it comes from (FBK-2). `degraded` is absent when the service itself answered just now. */
export interface Answer<T> {
  readonly value: T;
  readonly source: 'service' | 'last-known' | 'default';
  /** How old the value is, milliseconds; absent for a default, which has no age. */
  readonly ageMs?: number;
  readonly degraded?: Degradation;
}

/** What answers in the place of a service. */
export interface Fallback<T> {
  /** Told of every good answer. */
  remember(key: string, value: T, at: number): void;
  /** The answer instead; `undefined` when there is none, and then the failure is thrown. */
  answer(key: string, at: number): Omit<Answer<T>, 'degraded'> | undefined;
}

/**
 * Falls back on the last good answer for the same key, then on a default if there is one.
 *
 * @param options `maxAgeMs`: no older one is given, default 300 s; `otherwise`: the default
 */
export function lastKnown<T>(
  options: { readonly maxAgeMs?: number; readonly otherwise?: NoInfer<T> } = {},
): Fallback<T> {
  const maxAgeMs = duration('maxAgeMs', options.maxAgeMs ?? 300_000);
  const known = new Map<string, { readonly value: T; readonly at: number }>();
  return {
    remember(key, value, at) {
      known.delete(key);
      known.set(key, { value, at });
      for (const oldest of known.keys()) {
        if (known.size <= MAX_REMEMBERED_ANSWERS) break;
        known.delete(oldest);
      }
    },
    answer(key, at) {
      const last = known.get(key);
      if (last !== undefined && at - last.at <= maxAgeMs) {
        return { value: last.value, source: 'last-known', ageMs: Math.round(at - last.at) };
      }
      const { otherwise } = options;
      return otherwise === undefined ? undefined : { value: otherwise, source: 'default' };
    },
  };
}
