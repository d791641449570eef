import { stopUpdate } from '../contracts/entity';
import { isPlatformError, PlatformError } from '../contracts/errors';
import { parseName, type Kind, type Name, type WorkflowId } from '../contracts/ids';
import type { CallOptions, Temporal } from './temporal';

/** Something whose runs are acted on by its name, whether one is open or not. */
export interface NamedRuns {
  readonly temporal: Temporal;
  readonly workflowId: WorkflowId;
  readonly name: string;
  /** Whether the read model knows it. */
  isKnown(): Promise<boolean>;
}

/** The name that a handle is for. @throws PlatformError `invalid-id` */
export function nameOf(kind: Kind, text: string): Name {
  const name = parseName(kind, text);
  if (typeof name !== 'string') throw new PlatformError(name);
  return name;
}

/** Ends an entity in order. One that has ended already is no error: safe to repeat. */
export async function stopInOrder(
  temporal: Temporal,
  id: string,
  reason: string | undefined,
  how?: CallOptions,
): Promise<void> {
  try {
    await temporal.call(id, stopUpdate, reason === undefined ? {} : { reason }, how);
  } catch (error) {
    if (!(isPlatformError(error) && error.code === 'stopped')) throw error;
  }
}
