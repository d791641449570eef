import type { Ran } from './run';
import { runSeed } from './run';
import type { Sandbox } from './sandbox';
import type { Simulation } from './simulation';

/** What many seeds have shown. */
export interface Explored {
  readonly seeds: number;
  /** The runs in which something was broken. */
  readonly broken: readonly Ran[];
  readonly tasks: number;
  readonly renewals: number;
  readonly replays: number;
  /** Faults that struck, by kind. */
  readonly struck: Readonly<Record<string, number>>;
  readonly passedMs: number;
  /** In how many runs each `sometimes` was seen. */
  readonly seen: Readonly<Record<string, number>>;
  /** Of all runs together: the same seeds, the same trace. */
  readonly trace: string;
}

/** How many, and which. */
export interface ExploreOptions {
  /** The first one. */
  readonly seed: number;
  readonly seeds: number;
  /** Stops after so many broken runs; default one. */
  readonly most?: number;
  /** Is called after each run. */
  readonly each?: (ran: Ran) => void;
}

/** Runs seeds one after the other. */
export function explore(
  sandbox: Sandbox,
  simulation: Simulation,
  { seed, seeds, most = 1, each = () => undefined }: ExploreOptions,
): Explored {
  const broken: Ran[] = [];
  const struck: Record<string, number> = {};
  const seen: Record<string, number> = {};
  const sums = { tasks: 0, renewals: 0, replays: 0, passedMs: 0, trace: 0, seeds: 0 };
  for (let at = seed; at < seed + seeds && broken.length < most; at += 1) {
    const ran = runSeed(sandbox, simulation, { seed: at });
    sums.seeds += 1;
    sums.tasks += ran.tasks;
    sums.renewals += ran.renewals;
    sums.replays += ran.replays;
    sums.passedMs += ran.passedMs;
    sums.trace = Math.imul(sums.trace ^ parseInt(ran.trace, 16), 0x01000193) >>> 0;
    for (const { kind } of ran.struck) struck[kind] = (struck[kind] ?? 0) + 1;
    for (const name of ran.seen) seen[name] = (seen[name] ?? 0) + 1;
    if (ran.broken !== undefined) broken.push(ran);
    each(ran);
  }
  return { ...sums, broken, struck, seen, trace: sums.trace.toString(16).padStart(8, '0') };
}

const isLike = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a.split(':')[0] === b.split(':')[0];

/**
 * Leaves out faults of a broken run as long as it stays broken in the same way: halves first, then fewer and fewer, down to single
 * ones. What a message draws does not depend on other messages, so that the rest of the run stays much as it was.
 *
 * @param tries runs that are made at most
 * @see Zeller and Hildebrandt 2002, "Simplifying and Isolating Failure-Inducing Input" (ddmin). We try the rest without a part only.
 */
export function shorten(sandbox: Sandbox, simulation: Simulation, ran: Ran, tries = 100): Ran {
  const { seed } = ran;
  let best = ran;
  let left = tries;
  for (
    let size = Math.ceil(best.struck.length / 2);
    size >= 1 && left > 0;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < best.struck.length && left > 0; left -= 1) {
      const only = best.struck.filter((_each, place) => place < at || place >= at + size).map(({ id }) => id);
      const shorter = runSeed(sandbox, simulation, { seed, only });
      if (isLike(shorter.broken, ran.broken) && shorter.struck.length < best.struck.length) best = shorter;
      else at += size;
    }
  }
  return best;
}

/** The same run, with all that happened in words. */
export function toldAgain(sandbox: Sandbox, simulation: Simulation, { seed, struck }: Ran): Ran {
  return runSeed(sandbox, simulation, { seed, only: struck.map(({ id }) => id), isTold: true });
}
