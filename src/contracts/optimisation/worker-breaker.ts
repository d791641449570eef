import { defineSignal } from '@temporalio/workflow';
import type { Message } from '../entity';

/** Attempts in a row that fail until a worker is taken out, unless it is told otherwise. */
export const BREAK_AFTER = 5;
/** How long a worker that was taken out rests before it takes one trial; each failure then doubles it. */
export const COOL_DOWN_MS = 60_000;
/** The longest rest. */
export const MAX_COOL_DOWN_MS = 600_000;
/** Workers that are out, told of one study. */
export const MAX_WORKERS_OUT = 50;
/** The longest text of a failure that is told. */
export const MAX_LAST_FAILURE = 500;

/** A worker that takes no trials, because its attempts failed one after the other. */
export interface WorkerOut {
  readonly worker: string;
  /** ISO-8601. */
  readonly since: string;
  /** Attempts that have failed in a row. */
  readonly failures: number;
  /** What the last one failed of. */
  readonly last: string;
  /** ISO-8601: when it takes one trial, to see whether it is well again. */
  readonly until: string;
}

/** A worker that is out, for people. */
export function workerOutText({ worker, since, failures, last, until }: WorkerOut): string {
  const count = `${String(failures)} ${failures === 1 ? 'failure' : 'failures'} in a row`;
  return `${worker} taken out since ${since}, after ${count}, last: ${last}; takes one trial at ${until}`;
}

/** A worker was taken out, or failed again when it took one trial: told to the studies whose trials it failed. */
export const workerBrokenSignal = defineSignal<[Message<WorkerOut>]>('workerBroken');
/** It takes trials again. */
export const workerMendedSignal = defineSignal<[Message<{ readonly worker: string }>]>('workerMended');
