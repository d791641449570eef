const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/**
 * Milliseconds of a duration such as `'500ms'`, `'30s'`, `'1m'`, `'2h'`, `'3d'`, `'1w'`, or of a whole number of them.
 * @returns `undefined` for anything else.
 */
export function durationMs(duration: string | number): number | undefined {
  if (typeof duration === 'number') return Number.isInteger(duration) && duration >= 0 ? duration : undefined;
  const [, digits, unit] = /^(\d{1,9})(ms|s|m|h|d|w)$/.exec(duration) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNITS[unit as keyof typeof UNITS];
}
