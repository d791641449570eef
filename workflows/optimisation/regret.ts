import type { CancellationScope } from '@temporalio/workflow';
import type { RegretActivities, RegretAnswer, RegretInput } from '../../src/contracts/optimisation/bounding';
import { computing, unlessCancelled } from './computing';

/** A bound on its way to the activity that computes it. */
export interface RegretCheck {
  readonly queue: string;
  readonly input: RegretInput;
}

/** Has a bound computed. @returns nothing when it was cancelled */
export async function boundOutside(
  { queue, input }: RegretCheck,
  scope: CancellationScope,
): Promise<RegretAnswer | undefined> {
  const summary = `bound on the regret by ${String(input.complete)} trials`;
  const { boundRegret } = computing<RegretActivities>(queue, summary);
  return unlessCancelled(scope, () => boundRegret(input));
}
