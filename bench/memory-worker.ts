import { NativeConnection, Runtime, Worker } from '@temporalio/worker';

/** What the parent asks for, and what it is answered. */
export type MemoryQuestion = 'measure' | 'stop';
export interface MemoryAnswer {
  /** Bytes, after a collection of garbage. */
  readonly rss: number;
  /** The most there ever was, in bytes. */
  readonly peak: number;
}

const quiet = (): void => undefined;

/** usage: memory-worker QUEUE BUNDLE CONVERTER CACHED. One worker as a process of its own, and what memory it needs. */
async function main([
  queue = '',
  codePath = '',
  payloadConverterPath = '',
  cached = '',
]: readonly string[]): Promise<void> {
  Runtime.install({ logger: { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet } });
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue: queue,
    workflowBundle: { codePath },
    dataConverter: { payloadConverterPath },
    maxCachedWorkflows: Number(cached),
    shutdownGraceTime: 500,
  });
  process.on('message', (question: MemoryQuestion) => {
    if (question === 'stop') {
      worker.shutdown();
      return;
    }
    globalThis.gc?.();
    const answer: MemoryAnswer = { rss: process.memoryUsage().rss, peak: process.resourceUsage().maxRSS * 1_024 };
    process.send?.(answer);
  });
  // nobody is there to ask any more
  process.on('disconnect', () => process.exit(1));
  process.send?.('ready');
  await worker.run();
  await connection.close();
  process.exit(0);
}

void main(process.argv.slice(2));
