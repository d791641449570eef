import { startStudies, type StudiesHarness } from '../support/studies/harness';
import { studySubject } from '../support/studies/subject';
import { entityConformance } from './entity';

let harness: Promise<StudiesHarness> | undefined;
const shared = (): Promise<StudiesHarness> => (harness ??= startStudies('conformance-studies'));

afterAll(async () => {
  await (await harness)?.close();
});

entityConformance('a study', async () => studySubject(await shared()));
