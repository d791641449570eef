/** Between a and b; from the nearer end, so that the ends are met exactly. As `_lerp` of NumPy. */
function between(a: number, b: number, at: number): number {
  return at >= 0.5 ? b - (b - a) * (1 - at) : a + (b - a) * at;
}

/**
 * A percentile by linear interpolation, of the values that are numbers; NaN when none is. Next to an
 * infinity it is NaN or that infinity, as the formula has it.
 *
 * @param percent 0 to 100
 * @see NumPy 2 `nanpercentile`, method `linear`: bit for bit
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const place = (sorted.length - 1) * (percent / 100);
  const before = Math.floor(place);
  const [low = NaN, high = low] = sorted.slice(before, before + 2);
  return between(low, high, place - before);
}
