import { ApplicationFailure } from '@temporalio/common';

/**
 * Waits for something, but no longer than the signal says: a connection need not end a call that waits when it is told to. The
 * signal keeps nothing of it afterwards, so one that lives long may be waited under again and again.
 * @throws what `why` makes, once the signal has aborted
 */
export async function orAborted<T>(call: Promise<T>, signal: AbortSignal, why: () => Error): Promise<T> {
  let leave = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    leave = () => {
      reject(why());
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  call.catch(() => undefined); // nobody waits for it any more once the signal has come
  try {
    return await Promise.race([call, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** The failure of an activity that never ends by itself when its worker is about to end: another attempt goes on elsewhere. */
export const workerEnds = (): Error => ApplicationFailure.retryable('the worker ends', 'WorkerEnds');
