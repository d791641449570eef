import { tsToMs } from '@temporalio/common/lib/time';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Space } from '../../src/client';
import type { SupervisorHandle } from '../../src/client/supervisors';
import type { Temporal } from '../../src/client/temporal';
import type { SupervisorSpec } from '../../src/contracts/supervisor';
import { fewAtOnce } from '../../src/domain/few-at-once';

const AT_ONCE = 10;
const MANY = { intensity: 1_000, periodSeconds: 3_600 };

/** A supervisor above teams, each a supervisor of as many agents. */
export interface Shape {
  readonly teams: number;
  readonly each: number;
  readonly sweepMs: number;
}

/** A tree of supervisors and agents that is to be looked at from outside. */
export interface Tree {
  readonly top: SupervisorHandle;
  readonly teams: readonly SupervisorHandle[];
  /** Names of the agents, in the order of their start. */
  readonly agents: readonly string[];
}

const numbered = (name: string, most: number): readonly string[] =>
  Array.from({ length: most }, (_each, at) => `${name}-${String(at)}`);

/** Starts the tree, in order, as OTP does: one child after the other. Resolves when all have started. */
export async function startTree(space: Space, { teams, each, sweepMs }: Shape): Promise<Tree> {
  const names = numbered('team', teams);
  const specOf = (team: string): SupervisorSpec => ({
    flags: MANY,
    children: numbered(team, each).map((id) => ({ id, start: { kind: 'agent', type: 'frail' } })),
  });
  const children = names.map((id) => ({
    id,
    type: 'supervisor' as const,
    start: { kind: 'supervisor', type: id, options: { spec: specOf(id), sweepMs } },
  }));
  const top = await space.supervisors.start('top', { flags: MANY, children }, { sweepMs });
  return {
    top,
    teams: names.map((name) => space.supervisors.at(name)),
    agents: names.flatMap((team) => numbered(team, each)),
  };
}

/** What a supervisor knows of its children and has counted: a mere loss of workers must not change a letter of it. */
export async function toldBy(supervisor: SupervisorHandle): Promise<string> {
  const { children, restarts, decisions } = await supervisor.view();
  return JSON.stringify({
    children: children.map(({ id, status, generation }) => [id, status, generation]),
    restarts,
    decisions,
  });
}

/** When each workflow closed, in ms by the server's clock; 0 for one that runs. */
export async function closedAt(temporal: Temporal, ids: readonly string[]): Promise<readonly number[]> {
  const times = new Map<string, number>();
  await fewAtOnce(ids, AT_ONCE, async (id) => {
    const { raw } = await temporal.client.workflow.getHandle(id).describe();
    const closed = raw.workflowExecutionInfo?.closeTime;
    times.set(id, closed === undefined || closed === null ? 0 : tsToMs(closed));
  });
  return ids.map((id) => times.get(id) ?? 0);
}

/** Attempts of the sweep of a supervisor: the first one after a loss of all workers is the second. */
export async function sweepAttempt(temporal: Temporal, supervisor: SupervisorHandle): Promise<number> {
  const { raw } = await temporal.client.workflow.getHandle(supervisor.workflowId).describe();
  const sweep = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'sweepChildren');
  return sweep?.lastStartedTime === undefined ? 0 : (sweep.attempt ?? 0);
}

/** Worker processes of a space. */
export interface Workers {
  /** Kills all of them at once, as a crash does. */
  kill(): Promise<void>;
}

/** Starts processes that do all that a space needs; resolves when they poll. */
export async function startWorkers(number: number, queuePrefix: string, codePath: string): Promise<Workers> {
  const program = resolve(__dirname, '../whole-worker.ts');
  const execArgv = ['--import', 'tsx'];
  const all: readonly ChildProcess[] = Array.from({ length: number }, () =>
    fork(program, [queuePrefix, codePath], { execArgv }),
  );
  await Promise.all(all.map((each) => once(each, 'message')));
  return {
    kill: async () => {
      const ended = all.map((each) => once(each, 'exit'));
      for (const each of all) each.kill('SIGKILL');
      await Promise.all(ended);
    },
  };
}
