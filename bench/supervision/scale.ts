import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Space } from '../../src/client';
import { openTemporal, type Temporal } from '../../src/client/temporal';
import { pause } from '../../src/client/waiting';
import { fewAtOnce } from '../../src/domain/few-at-once';
import type { frail } from '../definitions';
import { until } from '../history';
import { counted, timed, type Row } from '../measure';
import { bundle, type Setting } from '../setting';
import { closedAt, startTree, startWorkers, sweepAttempt, toldBy, type Shape, type Tree } from './tree';

const AT_ONCE = 10;
const POLL_MS = 50;
const STOP_MS = 600_000;

interface Scene {
  readonly space: Space;
  readonly temporal: Temporal;
  readonly tree: Tree;
  readonly shape: Shape;
}

const all = (list: readonly boolean[]): boolean => list.every(Boolean);

/** Makes so many agents of each team fail, all at once, and waits until all run again. @returns exits not counted once */
async function failing({ space, tree, shape }: Scene, perTeam: number): Promise<number> {
  const { teams, agents } = tree;
  const before = await Promise.all(teams.map(async (team) => (await team.view()).restarts));
  const chosen = teams.flatMap((_team, at) => agents.slice(at * shape.each, at * shape.each + perTeam));
  await Promise.all(chosen.map((name) => space.agents.at<typeof frail>(name).tell('fail', 'on purpose')));
  const off = async (): Promise<readonly number[]> =>
    Promise.all(
      teams.map(async (team, at) => {
        const { restarts, children } = await team.view();
        const isBack = all(children.map(({ status }) => status === 'running'));
        const missing = (before[at] ?? 0) + perTeam - restarts;
        return isBack || missing < 0 ? missing : Math.max(1, missing);
      }),
    );
  await until(async () => all((await off()).map((missing) => missing <= 0)), POLL_MS);
  return (await off()).reduce((sum, missing) => sum + Math.abs(missing), 0);
}

/** Every worker is killed at once; others come. What the supervisors say must be what they said before. */
async function survives(scene: Scene, kill: () => Promise<void>): Promise<readonly Row[]> {
  const { space, temporal, tree, shape } = scene;
  const supervisors = [tree.top, ...tree.teams];
  const before = await Promise.all(supervisors.map(toldBy));
  let silent = 0;
  const ms = await timed(async () => {
    await kill();
    await fewAtOnce(tree.agents, AT_ONCE, async (name) => {
      const asked = space.agents.at<typeof frail>(name).with({ requestId: `asked-${name}`, timeoutMs: STOP_MS });
      await asked.ask('again').catch(() => (silent += 1));
    });
  });
  // Sweeps of the killed workers are missed after their heartbeat timeout; then each looks at its children.
  for (const each of supervisors) await until(async () => (await sweepAttempt(temporal, each)) > 1, POLL_MS);
  await pause(1.5 * shape.sweepMs);
  const after = await Promise.all(supervisors.map(toldBy));
  const changed = after.filter((told, at) => told !== before[at]).length;
  const row = (id: string, what: string, unit: string, ours: number, bar?: number): Row =>
    counted({ id, what, unit, ours, ...(bar === undefined ? {} : { bar }) });
  const those = 'after the kill of every worker at once';
  return [
    row('scale-silent', `agents that did not answer ${those}`, 'agents', silent, 0),
    row('scale-changed', `supervisors whose tree, budget or decisions changed ${those}`, 'supervisors', changed, 0),
    row('scale-recovered', 'from that kill until each agent has answered', 'ms', ms),
  ];
}

async function lengths({ temporal, tree }: Scene): Promise<number> {
  const all = await Promise.all(
    tree.teams.map(({ workflowId }) => temporal.client.workflow.getHandle(workflowId).describe()),
  );
  return all.reduce((sum, { historyLength }) => sum + historyLength, 0);
}

async function restarted(scene: Scene, perTeam: number): Promise<readonly Row[]> {
  const number = perTeam * scene.shape.teams;
  const before = await lengths(scene);
  let off = 0;
  const ms = await timed(async () => (off = await failing(scene, perTeam)));
  const events = (await lengths(scene)) - before;
  const what = `restart of ${String(number)} agents that fail at once`;
  return [
    counted({ id: 'scale-restart', what: `${what}, per agent`, unit: 'ms', ours: ms / number }),
    counted({
      id: 'scale-restart-events',
      what: `${what}, in their supervisors, hand-overs included, per agent`,
      unit: 'events',
      ours: events / number,
    }),
    counted({
      id: 'scale-restart-off',
      what: `exits that were not counted once in it`,
      unit: 'exits',
      ours: off,
      bar: 0,
    }),
  ];
}

async function stopped({ temporal, tree, space }: Scene): Promise<readonly Row[]> {
  const ids = tree.agents.map((name) => space.agents.at(name).workflowId);
  const ms = await timed(async () => {
    await tree.top.stop(undefined, { timeoutMs: STOP_MS });
    await until(async () => all((await closedAt(temporal, [tree.top.workflowId])).map((at) => at > 0)), POLL_MS);
  });
  const closed = await closedAt(temporal, ids);
  const left = closed.filter((at) => at === 0).length;
  const unordered = closed.filter((at, index) => index > 0 && at > (closed[index - 1] ?? 0)).length;
  const number = tree.agents.length;
  return [
    counted({ id: 'scale-stop', what: 'stop in reverse order, per agent', unit: 'ms', ours: ms / number }),
    counted({
      id: 'scale-stop-unordered',
      what: 'agents that ended before one that was started after them',
      unit: 'agents',
      ours: unordered,
      bar: 0,
    }),
    counted({ id: 'scale-left', what: 'agents left running', unit: 'agents', ours: left, bar: 0 }),
  ];
}

/** A large tree: starts, loses every worker at once, restarts many, stops. Workers are processes of their own. */
export async function scale(setting: Setting, isShort: boolean): Promise<readonly Row[]> {
  const shape: Shape = isShort ? { teams: 3, each: 8, sweepMs: 1_000 } : { teams: 20, each: 50, sweepMs: 5_000 };
  const perTeam = isShort ? 2 : 5;
  const { client } = setting.temporal;
  const queuePrefix = `${setting.queue}-scale-`;
  const space = await connect({ space: `${setting.space.name}-scale`, queuePrefix, client });
  const temporal = await openTemporal(space.name, { client, queuePrefix });
  const folder = await mkdtemp(join(tmpdir(), 'mabeam-bench-'));
  const codePath = join(folder, 'bundle.js');
  await writeFile(codePath, (await bundle()).code);
  const processes = isShort ? 1 : 2;
  let workers = await startWorkers(processes, queuePrefix, codePath);
  try {
    let tree: Tree | undefined;
    const ms = await timed(async () => (tree = await startTree(space, shape)));
    if (tree === undefined) throw new Error('no tree');
    const number = tree.agents.length;
    const scene: Scene = { space, temporal, tree, shape };
    const what = `start of ${String(number)} agents under ${String(shape.teams)} supervisors under one, per agent`;
    await failing(scene, 1); // so that there is a budget to be kept
    return [
      counted({ id: 'scale-start', what, unit: 'ms', ours: ms / number }),
      ...(await survives(scene, async () => {
        await workers.kill();
        workers = await startWorkers(processes, queuePrefix, codePath);
      })),
      ...(await restarted(scene, perTeam)),
      ...(await stopped(scene)),
    ];
  } finally {
    await workers.kill();
    await rm(folder, { recursive: true });
  }
}
