/** Whether Temporal answers. `since` is when it last did; absent when it never has. */
export type Contact = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly since?: string };

const EVERY_MS = 1_000;
const TIMEOUT_MS = 1_500;

/** Fails when the work takes longer. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${String(ms)} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Watches the way to Temporal: asks at most once a second, and only when somebody wants to know. So a call that cannot
 * succeed is refused at once, and what the read models answer meanwhile is marked with its age.
 *
 * @param ask anything that Temporal must answer; throws when it does not
 */
export function createContact(
  ask: () => Promise<unknown>,
  options: { readonly everyMs?: number; readonly timeoutMs?: number } = {},
): () => Promise<Contact> {
  const { everyMs = EVERY_MS, timeoutMs = TIMEOUT_MS } = options;
  let asked = -Infinity;
  let since: string | undefined;
  let answer: Promise<Contact> | undefined;
  const look = async (): Promise<Contact> => {
    try {
      await within(timeoutMs, ask());
      since = new Date().toISOString();
      return { ok: true };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { ok: false, reason, ...(since === undefined ? {} : { since }) };
    } finally {
      asked = performance.now();
    }
  };
  let isLooking = false;
  return () => {
    if (answer === undefined || (!isLooking && performance.now() - asked >= everyMs)) {
      isLooking = true;
      answer = look().finally(() => {
        isLooking = false;
      });
    }
    return answer;
  };
}
