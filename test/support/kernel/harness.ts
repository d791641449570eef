import { resolve } from 'node:path';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { createAgentActivities } from '../../../activities/agents';
import { createServiceActivities } from '../../../activities/serve';
import { createSupervisionActivities } from '../../../activities/supervise';
import { supervisionPort } from '../../../workers/parts/supervision-port';
import { createAgents, type Agents } from '../../../src/client/agents';
import { locksForAgents } from '../../../src/client/locks';
import { createStudies } from '../../../src/client/optimisation';
import { createSupervisors, type Supervisors } from '../../../src/client/supervisors';
import { openTemporal, type Temporal } from '../../../src/client/temporal';
import type { OutboxBatch, OutboxEvent, StoreActivities } from '../../../src/contracts/envelope';
import type { Finding } from '../../../src/contracts/health';
import { parseSpace } from '../../../src/contracts/ids';
import { heldTokens } from '../../../workers/parts/held-tokens';
import { bundleOf, payloadConverterPath } from './bundle';
import { silence } from './silence';

/** One space with workers of its own: workflows from a file, a store that keeps what it is given in memory. */
export interface Harness {
  readonly temporal: Temporal;
  readonly agents: Agents;
  readonly supervisors: Supervisors;
  /** What the store holds of an entity, in order. */
  events(workflowId: string): readonly OutboxEvent[];
  /** While true the store refuses what it is given. */
  setStoreDown(isDown: boolean): void;
  /** Stops the workflow worker, so that what comes waits. @returns what starts another, on other workflows if they are named */
  holdWorkflows(): Promise<(workflows?: string) => Promise<void>>;
  /** The spaces that the registry sweep has looked at, one for each time. */
  swept(): readonly string[];
  /** What the monitor of every space finds from now on. */
  finds(finding: Finding): void;
  /** How often a sequence came again. */
  repeatedEvents(): number;
  close(): Promise<void>;
}

type Activities = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

/** Starts the workers. `name` makes space and queues this test's own; `append` is a store in the place of memory. */
export async function startHarness(
  name: string,
  workflows: string,
  activities: Activities = {},
  append?: StoreActivities['appendEvents'],
): Promise<Harness> {
  silence();
  const space = parseSpace(`${name}-${String(Date.now())}`);
  if (typeof space !== 'string') throw new Error(space.message);
  const queuePrefix = `${space}-`;
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const temporal = await openTemporal(space, { address, queuePrefix });
  const agents = createAgents(temporal, undefined);
  const locks = locksForAgents(temporal);
  const connection = await NativeConnection.connect({ address });
  const stored = new Map<string, OutboxEvent[]>();
  const known = new Set<string>();
  let isDown = false;
  let repeated = 0;
  const swept: string[] = [];
  let monitored: Finding = { ok: true, detail: 'all is well' };
  const stopping = new AbortController();
  const appendEvents = (batch: OutboxBatch): Promise<{ storedThrough: number }> => {
    if (isDown) return Promise.reject(new Error('the store is down'));
    if (append !== undefined) return append(batch);
    const stream = `${batch.space}:${batch.kind}:${batch.name}`;
    const events = stored.get(stream) ?? [];
    stored.set(stream, events);
    for (const event of batch.events) {
      const id = `${stream}~${batch.generation}/${String(event.sequence)}`;
      if (known.has(id)) repeated += 1;
      else events.push(event);
      known.add(id);
    }
    return Promise.resolve({ storedThrough: batch.events.at(-1)?.sequence ?? 0 });
  };
  const ofAgents = createAgentActivities(() =>
    Promise.resolve({
      propose: () => Promise.reject(new Error('no sets here')),
      subscribe: () => Promise.resolve({ version: 3, values: { threshold: 0.9 } }),
      acquire: (lock, args) => locks(lock).request(args),
      release: (lock, args, requestId) => locks(lock).release(args, { requestId }),
      startAgent: async ({ type, name: agent, owner, args }) => {
        const handle = await agents.get(type, agent, { owner, args });
        return { workflowId: handle.workflowId };
      },
      startStudy: async ({ name: study, request, notify }) => {
        const handle = await createStudies(temporal, undefined).start(study, request, { notify });
        return { workflowId: handle.workflowId };
      },
    }),
  );
  const ofSupervisors = createSupervisionActivities(supervisionPort(temporal.client, queuePrefix), stopping.signal);
  const codePath = await bundleOf(resolve(__dirname, workflows));
  const mainOptions: WorkerOptions = {
    connection,
    taskQueue: temporal.queues.main,
    workflowBundle: { codePath },
    dataConverter: { payloadConverterPath },
    activities: { ...ofAgents, ...ofSupervisors, ...activities },
    interceptors: { activity: [heldTokens] },
    shutdownGraceTime: 100,
    // a test that failed may have left an activity that nobody lets go
    shutdownForceTime: 3_000,
  };
  const chores = {
    'registry-sweep': {
      everyMs: 50,
      act: (of: string) => {
        swept.push(of);
        return Promise.resolve({ ok: true, detail: 'every owner runs' });
      },
    },
    'handover-check': { everyMs: 60_000, act: () => Promise.resolve({ ok: true, detail: 'all is stored' }) },
    monitor: { everyMs: 50, act: () => Promise.resolve(monitored) },
  };
  let main = await Worker.create(mainOptions);
  const store = await Worker.create({
    connection,
    taskQueue: temporal.queues.store,
    activities: { appendEvents, ...createServiceActivities(chores, stopping.signal) },
    shutdownGraceTime: 100,
  });
  let working = main.run();
  const storing = store.run();
  return {
    temporal,
    agents,
    supervisors: createSupervisors(temporal, undefined),
    events: (workflowId) => stored.get(workflowId) ?? [],
    setStoreDown: (down) => {
      isDown = down;
    },
    swept: () => swept,
    finds: (finding) => {
      monitored = finding;
    },
    repeatedEvents: () => repeated,
    holdWorkflows: async () => {
      main.shutdown();
      await working;
      return async (others) => {
        const codePath = others === undefined ? undefined : await bundleOf(resolve(__dirname, others));
        main = await Worker.create({
          ...mainOptions,
          ...(codePath === undefined ? {} : { workflowBundle: { codePath } }),
        });
        working = main.run();
      };
    },
    close: async () => {
      stopping.abort();
      if (main.getState() === 'RUNNING') main.shutdown();
      store.shutdown();
      await Promise.allSettled([working, storing]);
      await connection.close();
      await temporal.close();
    },
  };
}

const SOON_MS = 20;
const SELDOM_MS = 200;
/** Of the time that has passed so far. */
const PAUSE_PART = 0.1;

/**
 * Asks again and again until the answer is there; the longer it takes the less often, for a look takes the processor from what
 * it waits for. @throws when it is not within the deadline
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  ms = 20_000,
): Promise<T> {
  const began = Date.now();
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    const waited = Date.now() - began;
    if (waited > ms) throw new Error(`${what} did not happen within ${String(ms)} ms`);
    await new Promise((wake) => setTimeout(wake, Math.min(SELDOM_MS, Math.max(SOON_MS, waited * PAUSE_PART))));
  }
}
