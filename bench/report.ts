import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import type { Row } from './measure';

const folder = path.join(__dirname, 'results');
const figure = (value: number | null): string => (value === null ? '' : String(Number(value.toPrecision(3))));
const verdict = (holds: boolean | null): string => (holds === null ? '' : holds ? 'yes' : '**no**');

/** A table of the rows. */
export function table(rows: readonly Row[]): string {
  const line = (row: Row): string => {
    const cells = [
      row.what,
      row.unit,
      figure(row.ours),
      figure(row.reference),
      figure(row.ratio),
      figure(row.bar),
      verdict(row.holds),
    ];
    return `| ${cells.join(' | ')} |`;
  };
  return [
    '| what | unit | ours | reference | ratio | bar | holds |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(line),
  ].join('\n');
}

/** How the figures of `npm run bench` come about. */
const BENCH = {
  command: 'npm run bench',
  notes: [
    'Medians. Reference and ours take turns in one run on the same server, worker and connection.',
    'Entities hand their events over to a store that keeps nothing.',
  ],
};

/** What figures were measured with, and when. @param beside what else beside Node: the server and its version */
export function machineWith(...beside: readonly string[]): string {
  const now = new Date().toISOString().slice(0, 16);
  return `${[...beside, `Node ${process.versions.node}`, `${String(cpus().length)} cores`, now].join(', ')} UTC.`;
}

/**
 * Writes `results/NAME.md` and `results/NAME.json`.
 *
 * @param beside what the figures were measured with, beside Node: the server and its version; `undefined` where rows say it
 */
export async function report(
  name: string,
  beside: string | undefined,
  rows: readonly Row[],
  by = BENCH,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const machine = beside === undefined ? machineWith() : machineWith(beside);
  const setting = [machine, ...by.notes].join('\n');
  const page = `# ${name}\n\nWritten by \`${by.command}\`.\n\n${setting}\n\n${table(rows)}\n`;
  await writeFile(path.join(folder, `${name}.md`), page);
  await writeFile(path.join(folder, `${name}.json`), `${JSON.stringify(rows, undefined, 2)}\n`);
}
