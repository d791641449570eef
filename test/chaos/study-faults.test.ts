import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { broken } from '../../bench/faults/checker';
import { typescriptCrew } from '../../bench/faults/crews';
import type { FaultName } from '../../bench/faults/inflict';
import { judge, play, type Theatre } from '../../bench/faults/ours';
import { suppliesOf } from '../../bench/faults/supplies';
import { startDeployment, type Deployment } from '../support/chaos/stack';
import { compiled } from '../support/processes/compiled';
import { environment, marked } from '../support/processes/program';
import { startProxy, type Proxy } from '../support/proxy';

/*
 * The kill matrix of studies in short: what evaluators say in a file of their own is the truth. All of it, beside Optuna:
 * `npm run bench:faults`.
 */

const SPACE = 'study-faults';
const WORKERS = 3;
/** A busy machine may hold a beat back for seconds, and what was not hit must not count as lost. */
const HEARTBEAT_MS = 5_000;
const PAUSED_MS = 7_000;
const TRIALS = { brief: 30, steady: 9 };
const MARK = `${SPACE}-evaluators-${String(process.pid)}`;

let deployment: Deployment;
let proxy: Proxy;
let folder: string;
let dist: string;
let theatre: Theatre;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mabeam-study-faults-'));
  [deployment, dist] = await Promise.all([startDeployment(SPACE), compiled()]);
  proxy = await startProxy(deployment.temporal().address);
  await Promise.all([deployment.spawn('worker', 'worker'), deployment.spawn('store', 'store')]);
  theatre = { space: deployment.space, databaseUrl: deployment.databaseUrl };
}, 120_000);

afterAll(async () => {
  await proxy.close();
  expect(await deployment.close()).toEqual([]);
  expect(marked(MARK)).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test.each([
  ['worker-killed', 'evaluators killed and replaced', 3],
  ['worker-paused', 'evaluators paused for longer than their heartbeat', 2],
  ['all-killed', 'all evaluators killed at once, and others started', WORKERS],
  ['workflow-worker-killed', 'the workflow worker killed and replaced', 1],
] satisfies readonly (readonly [FaultName, string, number])[])(
  'STU-1 STU-2 STU-3 STU-4 STU-5 %s: with %s, short trials and long ones lose, repeat and overspend nothing',
  async (fault, _what, faults) => {
    const log = join(folder, fault);
    const env = environment(MARK, {
      TEMPORAL_ADDRESS: deployment.temporal().address,
      FAULTS_LOG: log,
      FAULTS_BRIEF_MS: '300',
      FAULTS_STEP_MS: '200',
    });
    const supply = suppliesOf(deployment, proxy, 0)[fault];
    const played = await play(theatre, {
      studies: (['brief', 'steady'] as const).map((evaluator) => ({
        study: `${evaluator}-${fault}`,
        evaluator,
        target: TRIALS[evaluator],
      })),
      crew: typescriptCrew(dist, env),
      log,
      workers: WORKERS,
      fault,
      schedule: { everyMs: 1_000, kills: faults, pauses: faults, pausedMs: PAUSED_MS, after: [0.3] },
      ...(supply === undefined ? {} : { supply }),
      heartbeatMs: HEARTBEAT_MS,
      seed: 7,
      timeoutMs: 60_000,
    });
    for (const each of played) {
      const columns = await judge(theatre, each);
      expect([each.study, broken(columns, each.target)]).toEqual([each.study, []]);
      expect(columns).toMatchObject({ faults, asksIdentical: true });
      expect(columns.begunAgain).toBeLessThanOrEqual(fault === 'workflow-worker-killed' ? 0 : faults);
    }
  },
  120_000,
);
