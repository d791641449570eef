import { heartbeat } from '@temporalio/activity';

const HEARTBEAT_MS = 2_000;

/** Beats with what is known so far until the work is done: the loss of the worker is seen, and another attempt resumes from it. */
export async function beating<T>(work: () => Promise<T>, known: () => unknown = () => undefined): Promise<T> {
  const timer = setInterval(() => {
    heartbeat(known());
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
