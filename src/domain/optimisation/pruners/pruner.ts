/** What a trial reported: steps ascend. */
export interface Curve {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** A trial that is judged, after its newest report. */
export interface Judged {
  readonly number: number;
  readonly curve: Curve;
  /** Rungs that it has reached: those count for it once. */
  readonly reached: number;
}

/** Who has reached a rung from which trials are promoted, the best first. */
export interface Standing {
  /** How many have reached it, those with NaN there included. */
  readonly count: number;
  /** What they reported there, to be made small; of all that may ever be promoted. */
  readonly losses: readonly (number | 'Infinity' | '-Infinity')[];
  /** Their numbers, in the same order. */
  readonly trials: readonly number[];
}

/** What pruners that compare at rungs carry. Plain JSON. */
export interface Memory {
  /** What `auto` came to; it is fixed by the first trial that completes with reports. */
  readonly resource?: number;
  /** Values at each rung of those that reached it, by bracket and rung; NaN is never one. */
  readonly rungs: Readonly<Record<string, readonly (number | 'Infinity' | '-Infinity')[]>>;
  /** By rung, of a pruner that promotes. */
  readonly standings?: Readonly<Record<number, Standing>>;
}

/** What a trial is compared with. */
export interface Peers {
  /** Name of the study: Hyperband deals trials to brackets by it. */
  readonly study: string;
  readonly direction: 'minimise' | 'maximise';
  /** How many trials are complete. */
  readonly completed: number;
  /** The newest of them that reported. */
  readonly curves: readonly Curve[];
  /** What the best feasible trial reported; absent when there is none. */
  readonly best?: Curve;
  readonly memory: Memory;
}

/** What a pruner says. */
export interface Ruling {
  readonly stop: boolean;
  /** It stops for now: it may be promoted. */
  readonly waits?: true;
  /** What it carries from now on, and how many rungs the trial has reached; absent when neither changed. */
  readonly learnt?: { readonly memory: Memory; readonly reached: number };
}

/**
 * One rule that ends trials early. Pure: the same trial among the same peers gives the same ruling.
 *
 * A trial is judged after each of its reports, in their order. A pruner that compares at rungs carries what it learns, so each
 * of its rulings must take effect; the others may be asked as often as one likes.
 */
export interface Pruner {
  judge(trial: Judged, peers: Peers): Ruling;
  /** The step at which the trial is judged next, for a pruner that compares at rungs; nothing while it is not known. */
  nextRung?(trial: Pick<Judged, 'number' | 'reached'>, peers: Peers): number | undefined;
  /** What `auto` comes to when the first trial that reported completes after so many steps; nothing when it was not asked for. */
  resourceOf?(lastStep: number): number | undefined;
  /** The bracket of a trial, for a pruner whose brackets are studies of their own to the sampler. */
  bracketOf?(number: number, peers: Pick<Peers, 'study' | 'memory'>): number;
}

/** A ruling that changes nothing. */
export const ruling = (stop: boolean): Ruling => ({ stop });

/** The smallest value that is a number, or the largest; NaN when none is. */
export function bestOf(values: readonly number[], direction: Peers['direction']): number {
  return values.reduce(
    (best, value) => (Number.isNaN(best) || (direction === 'minimise' ? value < best : value > best) ? value : best),
    NaN,
  );
}

/** The step of the newest report. */
export function lastStep({ steps }: Curve): number | undefined {
  return steps.at(-1);
}
