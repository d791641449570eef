/** Whether a value is a whole number from `least` to `most`, both included; without bounds, one that JavaScript can count. */
export function isWhole(
  value: unknown,
  least = Number.MIN_SAFE_INTEGER,
  most = Number.MAX_SAFE_INTEGER,
): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}
