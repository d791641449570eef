import { MAX_DRIFT_MS, type HybridTime } from '../../contracts/causality';
import { refuse, type Refusal } from '../../contracts/errors';

const COUNTER_MAX = 999_999;
const MS_MAX = 999_999_999_999_999;
const TEXT = /^(\d{15})\.(\d{6})@(\S+)$/;

/** A clock that has seen nothing. */
export const NO_TIME: HybridTime = { ms: 0, counter: 0 };

/** -1, 0 or 1, as for a sort. */
export function compareTimes(one: HybridTime, other: HybridTime): number {
  return Math.sign(one.ms - other.ms || one.counter - other.counter);
}

/** The next time of a clock: after all that it has seen, and never behind the physical one (CAU-4). */
export function tickTime(clock: HybridTime, nowMs: number): HybridTime {
  if (nowMs > clock.ms) return { ms: nowMs, counter: 0 };
  return clock.counter < COUNTER_MAX ? { ms: clock.ms, counter: clock.counter + 1 } : { ms: clock.ms + 1, counter: 0 };
}

/** Why a time that came from elsewhere is not taken: it is ahead by more than MAX_DRIFT_MS (CAU-4). One that is behind is fine. */
export function driftOf(other: HybridTime, nowMs: number): Refusal | undefined {
  const aheadMs = other.ms - nowMs;
  if (aheadMs <= MAX_DRIFT_MS) return undefined;
  const text = `a stamp is at most ${String(MAX_DRIFT_MS)} ms ahead of the receiver's clock; got ${String(aheadMs)} ms`;
  return refuse('clock-drift', text, { retryAfterMs: aheadMs - MAX_DRIFT_MS, details: { aheadMs } });
}

/**
 * The clock after it has heard of a time from elsewhere: its next tick is after both. Ask `driftOf` before: what is refused must not be
 * taken in.
 *
 * @see Kulkarni, Demirbas, Madappa, Avva and Leone 2014, "Logical physical clocks and consistent snapshots in globally distributed databases". We
 *   differ: hearing is no event of its own, so it does not tick; the next event does.
 */
export function mergeTimes(clock: HybridTime, other: HybridTime): HybridTime {
  return compareTimes(clock, other) < 0 ? other : clock;
}

/** The text of a time at a node: it sorts as the times do. */
export function timeText({ ms, counter }: HybridTime, node: string): string {
  return `${String(ms).padStart(15, '0')}.${String(counter).padStart(6, '0')}@${node}`;
}

/** Reads the text of a time. @returns `undefined` for any other text */
export function parseTime(text: string): (HybridTime & { readonly node: string }) | undefined {
  const [, ms, counter, node] = TEXT.exec(text) ?? [];
  if (ms === undefined || counter === undefined || node === undefined) return undefined;
  return { ms: Math.min(Number(ms), MS_MAX), counter: Number(counter), node };
}
