import fc from 'fast-check';
import { isRefusal } from '../../../../src/contracts/errors';
import { WAITING_REPORTS, WAITING_TRIALS } from '../../../../src/contracts/optimisation/pruning';
import type { StudyRequest, Trial } from '../../../../src/contracts/optimisation/study';
import { historyOf } from '../../../../src/domain/optimisation/history';
import type { Memory } from '../../../../src/domain/optimisation/pruners/pruner';
import { nextPromotion, promotingPruner } from '../../../../src/domain/optimisation/pruners/promotion';
import { goesOn } from '../../../../src/domain/optimisation/promoting';
import { answerReports, reportingOf } from '../../../../src/domain/optimisation/reports';
import { changeStudy, pauseStudy, resumeStudy } from '../../../../src/domain/optimisation/steering';
import {
  accountOf,
  hasEnded,
  stopStudy,
  type StudyData,
  type StudyStep,
} from '../../../../src/domain/optimisation/study';
import { endOf, takeReports } from '../../../../src/domain/optimisation/trial-ends';
import { finishedStudy, studyView } from '../../../../src/domain/optimisation/study-view';
import type { Ending } from '../../../../src/domain/optimisation/trial';
import { begun } from '../../../support/studies/begun';
import { recompute, recorded, type Happened } from '../../../support/studies/recompute';

const SPACE = { dimensions: { x: { kind: 'float' as const, low: 0, high: 1, log: false } } };
const always = (): boolean => true;
const promoting = (more: object = {}) =>
  ({ kind: 'halving', promote: true, minResource: 1, reductionFactor: 2, ...more }) as const;
const study = (more: Partial<StudyRequest> = {}): StudyData =>
  begun({ space: SPACE, seed: 1, pruner: promoting(), ...more });

/** What a study does by itself, until there is nothing more to do. */
function settle(before: StudyData, now = 0, seen: (step: StudyStep) => void = () => undefined): StudyData {
  let state = before;
  for (let step = goesOn(state, always, now); step !== undefined; step = goesOn(state, always, now)) {
    seen(step);
    ({ state } = step);
  }
  return state;
}

const attemptOf = ({ attempts }: Trial): number => attempts + 1;

/** What a trial reports at a step. @returns whether it is to stop */
function report(state: StudyData, trial: Trial, step: number, value: number): readonly [StudyData, boolean] {
  const { number } = trial;
  const reports = { steps: [step], values: [Number.isFinite(value) ? value : 'NaN'] as const };
  const told = takeReports(state, { trial: number, attempt: attemptOf(trial), reports }).state;
  const none = { steps: [], values: [] };
  return [told, answerReports(told, { trial: number, attempt: attemptOf(trial), reports: none, fresh: 1 }).stop];
}

function ending(trial: Trial, loss?: number, more: object = {}): Ending {
  const { number, configuration } = trial;
  const outcome = { trial: number, attempt: attemptOf(trial), configuration, worker: 'w', ...more };
  return loss === undefined
    ? { kind: 'pruned', outcome: { ...outcome, measures: {}, pruned: true } }
    : { kind: 'complete', outcome: { ...outcome, measures: { loss } } };
}
const trialOf = (state: StudyData, number: number): Trial => {
  const found = state.running.find((each) => each.number === number);
  if (found === undefined) throw new Error(`trial ${String(number)} does not run`);
  return found;
};
/** A running trial reports at its rung and is told to wait. */
function waits(state: StudyData, number: number, step: number, value: number, more: object = {}): StudyData {
  const [told, stop] = report(state, trialOf(state, number), step, value);
  expect(stop).toBe(true);
  return endOf(told, number, ending(trialOf(told, number), undefined, more), 0).state;
}

/** A number from 0 to 1 that looks like chance; the same for the same arguments. */
function chance(...of: readonly number[]): number {
  let hash = 2166136261;
  for (const each of of) {
    hash = Math.imul(hash ^ each, 16777619);
    hash = Math.imul(hash ^ (hash >>> 15), 2246822519);
  }
  return (hash >>> 0) / 2 ** 32;
}

