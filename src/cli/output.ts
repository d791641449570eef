import { originOf, saidBy, type Cast } from '../contracts/coordination/ballot';
import { ERRORS, isPlatformError, type Refusal } from '../contracts/errors';
import type { ProposalRow, Why } from '../contracts/read-models';

/** Where a command writes: data to `out`, everything else to `err`. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
  readonly isTty: boolean;
  /** Of the terminal, in characters; absent in a pipe. */
  size?(): { readonly columns: number; readonly rows: number };
  /** Whether headings and refusals are set off: on a terminal without `NO_COLOR`. */
  readonly isColoured?: boolean;
}

const BOLD = 1;
const RED = 31;

function coloured(streams: Streams, code: number, text: string): string {
  return streams.isColoured === true ? `\u001b[${String(code)}m${text}\u001b[0m` : text;
}

/** The forms of output. */
export const FORMATS = ['table', 'json', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

/** Whether a program reads it, which gets all there is. */
export const isForPrograms = (format: Format | undefined): boolean => format === 'json' || format === 'jsonl';
/** The form of what comes one after another: `json` is one a line too. */
export const streamed = (format: Format | undefined): Format | undefined => (format === 'json' ? 'jsonl' : format);

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/[\t\r\n]+/g, ' ');
}

function columns(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_head, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((text, at) => text.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** One page as the API represents it, for `json`; its items, one a line, for `jsonl`; else rows. */
export function printPage(
  streams: Streams,
  format: Format | undefined,
  page: { readonly items: readonly object[]; readonly nextPageToken?: string },
  names: readonly string[],
): void {
  if (format === 'json') streams.out(`${JSON.stringify(page, null, 2)}\n`);
  else printRows(streams, format, page.items, names);
  if (page.nextPageToken !== undefined && format !== 'json')
    streams.err(`there is more than these ${String(page.items.length)}\n`);
}

/** Rows in the form asked for: by default a table on a terminal, tab-separated without a heading in a pipe. */
export function printRows(
  streams: Streams,
  format: Format | undefined,
  rows: readonly object[],
  names: readonly string[],
): void {
  if (format === 'json') {
    streams.out(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  if (format === 'jsonl') {
    for (const each of rows) streams.out(`${JSON.stringify(each)}\n`);
    return;
  }
  const lines = rows.map((each) => names.map((name) => cell((each as Record<string, unknown>)[name])));
  if (format === 'table' || streams.isTty) {
    const [head = '', ...rest] = columns([names.map((name) => name.toUpperCase()), ...lines]).split('\n');
    streams.out([coloured(streams, BOLD, head), ...rest].join('\n'));
  } else for (const line of lines) streams.out(`${line.join('\t')}\n`);
}

/** One thing in the form asked for; as text by `text` otherwise. */
export function printOne(streams: Streams, format: Format | undefined, thing: unknown, text: () => string): void {
  if (format === 'json') streams.out(`${JSON.stringify(thing, null, 2)}\n`);
  else if (format === 'jsonl') streams.out(`${JSON.stringify(thing)}\n`);
  else streams.out(text());
}

/** One thing whole for programs; for people rows of it, as `printRows` has them. */
export function printInRows(
  streams: Streams,
  format: Format | undefined,
  thing: unknown,
  { rows, names }: { readonly rows: readonly object[]; readonly names: readonly string[] },
): void {
  if (isForPrograms(format)) printOne(streams, format, thing, () => '');
  else printRows(streams, format, rows, names);
}

/** Says what was refused and why. @returns the exit code */
export function printRefusals(streams: Streams, reasons: readonly Pick<Refusal, 'code' | 'message'>[]): number {
  const [first] = reasons;
  const exit = first === undefined ? 1 : ERRORS[first.code].exitCode;
  streams.err(`${coloured(streams, RED, 'refused')}: ${first?.code ?? 'internal'} (exit ${String(exit)})\n`);
  for (const { message } of reasons) streams.err(`  ${message}\n`);
  return exit;
}

/** Says what failed. @returns the exit code */
export function printFailure(streams: Streams, error: unknown): number {
  if (isPlatformError(error)) return printRefusals(streams, [error]);
  streams.err(
    `${coloured(streams, RED, 'failed')}: internal (exit 1)\n  ${error instanceof Error ? error.message : String(error)}\n`,
  );
  return 1;
}

const LABEL = 11;
const label = (name: string, text: string): string => `  ${name.padEnd(LABEL)}${text}\n`;
/** A number for people: four digits. */
export const short = (value: number): string => String(Number(value.toPrecision(4)));

/** A value for people: numbers short, they are whole with `-o json`. */
const shown = (value: unknown): string => {
  if (value === null) return 'inactive';
  if (typeof value === 'number') return short(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
};

function elapsed(ms: number): string {
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${String(Math.round(ms / 60_000))} min` : `${String(Math.round(ms / 3_600_000))} h`;
}

/** What is worth saying of a vote that was not only cast: that it stood, or what stood before it. */
function unasked(cast: Cast): string {
  return cast.via === 'standing' || cast.replaces !== undefined ? ` (${originOf(cast)})` : '';
}

function decision(why: Why): string {
  const { proposal } = why;
  const tally = proposal?.tally;
  if (proposal === undefined) return '';
  if (tally === undefined) return label('decided', `${proposal.verdict} at once, without a ballot`);
  const took = elapsed(Date.parse(tally.decidedAt) - Date.parse(tally.openedAt));
  const { median } = tally;
  const numbers =
    median === undefined
      ? `${String(tally.yes)} of ${String(tally.eligible)} (${tally.because})`
      : `${shown(median.value)}, the median of what ${String(median.weight)} of ${String(tally.eligible)} named`;
  const head = `${proposal.verdict} in ${took}: ${numbers}`;
  const width = Math.max(...tally.casts.map(({ voter }) => voter.length), 0);
  const casts = tally.casts.map((cast) =>
    label('', `${cast.voter.padEnd(width)}  ${saidBy(cast).padEnd(7)}  ${cast.reason ?? '–'}${unasked(cast)}`),
  );
  return label('decided', head) + casts.join('');
}

function proposed(why: Why): string {
  const { proposal, trials } = why;
  if (proposal === undefined) return label('default', 'of the definition; nobody has proposed another value');
  const change = proposal.changes.find(({ variable }) => variable === why.variable);
  const study = proposal.evidence?.study;
  const from = study === undefined ? '' : `, from study ${study}`;
  const values = change === undefined ? '' : `: ${shown(change.before)} → ${shown(change.after)}`;
  const numbers = trials.map((trial) => String(trial.number)).join(', ');
  return (
    label('proposed', `${proposal.proposer}${from}${values}`) +
    (proposal.because === undefined ? '' : label('', proposal.because)) +
    (numbers === '' ? '' : label('', `trials ${numbers}`))
  );
}

/** A proposal that was refused: what it wanted, the reasons, and who said no, or which number, and why. */
function refusal(row: ProposalRow, variable: string): string {
  const change = row.changes.find((each) => each.variable === variable);
  const wanted = change === undefined ? '' : `: ${shown(change.before)} → ${shown(change.after)}`;
  const reasons = (row.reasons ?? []).map(({ code, message }) => label('', `${code}: ${message}`));
  const against = (row.tally?.casts ?? []).filter(({ choice }) => choice === 'no' || choice === 'value');
  const votes = against.map((cast) =>
    label('', `${cast.voter} said ${saidBy(cast)}: ${cast.reason ?? 'without a reason'}`),
  );
  return [label('refused', `proposal ${String(row.number)} of ${row.proposer}${wanted}`), ...reasons, ...votes].join(
    '',
  );
}

/** The answer to "why is the value what it is?", as a person reads it. */
export function whyText(why: Why, now: number): string {
  const age = elapsed(now - Date.parse(why.since));
  const head = `${why.variable} = ${shown(why.value)}          version ${String(why.version)}, since ${why.since} (${age})\n`;
  const agents = why.adoption.map(({ agent }) => agent).join(', ');
  const versions = why.changedSince.map(({ version }) => String(version)).join(', ');
  const since =
    versions === '' ? 'nothing the evidence rests on has changed' : `the same set has changed: versions ${versions}`;
  return (
    head +
    proposed(why) +
    decision(why) +
    label('adopted', agents === '' ? 'by nobody yet' : agents) +
    label('since', since) +
    why.refused.map((row) => refusal(row, why.variable)).join('')
  );
}
