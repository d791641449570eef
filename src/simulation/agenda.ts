/** Something to be done at a time. */
interface Entry {
  readonly at: number;
  /** Decides between those of one time. */
  readonly rank: number;
  readonly act: () => void;
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.rank < b.rank);

/** What is to be done, by time: a binary heap. */
export class Agenda {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  get nextAt(): number | undefined {
    return this.#entries[0]?.at;
  }

  put(at: number, rank: number, act: () => void): void {
    const entries = this.#entries;
    const entry = { at, rank, act };
    let place = entries.push(entry) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = entries[above];
      if (other === undefined || isBefore(other, entry)) break;
      entries[place] = other;
      place = above;
    }
    entries[place] = entry;
  }

  take(): Entry | undefined {
    const entries = this.#entries;
    const [first] = entries;
    const last = entries.pop();
    if (last === undefined || last === first) return first;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const [a, b] = [entries[left], entries[left + 1]];
      if (a === undefined) break;
      const [below, child] = b !== undefined && isBefore(b, a) ? [left + 1, b] : [left, a];
      if (isBefore(last, child)) break;
      entries[place] = child;
      place = below;
    }
    entries[place] = last;
    return first;
  }
}
