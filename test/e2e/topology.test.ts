import { spawnSync } from 'node:child_process';
import { Connection } from '@temporalio/client';
import { startTopology, type Topology } from '../support/topology';

/** Building the server takes minutes where the cache is cold. */
const BUILD_MS = 30 * 60_000;
const hasGo = spawnSync('go', ['version']).status === 0;

(hasGo ? describe : describe.skip)('docker-compose.yml as processes (needs Go to build the Temporal server)', () => {
  let topology: Topology;
  let connection: Connection;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    topology = await startTopology();
    closing.push(() => topology.close());
    await topology.runOnce('temporal-namespace');
    connection = await Connection.connect({ address: topology.temporalAddress });
    closing.push(() => connection.close());
  }, BUILD_MS);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  test('the Temporal server of the compose file answers on Postgres with the version that is pinned', async () => {
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    const { persistenceStore } = await connection.workflowService.getClusterInfo({});
    expect(serverVersion).toBe('1.31.2');
    expect(persistenceStore).toMatch(/^postgres12/);
  });

  test('the set-up makes the namespace and every search attribute', async () => {
    const { TEMPORAL_NAMESPACE: namespace = '' } = topology.environment('mabeam-worker');
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    for (const name of ['MabeamSpace', 'MabeamKind', 'MabeamName', 'MabeamStatus', 'MabeamOwner'])
      expect(customAttributes).toHaveProperty(name);
  });

  test('the set-up is safe to repeat', async () => {
    expect(await topology.runOnce('temporal-schema')).toContain('up to date');
    expect(await topology.runOnce('temporal-namespace')).toContain('ready');
  }, 120_000);
});
