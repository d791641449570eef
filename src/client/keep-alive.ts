import type { Temporal } from './temporal';
import { isGone, toPlatformError } from './failures';
import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import { LEASE } from '../contracts/coordination/session';

/** The part of the time to live that the clocks of holder and server may differ in (SES-4). */
const DRIFT = 0.1;
/** So often within the time to live a keep-alive is sent. */
const OFTEN = 3;
const AGAIN_MS = 50;
const AGAIN_MS_MAX = 1_000;

/** How a session stands for its holder: it may act, it must not because it may have expired, it has ended. */
export type SessionStanding = 'alive' | 'doubtful' | 'ended';

/** Keep-alives of one session. */
export interface KeepAlive {
  readonly standing: SessionStanding;
  /** Milliseconds for which the holder may still act, by the monotonic clock; 0 when it must not. */
  readonly leftMs: number;
  /**
   * Resolves when the first keep-alive was accepted: the session is open.
   * @throws PlatformError `session-in-doubt` when it has ended before
   */
  readonly opened: Promise<void>;
  stop(): void;
}

/** One keep-alive. @throws PlatformError `session-not-found` when there is no lease to keep alive, just now or any more */
export async function beat(temporal: Temporal, workflowId: string, timeoutMs: number): Promise<void> {
  const { client } = temporal;
  try {
    await client.withDeadline(Date.now() + timeoutMs, () =>
      client.activity.heartbeat({ workflowId, activityId: LEASE }),
    );
  } catch (error) {
    const { name, cause } = error as Error;
    if (name !== 'ActivityNotFoundError') throw toPlatformError(cause ?? error, workflowId);
    throw new PlatformError(refuse('session-not-found', `${workflowId} has no lease`), error);
  }
}

/** True when the session is over, not only its lease out of sight for a moment, as around a renewal. */
async function isOver(temporal: Temporal, workflowId: string): Promise<boolean> {
  try {
    return (await temporal.client.workflow.getHandle(workflowId).describe()).status.name !== 'RUNNING';
  } catch (error) {
    return isGone(error);
  }
}

/**
 * Keeps a session alive, three times within its time to live. The holder's own deadline counts from before the last accepted keep-alive was sent, less a
 * margin for drift (SES-4): past it the standing is `doubtful`, until another one is accepted or the end is known. Ends with the process (SES-5).
 */
export function keepAlive(
  temporal: Temporal,
  { workflowId, ttlMs }: { readonly workflowId: string; readonly ttlMs: number },
  changed: (standing: SessionStanding) => void,
): KeepAlive {
  let deadline = 0;
  let hasEnded = false;
  let told: SessionStanding = 'doubtful';
  let timer: NodeJS.Timeout | undefined;
  let wake: () => void = () => undefined;
  let open: () => void = () => undefined;
  let fail: (error: PlatformError) => void = () => undefined;
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  const leftMs = (): number => (hasEnded ? 0 : Math.max(0, deadline - performance.now()));
  const standing = (): SessionStanding => (hasEnded ? 'ended' : leftMs() > 0 ? 'alive' : 'doubtful');
  const tell = (): void => {
    clearTimeout(timer);
    const now = standing();
    if (now === 'alive') {
      timer = setTimeout(tell, Math.ceil(leftMs()) + 1);
      timer.unref();
    }
    if (now === told) return;
    told = now;
    changed(now);
  };
  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (hasEnded) {
        resolve();
        return;
      }
      const resting = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(resting);
        resolve();
      };
    });
  const run = async (): Promise<void> => {
    for (let againMs = AGAIN_MS; !hasEnded;) {
      const sentAt = performance.now();
      try {
        await beat(temporal, workflowId, ttlMs);
        deadline = sentAt + ttlMs * (1 - DRIFT);
        againMs = AGAIN_MS;
        open();
        tell();
        await rest(Math.max(0, sentAt + ttlMs / OFTEN - performance.now()));
      } catch (error) {
        if (isPlatformError(error) && error.code === 'session-not-found' && (await isOver(temporal, workflowId)))
          hasEnded = true;
        tell();
        if (!hasEnded) await rest(Math.min(againMs, ttlMs / OFTEN));
        againMs = Math.min(2 * againMs, AGAIN_MS_MAX);
      }
    }
    tell();
    fail(new PlatformError(refuse('session-in-doubt', `${workflowId} has ended before it was kept alive`)));
  };
  void run();
  return {
    get standing() {
      return standing();
    },
    get leftMs() {
      return leftMs();
    },
    opened,
    stop: () => {
      hasEnded = true;
      wake();
    },
  };
}
