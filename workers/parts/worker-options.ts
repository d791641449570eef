import type { WorkerDeploymentOptions, WorkerOptions } from '@temporalio/worker';
import { hostname } from 'node:os';
import { WORKER_IDENTITY } from '../../src/contracts/health';
import type { Config } from '../../src/config';

const WORKFLOW_SLOTS = 100;
const ACTIVITY_SLOTS = 200;
const GRACE_MS = 10_000;
/** Below the 30 s that docker-compose.yml and Kubernetes wait before they kill. */
const FORCE_MS = 25_000;

/**
 * Versioning of workers by the environment: an entity stays on the version that began its run and moves to the current
 * one when it renews itself (`targetWorkerDeploymentVersionChanged`, in the kernel).
 */
export function deploymentOf({ deploymentName, buildId }: Config): WorkerDeploymentOptions | undefined {
  if (deploymentName === undefined || buildId === undefined) return undefined;
  return { useWorkerVersioning: true, version: { deploymentName, buildId }, defaultVersioningBehavior: 'PINNED' };
}

/** Options of every worker: how much at once, how long it may take to end. */
export function workerOptions(config: Config): Partial<WorkerOptions> {
  const workerDeploymentOptions = deploymentOf(config);
  return {
    identity: `${WORKER_IDENTITY}${String(process.pid)}@${hostname()}`,
    maxConcurrentWorkflowTaskExecutions: WORKFLOW_SLOTS,
    maxConcurrentActivityTaskExecutions: config.activitySlots ?? ACTIVITY_SLOTS,
    workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 2, initial: 5, maximum: 50 },
    activityTaskPollerBehavior: { type: 'autoscaling', minimum: 1, initial: 3, maximum: 50 },
    shutdownGraceTime: GRACE_MS,
    shutdownForceTime: FORCE_MS,
    ...(config.cachedWorkflows === undefined ? {} : { maxCachedWorkflows: config.cachedWorkflows }),
    ...(workerDeploymentOptions === undefined ? {} : { workerDeploymentOptions }),
  };
}
