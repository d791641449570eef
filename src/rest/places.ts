import { PlatformError, refuse } from '../contracts/errors';
import type { AppDeps } from './route';

/** Event streams and takes that wait, which one facade serves at once. */
export const MAX_STREAMS = 100;
const taken = new WeakMap<AppDeps, number>();

/** Takes a place for a request that stays. @throws PlatformError `limit-reached` @returns a function that gives it back */
export function takePlace(deps: AppDeps): () => void {
  const open = taken.get(deps) ?? 0;
  const max = deps.maxStreams ?? MAX_STREAMS;
  if (open >= max) {
    const text = `at most ${String(max)} event streams and takes that wait are open at once`;
    throw new PlatformError(refuse('limit-reached', text, { retryAfterMs: 1_000 }));
  }
  taken.set(deps, open + 1);
  return () => {
    taken.set(deps, (taken.get(deps) ?? 1) - 1);
  };
}
