import { Reporter, type ReporterDeps } from '../../../activities/evaluator-reports';
import type { Delivery, PrunerSpec, Reports } from '../../../src/contracts/optimisation/pruning';
import { answerReports, reportingOf } from '../../../src/domain/optimisation/reports';
import { askTrials } from '../../../src/domain/optimisation/next-trials';
import { takeReports } from '../../../src/domain/optimisation/trial-ends';
import { type StudyData } from '../../../src/domain/optimisation/study';
import { begun } from '../../support/studies/begun';

const SPACE = { dimensions: { x: { kind: 'float' as const, low: 0, high: 1, log: false } } };
const HALVING: PrunerSpec = { kind: 'halving', minResource: 4, reductionFactor: 2 };

/** A study by its rules, the clock, and what an attempt has said. */
interface Table {
  state: StudyData;
  now: number;
  isDown: boolean;
  readonly delivered: Delivery[];
  /** How many reports each question was about. */
  readonly asked: number[];
  readonly failures: unknown[];
  attempt(more?: Partial<ReporterDeps>): Reporter;
}

function table(pruner: PrunerSpec | undefined): Table {
  const asking = begun({ space: SPACE, parallelism: 2, ...(pruner === undefined ? {} : { pruner }) });
  const at: Table = {
    state: askTrials(asking, () => true, 0).state,
    now: 0,
    isDown: false,
    delivered: [],
    asked: [],
    failures: [],
    attempt: (more = {}) => {
      const reporting = reportingOf(at.state, 1);
      const reached = <T>(value: T): Promise<T> =>
        at.isDown ? Promise.reject(new Error('the server is down')) : Promise.resolve(value);
      return new Reporter({
        trial: 1,
        attempt: 1,
        ...(reporting === undefined ? {} : { reporting }),
        study: {
          deliver: async (delivery) => {
            await reached(undefined);
            at.delivered.push(delivery);
            at.state = takeReports(at.state, delivery).state;
          },
          ask: (question) => {
            at.asked.push(question.fresh);
            return reached(answerReports(at.state, question));
          },
        },
        now: () => at.now,
        failed: (error) => at.failures.push(error),
        ...more,
      });
    },
  };
  return at;
}
const reports = (steps: readonly number[], values: readonly number[] = steps): Reports => ({ steps, values });

test('without a pruner nothing is asked or delivered; what is reported goes with the outcome', async () => {
  const at = table(undefined);
  const reporter = at.attempt();
  at.now = 60_000;
  reporter.report(0, 1);
  expect(await reporter.shouldStop()).toBe(false);
  expect([at.asked, at.delivered, reporter.waiting]).toEqual([[], [], reports([0], [1])]);
});

test('a trial asks once in a second at most, however often it wants to know, and only when it has something to tell', async () => {
  const at = table({ kind: 'threshold', upper: 5 });
  const reporter = at.attempt();
  for (let step = 0; step < 30; step++) {
    at.now += 100;
    reporter.report(step, step);
    // what lies outside is seen with the next question, though newer reports came since
    expect(await reporter.shouldStop()).toBe(at.now >= 1_000);
  }
  expect(at.asked).toEqual([10, 10, 10]);
  at.now += 10_000;
  await reporter.shouldStop();
  expect(at.asked).toHaveLength(3);
  expect(at.delivered).toEqual([]);
});

test('each report is judged once: what was good when it was asked about is not held against the trial later', async () => {
  const at = table({ kind: 'threshold', upper: 5 });
  const reporter = at.attempt();
  const told = async (step: number, value: number): Promise<boolean> => {
    at.now += 1_000;
    reporter.report(step, value);
    return reporter.shouldStop();
  };
  expect([await told(0, 9), await told(1, 1)]).toEqual([true, false]);
});

