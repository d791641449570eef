import { pause } from '../../src/client/waiting';
import { costOf, historyOf, until } from '../history';
import { counted, type Row } from '../measure';
import { startSetting } from '../setting';

const POLL_MS = 20;
const SWEEP_MS = 100;
const IDLE_MS = 1_500;

/**
 * Events in a supervisor, counted in its history: of a restart, and while nothing happens. The store is away, so that no
 * hand-over falls between what is counted; hence the child is killed, for one that fails waits for the store.
 */
export async function counts(): Promise<readonly Row[]> {
  const setting = await startSetting('bench-supervision-counts', false);
  const { space, temporal } = setting;
  try {
    const child = { id: 'counted', start: { kind: 'agent', type: 'frail' } };
    const flags = { intensity: 10, periodSeconds: 600 };
    const supervisor = await space.supervisors.start('counts', { flags, children: [child] }, { sweepMs: SWEEP_MS });
    const { workflowId } = supervisor;
    // It has told its own owner, who is not there, and begun to hand over: nothing is left to do.
    await until(async () => {
      const lines = await historyOf(temporal, workflowId);
      const told = lines.some(({ kind }) => kind.startsWith('signalExternal') && kind.endsWith('Failed'));
      const handsOver = lines.some(({ name }) => name === 'appendEvents');
      return told && handsOver && lines.at(-1)?.kind === 'workflowTaskCompleted';
    }, POLL_MS);
    const length = async (): Promise<number> => (await historyOf(temporal, workflowId)).length;
    const before = await length();
    await pause(IDLE_MS);
    const idle = (await length()) - before;
    const restart = await costOf(temporal, workflowId, async () => {
      await temporal.client.workflow.getHandle(space.agents.at('counted').workflowId).terminate('killed by the bench');
      await until(async () => (await supervisor.view()).children[0]?.generation === 2, POLL_MS);
    });
    return [
      counted({
        id: 'restart-events',
        what: 'restart of a child, in the supervisor',
        unit: 'events',
        ours: restart.length,
        bar: 12,
      }),
      counted({
        id: 'idle-events',
        what: `${String(Math.floor(IDLE_MS / SWEEP_MS))} sweeps in which nothing happens, in the supervisor`,
        unit: 'events',
        ours: idle,
        bar: 0,
      }),
    ];
  } finally {
    await setting.close();
  }
}
