import { Client } from 'pg';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Space } from '../../src/client';
import type { StudyHandle, StudyOptions } from '../../src/client/optimisation';
import type { Trial } from '../../src/contracts/optimisation/study';
import { newStudy } from '../../src/domain/optimisation/study';
import { until } from '../../test/support/kernel/harness';
import { recompute, recorded, type Happened } from '../../test/support/studies/recompute';
import { check, type Columns, type Recorded, type Run } from './checker';
import { Fleet, type Crew } from './fleet';
import { inflict, type FaultName, type Schedule, type Supply } from './inflict';
import { linesOf } from './truth';

const STORED_MS = 60_000;
const LOOK_MS = 200;
/** More than any trial is hit. */
const ATTEMPTS = 50;

/** Where studies run: a deployment of real processes. */
export interface Theatre {
  readonly space: Space;
  /** Of the store that keeps what studies recorded. */
  readonly databaseUrl: string;
}

/** A study that is asked for. */
export interface Asked {
  readonly study: string;
  readonly evaluator: string;
  readonly target: number;
}

/** Studies whose trials are evaluated by the same processes, and what is done to them. */
export interface Case {
  readonly studies: readonly Asked[];
  readonly crew: Crew;
  /** The file to which the crew appends its lines. */
  readonly log: string;
  readonly workers: number;
  readonly fault: FaultName;
  readonly schedule: Schedule;
  readonly supply?: Supply;
  readonly heartbeatMs: number;
  readonly seed: number;
  readonly timeoutMs: number;
}

/** What was played, to be judged later. */
export interface Played extends Pick<Run, 'target' | 'faults' | 'crashed' | 'seconds'> {
  readonly study: string;
  readonly log: string;
}

const textOf = (log: string): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');

/** How many trials of a study have been evaluated to the end so far. */
export function endedOf(log: string, study: string): number {
  const ends = linesOf(textOf(log), study).filter(({ what }) => what === 'end');
  return new Set(ends.map(({ trial }) => trial)).size;
}

function optionsOf({ evaluator, target }: Asked, { seed, workers, heartbeatMs }: Case): StudyOptions {
  return {
    space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
    evaluator,
    minimise: 'loss',
    sampler: 'tpe',
    seed,
    budget: { trials: target },
    parallelism: workers,
    attempts: ATTEMPTS,
    heartbeatMs,
  };
}

/** Resolves when a study has finished. Who asks while a server is away asks again. @throws when the time is over */
async function finished(study: StudyHandle, timeoutMs: number): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline;) {
    const view = await study.view().catch(() => undefined);
    if (view?.state === 'finished') return;
    await pause(LOOK_MS);
  }
  throw new Error(`${study.workflowId} did not finish within ${String(timeoutMs)} ms`);
}

/** Runs studies with as many trials in parallel as there are workers, while something is destroyed. */
export async function play({ space }: Theatre, its: Case): Promise<readonly Played[]> {
  const { studies, log, schedule, supply } = its;
  const fleet = new Fleet(its.crew, its.workers);
  let isOver = false as boolean;
  try {
    await fleet.startAll();
    const start = performance.now();
    const ends = studies.map(async (asked) => {
      await finished(await space.studies.start(asked.study, optionsOf(asked, its)), its.timeoutMs);
      return (performance.now() - start) / 1_000;
    });
    const ending = Promise.all(ends).finally(() => {
      isOver = true;
    });
    const stage = {
      fleet,
      schedule,
      isOver: () => isOver,
      hasReached: (part: number) => studies.every(({ study, target }) => endedOf(log, study) >= part * target),
      ...(supply === undefined ? {} : { supply }),
    };
    const [faults, seconds] = await Promise.all([inflict(its.fault, stage), ending]);
    const crashed = await fleet.end();
    return studies.map(({ study, target }, at) => ({
      study,
      log,
      target,
      faults,
      crashed,
      seconds: seconds[at] ?? NaN,
    }));
  } finally {
    isOver = true;
    await fleet.abandon();
  }
}

/** What a study recorded, from the store; waits until it has its end. */
async function happened({ databaseUrl, space }: Theatre, study: string): Promise<readonly Happened[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await until(
      `the end of ${study} in the store`,
      async () => {
        const { rows } = await client.query<Happened>(
          `select type, event->'data' as data from events where space = $1 and stream like $2 order by sequence`,
          [space.name, `${space.name}:study:${study}~%`],
        );
        return rows.some(({ type }) => type === 'study.ended') ? rows : undefined;
      },
      STORED_MS,
    );
  } finally {
    await client.end();
  }
}

/** The trials as the study's own events tell them: what is asked for and has no end runs. */
function trialsOf(events: readonly Happened[]): readonly Recorded[] {
  const of = (type: string, field: string): readonly Trial[] =>
    events.filter((event) => event.type === type).flatMap(({ data }) => data[field] as Trial | Trial[]);
  const ended = new Map(of('study.trialEnded', 'trial').map((trial) => [trial.number, trial]));
  return of('study.asked', 'trials').map(({ number, configuration }) => {
    const end = ended.get(number);
    return { trial: number, state: end?.state ?? 'running', configuration: end?.configuration ?? configuration };
  });
}

/** What a run came to, by the evaluators' lines, the study's word and the events in the store. */
export async function judge(
  theatre: Theatre,
  { study, log, ...played }: Played,
): Promise<Columns & { readonly late: number }> {
  const events = await happened(theatre, study);
  const { request, spec, account } = await theatre.space.studies.at(study).view();
  const again = recompute(newStudy(study, request, spec, undefined).state, events);
  const trials = trialsOf(events);
  const count = (state: Trial['state']): number => trials.filter((trial) => trial.state === state).length;
  if (account.asked !== trials.length || account.running !== count('running') || account.complete !== count('complete'))
    throw new Error(`the account of ${study} is ${JSON.stringify(account)}; its events tell another`);
  const columns = check({
    ...played,
    lines: linesOf(textOf(log), study),
    trials,
    spent: account.asked,
    isRecomputed: JSON.stringify(again.suggestions) === JSON.stringify(recorded(events)),
  });
  return { ...columns, late: account.late };
}
