import { setTimeout as pause } from 'node:timers/promises';
import type { Deployment } from '../../test/support/chaos/stack';
import type { Proxy } from '../../test/support/proxy';
import type { FaultName, Supply } from './inflict';

const DATABASE_AWAY_MS = 1_000;

/** What may be taken away beside the evaluators, by the name of the fault. @param cutMs how long the network is cut */
export function suppliesOf(
  deployment: Deployment,
  proxy: Proxy,
  cutMs: number,
): Readonly<Partial<Record<FaultName, Supply>>> {
  let worker = 'worker';
  let workers = 0;
  return {
    'workflow-worker-killed': {
      interrupt: async () => {
        await deployment.kill(worker);
        worker = `worker-${String((workers += 1))}`;
        await deployment.spawn('worker', worker);
      },
    },
    'server-restarted': { interrupt: () => deployment.crashTemporal() },
    'database-restarted': {
      interrupt: async () => {
        await deployment.database.crash();
        await pause(DATABASE_AWAY_MS);
        await deployment.database.start();
      },
    },
    'network-cut': {
      interrupt: async () => {
        proxy.cut();
        await pause(cutMs);
        proxy.heal();
      },
    },
  };
}
