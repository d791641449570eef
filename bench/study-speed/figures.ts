/** The mean of the values, in their unit; NaN for none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value that so great a part of them does not exceed, 0 to 1. @throws for none */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  if (value === undefined) throw new Error('a quantile of nothing');
  return value;
}

/** Milliseconds between the ends of trials that follow each other, without the first tenth, which warms up. */
export function gapsOf(ends: readonly number[]): readonly number[] {
  const from = Math.ceil(ends.length / 10);
  return ends.slice(from).map((end, at) => end - (ends[from + at - 1] ?? NaN));
}

/** Milliseconds for each trial of many at once: from the end of the first tenth to that of the ninth. */
export function paceOf(ends: readonly number[]): number {
  const from = Math.floor(ends.length * 0.1);
  const to = Math.floor(ends.length * 0.9);
  return ((ends[to] ?? NaN) - (ends[from] ?? NaN)) / (to - from);
}
