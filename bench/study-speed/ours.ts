import { join } from 'node:path';
import type { StudyOptions } from '../../src/client/optimisation';
import { openTemporal, type Temporal } from '../../src/client/temporal';
import { parseSpace } from '../../src/contracts/ids';
import { start } from '../../test/support/processes/program';
import { runsOf } from '../history';
import { startRoles, type Roles, type RolesOptions } from '../on-postgres';
import { traceOf, type Trace } from './trace';

const DEFINITIONS = join(__dirname, 'evaluators.ts');
const LONGEST_MS = 30 * 60_000;

/** A deployment on which studies are timed. */
export interface Ground {
  readonly roles: Roles;
  readonly temporal: Temporal;
  readonly dist: string;
  close(): Promise<void>;
}

/** One study of ours. */
export interface Play {
  readonly study: string;
  readonly sampler: 'random' | 'tpe';
  readonly trials: number;
  /** Trials at once. */
  readonly parallelism: number;
  /** Processes that evaluate; each takes its share of the trials at once. */
  readonly processes: number;
}

/** Starts a worker and a store on a server that is there. */
export async function startGround(options: Omit<RolesOptions, 'definitions'>): Promise<Ground> {
  const space = parseSpace(options.space);
  if (typeof space !== 'string') throw new Error(space.message);
  const { address, namespace, dist } = options;
  const [roles, temporal] = await Promise.all([
    startRoles({ ...options, definitions: DEFINITIONS }),
    openTemporal(space, { address, namespace, queuePrefix: '' }),
  ]);
  return {
    roles,
    temporal,
    dist,
    close: async () => {
      await temporal.close();
      await roles.close();
    },
  };
}

const optionsOf = ({ sampler, trials, parallelism }: Play): StudyOptions => ({
  space: {
    dimensions: Object.fromEntries(
      [0, 1, 2, 3, 4].map((at) => [`x${String(at)}`, { kind: 'float' as const, low: 0, high: 1, log: false }]),
    ),
  },
  evaluator: 'free',
  minimise: 'loss',
  sampler,
  seed: 7,
  budget: { trials },
  parallelism,
});

/** Runs a study with processes of its own that evaluate. @returns what its histories tell @throws when a trial was not complete */
export async function playOurs({ roles, temporal, dist }: Ground, play: Play): Promise<Trace> {
  const slots = Math.ceil(play.parallelism / play.processes);
  const env = { ...roles.env, MABEAM_ACTIVITY_SLOTS: String(slots) };
  const programs = Array.from({ length: play.processes }, () =>
    start(process.execPath, [join(dist, 'workers/evaluator.js')], __dirname, env),
  );
  try {
    await Promise.all(programs.map((program) => program.says('polls mabeam')));
    const study = await roles.space.studies.start(play.study, optionsOf(play));
    const { account } = await study.finished({ timeoutMs: LONGEST_MS });
    if (account.complete !== play.trials || account.asked !== play.trials)
      throw new Error(`${play.study}: expected ${String(play.trials)} complete trials; got ${JSON.stringify(account)}`);
    const { raw } = await temporal.client.workflow.getHandle(study.workflowId).describe();
    return traceOf(await runsOf(temporal, study.workflowId, raw.workflowExecutionInfo?.firstRunId ?? ''));
  } finally {
    for (const program of programs) program.interrupt();
    await Promise.all(programs.map(({ ended }) => ended));
  }
}
