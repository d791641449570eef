import type { BreakerOptions, BreakerState, SavedBreaker } from '../contracts/resilience';
import { createWindow } from './window';

/** What a call said about its target: it is well, it is unwell, or nothing (a caller's own mistake, a cancelled call). */
export type Outcome = 'success' | 'failure' | 'ignore';

/** A call that may go. It must be settled once, on every path; later settlements change nothing. */
export interface Admitted {
  readonly kind: 'admitted';
  settle(outcome: Outcome): void;
}

/** A call that may not. */
export interface Broken {
  readonly kind: 'broken';
  readonly why: 'open' | 'probing' | 'isolated';
  readonly retryAfterMs: number;
}

/** A circuit breaker: closed → open → half-open → closed or open. */
export interface Breaker {
  /** Decides about one call, at once and in one step. */
  admit(): Admitted | Broken;
  state(): BreakerState;
  /** Opens it by hand as failures would; it probes after `resetMs`. What is isolated stays so. */
  trip(): void;
  /** Holds it open by hand until `release`. */
  isolate(reason: string): void;
  /** Closes it by hand, with nothing remembered. */
  release(): void;
  save(): SavedBreaker;
  restore(saved: SavedBreaker): void;
}

type Inner =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly until: number }
  | { readonly kind: 'half-open'; isProbing: boolean }
  | { readonly kind: 'isolated'; readonly reason: string };

/** What a caller is told while a probe is under way: its result is not known yet, but soon. */
const PROBING_RETRY_MS = 1_000;

/**
 * Makes a closed breaker.
 *
 * In the half-open state one call at a time probes (BRK-2): success closes, failure opens anew for `resetMs`, a call that said
 * nothing leaves the probe to the next. Whoever comes meanwhile is refused and does not wait. What was begun in an earlier
 * state does not count in a later one: a slow success from before the opening closes nothing.
 */
export function createBreaker(options: Required<BreakerOptions>, now: () => number): Breaker {
  const window = createWindow(options.windowMs, now);
  let inner: Inner = { kind: 'closed' };
  let era = 0;

  const become = (next: Inner): void => {
    inner = next;
    era += 1;
    window.clear();
  };
  const open = (): void => become({ kind: 'open', until: now() + options.resetMs });
  const isUnwell = (): boolean => {
    const { successes, failures } = window.counts();
    const total = successes + failures;
    return total >= options.volume && failures * 100 >= options.errorPercent * total;
  };
  const take = (outcome: Outcome): void => {
    if (inner.kind === 'half-open') {
      if (outcome === 'success') become({ kind: 'closed' });
      else if (outcome === 'failure') open();
      else inner.isProbing = false;
    } else if (outcome !== 'ignore') {
      window.add(outcome === 'failure');
      if (outcome === 'failure' && isUnwell()) open();
    }
  };
  const admitted = (): Admitted => {
    const begun = era;
    let isSettled = false;
    return {
      kind: 'admitted',
      settle(outcome) {
        if (isSettled || begun !== era) return;
        isSettled = true;
        take(outcome);
      },
    };
  };
  const broken = (why: Broken['why'], retryAfterMs: number): Broken => ({ kind: 'broken', why, retryAfterMs });
  const leftMs = (until: number): number => Math.ceil(until - now());

  return {
    admit() {
      if (inner.kind === 'open' && now() >= inner.until) become({ kind: 'half-open', isProbing: false });
      switch (inner.kind) {
        case 'closed':
          return admitted();
        case 'open':
          return broken('open', leftMs(inner.until));
        case 'half-open':
          if (inner.isProbing) return broken('probing', Math.min(PROBING_RETRY_MS, options.resetMs));
          inner.isProbing = true;
          return admitted();
        case 'isolated':
          return broken('isolated', options.resetMs);
      }
    },
    state() {
      switch (inner.kind) {
        case 'closed':
          return { kind: 'closed', ...window.counts() };
        case 'open':
          if (now() >= inner.until) return { kind: 'half-open', isProbing: false };
          return { kind: 'open', retryAfterMs: leftMs(inner.until) };
        case 'half-open':
          return { kind: 'half-open', isProbing: inner.isProbing };
        case 'isolated':
          return inner;
      }
    },
    trip() {
      if (inner.kind !== 'isolated') open();
    },
    isolate: (reason) => become({ kind: 'isolated', reason }),
    release: () => become({ kind: 'closed' }),
    save() {
      if (inner.kind === 'isolated') return { kind: 'isolated', reason: inner.reason, calls: [] };
      if (inner.kind === 'closed') return { kind: 'closed', calls: window.save() };
      // a probe belongs to its process: another one begins with a probe of its own
      return { kind: 'open', until: inner.kind === 'open' ? inner.until : now(), calls: [] };
    },
    restore(saved) {
      if (saved.kind === 'isolated') become({ kind: 'isolated', reason: saved.reason ?? '' });
      else if (saved.kind === 'open') {
        // never longer than this breaker itself would have stayed open, whatever the other clock said
        become({ kind: 'open', until: Math.min(saved.until ?? now(), now() + options.resetMs) });
      } else {
        become({ kind: 'closed' });
        window.restore(saved.calls);
      }
    },
  };
}
