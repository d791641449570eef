import type { Client } from '@temporalio/client';
import type { Stamp } from '../contracts/causality';
import type { EntityLimits, Previous, Supervised } from '../contracts/entity';
import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import type { Kind, Name } from '../contracts/ids';
import { toPlatformError } from './failures';
import { fingerprintOf } from './messages';

/** How to start an entity: the input without what the connection knows. */
export interface StartRequest {
  readonly workflowType: string;
  readonly kind: Kind;
  readonly name: Name;
  readonly init: unknown;
  /** How long `init` may be as JSON; default that of a message. */
  readonly initBytes?: number;
  readonly owner?: string;
  /** Of an agent: on which queue it is placed, a name that is parsed already. Default: the queue of all. */
  readonly queue?: string;
  /** Waits until the start is over: fails with what it failed of. Needs a worker. */
  readonly awaited?: true;
  /** By a supervisor: which start of which child it is. */
  readonly supervised?: Supervised;
  /** By a supervisor that begins it again: what it was before. */
  readonly previous?: Previous;
  /** By an entity: what it knew. */
  readonly stamp?: Stamp;
  readonly limits?: Partial<EntityLimits>;
  /** One line for the Temporal Web UI. */
  readonly summary: string;
  /** What to do when the name is taken: answer who has it, or fail with `already-exists`. */
  readonly taken: 'use' | 'fail';
  /** What ended well under this name stays the answer to its start: it is not begun again. Default: it is. */
  readonly once?: boolean;
  /** Used once per logical start: a repetition answers as the first time, as long as the server keeps that run. */
  readonly requestId?: string;
}

/** What the memo of a workflow says of the request that started it. */
interface StartMemo {
  readonly startedBy: { readonly request: string; readonly fingerprint: string };
  readonly [key: string]: unknown;
}

/** The memo of a start with a request id: it outlives renewals and the end of the run. */
export async function memoOf(request: StartRequest): Promise<StartMemo | undefined> {
  const { requestId, workflowType, kind, name, init, owner = null, limits = null, queue } = request;
  if (requestId === undefined) return undefined;
  // Without a queue as before there were any: what an older client has started is known by its fingerprint.
  const placed = queue === undefined ? {} : { queue };
  const fingerprint = await fingerprintOf({ workflowType, kind, name, init, owner, limits, ...placed });
  return { startedBy: { request: requestId, fingerprint } };
}

/**
 * The run that the same request has started before, by the memo of the newest run of that id.
 * @throws PlatformError `idempotency-key-reused` when the same request id started it with something else
 */
export async function startedBy(client: Client, id: string, memo: StartMemo): Promise<string | undefined> {
  let known: StartMemo['startedBy'] | undefined;
  let runId: string;
  try {
    const found = await client.workflow.getHandle(id).describe();
    known = (found.memo as Partial<StartMemo> | undefined)?.startedBy;
    runId = found.runId;
  } catch (error) {
    const failure = toPlatformError(error, id);
    if (failure.code.endsWith('not-found')) return undefined;
    throw failure;
  }
  const { request, fingerprint } = memo.startedBy;
  if (known?.request !== request) return undefined;
  if (known.fingerprint === fingerprint) return runId;
  throw new PlatformError(
    refuse('idempotency-key-reused', `the request id ${request} has started another ${id} before`),
  );
}

/** Acts; when the receiver has ended because it failed, fails with the reason that it failed with. */
export async function orWhyItEnded<T>(
  temporal: { readonly client: Client },
  id: string,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    // What has failed before it could take anything knows no message, or is not there any more: it has not said so itself.
    const code = isPlatformError(error) ? error.code : undefined;
    const isSilent = code === 'stopped' || code === 'unknown-message' || code?.endsWith('-not-found') === true;
    if (isSilent) await failureOf(temporal, id);
    throw error;
  }
}

/** @throws PlatformError why the workflow failed; nothing when it runs or ended well */
async function failureOf(temporal: { readonly client: Client }, id: string): Promise<void> {
  const handle = temporal.client.workflow.getHandle(id);
  try {
    if ((await handle.describe()).status.name !== 'FAILED') return;
    await handle.result();
  } catch (error) {
    throw toPlatformError(error, id);
  }
}