test('what reaches a rung is delivered at once with all before it, and answered by what the study made of it', async () => {
  const at = table(HALVING);
  at.state = takeReports(at.state, { trial: 2, attempt: 1, reports: reports([4], [0]) }).state;
  const reporter = at.attempt();
  for (let step = 0; step < 4; step++) {
    reporter.report(step, step);
    expect(await reporter.shouldStop()).toBe(false);
  }
  expect(at.delivered).toEqual([]);
  reporter.report(4, 4);
  expect(await reporter.shouldStop()).toBe(true);
  expect(at.delivered).toEqual([{ trial: 1, attempt: 1, reports: reports([0, 1, 2, 3, 4]) }]);
  expect(reporter.waiting).toBeUndefined();
});

test('a rung that could not be delivered goes with the next question, a second later; nothing is lost and nothing throws', async () => {
  const at = table(HALVING);
  const reporter = at.attempt();
  at.isDown = true;
  for (let step = 0; step < 30; step++) {
    at.now += 100;
    reporter.report(step, 1);
    expect(await reporter.shouldStop()).toBe(false);
  }
  // at the rung, and in each second since
  expect(at.failures.length).toBeLessThanOrEqual(4);
  expect(reporter.waiting?.steps).toHaveLength(30);
  at.isDown = false;
  at.now += 1_000;
  reporter.report(30, 1);
  await reporter.shouldStop();
  expect(at.delivered[0]?.reports.steps).toHaveLength(31);
  expect(at.state.pruning?.memory.rungs).toEqual({ '0/0': [1], '0/1': [1], '0/2': [1] });
});

test('between rungs is delivered ever more seldom: an hour costs nine deliveries', async () => {
  const at = table({ kind: 'threshold', upper: 5 });
  const reporter = at.attempt();
  for (let second = 10; second <= 3_600; second += 10) {
    at.now = second * 1_000;
    reporter.report(second, 1);
    await reporter.shouldStop();
  }
  const seconds = at.delivered.map(({ reports: { steps } }) => steps.at(-1));
  expect(seconds).toEqual([10, 20, 40, 80, 160, 320, 640, 1_280, 2_560]);
  expect(at.state.pruning?.open['1']?.reports.steps.at(-1)).toBe(2_560);
});

test('of too many reports some between rungs are left out and counted; one at a rung never is', async () => {
  const at = table(HALVING);
  at.isDown = true;
  const reporter = at.attempt({ reporting: { everyMs: 1_000_000, keep: 20, rung: 5 } });
  for (let step = 0; step < 200; step++) {
    reporter.report(step, step);
    if (step === 5) await reporter.shouldStop();
  }
  const { steps = [], thinned = 0 } = reporter.waiting ?? {};
  expect(steps.length + thinned).toBe(200);
  expect(steps).toContain(5);
  expect(steps.at(-1)).toBe(199);
});

test('a rung that the study does not take as reached keeps no more than its first report, and asks once in a second', async () => {
  const at = table({ kind: 'patient', patience: 50, of: HALVING });
  const reporter = at.attempt();
  for (let step = 0; step < 3_000; step++) {
    at.now += 1;
    if (step === 1_000) at.isDown = true;
    reporter.report(step, -step);
    await reporter.shouldStop();
  }
  // at the rung, and a second after
  expect(at.delivered.map(({ reports: { steps } }) => steps.at(-1))).toEqual([4]);
  expect(reporter.waiting?.steps.length).toBeLessThanOrEqual(1_000);
});

test('an attempt goes on behind what the one before had reported until its checkpoint', async () => {
  const at = table(HALVING);
  const reporter = at.attempt({ attempt: 2, before: reports([2, 3]) });
  reporter.report(3, 99);
  reporter.report(4, 4);
  await reporter.shouldStop();
  expect(at.delivered).toEqual([{ trial: 1, attempt: 2, reports: reports([2, 3, 4]) }]);
});

test.each([
  [-1, 0],
  [0.5, 0],
  [NaN, 0],
  [0, 'much' as unknown as number],
])('a report of step %p and value %p is refused', (step, value) => {
  const reporter = table(HALVING).attempt();
  expect(() => {
    reporter.report(step, value);
  }).toThrow(/a report is a step from 0 and a number/);
});
