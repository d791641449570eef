import type { TrialProgress } from '../../contracts/optimisation/pruning';

/** What the attempt before left. */
export function progressOf(details: unknown): Omit<TrialProgress, 'mabeam:progress'> {
  const isWrapped = typeof details === 'object' && details !== null && 'mabeam:progress' in details;
  return isWrapped ? (details as TrialProgress) : { checkpoint: details };
}

/** The same for the next one: a checkpoint as it is, unless more goes with it. */
export function progressFrom({ checkpoint, reports, spent, tries }: Omit<TrialProgress, 'mabeam:progress'>): unknown {
  if (reports === undefined && spent === undefined && tries === undefined) return checkpoint;
  return {
    'mabeam:progress': 1,
    checkpoint,
    ...(reports === undefined ? {} : { reports }),
    ...(spent === undefined ? {} : { spent }),
    ...(tries === undefined ? {} : { tries }),
  };
}
