import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { createAgentActivities } from '../../activities/agents';
import { createFanOutActivities } from '../../activities/fan-out';
import { createSessionActivities } from '../../activities/session';
import { createOptimiserActivities } from '../../activities/study-team';
import { createRegretActivities } from '../../activities/study-regret';
import { createSuggestActivities } from '../../activities/study-suggestions';
import { createSupervisionActivities } from '../../activities/supervise';
import { queueOf, taskQueues } from '../../src/contracts/task-queues';
import { activityIds } from '../../src/observability/activity-ids';
import { agentPort } from './agent-port';
import { bundleDefinitions, payloadConverterPath } from './bundle';
import { loadDefinitions, type Definitions } from './definitions';
import { heldTokens } from './held-tokens';
import { polling } from './polling';
import { supervisionPort } from './supervision-port';
import type { Part, Role } from './role';
import type { TemporalConnection } from './temporal';
import { workerOptions } from './worker-options';

/** The platform's own activities on the main queue; users cannot take their names. */
const PLATFORM_ACTIVITIES = new Set([
  'proposeOn',
  'subscribeTo',
  'startAgent',
  'startStudy',
  'acquireForAgent',
  'releaseForAgent',
  'askVoters',
  'announce',
  'startChild',
  'stopChild',
  'sweepChildren',
  'suggestTrials',
  'askOptimisers',
  'boundRegret',
  'holdLease',
]);

/** The definitions of a process's configuration. @throws PlatformError `invalid-definition` */
export function definitionsOf({ config, parent }: Pick<Role, 'config' | 'parent'>): Definitions {
  const definitions = loadDefinitions(config.definitions, config.activities, PLATFORM_ACTIVITIES);
  const { agents, sets, supervisors, evaluators } = definitions;
  parent?.tell({
    definitions: {
      agents: namesOf(agents),
      sets: namesOf(sets),
      supervisors: namesOf(supervisors),
      evaluators: namesOf(evaluators),
    },
  });
  return definitions;
}

function namesOf(list: readonly { readonly name: string }[]): readonly string[] {
  return list.map(({ name }) => name);
}

/** Bundles the definitions; begin it early: it takes a second or two and needs no server. */
export function bundleOf(definitions: Definitions): Promise<WorkflowBundleWithSourceMap> {
  const bundle = bundleDefinitions(definitions);
  bundle.catch(() => undefined); // whoever waits for it gets the error
  return bundle;
}

/**
 * Starts the worker that runs workflows, the short activities of the platform, and the users' activities: of the queue of
 * all, or of those that are placed on the queue that the configuration names.
 */
export async function startWorkflowWorker(
  { config, log }: Role,
  { connection, client, namespace }: TemporalConnection,
  definitions: Definitions,
  bundle: Promise<WorkflowBundleWithSourceMap>,
): Promise<Part> {
  const stopping = new AbortController();
  const worker = await Worker.create({
    ...workerOptions(config),
    connection,
    namespace,
    taskQueue: queueOf({ ...config, queues: taskQueues(config.queuePrefix) }),
    workflowBundle: await bundle,
    dataConverter: { payloadConverterPath },
    interceptors: { activity: [activityIds, heldTokens] },
    activities: {
      ...definitions.activities,
      ...createAgentActivities(agentPort(client, config.queuePrefix)),
      ...createFanOutActivities(),
      ...createSuggestActivities(),
      ...createOptimiserActivities(),
      ...createRegretActivities(),
      ...createSessionActivities(),
      ...createSupervisionActivities(supervisionPort(client, config.queuePrefix), stopping.signal),
    },
  });
  const what = {
    agents: namesOf(definitions.agents),
    sets: namesOf(definitions.sets),
    supervisors: namesOf(definitions.supervisors),
    activities: Object.keys(definitions.activities),
  };
  return polling(worker, log, what, stopping);
}
