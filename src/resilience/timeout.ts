import { refuse } from '../contracts/errors';
import type { Clock } from './clock';
import { CallRefused } from './refused';

/** What is called: it should stop when the signal aborts. */
export type Call<T> = (context: { readonly signal: AbortSignal }) => T | Promise<T>;

/**
 * Runs a call for at most so long. The signal that it gets aborts on the timeout and when the caller's does; whether or not
 * it obeys, the answer is there in time.
 * @throws CallRefused `timeout`; the reason of the caller's signal
 */
export async function withinTime<T>(
  call: Call<T>,
  ms: number,
  { target, clock, signal }: { readonly target: string; readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  let cancel = (): void => undefined;
  let leave = (): void => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    const end = (reason: Error): void => {
      controller.abort(reason);
      reject(reason);
    };
    leave = () => end(signal?.reason as Error);
    signal?.addEventListener('abort', leave, { once: true });
    cancel = clock.after(ms, () =>
      end(new CallRefused(refuse('timeout', `no answer from ${target} within ${String(ms)} ms`))),
    );
  });
  try {
    return await Promise.race([ended, (async () => call({ signal: controller.signal }))()]);
  } finally {
    cancel();
    signal?.removeEventListener('abort', leave);
  }
}
