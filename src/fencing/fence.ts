import { PlatformError, refuse } from '../contracts/errors';
import { show } from '../contracts/ids';
import { heldToken } from './held';

/**
 * Parses a fencing token that came from outside.
 *
 * @throws PlatformError `invalid-request` for what is no whole number from 1
 */
export function tokenOf(value: unknown): number {
  const token = typeof value === 'string' && /^[1-9][0-9]{0,15}$/.test(value) ? Number(value) : value;
  if (typeof token === 'number' && Number.isSafeInteger(token) && token >= 1) return token;
  throw new PlatformError(refuse('invalid-request', `a fencing token is a whole number from 1; got ${show(value)}`));
}

/** The refusal of a token that is older than one that was seen. */
export function staleToken(resource: string, token: number, newest?: number): PlatformError {
  const than = newest === undefined ? 'a newer one' : String(newest);
  const text = `the token ${String(token)} is too old for ${resource}: it has seen ${than}`;
  return new PlatformError(refuse('stale-token', text, newest === undefined ? {} : { details: { token, newest } }));
}

/** The gate of a resource: whoever comes with a token that is older than the newest it has seen is refused. */
export interface Fence {
  /** The newest token that has passed; 0 before the first. */
  readonly newest: number;
  /**
   * @param token default: that of the one lock under which this activity runs
   * @throws PlatformError `stale-token`, `invalid-request`; `not-holder` when no lock is held
   */
  admit(token?: number): void;
}

/**
 * A gate for a resource that lives in this process, such as a device or a file that only it writes. Ask it right before each act: between asking and
 * acting nothing may be awaited.
 *
 * @param newest the newest token that an earlier process has stored with the resource
 */
export function createFence(resource: string, newest = 0): Fence {
  let seen = newest;
  return {
    get newest() {
      return seen;
    },
    admit: (value) => {
      const token = value === undefined ? heldToken() : tokenOf(value);
      if (token < seen) throw staleToken(resource, token, seen);
      seen = token;
    },
  };
}
