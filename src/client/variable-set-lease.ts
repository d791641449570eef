import { isPlatformError, PlatformError, refuse } from '../contracts/errors';
import type { LeaseArgs, LeaseEnd, SetLease } from '../contracts/variable-set';
import { pause } from './waiting';

const LEASE_MS = 60_000;
const WAIT_MS = 600_000;
/** Who waits looks again so often: a lease may end before its time. */
const LOOK_MS = 2_000;

/** Who experiments alone, and how long it waits for that. */
export interface ExclusiveOptions {
  readonly holder: string;
  readonly because?: string;
  /** How long the lease lasts when this process dies; it is renewed at a third of it. Default 60,000. */
  readonly forMs?: number;
  /** Default ten minutes. */
  readonly waitMs?: number;
}

interface Leased {
  lease(args: LeaseArgs): Promise<SetLease>;
  endLease(end: LeaseEnd): Promise<unknown>;
}

/** Asks until the set is free: leases of sets have no queue. @returns with when it was asked for */
async function leased(
  set: Leased,
  wish: LeaseArgs,
  waitMs: number,
): Promise<{ readonly lease: SetLease; readonly at: number }> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const at = performance.now();
    try {
      return { at, lease: await set.lease(wish) };
    } catch (error) {
      if (!isPlatformError(error) || error.code !== 'set-leased') throw error;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new PlatformError(refuse('timeout', `${error.message}; waited ${String(waitMs)} ms`));
      await pause(Math.min(leftMs, LOOK_MS, error.retryAfterMs ?? LOOK_MS));
    }
  }
}

/** Experiments with a set alone: see `VariableSetHandle.exclusively`. */
export async function exclusively<T>(
  set: Leased,
  { holder, because, forMs = LEASE_MS, waitMs = WAIT_MS }: ExclusiveOptions,
  act: (lease: SetLease, inDoubt: AbortSignal) => Promise<T>,
): Promise<T> {
  const wish: LeaseArgs = { holder, forMs, ...(because === undefined ? {} : { because }) };
  const doubt = new AbortController();
  const { lease, at: began } = await leased(set, wish, waitMs);
  const { token } = lease;
  // counted from before it was asked for, as SES-4 has it
  const doubted = (at: number): NodeJS.Timeout => setTimeout(() => doubt.abort(), at + forMs - performance.now());
  let doubting = doubted(began);
  const renewing = setInterval(() => {
    const at = performance.now();
    set.lease({ ...wish, token }).then(
      () => {
        clearTimeout(doubting);
        if (!doubt.signal.aborted && !isOver) doubting = doubted(at);
      },
      (error: unknown) => {
        if (isPlatformError(error) && ['not-holder', 'set-leased'].includes(error.code)) doubt.abort();
      },
    );
  }, forMs / 3);
  let isOver = false;
  try {
    return await act(lease, doubt.signal);
  } finally {
    isOver = true;
    clearInterval(renewing);
    clearTimeout(doubting);
    // one that was lost meanwhile is not ours to end
    await set.endLease({ token }).catch((error: unknown) => {
      if (!isPlatformError(error) || error.code !== 'not-holder') throw error;
    });
  }
}
