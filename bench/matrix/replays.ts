import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { Worker, type ReplayHistoriesIterable } from '@temporalio/worker';
import { TEAM } from '../../test/support/chaos/stack';
import { silence } from '../../test/support/kernel/silence';
import { bundleDefinitions, payloadConverterPath } from '../../workers/parts/bundle';
import { loadDefinitions } from '../../workers/parts/definitions';

/** Where histories are kept that cannot be replayed. */
const KEPT = join(tmpdir(), 'mabeam-matrix-histories');

/** So many runs were replayed, and these cannot be, each with the file that has its history. */
export interface Replays {
  readonly runs: number;
  readonly broken: readonly string[];
}

/** Replays the history of every run in a namespace, open or not, with the code of today: as a worker does that takes it over. */
export async function replayed({ workflow }: Client): Promise<Replays> {
  silence();
  // One is replayed at a time. What the replayer says of it names the run that it was reset from, where it was.
  let last: { readonly runId: string; readonly history: unknown } | undefined;
  async function* all(): ReplayHistoriesIterable {
    for await (const { workflowId, runId } of workflow.list()) {
      const history = await workflow.getHandle(workflowId, runId).fetchHistory();
      last = { runId, history };
      yield { workflowId, history };
    }
  }
  const workflowBundle = await bundleDefinitions(loadDefinitions([TEAM]));
  const options = { workflowBundle, dataConverter: { payloadConverterPath }, replayName: 'matrix' };
  let runs = 0;
  const broken: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(options, all())) {
    runs += 1;
    if (error === undefined || last === undefined) continue;
    const file = join(KEPT, `${last.runId}.json`);
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(file, JSON.stringify(last.history));
    broken.push(`${workflowId} cannot be replayed: ${error.message.slice(0, 300)} (${file})`);
  }
  return { runs, broken };
}
