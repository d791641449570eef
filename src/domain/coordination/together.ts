import { MAX_TOGETHER } from '../../contracts/coordination/lock';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';

/**
 * In which order several locks are acquired together: that of their names, so that of two who want the same ones neither waits for
 * the other while the other waits for it. Pure.
 *
 * @returns `invalid-request` for none, too many, or one that is named twice
 */
export function inLockOrder(names: readonly string[]): readonly [string, ...string[]] | Refusal {
  const [first, ...others] = [...new Set(names)].toSorted();
  if (first === undefined || names.length > MAX_TOGETHER) {
    return refuse('invalid-request', `expected 1 to ${String(MAX_TOGETHER)} locks; got ${String(names.length)}`);
  }
  if (others.length + 1 === names.length) return [first, ...others];
  return refuse('invalid-request', `each lock is named once; got ${show(names)}`);
}
