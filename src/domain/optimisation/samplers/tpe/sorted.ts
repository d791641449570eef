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

/** Two sorted lists as one, without what is left out of the first. */
export function merge(
  a: readonly number[],
  isOut: (row: number) => boolean,
  b: readonly number[],
  before: Before,
): number[] {
  const merged: number[] = [];
  let next = 0;
  for (const row of a) {
    if (isOut(row)) continue;
    for (let other = b[next]; other !== undefined && before(other, row); other = b[++next]) merged.push(other);
    merged.push(row);
  }
  for (; next < b.length; next++) merged.push(b[next] ?? 0);
  return merged;
}
