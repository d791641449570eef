import { exitSignal } from '../../src/contracts/entity';
import { SWEEP_MS } from '../../src/contracts/supervision';
import type { frail } from '../definitions';
import { pause } from '../../src/client/waiting';
import { historyOf, type Line } from '../history';
import { counted, median, type Row } from '../measure';
import type { Setting } from '../setting';

const POLL_MS = 40;
/** What a sweep may take beyond its interval: a look at the child, a signal, a workflow task. */
const ALLOWANCE_MS = 500;
/** Deaths come at other points of the interval: the golden ratio spreads them evenly. */
const PHASE = 0.618_034;

/** The child `name` of `above` dies; waits until it runs again. @returns the run that died, and the supervisor's events since */
async function death(
  setting: Setting,
  above: string,
  name: string,
  die: () => Promise<unknown>,
): Promise<{ readonly died: readonly Line[]; readonly seen: readonly Line[] }> {
  const { space, temporal } = setting;
  const supervisor = space.supervisors.at(above);
  const { workflowId } = space.agents.at(name);
  const { runId } = await temporal.client.workflow.getHandle(workflowId).describe();
  const before = (await historyOf(temporal, supervisor.workflowId)).at(-1)?.id ?? 0;
  const { children } = await supervisor.view();
  const generation = children.find(({ id }) => id === name)?.generation;
  await die();
  for (;;) {
    const now = (await supervisor.view()).children.find(({ id }) => id === name);
    if (now?.status === 'running' && now.generation !== generation) break;
    await pause(POLL_MS);
  }
  const seen = await historyOf(temporal, supervisor.workflowId);
  return { died: await historyOf(temporal, workflowId, runId), seen: seen.filter(({ id }) => id > before) };
}

function atOf(lines: readonly Line[], isIt: (line: Line) => boolean): number {
  const line = lines.find(isIt);
  if (line === undefined) throw new Error('an event that must be there is not');
  return line.at;
}
const isRestart = ({ kind, name }: Line): boolean => kind === 'activityTaskScheduled' && name === 'startChild';

/** How long until the supervisor has decided on a restart: after a child's last act, and after a death that ran no code. */
export async function detection(setting: Setting, isShort: boolean): Promise<readonly Row[]> {
  const { space, temporal } = setting;
  const rounds = isShort ? 5 : 60;
  const silent = isShort ? 2 : 12;
  const sweepMs = isShort ? 500 : SWEEP_MS;
  const flags = { intensity: 1_000, periodSeconds: 3_600 };
  const children = ['reports', 'vanishes'].map((id) => ({ id, start: { kind: 'agent', type: 'frail' } }));
  const supervisor = await space.supervisors.start('detects', { flags, children }, { sweepMs });
  const reported: number[] = [];
  const again: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const agent = space.agents.at<typeof frail>('reports');
    const from = performance.now();
    const { died, seen } = await death(setting, 'detects', 'reports', () => agent.tell('fail', 'on purpose'));
    again.push(performance.now() - from);
    const lastAct = atOf(
      died,
      ({ kind, name }) => kind === 'signalExternalWorkflowExecutionInitiated' && name === exitSignal.name,
    );
    reported.push(atOf(seen, isRestart) - lastAct);
  }
  const found: number[] = [];
  for (let round = 0; round < silent; round += 1) {
    await pause(((round * PHASE) % 1) * sweepMs);
    const { workflowId } = space.agents.at('vanishes');
    const { died, seen } = await death(setting, 'detects', 'vanishes', () =>
      temporal.client.workflow.getHandle(workflowId).terminate('killed by the bench'),
    );
    found.push(atOf(seen, isRestart) - atOf(died, ({ kind }) => kind === 'workflowExecutionTerminated'));
  }
  const { restarts } = await supervisor.view();
  await supervisor.stop();
  const interval = `a sweep every ${String(sweepMs)} ms`;
  return [
    counted({
      id: 'detected-report',
      what: 'from the last act of a child that fails to the decision on its restart',
      unit: 'ms',
      ours: median(reported),
      bar: 100,
    }),
    counted({
      id: 'detected-report-most',
      what: `the longest of ${String(rounds)} such`,
      unit: 'ms',
      ours: Math.max(...reported),
    }),
    counted({
      id: 'recovered',
      what: 'from the message that a child fails of until it runs again',
      unit: 'ms',
      ours: median(again),
    }),
    counted({
      id: 'detected-silence-most',
      what: `from a death that ran no code to the decision, the longest of ${String(silent)}, with ${interval} (+ ${String(ALLOWANCE_MS)} ms)`,
      unit: 'ms',
      ours: Math.max(...found),
      bar: sweepMs + ALLOWANCE_MS,
    }),
    counted({
      id: 'detected-silence',
      what: 'the same, in the middle',
      unit: 'ms',
      ours: median(found),
    }),
    counted({
      id: 'detected-once',
      what: `exits of ${String(rounds + silent)} that were not counted once`,
      unit: 'exits',
      ours: Math.abs(rounds + silent - restarts),
      bar: 0,
    }),
  ];
}
