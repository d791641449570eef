import { readFileSync, writeFileSync } from 'node:fs';

/** One thing that a revision leaves as it says: `null` for one that is no more. Its key begins with what readers ask for. */
export interface Item {
  readonly key: string;
  readonly value: unknown;
}

/** Everything that one event changed. */
export interface Revision {
  readonly position: number;
  readonly items: readonly Item[];
}

/**
 * One line of a history, in the order in which it was noted by one process.
 *
 * `truth`: what really happened, taken from the source and not from what is tested. `trimming` and `trimmed`: from the first on
 * it may be, from the second on it is gone, through a position. `fault`: what was done to the system, for people.
 *
 * Of a reader: `ask` begins a connection, for keys with a beginning (`of`, empty for all), after a position or with the current
 * set; then what came over it; `end` says how it ended. `done`: nobody cut it, and it was waited for until it had everything.
 */
export type Line =
  | ({ readonly line: 'truth' } & Revision)
  | { readonly line: 'trimming' | 'trimmed'; readonly through: number }
  | { readonly line: 'fault'; readonly what: string }
  | { readonly line: 'ask'; readonly reader: string; readonly of: string; readonly after?: number }
  | ({ readonly line: 'set'; readonly reader: string } & Revision)
  | ({ readonly line: 'got'; readonly reader: string } & Revision)
  | { readonly line: 'mark'; readonly reader: string; readonly position: number }
  | { readonly line: 'compacted'; readonly reader: string; readonly position: number }
  | { readonly line: 'end'; readonly reader: string; readonly how: 'done' | 'cut' | 'left' };

/** What happened, and what readers were handed. */
export type History = readonly Line[];

/** What came over one connection. */
export interface Session {
  readonly reader: string;
  /** Its number among the connections of the reader, from 1. */
  readonly number: number;
  readonly of: string;
  readonly after: number | undefined;
  /** Positions of the history at which it was asked and at which it ended. */
  readonly began: number;
  readonly over: number;
  readonly came: readonly Came[];
  readonly how: 'done' | 'cut' | 'left';
}

type Came = Extract<Line, { line: 'set' | 'got' | 'mark' | 'compacted' }> & { readonly at: number };

/** The connections of a history. One that has no end was cut with it. */
export function sessionsOf(history: History): readonly Session[] {
  const all: (Session & { came: Came[]; over: number; how: Session['how'] })[] = [];
  const open = new Map<string, (typeof all)[number]>();
  history.forEach((line, at) => {
    if (line.line === 'ask') {
      const number = all.filter(({ reader }) => reader === line.reader).length + 1;
      const { reader, of, after } = line;
      const begun = { reader, number, of, after, began: at, over: history.length, came: [], how: 'cut' as const };
      open.set(reader, begun);
      all.push(begun);
      return;
    }
    if (!('reader' in line)) return;
    const session = open.get(line.reader);
    if (session === undefined) throw new Error(`line ${String(at + 1)}: ${line.reader} has asked for nothing`);
    if (line.line !== 'end') session.came.push({ ...line, at });
    else Object.assign(session, { over: at, how: line.how });
  });
  return all;
}

/** What really happened to keys with a beginning, in the order of positions; what touches none of them is left out. */
export function truthOf(history: History, of = ''): readonly Revision[] {
  return history
    .flatMap((line) => (line.line === 'truth' ? [{ position: line.position, items: within(line.items, of) }] : []))
    .filter(({ items }) => items.length > 0)
    .sort((a, b) => a.position - b.position);
}

/** The items whose keys begin so. */
export function within(items: readonly Item[], of: string): readonly Item[] {
  return items.filter(({ key }) => key.startsWith(of));
}

/** What is there after all revisions up to a position, by key. */
export function stateAt(truth: readonly Revision[], position: number): ReadonlyMap<string, unknown> {
  const state = new Map<string, unknown>();
  for (const revision of truth) {
    if (revision.position > position) break;
    for (const { key, value } of revision.items) {
      if (value === null) state.delete(key);
      else state.set(key, value);
    }
  }
  return state;
}

/** Notes a history while it happens. */
export interface HistoryRecorder {
  note(line: Line): void;
  history(): History;
}
export function createHistoryRecorder(): HistoryRecorder {
  const lines: Line[] = [];
  return { note: (line) => void lines.push(line), history: () => [...lines] };
}

/** A history as JSON lines. */
export function saveHistory(file: string, history: History): void {
  writeFileSync(file, history.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
export function loadHistory(file: string): History {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text.trim() !== '')
    .map((text) => JSON.parse(text) as Line);
}
