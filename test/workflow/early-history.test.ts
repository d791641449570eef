import { previousOf } from '../../activities/incarnation';
import { glance } from '../../src/client/glance';
import { EARLY_HISTORY, keptQuery } from '../../src/contracts/entity';
import { PlatformError } from '../../src/contracts/errors';
import { startHarness, type Harness } from '../support/kernel/harness';

/** Queries that fail as the interceptor makes them fail; when it does: `test/unit/workflows/early-history.test.ts`. */

const MS = 5_000;
const ALWAYS = 1_000_000;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness('early-history', '../early/workflows.ts');
});
afterAll(() => harness.close());

async function started(name: string, text: string, times: number, isOver = false) {
  const { client, space, queues } = harness.temporal;
  const options = { workflowId: `${space}:early:${name}`, taskQueue: queues.main, args: [text, times, isOver] };
  return client.workflow.start('earlyWorkflow', options);
}

test('a look whose history came before its task is taken again, until its time is over; any other failure is told at once', async () => {
  const { client } = harness.temporal;
  const late = await started('late', EARLY_HISTORY, 2);
  const never = await started('never', EARLY_HISTORY, ALWAYS);
  const broken = await started('broken', 'another failure', 1);
  await expect(glance(client, late.workflowId, keptQuery, MS)).resolves.toBeNull();
  await expect(glance(client, never.workflowId, keptQuery, 200)).rejects.toBeInstanceOf(PlatformError);
  await expect(glance(client, broken.workflowId, keptQuery, MS)).rejects.toThrow('another failure');
  await Promise.all([late, never, broken].map((handle) => handle.terminate()));
});

test('what an ended run kept is not held to be nothing because its history came early; what it does not answer is', async () => {
  const { client } = harness.temporal;
  const early = await started('ended-early', EARLY_HISTORY, ALWAYS, true);
  const broken = await started('ended-broken', 'another failure', ALWAYS, true);
  await Promise.all([early.result(), broken.result()]);
  await expect(previousOf(client, early.workflowId)).rejects.toThrow(EARLY_HISTORY);
  await expect(previousOf(client, broken.workflowId)).resolves.toBeUndefined();
});
