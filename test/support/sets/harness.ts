import { createFanOutActivities } from '../../../activities/fan-out';
import { createBallots, type Ballots } from '../../../src/client/ballots';
import { createVariableSets, type VariableSets } from '../../../src/client/variable-sets';
import { startHarness, type Harness } from '../kernel/harness';

/** A space with workers that know the sets of `definitions.ts` and the agents that vote on them. */
export interface SetsHarness extends Harness {
  readonly variables: VariableSets;
  readonly ballots: Ballots;
  /** Starts guards `guard-<from>` to `guard-<to>`, both included. */
  startGuards(from: number, to: number): Promise<void>;
}

/** Starts the workers. */
export async function startSets(name: string): Promise<SetsHarness> {
  const harness = await startHarness(name, '../sets/workflows.ts', { ...createFanOutActivities() } as never);
  return {
    ...harness,
    variables: createVariableSets(harness.temporal, undefined),
    ballots: createBallots(harness.temporal, undefined),
    startGuards: async (from, to) => {
      const numbers = Array.from({ length: to - from + 1 }, (_each, at) => from + at);
      await Promise.all(numbers.map((at) => harness.agents.get('guard', `guard-${String(at)}`)));
    },
  };
}

/** The error code of a call that must fail. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'no refusal';
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
}
