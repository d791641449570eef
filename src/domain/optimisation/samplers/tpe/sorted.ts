/** Whether row a comes before row b. Total: no two rows are equal. */
export type Before = (a: number, b: number) => boolean;

/** Puts a row into its place: found by halving, so that a long list is not sorted again. */
export function insert(rows: number[], row: number, before: Before): void {
  let [from, to] = [0, rows.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (before(rows[middle] ?? 0, row)) from = middle + 1;
    else to = middle;
  }
  rows.splice(from, 0, row);
}

/**
 * Two sorted lists as one.
 *
 * @param isIn 1 for the rows of the first that stay
 */
export function merge(a: readonly number[], isIn: Uint8Array, b: readonly number[], before: Before): Int32Array {
  const merged = new Int32Array(a.length + b.length);
  let length = 0;
  let next = 0;
  for (const row of a) {
    if (isIn[row] !== 1) continue;
    for (let other = b[next]; other !== undefined && before(other, row); other = b[++next]) merged[length++] = other;
    merged[length++] = row;
  }
  for (; next < b.length; next++) merged[length++] = b[next] ?? 0;
  return merged.subarray(0, length);
}
