import type { Schedule } from './inflict';

/** The evaluators of the matrix. */
export const KINDS = ['brief', 'steady', 'python'] as const;
/** One of KINDS. */
export type Kind = (typeof KINDS)[number];

/** How large a run is. */
export interface Form {
  readonly workers: number;
  readonly targets: Readonly<Record<Kind, number>>;
  /** Kinds that are evaluated by the same processes in one run. */
  readonly together: readonly (readonly Kind[])[];
  readonly schedule: Schedule;
  readonly heartbeatMs: number;
  readonly cutMs: number;
  /** Milliseconds of a short trial, and of a step of a long one. */
  readonly briefMs: number;
  readonly stepMs: number;
  /** From the end of the last run until the system is asked what runs. */
  readonly settleMs: number;
  readonly timeoutMs: number;
}

/** The whole matrix. */
export const LONG: Form = {
  workers: 8,
  targets: { brief: 150, steady: 40, python: 40 },
  together: [['brief'], ['steady'], ['python']],
  schedule: { everyMs: 1_000, kills: 15, pauses: 8, pausedMs: 5_000, after: [0.25, 0.5, 0.75] },
  heartbeatMs: 3_000,
  cutMs: 5_000,
  briefMs: 600,
  stepMs: 400,
  settleMs: 60_000,
  timeoutMs: 300_000,
};

/** What CI runs: whether the promises hold, with few trials. A busy machine may hold a beat back for seconds. */
export const SHORT: Form = {
  workers: 3,
  targets: { brief: 30, steady: 9, python: 9 },
  together: [['brief', 'steady'], ['python']],
  schedule: { everyMs: 1_000, kills: 3, pauses: 2, pausedMs: 7_000, after: [0.3] },
  heartbeatMs: 5_000,
  cutMs: 7_000,
  briefMs: 300,
  stepMs: 200,
  settleMs: 0,
  timeoutMs: 120_000,
};
