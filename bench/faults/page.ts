import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Row } from '../measure';
import { ZEROS, type Columns } from './checker';
import type { FaultName } from './inflict';

/** One run, judged. */
export interface Result {
  readonly system: 'mabeam' | 'Optuna, default' | 'Optuna, heartbeat';
  readonly fault: FaultName;
  readonly kind: string;
  readonly target: number;
  readonly columns: Columns & { readonly late?: number };
}

const FOLDER = resolve(__dirname, '../results');

const FAULT_WORDS: Readonly<Record<FaultName, string>> = {
  none: 'nothing',
  'worker-killed': 'a worker killed (SIGKILL) and replaced each second',
  'worker-paused': 'a worker paused (SIGSTOP) for 5 s each second',
  'all-killed': 'all workers killed at once, then others started',
  'workflow-worker-killed': 'the workflow worker killed and replaced',
  'server-restarted': 'the Temporal server killed and started again',
  'database-restarted': 'the database killed and started again',
  'server-database-restarted': 'the database below the Temporal server killed and started again',
  'network-cut': 'the network between evaluators and server cut for 5 s',
};
const KIND_WORDS: Readonly<Record<string, string>> = {
  brief: 'short',
  steady: 'long, with checkpoints',
  python: 'Python',
};

/** The columns of the page, with their words. */
const SHOWN = [
  ['faults', 'faults'],
  ['asked', 'asked'],
  ['begun', 'begun'],
  ['completed', 'completed'],
  ['zombies', 'zombies'],
  ['neverCompleted', 'begun, never completed'],
  ['finishedLost', 'finished lost'],
  ['finishedAgain', 'finished run again'],
  ['overshoot', 'overshoot'],
  ['crashed', 'workers crashed'],
  ['mistaken', 'recorded wrongly'],
  ['begunAgain', 'begun again'],
  ['unhit', 'of these hit by no fault'],
  ['resumed', 'of these from a checkpoint'],
  ['endedTwice', 'ended twice'],
  ['late', 'late, kept as evidence'],
  ['asksIdentical', 'asks identical'],
  ['seconds', 'seconds'],
] as const satisfies readonly (readonly [keyof Result['columns'], string])[];

const isBad = ({ columns }: Result, name: string): boolean =>
  (ZEROS as readonly string[]).includes(name) && columns[name as keyof Columns] !== 0;

function cellOf(result: Result, name: keyof Result['columns']): string {
  const value = result.columns[name];
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? 'yes' : '**no**';
  const text = name === 'seconds' ? value.toFixed(1) : String(value);
  return isBad(result, name) ? `**${text}**` : text;
}

/** The matrix as a table: a row for each run. What should be 0 and is not is set in bold. */
export function matrix(results: readonly Result[]): string {
  const line = (result: Result): string => {
    const { system, fault, kind, target } = result;
    const what = [FAULT_WORDS[fault], system, `${KIND_WORDS[kind] ?? kind}, ${String(target)}`];
    return `| ${[...what, ...SHOWN.map(([name]) => cellOf(result, name))].join(' | ')} |`;
  };
  const heads = ['what is destroyed', 'system', 'trials', ...SHOWN.map(([, words]) => words)];
  return [`| ${heads.join(' | ')} |`, `|${heads.map(() => '---').join('|')}|`, ...results.map(line)].join('\n');
}