/** Some studies as they are simulated: how long a job takes and what comes of it depends on its trial and rung. */
const simulated = fc.record({
  seed: fc.nat(1_000_000),
  workers: fc.integer({ min: 1, max: 9 }),
  factor: fc.integer({ min: 2, max: 4 }),
  trials: fc.integer({ min: 1, max: 60 }),
  rungs: fc.integer({ min: 1, max: 3 }),
  nans: fc.constantFrom(0, 0.1),
});
type Simulated = typeof simulated extends fc.Arbitrary<infer T> ? T : never;

/** A job: train a trial until a rung. The last rung is the whole trial. */
type Job = readonly [trial: number, rung: number];
const lasts = ({ seed }: Simulated, [trial, rung]: Job): number => 1 + chance(seed, 1, trial, rung) * 4 * (rung + 1);
function lossAt({ seed, nans }: Simulated, [trial, rung]: Job): number {
  if (chance(seed, 2, trial, rung) < nans) return NaN;
  return chance(seed, 3, trial) + 0.5 * chance(seed, 4, trial, rung);
}

/** Whose job is done next. */
function first(busy: readonly (readonly [at: number, job: Job])[]): number {
  return busy.reduce((best, [at], place) => (at < (busy[best]?.[0] ?? Infinity) ? place : best), 0);
}

/** Algorithm 2 of Li et al. 2020, line by line. @returns the jobs, in the order in which they are given out */
function published(of: Simulated): readonly Job[] {
  const rungs = Array.from({ length: of.rungs }, () => [] as { trial: number; loss: number }[]);
  const promotedFrom = rungs.map(() => new Set<number>());
  let next = 0;
  const getJob = (): Job | undefined => {
    for (let k = of.rungs - 1; k >= 0; k--) {
      const rung = rungs[k] ?? [];
      const sorted = rung
        .filter(({ loss }) => !Number.isNaN(loss))
        .sort((a, b) => a.loss - b.loss || a.trial - b.trial);
      const candidates = sorted.slice(0, Math.floor(rung.length / of.factor));
      const promotable = candidates.filter(({ trial }) => promotedFrom[k]?.has(trial) !== true);
      if (promotable[0] === undefined) continue;
      promotedFrom[k]?.add(promotable[0].trial);
      return [promotable[0].trial, k + 1];
    }
    if (next === of.trials) return undefined;
    return [++next, 0];
  };
  const jobs: Job[] = [];
  let busy: (readonly [number, Job])[] = [];
  const fill = (now: number): void => {
    while (busy.length < of.workers) {
      const job = getJob();
      if (job === undefined) return;
      jobs.push(job);
      busy.push([now + lasts(of, job), job]);
    }
  };
  fill(0);
  while (busy.length > 0) {
    const done = first(busy);
    const [at, job] = busy[done] ?? [0, [0, 0]];
    busy = busy.filter((_each, place) => place !== done);
    if (job[1] < of.rungs) rungs[job[1]]?.push({ trial: job[0], loss: lossAt(of, job) });
    fill(at);
  }
  return jobs;
}

/** The same by a study. */
function studied(of: Simulated): { readonly jobs: readonly Job[]; readonly state: StudyData } {
  const stepAt = (rung: number): number => of.factor ** rung;
  let state = study({
    budget: { trials: of.trials },
    parallelism: of.workers,
    pruner: promoting({ reductionFactor: of.factor, maxResource: stepAt(of.rungs) }),
  });
  const jobs: Job[] = [];
  let busy: (readonly [number, Job])[] = [];
  const begin = (now: number, job: Job): void => {
    jobs.push(job);
    busy.push([now + lasts(of, job), job]);
  };
  const goOn = (now: number): void => {
    state = settle(state, 0, ({ asked }) => {
      for (const { number, waits: waited } of asked) begin(now, [number, (waited?.at(-1)?.rung ?? -1) + 1]);
    });
  };
  goOn(0);
  while (busy.length > 0) {
    const done = first(busy);
    const [at, [number, rung]] = busy[done] ?? [0, [0, 0]];
    busy = busy.filter((_each, place) => place !== done);
    const trial = trialOf(state, number);
    let stop = true;
    if (rung < of.rungs) [state, stop] = report(state, trial, stepAt(rung), lossAt(of, [number, rung]));
    if (rung === of.rungs) state = endOf(state, number, ending(trial, chance(of.seed, 5, number)), 0).state;
    else if (stop) state = endOf(state, number, ending(trial), 0).state;
    else begin(at, [number, rung + 1]);
    goOn(at);
  }
  return { jobs, state };
}

