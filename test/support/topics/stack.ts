import { resolve } from 'node:path';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { createStoreActivities } from '../../../activities/store';
import { createAgents, type Agents } from '../../../src/client/agents';
import { openTemporal, type Temporal } from '../../../src/client/temporal';
import { createTopicsClient, type Topics } from '../../../src/client/topics';
import { parseSpace } from '../../../src/contracts/ids';
import { openStore, type Store } from '../../../src/store/open';
import { startTopicDelivery, type DeliveryPorts } from '../../../workers/parts/topic-delivery';
import type { Part } from '../../../workers/parts/role';
import { bundleOf, payloadConverterPath } from '../kernel/bundle';
import { silence, silent } from '../kernel/silence';

const POLL_MS = 50;

/** One space with agents that publish and hear, a store on Postgres, and what delivers to them. */
export interface TopicStack {
  readonly temporal: Temporal;
  readonly agents: Agents;
  readonly topics: Topics;
  readonly store: Store;
  /** Begins to deliver. @param changed what differs from the real ports */
  deliver(changed?: Partial<DeliveryPorts>): Part;
  /** Ends the worker of the workflows at once; what comes waits. @returns what starts another */
  killWorker(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** @param url of an empty database */
export async function startTopicStack(url: string): Promise<TopicStack> {
  silence();
  const space = parseSpace(`topics-${String(Date.now())}`);
  if (typeof space !== 'string') throw new Error(space.message);
  const queuePrefix = `${space}-`;
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const temporal = await openTemporal(space, { address, queuePrefix });
  const connection = await NativeConnection.connect({ address });
  const store = openStore({ url, log: silent });
  await store.migrate();
  const options: WorkerOptions = {
    connection,
    taskQueue: temporal.queues.main,
    workflowBundle: { codePath: await bundleOf(resolve(__dirname, './workflows.ts')) },
    dataConverter: { payloadConverterPath },
    shutdownGraceTime: 100,
  };
  let main = await Worker.create(options);
  const ofStore = await Worker.create({
    connection,
    taskQueue: temporal.queues.store,
    activities: createStoreActivities({ eventStore: store.events, topics: store.agentTopics }),
    shutdownGraceTime: 100,
  });
  let working = main.run();
  const storing = ofStore.run();
  const ports: DeliveryPorts = {
    agents: store.agentTopics,
    subscriptions: store.subscriptions,
    onAppend: (wake) => store.events.onAppend(wake),
    temporal: () => Promise.resolve(temporal),
    log: silent,
    pollMs: POLL_MS,
  };
  return {
    temporal,
    agents: createAgents(temporal, undefined),
    topics: createTopicsClient(space, store.topics, store.subscriptions),
    store,
    deliver: (changed = {}) => startTopicDelivery({ ...ports, ...changed }),
    killWorker: async () => {
      main.shutdown();
      await working;
      return async () => {
        main = await Worker.create(options);
        working = main.run();
      };
    },
    close: async () => {
      if (main.getState() === 'RUNNING') main.shutdown();
      ofStore.shutdown();
      await Promise.allSettled([working, storing]);
      await connection.close();
      await temporal.close();
      await store.close();
    },
  };
}
