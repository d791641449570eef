import type { StudySpec, Trial } from '../../contracts/optimisation/study';
import { wantedMeasures } from './trial';

type Of = Pick<StudySpec, 'space' | 'objective' | 'objectives' | 'subjectTo'>;

/** A spreadsheet takes a text that begins so for a formula, the wide forms of East Asian keyboards too. */
const FORMULA = /^[=+\-@'\uff1d\uff0b\uff0d\uff20]/;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * A text as a cell that nobody runs and every reader of RFC 4180 reads: what would be a formula has an apostrophe before it, a
 * text with control characters is written as JSON, and so is one that begins with a quotation mark, so that both can be undone.
 */
function textCell(text: string): string {
  // quoted, it is not what is absent
  if (text === '') return '""';
  const isJson = CONTROL.test(text) || text.startsWith('"');
  const escaped = JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const harmless = isJson ? escaped : FORMULA.test(text) ? `'${text}` : text;
  return /[",\s]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

type Cell = string | number | boolean | object | undefined;

function cell(value: Cell): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return textCell(value);
  return typeof value === 'object' ? textCell(JSON.stringify(value)) : String(value);
}

const line = (cells: readonly Cell[]): string => `${cells.map(cell).join(',')}\r\n`;

/** The heading: dimensions in the order of the space, then the measures that every outcome has, then what other ones it has. */
export function csvHeading(spec: Of): string {
  const dimensions = Object.keys(spec.space.dimensions).map((name) => `params.${name}`);
  const measures = wantedMeasures(spec).map((name) => `measures.${name}`);
  const ends = [
    'otherMeasures',
    'attributes',
    'attempts',
    'worker',
    'enqueued',
    'ask',
    'askedAt',
    'endedAt',
    'errorCode',
    'error',
  ];
  return line(['number', 'state', ...dimensions, ...measures, 'feasible', ...ends]);
}

/** A trial as a line; a dimension that was not active and whatever is not known are empty. */
export function csvLine(spec: Of, trial: Trial): string {
  const { number, state, configuration, measures = {}, feasible, attempts, worker, enqueued, ask } = trial;
  const wanted = wantedMeasures(spec);
  const others = Object.entries(measures).filter(([name]) => !wanted.includes(name));
  return line([
    number,
    state,
    ...Object.keys(spec.space.dimensions).map((name) => configuration[name]),
    ...wanted.map((name) => measures[name]),
    feasible,
    others.length === 0 ? undefined : Object.fromEntries(others),
    trial.attributes,
    attempts,
    worker,
    enqueued,
    ask,
    trial.askedAt,
    trial.endedAt,
    trial.refusal?.code,
    trial.refusal?.message,
  ]);
}
