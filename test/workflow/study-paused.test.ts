import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { evaluatorQueue, prefixOf } from '../../src/contracts/task-queues';
import { until } from '../support/kernel/harness';
import { startProxy } from '../support/proxy';
import { gate } from '../support/studies/gates';
import { startStudies, type StudiesHarness } from '../support/studies/harness';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('paused');
}, 60_000);
afterAll(async () => {
  await harness.close();
});

const ADDRESS = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';

/** A process that evaluates, each trial for so many milliseconds, so many at once, and what it has said. */
function evaluating(evaluator: string, ms: number, slots = 1, address = ADDRESS) {
  const queue = evaluatorQueue(evaluator, prefixOf(harness.temporal.queues));
  const script = resolve(__dirname, '../support/studies/evaluator-process.ts');
  const paused = spawn(process.execPath, ['--import', 'tsx', script, queue, String(ms), String(slots)], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, TEMPORAL_ADDRESS: address },
  });
  let heard = '';
  paused.stdout.on('data', (data: Buffer) => (heard += data.toString()));
  return { queue, paused, gone: once(paused, 'exit'), said: () => heard };
}

test('STU-2 a worker that was paused for longer than its heartbeat neither crashes nor counts twice when it comes back', async () => {
  // given a worker process in the middle of trial 1
  const { paused, gone, said } = evaluating('slow', 700);
  try {
    const study = await harness.studies.start('paused', {
      space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
      evaluator: 'slow',
      minimise: 'loss',
      budget: { trials: 2 },
      parallelism: 1,
      heartbeatMs: 1_000,
    });
    await until('the first attempt', () => (said().includes('begun 1/1') ? true : undefined));
    // when it is paused, and another worker takes over
    paused.kill('SIGSTOP');
    const second = gate();
    await harness.evaluator('slow', async ({ trial }) => {
      if (trial === 2) await second.opened;
      return { loss: trial };
    });
    await until('the other to end the trial', async () =>
      (await study.view()).account.complete > 0 ? true : undefined,
    );
    paused.kill('SIGCONT');
    // then its outcome is evidence and nothing else
    const view = await until('the late outcome', async () => {
      const now = await study.view();
      return now.account.late > 0 ? now : undefined;
    });
    expect(view.late).toMatchObject([{ trial: 1, attempt: 1, worker: 'paused', measures: { loss: -1 } }]);
    expect(view.recent).toMatchObject([{ number: 1, attempts: 2, measures: { loss: 1 } }]);
    expect(view.account).toMatchObject({ asked: 2, complete: 1, running: 1, begunAgain: 1 });
    // and it lives: it ends in order when it is told to
    paused.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
    expect(said()).toContain('ended in order');
    second.open();
    expect((await study.finished({ timeoutMs: 20_000 })).account).toMatchObject({ complete: 2, failed: 0 });
  } finally {
    paused.kill('SIGKILL');
  }
});

test('STU-3 a worker that was paused with a trial that it had not begun does not begin it when another has ended it', async () => {
  // given a worker process that waits for a trial
  const { paused, gone, said, queue } = evaluating('idle', 1);
  try {
    await until('its poll', async () => {
      const { client } = harness.temporal;
      const { namespace } = client.options;
      const taskQueue = { name: queue };
      const seen = await client.workflowService.describeTaskQueue({ namespace, taskQueue, taskQueueType: 2 });
      return seen.pollers.length > 0 || undefined;
    });
    // when it is paused, is given a trial, and another ends that
    paused.kill('SIGSTOP');
    const study = await harness.studies.start('given', {
      space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
      evaluator: 'idle',
      minimise: 'loss',
      budget: { trials: 1 },
      heartbeatMs: 1_000,
    });
    await until('the trial to be given to it', async () => {
      const { raw } = await harness.temporal.client.workflow.getHandle(study.workflowId).describe();
      return (raw.pendingActivities?.[0]?.lastStartedTime ?? null) !== null || undefined;
    });
    await harness.evaluator('idle', () => ({ loss: 1 }));
    const { account } = await study.finished({ timeoutMs: 20_000 });
    expect(account).toMatchObject({ complete: 1, begunAgain: 1 });
    paused.kill('SIGCONT');
    // then it goes on, without the trial
    paused.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
    expect(said()).not.toContain('begun');
    expect(said()).toContain('ended in order');
  } finally {
    paused.kill('SIGKILL');
  }
});

test('STU-2 STU-3 what was found while the server could not be reached ends its trial when it can be, unless another has ended it', async () => {
  // given a worker process in the middle of two trials
  const proxy = await startProxy(ADDRESS);
  const { paused, gone, said } = evaluating('cut', 1_000, 2, proxy.address);
  const third = gate();
  try {
    const study = await harness.studies.start('cut', {
      space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
      evaluator: 'cut',
      minimise: 'loss',
      budget: { trials: 3 },
      parallelism: 2,
      heartbeatMs: 1_000,
    });
    await until('both', () => (said().includes('begun 1/1') && said().includes('begun 2/1')) || undefined);
    // when its network is cut until another has both, and has ended one
    proxy.cut();
    await harness.evaluator('cut', async ({ trial, signal }) => {
      if (trial === 1) await until('word that it is over', () => signal.aborted || undefined);
      if (trial === 3) await third.opened;
      return { loss: trial };
    });
    await until('one to be ended', async () => (await study.view()).account.complete > 0 || undefined);
    await until('both to be found', () => (said().includes('found 1/1') && said().includes('found 2/1')) || undefined);
    proxy.heal();
    // then what it found ends the trial that nobody has ended; the other of each trial is evidence, and no trial is begun again
    const { late, recent } = await until('two late outcomes', async () => {
      const view = await study.view();
      return view.account.late > 1 ? view : undefined;
    });
    expect(recent.toSorted((a, b) => a.number - b.number)).toMatchObject([
      { number: 1, attempts: 1, worker: 'paused', measures: { loss: -1 } },
      { number: 2, attempts: 2, measures: { loss: 2 } },
    ]);
    expect(late.toSorted((a, b) => a.trial - b.trial)).toMatchObject([
      { trial: 1, attempt: 2, measures: { loss: 1 } },
      { trial: 2, attempt: 1, worker: 'paused', measures: { loss: -1 } },
    ]);
    third.open();
    const { account } = await study.finished({ timeoutMs: 20_000 });
    expect(account).toMatchObject({ asked: 3, complete: 3, failed: 0, late: 2 });
    paused.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
  } finally {
    third.open();
    paused.kill('SIGKILL');
    await proxy.close();
  }
});
