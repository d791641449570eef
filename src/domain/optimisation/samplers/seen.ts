// Looked up once: in a workflow's sandbox each use of a global costs more than the arithmetic around it.
const { is } = Object;

/** What a sampler has read of a history, to know it again: columns of one length. */
export interface Seen {
  readonly length: number;
  readonly columns: readonly Float64Array[];
}

/** Whether `later` begins with all that `earlier` has: what was learnt of that one holds for this one, too. */
export function goesOn(earlier: Seen, later: Seen): boolean {
  if (earlier.length > later.length || earlier.columns.length !== later.columns.length) return false;
  return earlier.columns.every((column, at) => beginsWith(later.columns[at] ?? column, column));
}

function beginsWith(column: Float64Array, other: Float64Array): boolean {
  for (let row = 0; row < other.length; row++) {
    const [mine, its] = [column[row] ?? 0, other[row] ?? 0];
    // 0 and -0 are told apart, NaN is itself
    if (mine !== its || mine === 0) if (!is(mine, its)) return false;
  }
  return true;
}