test('STU-1 STU-4 trials go on in the order of the published algorithm, whatever the workers, and all end once', () => {
  fc.assert(
    fc.property(simulated, (of) => {
      const { jobs, state } = studied(of);
      expect(jobs).toEqual(published(of));
      const { asked, running, waiting, complete, pruned } = accountOf(state);
      expect({ asked, running, waiting, ended: complete + pruned }).toEqual({
        asked: of.trials,
        running: 0,
        waiting: 0,
        ended: of.trials,
      });
      expect(finishedStudy(state)).toMatchObject({ state: 'finished', account: { begunAgain: 0 } });
    }),
    { numRuns: 60 },
  );
});

test('who goes on is, at any time, the best that waits of the highest rung with room above; nobody goes on twice from one', () => {
  const arrivals = fc.array(
    fc.record({ rung: fc.nat(2), loss: fc.integer({ min: 0, max: 9 }), takes: fc.boolean(), isNaN: fc.nat(9) }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 2, max: 4 }), (all, reductionFactor) => {
      const options = { promote: true, minResource: 1, reductionFactor } as const;
      const pruner = promotingPruner(options);
      let memory: Memory = { rungs: {} };
      const peers = { study: 's', direction: 'minimise', completed: 0, curves: [] } as const;
      const told = [0, 1, 2].map(() => [] as { trial: number; loss: number }[]);
      const waitsAt = new Map<number, number>();
      const gone = new Set<string>();
      all.forEach(({ rung, loss: drawn, takes, isNaN }, at) => {
        const number = at + 1;
        const loss = isNaN === 0 ? NaN : drawn;
        const curve = { steps: [reductionFactor ** rung], values: [loss] };
        const said = pruner.judge({ number, curve, reached: rung }, { ...peers, memory });
        memory = JSON.parse(JSON.stringify(said.learnt?.memory)) as Memory;
        told[rung]?.push({ trial: number, loss });
        const isAbove = (trial: number, k: number): boolean => {
          const others = told[k] ?? [];
          const mine = others.find((each) => each.trial === trial)?.loss ?? NaN;
          const before = others.filter((each) => each.loss < mine || (each.loss === mine && each.trial < trial));
          return !Number.isNaN(mine) && before.length < Math.floor(others.length / reductionFactor);
        };
        expect(said).toMatchObject({ stop: !isAbove(number, rung), learnt: { reached: rung + 1 } });
        expect(said.waits === true).toBe(said.stop && !Number.isNaN(loss));
        if (said.waits === true) waitsAt.set(number, rung);
        if (!said.stop) gone.add(`${String(number)}/${String(rung)}`);
        const wanted = [2, 1, 0].flatMap((k) =>
          [...waitsAt]
            .filter(([trial, its]) => its === k && isAbove(trial, k))
            .map(([trial]) => ({ trial, loss: told[k]?.find((each) => each.trial === trial)?.loss ?? 0 }))
            .sort((a, b) => a.loss - b.loss || a.trial - b.trial)
            .slice(0, 1),
        )[0]?.trial;
        const found = nextPromotion(options, memory, (trial) => waitsAt.get(trial));
        expect(found).toBe(wanted);
        if (found === undefined || !takes) return;
        const key = `${String(found)}/${String(waitsAt.get(found))}`;
        expect(gone.has(key)).toBe(false);
        gone.add(key);
        waitsAt.delete(found);
      });
    }),
  );
});

const happening = fc.record({
  kind: fc.constantFrom(
    ...(['go', 'go', 'rung', 'rung', 'rung', 'complete', 'fail', 'cancel', 'self'] as const),
    ...(['pause', 'resume', 'extend', 'shrink', 'json', 'time'] as const),
  ),
  which: fc.nat(40),
  value: fc.double({ min: 0, max: 1, noNaN: true }),
});
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** What has become of a study, and the rung that each of its trials comes to next. */
interface Lived {
  readonly state: StudyData;
  readonly now: number;
}

