import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { createHttpReads } from '../../src/client/http-reads';
import type { ReadModels } from '../../src/contracts/read-models';
import { openDatabase, type Database } from '../../src/store/database';
import { createEventStore } from '../../src/store/event-store';
import { startProjection } from '../../src/store/read-models/projection';
import { createReadModels } from '../../src/store/read-models/reads';
import { trimEvents } from '../../src/store/retention';
import { readGroups, type Habits } from '../support/groups/reader';
import { createTruth } from '../support/groups/truth';
import { createWriter } from '../support/groups/traffic';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server';
import { startProxy } from '../support/proxy';
import { serve } from '../support/rest/http';
import { freshScript, scriptedDeps } from '../support/rest/script';
import { batchOf, counted } from '../support/store/batches';
import { numbers, unreliable } from '../support/store/disturbed';
import { emptyDatabase } from '../support/store/template';
import {
  createHistoryRecorder,
  loadHistory,
  saveHistory,
  sessionsOf,
  truthOf,
  type History,
} from '../support/validators/history';
import { WATCH } from '../support/validators/watch';

const SEED = 20_261_130;
const SPACE = 'watched';
const STEPS = 60;
const LONG_MS = 240_000;
const quiet = { info: () => undefined, error: () => undefined };
const turn = (): Promise<void> => new Promise((wake) => setTimeout(wake, 1));

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgresServer();
});
afterAll(() => postgres.close());

/** Two writers, seven readers, retention, a database that goes away in their midst. @returns what happened */
async function run(database: Database, cut: () => Promise<void>): Promise<History> {
  await database.migrate();
  const recorder = createHistoryRecorder();
  const random = numbers(SEED);
  const events = createEventStore(database);
  const disturbed = unreliable(database, numbers(SEED + 1), 0.02);
  const reads = createReadModels(disturbed, createEventStore(disturbed));
  const projection = startProjection(disturbed, { upcasters: {}, log: quiet, pollMs: 20 });
  const http = await serve({ ...scriptedDeps(freshScript()), reads });
  const proxy = await startProxy(new URL(http.base).host);
  const far = createHttpReads(`http://${proxy.address}`);
  let head: number | undefined;
  let steps = 0;

  const truth = createTruth();
  let known = 0;
  const noteTruth = async (): Promise<void> => {
    for (;;) {
      const page = await patiently(() => events.read({ space: SPACE, after: known, limit: 1_000 }));
      for (const stored of page) {
        const revision = truth.take(stored);
        known = stored.position;
        if (revision !== undefined) recorder.note({ line: 'truth', ...revision });
      }
      if (page.length < 1_000) return;
    }
  };
  const trim = async (): Promise<void> => {
    await noteTruth();
    const before = known - 10;
    await patiently(async () => expect((await reads.state()).position).toBeGreaterThanOrEqual(before));
    recorder.note({ line: 'trimming', through: before - 1 });
    await patiently(() => trimEvents(database, { space: SPACE, before }));
    recorder.note({ line: 'trimmed', through: await patiently(() => events.truncated(SPACE)) });
  };
  const write = async (name: string, seed: number): Promise<void> => {
    const writer = createWriter(events, SPACE, name, numbers(seed));
    for (let step = 0; step < STEPS; step += 1) {
      await writer.step();
      steps += 1;
      if (step % 10 === 0) await turn();
    }
  };
  const disturb = async (): Promise<void> => {
    for (let at = 1; at <= 4; at += 1) {
      while (steps < at * 28) await turn();
      recorder.note({ line: 'fault', what: 'the database goes away, and the way to the facade' });
      proxy.cut();
      await cut();
      proxy.heal();
      await trim();
    }
  };
  const reading = (from: ReadModels, habits: Habits): Promise<void> =>
    readGroups(from, SPACE, recorder, () => head, habits);
  const older = (handed: readonly number[]): number | undefined =>
    handed.length === 0 ? undefined : handed[Math.floor(random() * handed.length)];
  const slow = async (): Promise<void> => {
    const from = steps;
    while (head === undefined && steps < from + 15) await turn();
  };
  try {
    const readers = [
      reading(reads, { reader: 'steady', leaves: () => false, progressMs: 0 }),
      reading(reads, { reader: 'restless', leaves: () => random() < 0.2, progressMs: 50 }),
      reading(reads, { reader: 'forgetful', leaves: () => random() < 0.1, from: older, progressMs: 0 }),
      reading(reads, { reader: 'slow', group: 'one', dawdle: slow, leaves: () => random() < 0.3, progressMs: 0 }),
      reading(far, { reader: 'far', group: 'two', leaves: () => random() < 0.02, progressMs: 100 }),
    ];
    await Promise.all([write('left', SEED + 2), write('right', SEED + 3), disturb()]);
    // The last event changes no group: who has everything through it is told so by a mark, or by a set. Whoever is handed its
    // position must know by then that it is the last.
    await noteTruth();
    const last = known;
    head = last + 1;
    await patiently(() => events.append(batchOf({ space: SPACE, name: 'idle' }, 1, counted(1, 1))));
    await noteTruth();
    const after = (position: number) => (handed: readonly number[]) => handed.at(-1) ?? position;
    await Promise.all([
      ...readers,
      reading(reads, { reader: 'late', leaves: () => false, from: after(1), progressMs: 0 }),
      reading(reads, { reader: 'last', leaves: () => false, from: after(last), progressMs: 0 }),
    ]);
  } finally {
    await projection.close();
    await proxy.close();
    http.close();
    await database.close();
  }
  return recorder.history();
}

/** What the test itself needs of a database that goes away. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch {
      await turn();
    }
  }
}

function judged(history: History, name: string): void {
  const file = join(tmpdir(), `mabeam-history-${String(process.pid)}-${name}.jsonl`);
  saveHistory(file, history);
  // what is stored is judged: so it can be judged again
  const breaches = WATCH.flatMap(({ judge }) => judge(loadHistory(file)));
  expect({ breaches, again: `npm run test:history -- ${file}` }).toMatchObject({ breaches: [] });
  // and there was something to judge
  const came = (line: string): number => history.filter((each) => each.line === line).length;
  expect(truthOf(history).length).toBeGreaterThan(STEPS);
  expect(came('compacted')).toBeGreaterThan(0);
  expect(came('mark')).toBeGreaterThan(0);
  expect(sessionsOf(history).filter(({ how }) => how === 'done')).toHaveLength(7);
}

test(
  'WAT-1…8 on PGlite: what seven readers are handed keeps each promise, whatever is disturbed',
  async () => {
    const database = openDatabase({ template: await emptyDatabase() });
    judged(await run(database, turn), 'pglite');
  },
  LONG_MS,
);

test(
  'WAT-1…8 on Postgres: the same, while its connections are terminated',
  async () => {
    const database = openDatabase({ url: await postgres.database('watched') });
    const terminate = async (): Promise<void> => {
      const others = sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
      await patiently(() => others.execute(database.db));
    };
    judged(await run(database, terminate), 'postgres');
  },
  LONG_MS,
);
