/**
 * The products of four rows of one matrix with two of another: each number that is read serves two or four of the eight sums.
 *
 * @param a, b where the first numbers of the first rows stand; the others are `stride` behind
 * @param into the four products with the first of the two rows at even places, those with the second at odd ones
 */
export function products(
  rows: Float64Array,
  a: number,
  others: Float64Array,
  b: number,
  stride: number,
  length: number,
  into: Float64Array,
): void {
  const a1 = a + stride;
  const a2 = a1 + stride;
  const a3 = a2 + stride;
  const b1 = b + stride;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let t0 = 0;
  let t1 = 0;
  let t2 = 0;
  let t3 = 0;
  for (let k = 0; k < length; k++) {
    const x = others[b + k] ?? 0;
    const y = others[b1 + k] ?? 0;
    const r0 = rows[a + k] ?? 0;
    const r1 = rows[a1 + k] ?? 0;
    const r2 = rows[a2 + k] ?? 0;
    const r3 = rows[a3 + k] ?? 0;
    s0 += r0 * x;
    t0 += r0 * y;
    s1 += r1 * x;
    t1 += r1 * y;
    s2 += r2 * x;
    t2 += r2 * y;
    s3 += r3 * x;
    t3 += r3 * y;
  }
  into[0] = s0;
  into[1] = t0;
  into[2] = s1;
  into[3] = t1;
  into[4] = s2;
  into[5] = t2;
  into[6] = s3;
  into[7] = t3;
}

/** The products of four rows of a matrix with a vector over their first `length` numbers; into four numbers from `at` on. */
export function fourProducts(
  rows: Float64Array,
  a: number,
  stride: number,
  vector: Float64Array,
  from: number,
  length: number,
  into: Float64Array,
  at: number,
): void {
  const a1 = a + stride;
  const a2 = a1 + stride;
  const a3 = a2 + stride;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let k = 0; k < length; k++) {
    const x = vector[from + k] ?? 0;
    s0 += (rows[a + k] ?? 0) * x;
    s1 += (rows[a1 + k] ?? 0) * x;
    s2 += (rows[a2 + k] ?? 0) * x;
    s3 += (rows[a3 + k] ?? 0) * x;
  }
  into[at] = s0;
  into[at + 1] = s1;
  into[at + 2] = s2;
  into[at + 3] = s3;
}
