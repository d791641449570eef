import { startCounting, type CountingHarness } from '../support/counting/harness';
import { counterSubject } from '../support/counting/subjects';
import { entityConformance } from './entity';

let harness: Promise<CountingHarness> | undefined;
const shared = (): Promise<CountingHarness> => (harness ??= startCounting('conformance-counters'));

afterAll(async () => {
  await (await harness)?.close();
});

entityConformance('a counter', async () => counterSubject(await shared()));
