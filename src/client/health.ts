import type { Client } from '@temporalio/client';
import {
  ASKED_CHILDREN,
  type DeploymentHealth,
  type Finding,
  type SpaceHealth,
  type TakenOut,
} from '../contracts/health';
import type { ReadModels } from '../contracts/read-models';
import { judgeSpace } from '../domain/health/space';
import { deploymentHealth } from './deployment';
import { toPlatformError } from './failures';
import { placedQueues } from './placed-queues';
import { readerOf } from './reader';
import { seenBelowRoot } from './space-seen';
import type { Temporal } from './temporal';

/** Each thing that is asked of a server has this long to answer. */
const CHECK_MS = 3_000;

/** Looks, and says what was found; a failure is a finding, too. */
export async function found(look: () => Promise<string>): Promise<Finding> {
  try {
    return { ok: true, detail: await look() };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Which version answers. @throws when none does in time */
export async function serverText(client: Client): Promise<string> {
  const deadline = Date.now() + CHECK_MS;
  const { serverVersion } = await client.withDeadline(deadline, () => client.workflowService.getSystemInfo({}));
  return `server ${serverVersion}`;
}

/** What the read models rest on. @throws when they do not answer */
export async function storeText(reads: ReadModels): Promise<string> {
  const { source, events } = await reads.state();
  return `${source}, ${String(events)} events`;
}

/** How closely a space is looked at. */
export interface HealthOptions {
  /** Running children, at most, that are asked how long their messages wait; default ASKED_CHILDREN. */
  readonly asked?: number;
  /** Whom running studies wait for. */
  waited(): Promise<Waited>;
}

/** Whom running studies wait for. */
export interface Waited {
  /** Names of evaluators. */
  readonly evaluators: readonly string[];
  readonly takenOut: readonly TakenOut[];
}

/** Names of the queues of agents on which nobody takes tasks. */
const unservedIn = ({ queues }: DeploymentHealth): readonly string[] =>
  queues.flatMap(({ placed, workers }) => (placed !== undefined && workers === 0 ? [placed.name] : []));

/** True when nobody takes tasks of workflows: no query would be answered. */
const isUnserved = ({ queues: [main] }: DeploymentHealth): boolean => main === undefined || main.workers === 0;

/**
 * How a space is: server, store, queues and their workers, supervisors and their children, the oldest message that waits,
 * each with what is wrong with it. First who serves it: without a worker nothing else would answer.
 */
export async function spaceHealth(
  temporal: Temporal,
  reads: ReadModels | undefined,
  { asked = ASKED_CHILDREN, waited }: HealthOptions,
): Promise<SpaceHealth> {
  const { client, queues } = temporal;
  const [server, store] = await Promise.all([
    found(() => serverText(client)),
    found(async () => storeText(readerOf(reads))),
  ]);
  const parts = { temporal: server, store };
  const nothing = { ok: false, queues: [], workers: [] };
  const unserved = { unknown: `nobody works on ${queues.main}` };
  if (!server.ok) return judgeSpace({ ...parts, deployment: nothing }, { unknown: 'Temporal does not answer' });
  try {
    const placed = await placedQueues(client, queues, temporal.space);
    const first = await deploymentHealth(client, queues, { placed });
    if (isUnserved(first)) return judgeSpace({ ...parts, deployment: first }, unserved);
    const [seen, { evaluators, takenOut }] = await Promise.all([
      seenBelowRoot(temporal, asked, unservedIn(first)),
      waited(),
    ]);
    // Who does not answer may have nobody to answer for him any more: that is seen by now.
    const isSilent = seen.supervisors.some(({ state }) => state === 'unknown');
    const isAsked = isSilent || evaluators.length > 0;
    const deployment = isAsked ? await deploymentHealth(client, queues, { placed, evaluators }) : first;
    return judgeSpace({ ...parts, deployment, takenOut }, isUnserved(deployment) ? unserved : seen);
  } catch (error) {
    const { message } = toPlatformError(error, `the space ${temporal.space}`);
    return judgeSpace({ ...parts, deployment: nothing }, { unknown: message });
  }
}
