import { createMemoryRegistry } from '../../../src/registry/backends/memory';
import { createMigratingRegistry } from '../../../src/registry/backends/migrating';
import { startHarness, type Harness } from '../../support/kernel/harness';
import { agentNames } from '../../support/registry/subject';
import { registryConformance } from './backend';

let harness: Promise<Harness> | undefined;
const shared = (): Promise<Harness> => (harness ??= startHarness('registry', '../agents/workflows.ts'));

afterAll(async () => {
  await (await harness)?.close();
});

registryConformance('temporal', async () => agentNames(await shared()));

registryConformance('temporal, migrating from a memory that knows nothing,', async () => {
  const subject = agentNames(await shared());
  const old = createMemoryRegistry({ isStrong: false });
  return { ...subject, backend: createMigratingRegistry({ now: subject.backend, old }) };
});
