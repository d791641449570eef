import { refuse, type Refusal } from '../../src/contracts/errors';
import { show } from '../../src/contracts/ids';
import type { Ending } from '../../src/domain/coordination/ending';
import { isRecord } from '../../src/domain/record';
import type { EntityDefinition, Parsed } from '../kernel/decider';

/** The arguments of a message, which are an object. @returns `invalid-message` for anything else */
export function objectOf(args: unknown): Parsed<Readonly<Record<string, unknown>>> {
  if (isRecord(args)) return { ok: true, args };
  return { ok: false, refusal: refuse('invalid-message', `expected an object; got ${show(args)}`) };
}

/** What answers for what is deleted; `stopped` while it ends, so that a caller waits for the next one of its name. */
export function goneRefusal(kind: 'counter' | 'value', { deletedAt }: Ending): Refusal | undefined {
  return deletedAt === undefined ? undefined : refuse('stopped', `the ${kind} is deleted`);
}

/**
 * How what holds something ends: it is deleted, and the clock has passed all that it handed out. However else it ends, its next
 * start goes on where it ended.
 *
 * @param overAt when what is deleted may end, in workflow milliseconds; may lie in the past
 */
export function endings<S extends Ending>(
  overAt: (state: S) => number | undefined,
): Pick<EntityDefinition<unknown, S>, 'goesOn' | 'wakeAt' | 'wake' | 'finished'> {
  return {
    goesOn: ({ deletedAt }) => deletedAt === undefined,
    wakeAt: (state) => (state.isOver === true ? undefined : overAt(state)),
    wake: (state) => ({ state: { ...state, isOver: true } }),
    finished: ({ isOver }) =>
      isOver === true ? { reason: { kind: 'normal' }, outcome: { deleted: true } } : undefined,
  };
}
