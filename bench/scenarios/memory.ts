import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { connect } from '../../src/client';
import type { OutboxBatch } from '../../src/contracts/envelope';
import { taskQueues } from '../../src/contracts/task-queues';
import type { subject } from '../definitions';
import { compared, counted, median, type Row } from '../measure';
import type { MemoryAnswer, MemoryQuestion } from '../memory-worker';
import { bundle, payloadConverterPath, type Setting } from '../setting';

const CACHED = 200;
const AT_ONCE = 10;
const SETTLE_MS = 3_000;

async function startWorker(queue: string, codePath: string): Promise<ChildProcess> {
  const args = [queue, codePath, payloadConverterPath, String(CACHED)];
  const execArgv = ['--import', 'tsx', '--expose-gc'];
  const child = fork(resolve(__dirname, '../memory-worker.ts'), args, { execArgv });
  await once(child, 'message');
  return child;
}

async function measured(child: ChildProcess): Promise<MemoryAnswer> {
  const answers: MemoryAnswer[] = [];
  for (let n = 0; n < 5; n += 1) {
    child.send('measure' satisfies MemoryQuestion);
    const [answer] = (await once(child, 'message')) as [MemoryAnswer];
    answers.push(answer);
  }
  return { rss: median(answers.map((each) => each.rss)), peak: Math.max(...answers.map((each) => each.peak)) };
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.send('stop' satisfies MemoryQuestion);
  await ended;
}

/** Asks again while a worker that has much to do lets us wait. @throws what it answered last after five minutes */
async function settled<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 300_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** Does something for each number, a few at a time. */
async function forEach(count: number, act: (at: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const size = Math.min(AT_ONCE, count - from);
    await Promise.all(Array.from({ length: size }, (_each, n) => act(from + n)));
  }
}

/**
 * The memory of one worker process with many idle agents, over one of the bare SDK with as many empty workflows: two processes
 * side by side, one prebuilt bundle, the same cache. Then all agents must still answer.
 */
export async function memory(setting: Setting, isShort: boolean): Promise<readonly Row[]> {
  const count = isShort ? 300 : 2_000;
  const { client } = setting.temporal;
  const queuePrefix = `${setting.queue}-memory-`;
  const space = await connect({ space: `${setting.space.name}-memory`, queuePrefix, client });
  const queues = taskQueues(queuePrefix);
  const bareQueue = `${queuePrefix}bare`;
  const folder = await mkdtemp(join(tmpdir(), 'mabeam-bench-'));
  const codePath = join(folder, 'bundle.js');
  await writeFile(codePath, (await bundle()).code);
  const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233' });
  const appendEvents = (batch: OutboxBatch): Promise<{ storedThrough: number }> =>
    Promise.resolve({ storedThrough: batch.events.at(-1)?.sequence ?? 0 });
  const store = await Worker.create({ connection, taskQueue: queues.store, activities: { appendEvents } });
  const rows = await store.runUntil(async () => {
    const [ours, bare] = [await startWorker(queues.main, codePath), await startWorker(bareQueue, codePath)];
    await forEach(count, async (at) => {
      const workflowId = `${bareQueue}-${String(at)}`;
      await Promise.all([
        space.agents.start('subject', `idle-${String(at)}`),
        client.workflow.start('bareIdleWorkflow', { taskQueue: bareQueue, workflowId }),
      ]);
    });
    // the last of them have had their first task, and what they hand over is handed over
    await settled(() => space.agents.at(`idle-${String(count - 1)}`).status());
    await new Promise((wake) => setTimeout(wake, SETTLE_MS));
    const [a, b] = [await measured(ours), await measured(bare)];
    let answers = 0;
    await forEach(count, async (at) => {
      const agent = space.agents.at<typeof subject>(`idle-${String(at)}`).with({ requestId: `asked-${String(at)}` });
      if ((await settled(() => agent.ask('addNow', at))) === at) answers += 1;
    });
    const after = await measured(ours);
    await Promise.all([stop(ours), stop(bare)]);
    const mib = (bytes: number): number => bytes / 1_048_576;
    const what = `worker with ${String(count)} idle agents over a bare one with as many empty workflows, ${String(CACHED)} cached`;
    return [
      compared({ id: 'memory', what, unit: 'MiB', ours: mib(a.rss), reference: mib(b.rss), bar: 1.25 }),
      compared({
        id: 'memory-peak',
        what: 'the most there ever was',
        unit: 'MiB',
        ours: mib(a.peak),
        reference: mib(b.peak),
      }),
      counted({
        id: 'memory-after',
        what: 'the same worker after all have been asked',
        unit: 'MiB',
        ours: mib(after.rss),
      }),
      counted({
        id: 'memory-silent',
        what: 'agents that did not answer afterwards',
        unit: 'agents',
        ours: count - answers,
        bar: 0,
      }),
    ];
  });
  await connection.close();
  await rm(folder, { recursive: true });
  return rows;
}
