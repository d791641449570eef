import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { start } from '../../test/support/processes/program';
import { check, type Columns, type Recorded, type Run } from './checker';
import { Fleet } from './fleet';
import { inflict, type FaultName, type Schedule, type Supply } from './inflict';
import { linesOf, type Line } from './truth';

const run = promisify(execFile);
const SCRIPT = join(__dirname, 'optuna_study.py');
const LOOK_MS = 200;

/** The default, or a heartbeat of 1 s with a grace of 3 s and the callback that runs stale trials again. */
export type Mode = 'default' | 'heartbeat';

/** One study of Optuna and what is done to it. */
export interface OptunaCase {
  readonly python: string;
  readonly url: string;
  readonly env: Record<string, string>;
  readonly log: string;
  readonly study: string;
  readonly mode: Mode;
  readonly workers: number;
  readonly target: number;
  readonly seconds: number;
  readonly fault: FaultName;
  readonly schedule: Schedule;
  readonly supply?: Supply;
  readonly timeoutMs: number;
}

/** What was played, to be judged later. */
export type OptunaPlayed = OptunaCase & Pick<Run, 'faults' | 'crashed'> & { readonly tookSeconds: number };

const linesIn = ({ log, study }: OptunaCase): readonly Line[] =>
  existsSync(log) ? linesOf(readFileSync(log, 'utf8'), study) : [];

/**
 * Runs processes that each optimise until the target is complete. The run is over when all have ended, by themselves or by a
 * crash: nobody starts others in the place of those that crash.
 */
export async function playOptuna(its: OptunaCase): Promise<OptunaPlayed> {
  const { python, url, env, study, mode, target, seconds, schedule, supply } = its;
  const of = [url, study, mode];
  await run(python, [SCRIPT, 'create', ...of], { env });
  const words = [SCRIPT, 'worker', ...of, String(target), String(seconds)];
  const launch = () => start(python, words, __dirname, { ...env, FAULTS_LOG: its.log });
  const fleet = new Fleet({ launch, ready: 'polls', mayEnd: true }, its.workers);
  let isOver = false as boolean;
  try {
    await fleet.startAll();
    const from = performance.now();
    const stage = {
      fleet,
      schedule,
      isOver: () => isOver,
      hasReached: (part: number) => linesIn(its).filter(({ what }) => what === 'end').length >= part * target,
      ...(supply === undefined ? {} : { supply }),
    };
    const inflicting = inflict(its.fault, stage);
    let hasInflicted = false as boolean;
    void inflicting.then(() => (hasInflicted = true));
    const deadline = Date.now() + its.timeoutMs;
    // between a kill of all and their successors nobody lives, and it is not over
    while (Date.now() < deadline && (fleet.isBusy || (its.fault === 'all-killed' && !hasInflicted)))
      await pause(LOOK_MS);
    isOver = true;
    const tookSeconds = (performance.now() - from) / 1_000;
    const faults = await inflicting;
    if (Date.now() >= deadline) await fleet.abandon();
    return { ...its, faults, crashed: await fleet.end(), tookSeconds };
  } finally {
    isOver = true;
    await fleet.abandon();
  }
}

/** What a run came to, by the evaluators' lines and by what Optuna's storage says. */
export async function judgeOptuna(played: OptunaPlayed): Promise<Columns> {
  const { python, url, env, study, mode, target, faults, crashed, tookSeconds } = played;
  const { stdout } = await run(python, [SCRIPT, 'dump', url, study, mode], { env, maxBuffer: 64 * 1024 * 1024 });
  const trials = JSON.parse(stdout) as readonly Recorded[];
  const spent = trials.filter(({ state }) => state === 'complete').length;
  return check({ target, faults, lines: linesIn(played), trials, spent, crashed, seconds: tookSeconds });
}