function after({ state, now }: Lived, { kind, which, value }: Happening): Lived {
  const trial = state.running[which % Math.max(1, state.running.length)];
  const spent = { cost: Math.round((trial?.cost ?? 0) * 100 + value * 10) / 100 };
  switch (kind) {
    case 'go':
      return { state: settle(state, now), now };
    case 'rung': {
      if (trial === undefined) return { state, now };
      const rung = reportingOf(state, trial.number)?.rung ?? 0;
      const [told, stop] = report(state, trial, rung, value);
      return { state: stop ? endOf(told, trial.number, ending(trial, undefined, spent), now).state : told, now };
    }
    case 'complete':
    case 'self':
      return {
        state: trial
          ? endOf(state, trial.number, ending(trial, kind === 'self' ? undefined : value, spent), now).state
          : state,
        now,
      };
    case 'fail': {
      const refusal = { code: 'evaluation-failed' as const, message: 'no' };
      const failed: Ending = { kind: 'failed', refusal, attempts: (trial?.attempts ?? 0) + 1, atLeast: spent.cost };
      return { state: trial ? endOf(state, trial.number, failed, now).state : state, now };
    }
    case 'cancel':
      return { state: trial ? endOf(state, trial.number, { kind: 'cancelled' }, now).state : state, now };
    case 'json':
      return { state: JSON.parse(JSON.stringify(state)) as StudyData, now };
    case 'time':
      return { state, now: now + 1_000 };
    default: {
      const step =
        kind === 'pause'
          ? pauseStudy(state, 'wait', now)
          : kind === 'resume'
            ? resumeStudy(state, now)
            : changeStudy(state, { trials: state.spec.budget.trials + (kind === 'extend' ? 1 : -1) });
      return { state: isRefusal(step) ? state : step.state, now };
    }
  }
}

