import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { Runtime, Worker, type ReplayHistoriesIterable } from '@temporalio/worker';
import { payloadConverterPath } from '../../test/support/kernel/bundle';
import { TEAM } from '../../test/support/chaos/stack';
import { bundleDefinitions } from '../../workers/parts/bundle';
import { loadDefinitions } from '../../workers/parts/definitions';

/** Where histories are kept that cannot be replayed. */
const KEPT = join(tmpdir(), 'mabeam-matrix-histories');

/** So many runs were replayed, and these cannot be, each with the file that has its history. */
export interface Replays {
  readonly runs: number;
  readonly broken: readonly string[];
}

let runtime: Runtime | undefined;

/** The replayer tells of each of its steps otherwise. */
function quietly(): Runtime {
  const say = (): void => undefined;
  return Runtime.install({ logger: { log: say, trace: say, debug: say, info: say, warn: say, error: say } });
}

/** Replays the history of every run in a namespace, open or not, with the code of today: as a worker does that takes it over. */
export async function replayed({ workflow }: Client): Promise<Replays> {
  runtime ??= quietly();
  const histories = new Map<string, unknown>();
  async function* all(): ReplayHistoriesIterable {
    for await (const { workflowId, runId } of workflow.list()) {
      const history = await workflow.getHandle(workflowId, runId).fetchHistory();
      histories.set(runId, history);
      yield { workflowId, history };
    }
  }
  const workflowBundle = await bundleDefinitions(loadDefinitions([TEAM]));
  const options = { workflowBundle, dataConverter: { payloadConverterPath }, replayName: 'matrix' };
  let runs = 0;
  const broken: string[] = [];
  for await (const { workflowId, runId, error } of Worker.runReplayHistories(options, all())) {
    runs += 1;
    if (error !== undefined) {
      const file = join(KEPT, `${runId}.json`);
      mkdirSync(KEPT, { recursive: true });
      writeFileSync(file, JSON.stringify(histories.get(runId)));
      broken.push(`${workflowId} cannot be replayed: ${error.message.slice(0, 300)} (${file})`);
    }
    histories.delete(runId);
  }
  return { runs, broken };
}
