import { PlatformError, refuse } from '../contracts/errors';
import type { Space } from '../contracts/ids';
import type { AppDeps } from './route';

/** Event streams and takes that wait, which one facade serves at once. */
export const MAX_STREAMS = 200;
/** Part of them that one space may have, so that a greedy one leaves places to the others. */
const SHARE_OF_ONE = 0.5;
const taken = new WeakMap<AppDeps, Map<Space, number>>();

/** Takes a place for a request that stays. @throws PlatformError `limit-reached` @returns a function that gives it back */
export function takePlace(deps: AppDeps, space: Space): () => void {
  const places = taken.get(deps) ?? new Map<Space, number>();
  taken.set(deps, places);
  const all = deps.maxStreams ?? MAX_STREAMS;
  const ofOne = Math.ceil(all * SHARE_OF_ONE);
  const own = places.get(space) ?? 0;
  const open = [...places.values()].reduce((sum, each) => sum + each, 0);
  if (own >= ofOne || open >= all) {
    const text = `at most ${String(all)} event streams and takes that wait are open at once, ${String(ofOne)} of one space`;
    throw new PlatformError(refuse('limit-reached', text, { retryAfterMs: 1_000 }));
  }
  places.set(space, own + 1);
  return () => {
    const left = (places.get(space) ?? 1) - 1;
    if (left > 0) places.set(space, left);
    else places.delete(space);
  };
}
