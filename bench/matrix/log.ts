import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import type { History, Operation, Outcome } from '../../test/support/linearizability/history';

/** What a client writes down, a line each: the truth that no system under test touches. `at`: `now()`. */
export type Line =
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly row: string;
      readonly column: string;
      readonly key: string;
      readonly at: number;
      readonly input: unknown;
    }
  | { readonly kind: 'return'; readonly id: string; readonly at: number; readonly output: unknown }
  /** Nobody knows, and nobody asks again. */
  | { readonly kind: 'lost'; readonly id: string }
  /** Something that a client did or found by itself, in one moment. */
  | {
      readonly kind: 'seen';
      readonly row: string;
      readonly column: string;
      readonly key: string;
      readonly at: number;
      readonly what: Seen;
    }
  /** What may not be, such as an error that is none of those that pass. */
  | { readonly kind: 'wrong'; readonly row: string; readonly column: string; readonly text: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'ended'; readonly row: string };

/** What is seen: its kind, and what there is to it. */
export type Seen = { readonly kind: string } & Readonly<Record<string, unknown>>;

/** Microseconds by the monotonic clock: one order for all processes of this machine, whatever is done to their wall clocks. */
export const now = (): number => Number(process.hrtime.bigint() / 1_000n);

/** Something that was seen, by whom, and when. */
export interface Sight {
  readonly client: string;
  readonly key: string;
  readonly at: number;
  readonly what: Seen;
}

/** What the clients say of one column in one row. */
export interface RowRecord {
  readonly operations: History<unknown, unknown>;
  readonly seen: readonly Sight[];
  readonly wrong: readonly string[];
}

/** Lines of a file that grows. The last one counts when it is whole. */
export class Tail {
  readonly client: string;
  readonly lines: Line[] = [];
  readonly #file: string;
  #offset = 0;
  #rest = '';

  constructor(client: string, file: string) {
    this.client = client;
    this.#file = file;
  }

  /** Reads what is new. */
  read(): readonly Line[] {
    if (!existsSync(this.#file)) return this.lines;
    const file = openSync(this.#file, 'r');
    try {
      const buffer = Buffer.alloc(1 << 20);
      for (let bytes = -1; bytes !== 0; this.#offset += bytes) {
        bytes = readSync(file, buffer, 0, buffer.length, this.#offset);
        this.#rest += buffer.toString('latin1', 0, bytes);
      }
    } finally {
      closeSync(file);
    }
    const whole = this.#rest.split('\n');
    this.#rest = whole.pop() ?? '';
    for (const line of whole) if (line !== '') this.lines.push(JSON.parse(line) as Line);
    return this.lines;
  }
}

const isOf = (line: Line, row: string | undefined, column: string): boolean =>
  'column' in line && line.column === column && (row === undefined || line.row === row);

/** What the files of all clients say of a column. @param row in which row; `undefined` for all */
export function recordOf(tails: readonly Tail[], row: string | undefined, column: string): RowRecord {
  const operations: Operation<unknown, unknown>[] = [];
  const seen: Sight[] = [];
  const wrong: string[] = [];
  for (const { client, lines } of tails) {
    const outcomes = new Map<string, Outcome<unknown>>();
    for (const line of lines)
      if (line.kind === 'return') outcomes.set(line.id, { kind: 'returned', at: line.at, output: line.output });
    for (const line of lines) {
      if (!isOf(line, row, column)) continue;
      if (line.kind === 'wrong') wrong.push(`${client}: ${line.text}`);
      if (line.kind === 'seen') seen.push({ client, key: line.key, at: line.at, what: line.what });
      if (line.kind === 'call') {
        const outcome = outcomes.get(line.id) ?? { kind: 'unknown' };
        operations.push({ client, key: line.key, input: line.input, called: line.at, outcome });
      }
    }
  }
  return { operations, seen, wrong };
}

/** How many operations of a column in a row a client has heard of. */
export function heard(tail: Tail, row: string): ReadonlyMap<string, number> {
  const columns = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const line of tail.lines) {
    if (line.kind === 'call' && line.row === row) columns.set(line.id, line.column);
    const column = line.kind === 'return' ? columns.get(line.id) : undefined;
    if (column !== undefined) counts.set(column, (counts.get(column) ?? 0) + 1);
  }
  return counts;
}
