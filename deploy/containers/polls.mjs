/**
 * Health of a process that serves task queues: exit 0 when Temporal says that this container polls every queue named.
 *
 * Asked of the server and not of the process, because a worker that runs but no longer polls is of no use to anyone. A
 * poll counts when it came from this host name since the container started and within the last MAX_AGE_MS (a long poll
 * takes up to a minute).
 *
 * usage: node polls.mjs [--workflows] [--activities] QUEUE...   (names without MABEAM_QUEUE_PREFIX, which is put before each)
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';

const MAX_AGE_MS = 90_000;
const TICKS_PER_SECOND = 100;

function containerStartedAt() {
  const [uptime] = readFileSync('/proc/uptime', 'utf8').split(' ');
  const stat = readFileSync('/proc/1/stat', 'utf8');
  const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return Date.now() - (Number(uptime) - Number(startTicks) / TICKS_PER_SECOND) * 1000;
}

function millis(timestamp) {
  return Number(timestamp?.seconds ?? 0) * 1000 + Number(timestamp?.nanos ?? 0) / 1e6;
}

const TYPES = { '--workflows': 1, '--activities': 2 };
const types = process.argv.slice(2).flatMap((word) => TYPES[word] ?? []);
const queues = process.argv.slice(2).filter((word) => !(word in TYPES));
const namespace = process.env.TEMPORAL_NAMESPACE ?? 'default';
const since = Math.max(containerStartedAt(), Date.now() - MAX_AGE_MS);
const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS, connectTimeout: 4000 });
try {
  for (const name of queues) {
    const queue = `${process.env.MABEAM_QUEUE_PREFIX ?? ''}${name}`;
    for (const taskQueueType of types) {
      const answer = await connection.withDeadline(Date.now() + 4000, () =>
        connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: queue }, taskQueueType }),
      );
      const isOurs = (poller) => poller.identity?.includes(hostname()) && millis(poller.lastAccessTime) >= since;
      if ((answer.pollers ?? []).some(isOurs)) continue;
      console.error(`${queue} (type ${taskQueueType}): not polled by ${hostname()}`);
      process.exitCode = 1;
    }
  }
} finally {
  await connection.close();
}
