import { startSets, type SetsHarness } from '../support/sets/harness';
import { ballotSubject, setSubject } from '../support/sets/subjects';
import { entityConformance } from './entity';

let harness: Promise<SetsHarness> | undefined;
const shared = (): Promise<SetsHarness> => (harness ??= startSets('conformance-sets'));

afterAll(async () => {
  await (await harness)?.close();
});

entityConformance('a variable set', async () => setSubject(await shared()));
entityConformance('a ballot', async () => ballotSubject(await shared()));
