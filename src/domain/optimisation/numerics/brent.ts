// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { abs } = Math;

const GOLDEN = 0.381966;
const ROUNDS = 500;

/**
 * The place of a minimum between two ends by Brent's method: parabolas where they fit, else golden sections.
 *
 * @param start between the ends, its value not above theirs
 * @param tolerance of the place, as a share of it
 * @see Brent 1973, "Algorithms for Minimization without Derivatives"; as SciPy's `minimize_scalar`
 */
export function brent(
  of: (x: number) => number,
  { low, start, high }: { readonly low: number; readonly start: number; readonly high: number },
  tolerance: number,
): number {
  let [a, b, x, w, v] = [low, high, start, start, start];
  let [fx, step, before] = [of(start), 0, 0];
  let [fw, fv] = [fx, fx];
  for (let round = 0; round < ROUNDS; round++) {
    const near = tolerance * abs(x) + 1e-11;
    const middle = 0.5 * (a + b);
    if (abs(x - middle) < 2 * near - 0.5 * (b - a)) break;
    let isParabola = false;
    if (abs(before) > near) {
      let r = (x - w) * (fx - fv);
      let q = (x - v) * (fx - fw);
      let p = (x - v) * q - (x - w) * r;
      q = 2 * (q - r);
      if (q > 0) p = -p;
      q = abs(q);
      r = before;
      before = step;
      isParabola = p > q * (a - x) && p < q * (b - x) && abs(p) < abs(0.5 * q * r);
      if (isParabola) {
        step = p / q;
        const to = x + step;
        if (to - a < 2 * near || b - to < 2 * near) step = middle >= x ? near : -near;
      }
    }
    if (!isParabola) {
      before = x >= middle ? a - x : b - x;
      step = GOLDEN * before;
    }
    const next = x + (abs(step) >= near ? step : step >= 0 ? near : -near);
    const value = of(next);
    if (value > fx) {
      if (next < x) a = next;
      else b = next;
      if (value <= fw || w === x) [v, fv, w, fw] = [w, fw, next, value];
      else if (value <= fv || v === x || v === w) [v, fv] = [next, value];
    } else {
      if (next >= x) a = x;
      else b = x;
      [v, fv, w, fw, x, fx] = [w, fw, x, fx, next, value];
    }
  }
  return x;
}
