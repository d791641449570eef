import { openTemporal, type Temporal } from '../../src/client/temporal';
import { createVariableSets } from '../../src/client/variable-sets';
import { openConfiguration } from '../../src/configuration/configuration';
import { field } from '../../src/configuration/fields';
import type { FieldChange } from '../../src/contracts/configuration';
import { openGate, type Gate } from '../support/configuration/gate';
import { until } from '../support/kernel/harness';
import { trainer } from '../support/sets/definitions';
import { startSets, type SetsHarness } from '../support/sets/harness';

const fields = { hashBits: field.whole(12, { min: 1 }), features: field.choice('words', 'characters') };

let harness: SetsHarness;
let gate: Gate;
/** Goes through the gate. */
let remote: Temporal;
beforeAll(async () => {
  harness = await startSets('configuration');
  gate = await openGate(process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233');
  const { space } = harness.temporal;
  remote = await openTemporal(space, { address: gate.address, queuePrefix: `${space}-` });
});
afterAll(async () => {
  await remote.close();
  await gate.shut();
  harness.letGo();
  await harness.close();
});

test('FBK-3 a configuration over a variable set goes on when the server is gone, says so, and follows when it is back', async () => {
  const set = await harness.variables.get(trainer);
  const live = createVariableSets(remote, undefined).at<Awaited<ReturnType<typeof set.read>>['values']>('trainer');
  let lateMs = 0;
  const now = (): number => performance.now() + lateMs;
  const open = () => openConfiguration(fields, { live, refreshMs: 50, now });
  const configuration = await open();
  const changes: FieldChange[] = [];
  configuration.onChange((change) => changes.push(change));
  try {
    expect(configuration.get('hashBits')).toMatchObject({ value: 18, source: 'live', version: 1 });
    await set.propose({ hashBits: 17 }, { basedOn: 1 }).decided();
    await until('the second version', () => (configuration.get('hashBits').version === 2 ? true : undefined));

    await gate.shut();
    await until('a degraded answer', () => configuration.get('hashBits').degraded);
    expect(configuration.get('hashBits')).toMatchObject({ value: 17, source: 'live', version: 2 });
    expect(configuration.get('hashBits').degraded?.reason).toContain('trainer');

    const began = performance.now();
    const other = await open();
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(other.get('hashBits')).toMatchObject({ value: 12, source: 'default' });
    expect(other.get('hashBits').degraded).toBeDefined();
    other.close();

    lateMs = 300_000;
    expect(configuration.get('hashBits')).toMatchObject({ value: 12, source: 'default' });
    await until('the end of the cache', () => (changes.length === 2 ? true : undefined));

    await set.propose({ hashBits: 16 }, { basedOn: 2 }).decided();
    await gate.open();
    await until('the third version', () => (configuration.get('hashBits').version === 3 ? true : undefined), 40_000);
    expect(configuration.get('hashBits')).toMatchObject({ value: 16, source: 'live' });
    expect(configuration.get('hashBits').degraded).toBeUndefined();
    expect(changes.map(({ from, to, source }) => [from, to, source])).toEqual([
      [18, 17, 'live'],
      [17, 12, 'default'],
      [12, 16, 'live'],
    ]);
  } finally {
    configuration.close();
  }
}, 90_000);
