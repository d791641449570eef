import { defineQuery } from '@temporalio/workflow';
import { counterAgent, counterEntity } from '../support/kernel/subjects';
import { startHarness, type Harness } from '../support/kernel/harness';
import { entityConformance } from './entity';

let harness: Promise<Harness> | undefined;
const shared = (): Promise<Harness> => (harness ??= startHarness('conformance', '../agents/workflows.ts'));

afterAll(async () => {
  await (await harness)?.close();
});

entityConformance('a counting entity', async () => counterEntity(await shared(), defineQuery<number>('effects')));
entityConformance('an agent', async () => counterAgent(await shared()));
