import { createServer } from 'node:net';
import { NativeConnection, Worker } from '@temporalio/worker';

/** Not a test of ours: `test/contract/leaks.test.ts` has Jest run it and expects it to fail. It closes nothing. */
test('leaves a server, an interval, a timer and a worker', async () => {
  createServer().listen(0, '127.0.0.1');
  setInterval(() => undefined, 50);
  setTimeout(() => undefined, 60_000);
  const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS'] ?? '' });
  const worker = await Worker.create({
    connection,
    taskQueue: `planted-${String(process.pid)}`,
    activities: { nothing: () => Promise.resolve() },
  });
  void worker.run();
});
