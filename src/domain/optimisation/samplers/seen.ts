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
  return earlier.columns.every((column, at) => {
    const other = later.columns[at] ?? column;
    for (let row = 0; row < earlier.length; row++) if (!is(column[row], other[row])) return false;
    return true;
  });
}
