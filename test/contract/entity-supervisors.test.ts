import { startHarness, type Harness } from '../support/kernel/harness';
import { supervisorSubject } from '../support/supervisors/subject';
import { entityConformance } from './entity';

let harness: Promise<Harness> | undefined;
const shared = (): Promise<Harness> => (harness ??= startHarness('conformance-sup', '../supervisors/workflows.ts'));

afterAll(async () => {
  await (await harness)?.close();
});

entityConformance('a supervisor', async () => supervisorSubject(await shared()));
