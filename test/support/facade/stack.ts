import { resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createAgentActivities } from '../../../activities/agents';
import { createFanOutActivities } from '../../../activities/fan-out';
import { createSessionActivities } from '../../../activities/session';
import { createStoreActivities } from '../../../activities/store';
import { createSupervisionActivities } from '../../../activities/supervise';
import { run } from '../../../src/cli/main';
import { openServer } from '../../../src/client/server';
import { connect, type Space } from '../../../src/client/index';
import { createHttpReads } from '../../../src/client/http-reads';
import { createHttpSubscriptions } from '../../../src/client/http-subscriptions';
import { connectTemporal } from '../../../src/client/temporal';
import { taskQueues } from '../../../src/contracts/task-queues';
import { startFacade, type Facade } from '../../../src/rest/facade';
import { openStore } from '../../../src/store/open';
import { readOptunaSqlite } from '../../../src/store/optuna-sqlite';
import { agentPort } from '../../../workers/parts/agent-port';
import { supervisionPort } from '../../../workers/parts/supervision-port';
import { bundleOf, payloadConverterPath } from '../kernel/bundle';
import { silent } from '../kernel/silence';
import { emptyDatabase } from '../store/template';
import { httpTo, type Http } from '../rest/http';

/** What a command line printed and how it ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One space with everything real: workers, a store on PGlite, a facade; and its three doors. */
export interface Stack {
  readonly space: Space;
  /** The bare Temporal client, for histories and memos. */
  readonly client: Client;
  /** Requests below the path of the space. */
  readonly rest: Http;
  /** Runs a command line in the space, as in a pipe unless it is to be a terminal; with `connects` over a connection of its own. */
  cli(
    line: string | readonly string[],
    more?: { readonly isTty?: boolean; readonly connects?: boolean },
  ): Promise<Ended>;
  /** Lets go what the activity `hold` holds, and holds nothing of that name any more. */
  letGo(name: string): void;
  /** Ends the facade and starts another one: what it knew by itself is gone. */
  restartFacade(): Promise<void>;
  close(): Promise<void>;
}

const quiet = (): void => undefined;

/** Activities that wait until they are let go, by name. */
function gates(): { hold(name: string): Promise<void>; letGo(name: string): void; end(): void } {
  const known = new Map<string, { readonly gone: Promise<void>; readonly open: () => void }>();
  const gate = (name: string): { readonly gone: Promise<void>; readonly open: () => void } => {
    const before = known.get(name);
    if (before !== undefined) return before;
    let open: () => void = quiet;
    const gone = new Promise<void>((settle) => {
      open = settle;
    });
    const made = { gone, open: () => open() };
    known.set(name, made);
    return made;
  };
  let isOver = false;
  return {
    hold: (name) => (isOver ? Promise.resolve() : gate(name).gone),
    letGo: (name) => gate(name).open(),
    end: () => {
      isOver = true;
      for (const each of known.values()) each.open();
    },
  };
}

/** @param address of a server; default that of the run */
export async function startStack(
  name: string,
  address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233',
): Promise<Stack> {
  Runtime.install({
    logger: silent,
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
  });
  const text = `${name}-${String(Date.now())}`;
  const queuePrefix = `${text}-`;
  const queues = taskQueues(queuePrefix);
  // One after the other: the bundler keeps the process too busy to connect beside it.
  const [client, connection] = await Promise.all([connectTemporal({ address }), NativeConnection.connect({ address })]);
  const codePath = await bundleOf(resolve(__dirname, './workflows.ts'));
  const store = openStore({ template: await emptyDatabase(), log: silent });
  await store.migrate();
  store.project();
  const { hold, letGo, end } = gates();
  const stopping = new AbortController();
  const ofAgents = createAgentActivities(agentPort(client, queuePrefix));
  const ofSupervisors = createSupervisionActivities(supervisionPort(client, queuePrefix), stopping.signal);
  const main = await Worker.create({
    connection,
    taskQueue: queues.main,
    workflowBundle: { codePath },
    dataConverter: { payloadConverterPath },
    activities: { ...ofAgents, ...ofSupervisors, ...createFanOutActivities(), ...createSessionActivities(), hold },
    shutdownGraceTime: 100,
  });
  const ofStore = await Worker.create({
    connection,
    taskQueue: queues.store,
    activities: createStoreActivities({ eventStore: store.events, log: silent }),
    shutdownGraceTime: 100,
  });
  const running = [main.run(), ofStore.run()];
  const open = (): Promise<Facade> =>
    startFacade({ port: 0, address, queuePrefix, reads: store.reads, subscriptions: store.subscriptions });
  let facade = await open();
  const doorTo = (): Promise<Space> =>
    connect({
      space: text,
      client,
      queuePrefix,
      reads: createHttpReads(facade.url),
      subscriptions: createHttpSubscriptions(facade.url),
    });
  const space = await doorTo();
  const at = (path: string): string =>
    path.startsWith('/v1') || path.startsWith('/livez') ? path : `/v1/spaces/${text}${path}`;
  const cli: Stack['cli'] = async (line, { isTty = false, connects = false } = {}) => {
    let out = '';
    let err = '';
    const code = await run(['--space', text, ...(typeof line === 'string' ? line.split(' ') : line)], {
      connect: connects
        ? () => connect({ space: text, address, queuePrefix, reads: createHttpReads(facade.url) })
        : doorTo,
      readOptunaSqlite,
      server: () => openServer({ client, queuePrefix, reads: store.reads }),
      dataDir: () => '.mabeam',
      now: () => Date.now(),
      out: (piece) => void (out += piece),
      err: (piece) => void (err += piece),
      isTty,
    });
    return { code, out, err };
  };
  return {
    space,
    client,
    rest: {
      get base() {
        return facade.url;
      },
      get: (path, headers) => httpTo(facade.url).get(at(path), headers),
      post: (path, body, headers) => httpTo(facade.url).post(at(path), body, headers),
      remove: (path, headers) => httpTo(facade.url).remove(at(path), headers),
    },
    cli,
    letGo,
    restartFacade: async () => {
      await facade.close();
      facade = await open();
    },
    close: async () => {
      end();
      await facade.close();
      stopping.abort();
      main.shutdown();
      ofStore.shutdown();
      await Promise.all(running);
      await space.close();
      await store.close();
      await connection.close();
      await client.connection.close();
    },
  };
}