/** Each judged column as a row of the bench; the reference is Optuna with heartbeat, under the same fault. */
export function rowsOf(results: readonly Result[]): readonly Row[] {
  const reference = (fault: FaultName, name: keyof Columns): number | null => {
    const other = results.find((each) => each.system === 'Optuna, heartbeat' && each.fault === fault);
    return other === undefined ? null : Number(other.columns[name]);
  };
  const ours = results.filter(({ system }) => system === 'mabeam');
  return ours.flatMap(({ fault, kind, columns }) => [
    ...ZEROS.map((name): Row => {
      const value = columns[name];
      const id = `${fault}-${kind}-${name}`;
      const what = `${SHOWN.find(([each]) => each === name)?.[1] ?? name}: ${FAULT_WORDS[fault]}, ${KIND_WORDS[kind] ?? kind}`;
      const beside = kind === 'brief' ? reference(fault, name) : null;
      return { id, what, unit: 'trials', ours: value, reference: beside, ratio: null, bar: 0, holds: value === 0 };
    }),
    {
      id: `${fault}-${kind}-asks`,
      what: `ask sequences that differ from the recomputation: ${FAULT_WORDS[fault]}, ${KIND_WORDS[kind] ?? kind}`,
      unit: 'studies',
      ours: Number(columns.asksIdentical !== true),
      reference: null,
      ratio: null,
      bar: 0,
      holds: columns.asksIdentical === true,
    },
  ]);
}

const NOTES = `The truth are lines that each evaluator appends to a file, at its beginning and its end; no system under test touches it. One checker reads
both systems (\`bench/faults/checker.ts\`). Bold: what should be 0.

- *Zombies*: trials that the system says are running, a minute after the last run.
- *Begun again*: attempts beyond the first. *Hit by no fault*: the attempt before was not in flight when something was destroyed.
- *Finished run again*: begun again after an evaluation had ended and could have been told. An evaluation that was hit within half a second of its
  last line was in flight still: nobody can tell its outcome from none. So is one whose outcome could not be told because server or network was away.
  An evaluation that begins after another has ended the trial counts, whoever begins it.
- *Ended twice*: a paused worker came back and ended what another had taken over (of mabeam its outcome is kept as evidence, and counts for nothing), or
  an outcome could not be told while server or network was away, and another had taken over when they came back (then the first to be heard counts).
- *Asks identical*: the asks are, byte for byte, those that the rules make of the recorded history (STU-5). Optuna has no such promise.
- *Overshoot*: trials asked for beyond the budget; of Optuna, complete trials beyond \`MaxTrialsCallback\`'s number.
- *Workers crashed*: processes that ended by themselves, or not in order; those that were killed do not count.

mabeam: TPE, heartbeat timeout 3 s, 8 worker processes with one trial each at a time. "The database" is that of the store; the study itself is kept by the
Temporal server, whose own database is a row of its own: there the server is that of \`docker-compose.yml\`, on Postgres, elsewhere the development server
on a file. Optuna: random sampler, \`RDBStorage\` on Postgres, 8 worker processes that call \`optimize\`; "heartbeat" is \`heartbeat_interval=1\`, \`grace_period=3\` and
\`RetryHeartbeatStaleTrialCallback\`. Workers that crash are not replaced, in neither system; when all have crashed the run is over.
Short trials last 0.6 s; long ones, and those in Python, 4 s in ten steps, with a checkpoint after each.`;

/**
 * Writes `results/faults.md` and `results/faults.json`.
 *
 * @param machine what was measured with, in words
 * @param failures runs that did not come to their end
 */
export async function publish(results: readonly Result[], machine: string, failures: readonly string[]): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const ours = results.filter(({ system }) => system === 'mabeam');
  const kills = ours.filter(({ fault }) => fault === 'worker-killed' || fault === 'all-killed');
  const killed = String(kills.reduce((sum, { columns }) => sum + columns.faults, 0));
  const differing = String(ours.filter(({ columns }) => columns.asksIdentical !== true).length);
  const determinism = `Under ${killed} kills of evaluators, and all the rest, ${differing} of ${String(ours.length)} ask sequences of mabeam differ from their recomputation.`;
  const head = `# faults\n\nWritten by \`npm run bench:faults\`.\n\n${machine}\n\n${NOTES}\n\n${determinism}`;
  const without = failures.map((each) => `\n\n**Did not come to its end**: ${each}`).join('');
  await writeFile(join(FOLDER, 'faults.md'), `${head}${without}\n\n${matrix(results)}\n`);
  const lines = rowsOf(results).map((row) => `  ${JSON.stringify(row)}`);
  await writeFile(join(FOLDER, 'faults.json'), `[\n${lines.join(',\n')}\n]\n`);
}
