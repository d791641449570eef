import type { RunningTemporal } from '../../tools/temporal/start';

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
