import { createCounters, type Counters } from '../../../src/client/counters';
import { createValues, type SharedValues } from '../../../src/client/values';
import { renewSignal, statusQuery } from '../../../src/contracts/entity';
import { startHarness, until, type Harness } from '../kernel/harness';

/** A space with workers that know counters and shared values. */
export interface CountingHarness extends Harness {
  readonly counters: Counters;
  readonly values: SharedValues;
  /** Has one renew itself, and waits for it. */
  renew(workflowId: string): Promise<void>;
}

/** Starts the workers. */
export async function startCounting(name: string): Promise<CountingHarness> {
  const harness = await startHarness(name, '../counting/workflows.ts');
  const { temporal } = harness;
  const renewals = async (id: string): Promise<number> => (await temporal.look(id, statusQuery)).counts.renewals;
  return {
    ...harness,
    counters: createCounters(temporal, undefined),
    values: createValues(temporal, undefined),
    renew: async (id) => {
      const before = await renewals(id);
      await temporal.client.workflow.getHandle(id).signal(renewSignal);
      await until('the renewal', async () => ((await renewals(id)) > before ? true : undefined));
    },
  };
}
