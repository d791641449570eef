import { refuse, type Refusal } from '../../src/contracts/errors';
import type { EntityDefinition } from '../kernel/decider';

/** What ends by its deletion only. */
interface Deletable {
  readonly deletedAt?: number;
  /** The clock has passed all that was handed out: the workflow may end. */
  readonly isOver?: true;
}

/** What answers for what is deleted; `stopped` while it ends, so that a caller waits for the next one of its name. */
export function goneRefusal(kind: 'counter' | 'value', { deletedAt }: Deletable): Refusal | undefined {
  return deletedAt === undefined ? undefined : refuse('stopped', `the ${kind} is deleted`);
}

/**
 * How what holds something ends: it is deleted, and the clock has passed all that it handed out. However else it ends, its next
 * start goes on where it ended.
 *
 * @param overAt when what is deleted may end, in workflow milliseconds; may lie in the past
 */
export function endings<S extends Deletable>(
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
