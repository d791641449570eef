import type { Client } from '@temporalio/client';
import { recollectionQuery, rememberedQuery, type Message, type Reply } from '../contracts/entity';
import { isPlatformError, isRefusal, PlatformError } from '../contracts/errors';
import { isOpenRun } from './runs';

/** Replaying a run that has ended takes a worker milliseconds; where there is no worker, the failure should not wait for one. */
const RECALL_MS = 5_000;

/**
 * What a receiver that has ended had answered to a request (IDM-5). The server itself knows that of the last run only; the
 * receiver's memory goes back over its renewals, and can be asked as long as the server keeps the run. Safe to repeat.
 *
 * @param call to whom the request went, and until when its caller waits
 * @param failure why the call failed; thrown again for whatever is not `stopped`, came without a request id, or is not remembered
 * @throws PlatformError the refusal that the request got, `reply-forgotten`, or `failure`
 */
export async function recalled<R>(
  client: Client,
  call: { readonly id: string; readonly request: Pick<Message, 'id' | 'fingerprint'>; readonly deadline: number },
  failure: unknown,
): Promise<Reply<R>> {
  const { id, request, deadline } = call;
  if (request.fingerprint === undefined || !isPlatformError(failure) || failure.code !== 'stopped') throw failure;
  const ask = async () => {
    const newest = await client.workflow.getHandle(id).describe();
    const query = isOpenRun(newest) ? rememberedQuery : recollectionQuery;
    return client.workflow.getHandle(id, newest.runId).query(query, request.id);
  };
  const seen = await client.withDeadline(Math.min(deadline, Date.now() + RECALL_MS), ask).catch(() => null);
  if (seen === null) throw failure;
  if (isRefusal(seen)) throw new PlatformError(seen);
  return seen as Reply<R>;
}
