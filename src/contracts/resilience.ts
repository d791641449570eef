/** Named targets of one process. */
export const MAX_TARGETS = 1_000;
/** Calls that run at once against one target. */
export const MAX_CALLS_AT_ONCE = 1_000;
/** Calls that wait for one target. */
export const MAX_QUEUED_CALLS = 10_000;
/** Calls that a limiter lets through in its period. */
export const MAX_RATE = 10_000;
/** Every duration of the toolbox, milliseconds. */
export const MAX_CALL_MS = 3_600_000;
/** Attempts of one protected call within one attempt of its activity. */
export const MAX_CALL_ATTEMPTS = 20;
/** Good answers that one fallback remembers; the longest unused one goes first. */
export const MAX_REMEMBERED_ANSWERS = 1_000;

/** When a target counts as unwell. Durations in milliseconds, 1 to `MAX_CALL_MS`. */
export interface BreakerOptions {
  /** Opens when this share of the calls in the window failed: 1 to 100. Default 50. */
  readonly errorPercent?: number;
  /** Never opens on fewer calls in the window: 1 to `MAX_RATE`. Default 5. */
  readonly volume?: number;
  /** How far back calls count, in ten buckets. Default 10 s. */
  readonly windowMs?: number;
  /** How long it stays open before one call may probe. Default 30 s. */
  readonly resetMs?: number;
}

/** How many calls a target gets at once. */
export interface BulkheadOptions {
  /** 1 to `MAX_CALLS_AT_ONCE`. Default 10. */
  readonly atOnce?: number;
  /** How many may wait, first come first served: 0 to `MAX_QUEUED_CALLS`. Default 20. */
  readonly queue?: number;
  /** What a call that finds the queue full is told to wait. Default 1 s. */
  readonly retryAfterMs?: number;
}

/** Never more than `limit` calls in any `perMs`, wherever that window begins; bursts up to `limit`. */
export interface LimiterOptions {
  /** 1 to `MAX_RATE`. */
  readonly limit: number;
  readonly perMs: number;
}

/** What all callers of one target in a process share. What is left out has its default; without `limiter` there is no rate. */
export interface TargetOptions {
  /** How long one call may take. Default 10 s. */
  readonly timeoutMs?: number;
  readonly breaker?: BreakerOptions;
  readonly bulkhead?: BulkheadOptions;
  readonly limiter?: LimiterOptions;
}

/** What a breaker lets through: all, nothing until `retryAfterMs` is over, one probe, or nothing until it is released. */
export type BreakerState =
  | { readonly kind: 'closed'; readonly successes: number; readonly failures: number }
  | { readonly kind: 'open'; readonly retryAfterMs: number }
  | { readonly kind: 'half-open'; readonly isProbing: boolean }
  | { readonly kind: 'isolated'; readonly reason: string };

/** What a limiter answers: how much, how much is left, when all of it is there again. */
export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** A target as anyone may see it. */
export interface TargetState {
  readonly target: string;
  readonly breaker: BreakerState;
  readonly bulkhead: { readonly running: number; readonly waiting: number };
  /** Absent when the target has no limiter. */
  readonly limiter?: RateState;
}

/** A breaker as plain JSON. Instants are milliseconds since 1970, so that another process can go on with it. */
export interface SavedBreaker {
  readonly kind: 'closed' | 'open' | 'isolated';
  /** Of an open one: when the first probe may go. */
  readonly until?: number;
  /** Of an isolated one. */
  readonly reason?: string;
  readonly calls: readonly { readonly at: number; readonly successes: number; readonly failures: number }[];
}
