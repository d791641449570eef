import type { Configuration } from '../../src/contracts/optimisation/search-space';

/** What an evaluator says of itself: a line that it appends to a file which no system under test touches. */
export interface Line {
  readonly what: 'begin' | 'end';
  readonly study: string;
  /** One suggestion: the number of the trial, for Optuna of the trial that a retried one goes back to. */
  readonly trial: number;
  readonly attempt: number;
  readonly pid: number;
  /** Milliseconds since the epoch, by the clock of the one machine. */
  readonly at: number;
  readonly configuration: Configuration;
  /** Steps that an earlier attempt had done, by its checkpoint. */
  readonly from?: number;
}

/** The lines of a study in the order in which they were appended. A last line that is being written is passed over. */
export function linesOf(text: string, study: string): readonly Line[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => line.study === study);
}

/** The last part of a workflow id is the name of its study. */
export function nameOf(study: string): string {
  return study.slice(study.lastIndexOf(':') + 1);
}