test('STU-1 STU-4 ECO-2 ECO-5 with trials that wait the account balances after any history, money is never overspent, and each trial ends once', () => {
  fc.assert(
    fc.property(
      fc.array(happening, { maxLength: 150 }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom<Partial<StudyRequest['budget']>>(
        {},
        { seconds: 20 },
        { cost: 4, costPerTrial: 1 },
        { cost: 4, costPerTrial: 1, unreported: 'free' },
      ),
      (all, trials, parallelism, more) => {
        let lived: Lived = { state: study({ budget: { trials, ...more }, parallelism }), now: 0 };
        const ended = new Set<number>();
        const open = ({ running, atRungs = [] }: StudyData): readonly number[] =>
          [...running, ...atRungs.map(({ trial }) => trial)].map(({ number }) => number);
        const check = (before: StudyData): void => {
          const { state } = lived;
          const { budget, asked, running, waiting = 0, complete, pruned, failed, cancelled, cost } = accountOf(state);
          expect(asked).toBe(running + waiting + complete + pruned + failed + cancelled);
          expect(asked).toBeLessThanOrEqual(budget);
          expect(running).toBeLessThanOrEqual(parallelism);
          const now = open(state);
          expect(new Set(now).size).toBe(now.length);
          for (const number of open(before)) if (!now.includes(number)) ended.add(number);
          expect(now.some((number) => ended.has(number))).toBe(false);
          expect(ended.size).toBe(complete + pruned + failed + cancelled);
          expect(state.purse?.minted ?? 0).toBe(
            (state.purse?.balance ?? 0) +
              Object.values(state.purse?.escrow ?? {}).reduce((sum, each) => sum + each, 0) +
              (state.purse?.burnt ?? 0),
          );
          // no trial costs more than was set aside for it, so nothing is overspent
          expect(cost?.overrun ?? 0).toBe(0);
          if (hasEnded(state)) expect(cost?.reserved ?? 0).toBe(0);
        };
        for (const what of all) {
          const before = lived.state;
          lived = after(lived, what);
          check(before);
        }
        // and when it is stopped, all that waits ends with what runs
        const before = lived.state;
        lived = { ...lived, state: settle(stopStudy(lived.state, 'enough').state, lived.now) };
        check(before);
        for (const { number } of lived.state.running) {
          const last = lived.state;
          lived = { ...lived, state: endOf(last, number, { kind: 'cancelled' }, lived.now).state };
          check(last);
        }
        expect(hasEnded(lived.state)).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});

test('STU-1 what waits has no slot and no worker; it is told again to stop when a worker is lost before it did, and late words change nothing', () => {
  let state = settle(study({ parallelism: 1, budget: { trials: 4 } }));
  // told to stop, lost, and begun again from an earlier checkpoint: it is still to stop, however far it comes
  const [told, stop] = report(state, trialOf(state, 1), 1, 0.5);
  expect(stop).toBe(true);
  const again = { trial: 1, attempt: 2, reports: { steps: [1, 2, 3], values: [0.5, 0.4, 0.3] } };
  state = takeReports(told, again).state;
  expect(answerReports(state, { ...again, fresh: 3 })).toEqual({ stop: true, rung: 2 });
  const [ended] = [endOf(state, 1, ending({ ...trialOf(state, 1), attempts: 1 }), 0)];
  expect(ended.events).toMatchObject([{ type: 'study.trialWaits', data: { trial: { number: 1, state: 'waiting' } } }]);
  state = settle(ended.state);
  expect(accountOf(state)).toMatchObject({ asked: 2, running: 1, waiting: 1 });
  expect(studyView(state).waiting).toMatchObject([{ number: 1, attempts: 2, waits: [{ rung: 0, step: 3 }] }]);
  expect(state.running.map(({ number }) => number)).toEqual([2]);
  // a word of the trial that waits is late
  state = takeReports(state, { trial: 1, attempt: 1, reports: { steps: [9], values: [0] } }).state;
  expect(accountOf(state).lateReports).toBe(1);
  // a worse one comes: there is room above for the first, which goes on with its third attempt, and the second waits
  state = settle(waits(state, 2, 1, 0.9));
  expect(state.running).toMatchObject([
    { number: 1, attempts: 2, waits: [{ rung: 0, from: expect.anything() as string }] },
  ]);
  expect(state.running[0]?.waits?.[0]?.until).toBeDefined();
  state = takeReports(state, { trial: 1, attempt: 2, reports: { steps: [9], values: [0] } }).state;
  expect(accountOf(state).lateReports).toBe(2);
  // where it goes on it is judged at the next rung
  expect(reportingOf(state, 1)).toMatchObject({ pauses: true, rung: 2 });
  state = endOf(state, 1, ending(trialOf(state, 1), 0.1), 0).state;
  expect(accountOf(state)).toMatchObject({ complete: 1, waiting: 1, begunAgain: 1 });
});

test('what was noted stays with what waits until it goes on, and to the end of what does not', () => {
  let state = waits(settle(study({ parallelism: 1, budget: { trials: 2 } })), 1, 1, 0.5, { attributes: { note: 1 } });
  expect(studyView(state).waiting).toMatchObject([{ number: 1, attributes: { note: 1 } }]);
  state = waits(settle(state), 2, 1, 0.9, { attributes: { note: 2 } });
  state = settle(state);
  expect(state.running).toMatchObject([{ number: 1 }]);
  expect(state.running[0]).not.toHaveProperty('attributes');
  state = settle(endOf(state, 1, ending(trialOf(state, 1), 0.1), 0).state);
  expect(state.recent.map(({ number, attributes }) => [number, attributes])).toEqual([
    [1, undefined],
    [2, { note: 2 }],
  ]);
});

test('STU-4 ECO-5 what waits has its cost booked and the rest free; it goes on only when what it may still cost can be set aside', () => {
  const money = { trials: 9, cost: 3, costPerTrial: 2 };
  let state = settle(study({ parallelism: 1, budget: money }));
  state = waits(state, 1, 1, 0.5, { cost: 0.25 });
  expect(accountOf(state).cost).toEqual({ budget: 3, free: 2.75, reserved: 0, spent: 0.25, overrun: 0 });
  state = settle(state);
  // the first would go on, but what it may still cost is not there: nothing runs that could free it, so all ends
  state = waits(state, 2, 1, 0.9, { cost: 1.5 });
  const spent = settle(state);
  expect(finishedStudy(spent)).toMatchObject({
    state: 'finished',
    reason: 'the budget of 3 is spent: 1.75 so far, and a trial may cost 2',
    account: { asked: 2, pruned: 2, waiting: 0, cost: { free: 1.25, reserved: 0, spent: 1.75 } },
  });
  // with more it goes on, with as much as it has left
  const richer = changeStudy(state, { cost: 3.5 });
  if (isRefusal(richer)) throw new Error(richer.message);
  state = settle(richer.state);
  expect(state.running).toMatchObject([{ number: 1, cost: 0.25 }]);
  expect(accountOf(state).cost).toMatchObject({ free: 0, reserved: 1.75, spent: 1.75 });
  state = endOf(state, 1, ending(trialOf(state, 1), 0.1, { cost: 1 }), 0).state;
  expect(state.recent.at(-1)).toMatchObject({ number: 1, cost: 1 });
  expect(accountOf(state).cost).toMatchObject({ free: 1, reserved: 0, spent: 2.5 });
});

test.each([
  [undefined, { free: 2, reserved: 2, spent: 0 }, 2],
  ['free', { free: 4, reserved: 0, spent: 0 }, 0],
] as const)('a trial that waits and has not said what it cost, with unreported %s', (unreported, cost, spent) => {
  const budget = { trials: 1, cost: 4, costPerTrial: 2, ...(unreported === undefined ? {} : { unreported }) };
  const state = waits(settle(study({ budget })), 1, 1, 0.5);
  expect(accountOf(state).cost).toMatchObject(cost);
  expect(accountOf(settle(state)).cost).toMatchObject({ reserved: 0, spent });
});

test('a paused study keeps what waits for as long as it likes, and promotes it when it is resumed; a sampler without more suggestions ends no promotion', () => {
  const space = { dimensions: { x: { kind: 'categorical' as const, choices: ['a', 'b'] } } };
  let state = settle(study({ space, sampler: 'grid', parallelism: 1, budget: { trials: 9 } }));
  state = settle(waits(state, 1, 1, 0.5));
  const paused = pauseStudy(state, 'lunch', 0);
  if (isRefusal(paused)) throw new Error(paused.message);
  state = waits(JSON.parse(JSON.stringify(paused.state)) as StudyData, 2, 1, 0.9);
  expect(goesOn(state, always, 1e12)).toBeUndefined();
  const resumed = resumeStudy(state, 1e12);
  if (isRefusal(resumed)) throw new Error(resumed.message);
  state = settle(resumed.state, 1e12);
  expect(state.running).toMatchObject([{ number: 1, waits: [{ until: new Date(1e12).toISOString() }] }]);
  // the grid has no third: what runs may still make room for what waits
  state = settle(waits(state, 1, 2, 0.5), 1e12);
  expect(state).toMatchObject({ state: 'finished', counts: { pruned: 2 } });
  expect(state.reason).toMatch(/^exhausted/);
});

test('a stop of an exhausted study, too, ends what waits; it is stopped then', () => {
  const space = { dimensions: { x: { kind: 'categorical' as const, choices: ['a', 'b'] } } };
  let state = settle(study({ space, sampler: 'grid', parallelism: 3, budget: { trials: 9 } }));
  state = settle(waits(state, 1, 1, 0.5));
  expect(state).toMatchObject({ state: 'draining', isExhausted: true });
  state = settle(stopStudy(state, 'enough').state);
  expect(accountOf(state)).toMatchObject({ running: 1, waiting: 0, pruned: 1 });
  state = waits(state, 2, 1, 0.9);
  expect(accountOf(state)).toMatchObject({ running: 0, waiting: 0, pruned: 2 });
  expect(state).toMatchObject({ state: 'stopped', reason: 'enough' });
});

test('of more trials than a study keeps waiting those that stand worst in their rung end; NaN waits nowhere', () => {
  const pruner = promoting({ reductionFactor: 4, maxResource: 4 });
  let state = settle(study({ parallelism: 1, budget: { trials: 2_000 }, pruner }));
  const values = new Map<number, number>();
  while (state.asked < 700) {
    const [trial] = state.running;
    if (trial === undefined) break;
    const value = trial.number === 5 ? NaN : chance(trial.number);
    values.set(trial.number, value);
    let stop = false;
    if (trial.waits === undefined) [state, stop] = report(state, trial, 1, value);
    state = settle(endOf(state, trial.number, ending(trial, stop ? undefined : value), 0).state);
  }
  const { waiting, pruned, complete } = accountOf(state);
  expect({ waiting, pruned: pruned > 10, complete: complete > 150 }).toEqual({
    waiting: WAITING_TRIALS,
    pruned: true,
    complete: true,
  });
  expect((state.atRungs ?? []).some(({ trial }) => trial.number === 5)).toBe(false);
  const kept = new Set((state.atRungs ?? []).map(({ trial }) => trial.number));
  const gone = state.recent.filter((trial) => trial.state === 'pruned').map(({ number }) => values.get(number) ?? 0);
  const worst = Math.max(...[...kept].map((number) => values.get(number) ?? 0));
  expect(Math.min(...gone)).toBeGreaterThan(0.95);
  expect(worst).toBeLessThan(Math.min(...gone));
});

test('a trial that waits keeps a few of its reports; when it ends they are in its event', () => {
  let state = settle(study({ parallelism: 1, budget: { trials: 1 }, pruner: promoting({ minResource: 40 }) }));
  const steps = Array.from({ length: 40 }, (_each, at) => at + 1);
  state = takeReports(state, { trial: 1, attempt: 1, reports: { steps, values: steps } }).state;
  state = endOf(state, 1, ending(trialOf(state, 1)), 0).state;
  const step = goesOn(state, always, 0);
  const { reports } = step?.events[0]?.data['trial'] as Trial;
  expect(reports?.steps.length).toBeLessThanOrEqual(WAITING_REPORTS);
  expect([reports?.steps[0], reports?.steps.at(-1)]).toEqual([1, 40]);
  expect((reports?.thinned ?? 0) + (reports?.steps.length ?? 0)).toBe(40);
});

test('STU-5 what waits, and what was promoted, teaches the sampler where it stood; the asks are computed again from what was recorded', () => {
  const events: Happened[] = [];
  const before = study({ sampler: 'tpe', parallelism: 3, budget: { trials: 60 } });
  let state = before;
  const take = (step: StudyStep): void => {
    events.push(...step.events.map((each) => JSON.parse(JSON.stringify(each)) as Happened));
    state = step.state;
  };
  const go = (): void => {
    state = settle(state, 0, (step) => events.push(...step.events));
  };
  go();
  for (let at = 0; !hasEnded(state); at++) {
    const trial = state.running[at % state.running.length];
    if (trial === undefined) break;
    const rung = reportingOf(state, trial.number)?.rung ?? 1;
    const x = Number(trial.configuration['x']);
    const [told, stop] = report(state, trial, rung, x);
    state = told;
    if (rung > 8) take(endOf(state, trial.number, ending(trial, x), 0));
    else if (stop) take(endOf(state, trial.number, ending(trial), 0));
    go();
  }
  expect(events.filter(({ type }) => type === 'study.promoted').length).toBeGreaterThan(2);
  expect(recompute(before, events).suggestions).toEqual(recorded(events));
  // and it has learnt: the later half is better
  const xs = recorded(events).map((configuration) => Number(configuration['x']));
  const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
  expect(mean(xs.slice(30))).toBeLessThan(mean(xs.slice(0, 10)) / 2);
});

test('a trial that waits before others leaves their bounds known', () => {
  const bounded = { sampler: 'gp', subjectTo: { loss: { atMost: 1 } }, parallelism: 2 } as const;
  let state = settle(study({ ...bounded, pruner: promoting({ maxResource: 2 }) }));
  state = waits(state, 1, 1, 0.5);
  state = endOf(state, 2, ending(trialOf(state, 2), 0.25), 0).state;
  expect(historyOf(state.history).slack()).toEqual([Float64Array.of(NaN, 0.75)]);
});
