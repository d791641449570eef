import { appendFileSync } from 'node:fs';

/** What the comparison with OTP counts. A test tells its share; the sum is the figure. */
export interface Figures {
  /** Points of SUP-1…12 that are reached on purpose. */
  readonly points: number;
  /** Random sequences that were run, and those of them whose order is defined, so that they can be compared. */
  readonly run: number;
  readonly random: number;
  readonly randomOff: number;
  /** Those in which the period passes. */
  readonly timed: number;
  readonly timedOff: number;
  readonly planted: number;
  readonly plantedMissed: number;
  /** On real workflows. */
  readonly real: number;
  readonly realOff: number;
}

/** Tells figures to who asked for a report, by the file that MABEAM_OTP_FIGURES names; nobody asks in an ordinary run. */
export function tellFigures(figures: Partial<Figures>): void {
  const file = process.env['MABEAM_OTP_FIGURES'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(figures)}\n`);
}
