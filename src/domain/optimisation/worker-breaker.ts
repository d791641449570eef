/** When a worker is taken out, and for how long. */
export interface BreakRule {
  /** Attempts that fail in a row; 0: never. */
  readonly breakAfter: number;
  /** The first rest; each failure after a rest doubles it, up to `coolDownMsMax`. */
  readonly coolDownMs: number;
  readonly coolDownMsMax: number;
}

/** What an attempt says of its worker: it is well, it is unwell, or nothing (pruned, cancelled, refused, lost). */
export type AttemptEnd = 'success' | 'failure' | 'ignored';

/** Whether a worker takes trials: all, none until then, or one at a time to see whether it is well again. */
export type WorkerBreaker =
  | { readonly kind: 'closed'; readonly failures: number }
  | {
      readonly kind: 'open';
      readonly failures: number;
      /** Milliseconds since 1970: when it was taken out. */
      readonly since: number;
      readonly until: number;
      /** Rests before this one. */
      readonly rests: number;
    }
  | { readonly kind: 'half-open'; readonly failures: number; readonly since: number; readonly rests: number };

/** A worker of which nothing is known yet. */
export const CLOSED: WorkerBreaker = { kind: 'closed', failures: 0 };

/**
 * The worker after one of its attempts. It counts what follows on each other, not a share of a window as the breaker of
 * src/resilience does: trials may take a second or an hour. Pure.
 *
 * @param now milliseconds since 1970
 */
export function afterAttempt(rule: BreakRule, before: WorkerBreaker, end: AttemptEnd, now: number): WorkerBreaker {
  if (end === 'ignored' || before.kind === 'open') return before;
  if (end === 'success') return CLOSED;
  const failures = before.failures + 1;
  if (before.kind === 'half-open') {
    const rests = before.rests + 1;
    return { kind: 'open', failures, since: before.since, until: now + restMs(rule, rests), rests };
  }
  if (rule.breakAfter === 0 || failures < rule.breakAfter) return { kind: 'closed', failures };
  return { kind: 'open', failures, since: now, until: now + restMs(rule, 0), rests: 0 };
}

function restMs({ coolDownMs, coolDownMsMax }: BreakRule, rests: number): number {
  return Math.min(coolDownMsMax, coolDownMs * 2 ** rests);
}

/** The worker when its rest may be over. Pure. */
export function afterRest(before: WorkerBreaker, now: number): WorkerBreaker {
  if (before.kind !== 'open' || now < before.until) return before;
  const { failures, since, rests } = before;
  return { kind: 'half-open', failures, since, rests };
}
