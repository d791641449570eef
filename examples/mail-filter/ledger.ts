import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** A line that an evaluator wrote itself, so that the study's account can be checked against it. */
export interface LedgerLine {
  readonly event: 'start' | 'end';
  readonly study: string;
  readonly trial: number;
  readonly attempt: number;
  readonly pid: number;
  readonly at: string;
}

/** Appends a line to the file of `MAIL_FILTER_LEDGER`; without it, nothing. One write for each line, so none is torn. */
export function ledger(event: LedgerLine['event'], about: Pick<LedgerLine, 'study' | 'trial' | 'attempt'>): void {
  const file = process.env['MAIL_FILTER_LEDGER'];
  if (file === undefined) return;
  const line: LedgerLine = { event, ...about, pid: process.pid, at: new Date().toISOString() };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** All lines of a file, in the order of writing. */
export function readLedger(file: string): readonly LedgerLine[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LedgerLine);
}
