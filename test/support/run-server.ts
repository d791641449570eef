import type { RunningTemporal } from '../../tools/temporal/start';

/** A run that lived for less than a second is otherwise continued only after the rest of it: tests renew in a row. */
export const RENEWED_AT_ONCE = { 'history.workflowIdReuseMinimalInterval': '1ms' };

/** What the set-up of a run leaves for its teardown. Jest loads the two files apart from each other, in one process. */
interface Run {
  server?: Promise<RunningTemporal | undefined>;
}

/** The one record of this run. */
export function thisRun(): Run {
  const holder = globalThis as typeof globalThis & { mabeamRun?: Run };
  holder.mabeamRun ??= {};
  return holder.mabeamRun;
}
