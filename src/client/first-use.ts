import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { continuationQuery, DEFAULT_CALL_MS, type EntityInput } from '../contracts/entity';
import { isPlatformError, PlatformError, refuse, type ErrorCode } from '../contracts/errors';
import { toPlatformError } from './failures';
import { isOpenRun } from './runs';
import type { StartRequest } from './starts';
import type { CallOptions, Temporal } from './temporal';
import { pause } from './waiting';

const AGAIN_MS = 50;
const READ_MS = 15_000;

/** Something that its first use starts, and that goes on where it ended unless it was deleted. */
export interface FirstUse {
  readonly workflowId: string;
  /** The code that says that there is none. */
  readonly missing: ErrorCode;
  readonly start: Omit<StartRequest, 'taken'>;
}

/** Looks at it. @throws PlatformError the code `missing` also for one that is deleted and about to end */
export async function lookedAt<T>({ missing, start: { kind, name } }: FirstUse, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!isPlatformError(error) || error.code !== 'stopped') throw error;
    throw new PlatformError(refuse(missing, `the ${kind} ${name} is deleted`), error);
  }
}

/** Deletes it. One that is gone already is no error: safe to repeat. */
export async function deletedOnce({ missing }: FirstUse, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!isPlatformError(error) || (error.code !== 'stopped' && error.code !== missing)) throw error;
  }
}

/** The newest run of the name, open or not. */
async function newestRun(temporal: Temporal, { workflowId, missing }: FirstUse) {
  try {
    return await temporal.client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    const failure = toPlatformError(error, workflowId);
    if (failure.code === missing) return undefined;
    throw failure;
  }
}

/** What a run was begun with. */
async function inputOf(client: Client, workflowId: string, runId: string): Promise<EntityInput | null> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return payload === undefined ? null : defaultPayloadConverter.fromPayload<EntityInput>(payload);
}

/** What a run that is over would go on with. Nothing happened in one that ended before a worker had it: its input is the state. */
async function continuationOf(client: Client, workflowId: string, runId: string): Promise<EntityInput | null> {
  const ask = () => client.workflow.getHandle(workflowId, runId).query(continuationQuery);
  try {
    return await client.withDeadline(Date.now() + READ_MS, ask);
  } catch (error) {
    const failure = toPlatformError(error, workflowId);
    if (/closed before WorkflowTaskStarted/i.test(failure.message)) return inputOf(client, workflowId, runId);
    throw failure;
  }
}

/** Starts it, or has it go on where its newest run ended. @returns false when a run is open: it ends, or has just begun */
async function begin(temporal: Temporal, use: FirstUse): Promise<boolean> {
  const { workflowId, start } = use;
  const newest = await newestRun(temporal, use);
  if (newest !== undefined && isOpenRun(newest)) return false;
  if (newest !== undefined) {
    const input = await continuationOf(temporal.client, workflowId, newest.runId);
    if (input?.snapshot !== undefined) {
      // What waited was never answered: its callers send it again.
      const state = { ...(input.snapshot.state as object), hasReturned: true };
      const snapshot = { ...input.snapshot, state, mailbox: [], effects: [] };
      await temporal.goOn(workflowId, newest.type, { ...input, snapshot }, newest.runId);
      return true;
    }
  }
  await temporal.start({ ...start, taken: 'use' });
  return true;
}

/**
 * Calls it, and starts it when nobody is there: of any number of first uses one starts it. What was stopped, terminated or timed
 * out goes on where it ended, with all that it remembers of requests, as long as the server keeps its last run. The call has one
 * request id throughout, so that it is done once.
 *
 * @throws PlatformError what `act` throws; `stopped` when one that was deleted has not ended within the time of the call
 */
export async function used<T>(
  temporal: Temporal,
  use: FirstUse,
  how: CallOptions,
  act: (how: CallOptions) => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + (how.timeoutMs ?? DEFAULT_CALL_MS);
  const same = { ...how, requestId: how.requestId ?? globalThis.crypto.randomUUID() };
  for (;;) {
    try {
      return await act(same);
    } catch (error) {
      const isAbsent = isPlatformError(error) && (error.code === use.missing || error.code === 'stopped');
      if (!isAbsent || Date.now() > deadline) throw error;
    }
    let isBegun = true;
    try {
      isBegun = await begin(temporal, use);
    } catch (error) {
      const failure = toPlatformError(error, use.workflowId);
      // another use was first
      if (failure.code !== 'already-exists') throw failure;
    }
    if (!isBegun) await pause(AGAIN_MS);
  }
}
