import { AsyncLocalStorage } from 'node:async_hooks';
import type { HeldTokens } from '../contracts/coordination/lock';
import { PlatformError, refuse } from '../contracts/errors';

/** One for all copies of this package in a process: the worker's need not be that of the activities. */
const PLACE = Symbol.for('mabeam.held-tokens');
const shared = globalThis as { [PLACE]?: AsyncLocalStorage<HeldTokens> | undefined };
shared[PLACE] ??= new AsyncLocalStorage<HeldTokens>();
const storage = shared[PLACE];

/** What `act` does, and what it calls, it does with these tokens. */
export function holdingTokens<R>(held: HeldTokens, act: () => R): R {
  return storage.run(held, act);
}

/**
 * The fencing token with which an activity runs: its agent held the lock when it was scheduled. Ask it in activities.
 *
 * @param lock its name, that of a semaphore as `semaphore:<name>`; without it the one that is held
 * @throws PlatformError `not-holder` when it is not held, `invalid-request` when several are and none is named
 */
export function heldToken(lock?: string): number {
  const held = storage.getStore() ?? {};
  const names = Object.keys(held);
  if (lock === undefined && names.length > 1) {
    throw new PlatformError(refuse('invalid-request', `${names.join(', ')} are held: say which one fences`));
  }
  const name = lock ?? names[0];
  const token = name === undefined || !Object.hasOwn(held, name) ? undefined : held[name];
  if (token !== undefined) return token;
  const text = name === undefined ? 'no lock is held' : `the lock ${name} is not held`;
  throw new PlatformError(refuse('not-holder', `${text} by the agent of this activity, or nothing says so here`));
}
