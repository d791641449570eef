import { createAttemptGuard } from '../../activities/evaluator-guard';
import { createEvaluatorActivities } from '../../activities/evaluate';
import { defineEvaluator, type Evaluate } from '../../activities/evaluator-definition';
import type { StudyOptions } from '../../src/client/optimisation';
import type { BreakRule } from '../../src/domain/optimisation/worker-breaker';
import { createLogger } from '../../src/observability/logger';
import { breakableWorker } from '../../workers/parts/breakable-worker';
import type { Part } from '../../workers/parts/role';
import { until } from '../support/kernel/harness';
import { gate } from '../support/studies/gates';
import { startStudies, type StudiesHarness } from '../support/studies/harness';
import { OWN } from '../support/studies/own';

let harness: StudiesHarness;
const parts: Part[] = [];
beforeAll(async () => {
  harness = await startStudies('workers');
}, 60_000);
afterAll(async () => {
  await Promise.all(parts.map((part) => part.stop()));
  await harness.close();
});

const RULE: BreakRule = { breakAfter: 3, coolDownMs: 600_000, coolDownMsMax: 600_000 };

/** A worker that is taken out as those of `mabeam evaluator` are, one trial at a time unless it is said otherwise. */
async function breakable(
  evaluator: string,
  worker: string,
  evaluate: Evaluate,
  { rule = RULE, at = 1 }: { readonly rule?: BreakRule; readonly at?: number } = {},
): Promise<void> {
  const guard = createAttemptGuard(rule, Date.now);
  const activities = createEvaluatorActivities(defineEvaluator(evaluator, evaluate), { worker, guard });
  const create = (slots = at) => harness.worker(evaluator, activities, slots);
  const log = createLogger({ name: worker, level: 'silent' });
  parts.push(await breakableWorker({ guard, create, log, what: { evaluator } }));
}

const asked = (evaluator: string, more: Partial<StudyOptions> = {}): StudyOptions => ({
  space: OWN,
  evaluator,
  minimise: 'loss',
  sampler: 'random',
  seed: 7,
  budget: { trials: 24 },
  parallelism: 2,
  attempts: 20,
  ...more,
});
const typesOf = (study: string): readonly string[] => harness.happened(study).map(({ type }) => type);

test('STU-1 one bad worker of two fails no more than its failures in a row; then it is out, and the study says so', async () => {
  let [failed, done] = [0, 0];
  await breakable('mixed', 'bad', () => {
    failed += 1;
    throw new Error('no space left on the disk');
  });
  const study = await harness.studies.start('mixed', asked('mixed'));
  const seen = await until('it to be out', async () => (await study.view()).workersOut);
  expect(seen).toMatchObject([{ worker: 'bad', failures: 3, last: 'no space left on the disk' }]);
  await breakable('mixed', 'good', () => {
    done += 1;
    return { loss: 1 };
  });
  const { account } = await study.finished({ timeoutMs: 30_000 });
  expect(account).toMatchObject({ asked: 24, complete: 24, failed: 0, begunAgain: 3 });
  expect([failed, done]).toEqual([3, 24]);
  expect(typesOf('mixed').filter((type) => type.startsWith('study.worker'))).toEqual(['study.workerBroken']);
});

test('STU-4 while all workers of a queue are out a study keeps its budget: each rest costs one attempt', async () => {
  let [begun, isWell] = [0, false];
  const rule = { breakAfter: 3, coolDownMs: 100, coolDownMsMax: 400 };
  await breakable(
    'sick',
    'only',
    () => {
      begun += 1;
      if (isWell) return { loss: 1 };
      throw new Error(`failure ${String(begun)}`);
    },
    { rule },
  );
  const study = await harness.studies.start('sick', asked('sick', { attempts: 2 }));
  const news = await until('two rests', () => {
    const told = harness.happened('sick').filter(({ type }) => type === 'study.workerBroken');
    if (told.length < 3) return undefined;
    isWell = true;
    return told;
  });
  const { account } = await study.finished({ timeoutMs: 30_000 });
  expect(news.slice(0, 3).map(({ data }) => [data['failures'], data['last']])).toEqual([
    [3, 'failure 3'],
    [4, 'failure 4'],
    [5, 'failure 5'],
  ]);
  expect(new Set(news.map(({ data }) => data['since'])).size).toBe(1);
  // what was not failed by then was never begun: it waited
  expect(account.failed).toBeLessThanOrEqual(3);
  expect(account.complete).toBe(24 - account.failed);
  expect(begun).toBe(24 + account.begunAgain);
  expect(typesOf('sick')).toContain('study.workerMended');
  expect((await study.view()).workersOut).toBeUndefined();
});

test('a worker whose evaluations hang is out at their time limit, before any of them returns', async () => {
  let hung = 0;
  const end = gate();
  await breakable(
    'hung',
    'stuck',
    async () => {
      hung += 1;
      await end.opened;
      return { loss: 0 };
    },
    { rule: { ...RULE, breakAfter: 2 }, at: 2 },
  );
  const study = await harness.studies.start('hung', asked('hung', { trialMs: 200, budget: { trials: 4 } }));
  const [out] = await until('it to be out', async () => (await study.view()).workersOut);
  expect(out).toMatchObject({ worker: 'stuck', failures: 2, last: 'it took longer than 200 ms' });
  await breakable('hung', 'fresh', () => ({ loss: 1 }));
  expect((await study.finished({ timeoutMs: 30_000 })).account).toMatchObject({ complete: 4, failed: 0 });
  expect(hung).toBe(2);
  end.open();
});
