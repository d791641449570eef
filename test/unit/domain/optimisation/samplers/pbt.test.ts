import type { Lineage } from '../../../../../src/contracts/optimisation/lineage';
import type { Configuration, SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import type { StudyRequest, Trial } from '../../../../../src/contracts/optimisation/study';
import { isRefusal, refuse } from '../../../../../src/contracts/errors';
import { emptyHistory, historyOf, observe } from '../../../../../src/domain/optimisation/history';
import { STREAMS, wordsOf } from '../../../../../src/domain/optimisation/philox';
import { pbtSampler } from '../../../../../src/domain/optimisation/samplers/pbt/pbt';
import { configurationProblem } from '../../../../../src/domain/optimisation/search-space';
import { changeStudy, enqueueTrials } from '../../../../../src/domain/optimisation/steering';
import { askTrials } from '../../../../../src/domain/optimisation/next-trials';
import { endOf } from '../../../../../src/domain/optimisation/trial-ends';
import { type StudyData } from '../../../../../src/domain/optimisation/study';
import { parseStudyRequest, specOf } from '../../../../../src/domain/optimisation/study-spec';
import { EVERYTHING } from '../../../../contract/samplers/sampler';
import { begun } from '../../../../support/studies/begun';

const ALWAYS = (): boolean => true;
const unit = { kind: 'float', low: 0, high: 1, log: false } as const;
const PLAIN: SearchSpace = { dimensions: { x: unit } };

const complete = (state: StudyData, trial: Trial, loss: number, checkpoint: unknown = loss): StudyData => {
  const { number, configuration } = trial;
  const outcome = { trial: number, attempt: 1, configuration, measures: { loss }, worker: 'w', checkpoint };
  return endOf(state, number, { kind: 'complete', outcome }, 0).state;
};
const failed = (state: StudyData, { number }: Trial): StudyData =>
  endOf(state, number, { kind: 'failed', refusal: refuse('evaluation-failed', 'no'), attempts: 1 }, 0).state;

interface Lived {
  readonly state: StudyData;
  readonly asked: readonly Trial[];
  /** In the order of their end. */
  readonly ended: readonly Trial[];
}

/** A study whose trials end in a random order, some of them without a result. @param look is told each ask before it is made */
function lived(
  request: Partial<StudyRequest>,
  { seed = 1, failures = 0.1, lossOf = (_trial: Trial): number => 0, renew = false },
): Lived {
  let state = begun({ sampler: 'pbt', seed, ...request });
  const asked: Trial[] = [];
  const ended: Trial[] = [];
  for (let round = 0; ; round++) {
    const step = askTrials(state, ALWAYS, 0);
    state = renew ? (JSON.parse(JSON.stringify(step.state)) as StudyData) : step.state;
    asked.push(...step.asked);
    const words = wordsOf(seed, 99, round, 0);
    const trial = state.running[words.below(Math.max(1, state.running.length))];
    if (trial === undefined) return { state, asked, ended };
    const isFailed = words.unit() < failures;
    const loss = lossOf(trial);
    state = isFailed ? failed(state, trial) : complete(state, trial, loss);
    ended.push({
      ...trial,
      state: isFailed ? 'failed' : 'complete',
      ...(isFailed ? {} : { measures: { loss }, feasible: true }),
    });
  }
}

const noise = (trial: Trial): number => wordsOf(5, 98, trial.number, 0).below(20);
const EVERY = { space: EVERYTHING, budget: { trials: 150 }, parallelism: 5, samplerOptions: { population: 8 } };

/**
 * Who goes on from whom, made of the record alone as the paper says it: no fold, no carried state. `before` has the trials that
 * had ended at an ask, in their order.
 */
function oracle(before: readonly Trial[], running: readonly Trial[], population: number, quantile: number) {
  const members = Array.from({ length: population }, (_each, at) => at + 1);
  const of = (member: number) => before.filter(({ lineage }) => lineage?.member === member);
  const isBusy = (member: number) => running.some(({ lineage }) => lineage?.member === member);
  const fresh = members.find((member) => of(member).length === 0 && !isBusy(member));
  if (fresh !== undefined) return { member: fresh, parents: [] };
  const waited = before.filter(({ lineage, number }) => {
    const member = lineage?.member ?? 0;
    return !isBusy(member) && of(member).at(-1)?.number === number;
  });
  const [last] = waited;
  const member = last?.lineage?.member ?? 0;
  const newest = members.flatMap((each) => of(each).findLast(({ state }) => state === 'complete') ?? []);
  const lossOf = (trial: Trial): number => trial.measures?.['loss'] ?? NaN;
  const ranked = newest.toSorted(
    (a, b) => lossOf(a) - lossOf(b) || (a.lineage?.member ?? 0) - (b.lineage?.member ?? 0),
  );
  const share = Math.min(Math.ceil(ranked.length * quantile), Math.floor(ranked.length / 2));
  const own = newest.find(({ lineage }) => lineage?.member === member);
  const top = ranked.slice(0, share).filter((each) => each !== own);
  const isLost = last?.state !== 'complete';
  const isWorst = own !== undefined && ranked.indexOf(own) >= ranked.length - share;
  const better = isLost || isWorst ? top : [];
  if (better.length > 0) return { member, parents: better.map(({ number }) => number), how: 'exploit' };
  return own === undefined ? { member, parents: [] } : { member, parents: [own.number], how: 'continue' };
}

describe('who goes on from whom', () => {
  test.each([1, 2, 3])('is what an oracle says that reads the whole record (seed %i)', (seed) => {
    let state = begun({ sampler: 'pbt', seed, ...EVERY, budget: { trials: 100 } });
    const before: Trial[] = [];
    let exploits = 0;
    for (let round = 0; ; round++) {
      for (;;) {
        const expected = oracle(before, state.running, 8, 0.25);
        const step = askTrials(state, ALWAYS, 0, 1);
        const [trial] = step.asked;
        if (trial === undefined) break;
        const { member, from, how = 'start' } = trial.lineage ?? {};
        expect([trial.number, member, how]).toEqual([trial.number, expected.member, expected.how ?? 'start']);
        if (from === undefined) expect(expected.parents).toEqual([]);
        else expect(expected.parents).toContain(from);
        exploits += how === 'exploit' ? 1 : 0;
        ({ state } = step);
      }
      const words = wordsOf(seed, 97, round, 0);
      const trial = state.running[words.below(Math.max(1, state.running.length))];
      if (trial === undefined) break;
      const isFailed = words.unit() < 0.15;
      const loss = words.below(12);
      state = isFailed ? failed(state, trial) : complete(state, trial, loss);
      before.push({ ...trial, state: isFailed ? 'failed' : 'complete', measures: { loss } });
    }
    expect(exploits).toBeGreaterThan(12);
  });

  test('a lineage is a forest: a start has no parent, each other trial an earlier complete one, one generation below', () => {
    const { asked, ended } = lived(EVERY, { lossOf: noise });
    const byNumber = new Map(ended.map((trial) => [trial.number, trial]));
    for (const { number, lineage } of asked) {
      const parent = byNumber.get(lineage?.from ?? 0);
      if (lineage?.how === 'start') expect([lineage.from, lineage.generation]).toEqual([undefined, 0]);
      else {
        expect(parent?.state).toBe('complete');
        expect(parent?.number).toBeLessThan(number);
        expect(lineage?.generation).toBe((parent?.lineage?.generation ?? NaN) + 1);
        expect(lineage?.how === 'continue').toBe(parent?.lineage?.member === lineage?.member);
      }
    }
    expect(new Set(asked.map(({ lineage }) => lineage?.how))).toEqual(new Set(['start', 'continue', 'exploit']));
  });

  test('a member has one open trial at most, and all members are trained', () => {
    for (const parallelism of [1, 3, 8]) {
      let state = begun({ sampler: 'pbt', seed: 3, ...EVERY, parallelism, budget: { trials: 120 } });
      for (let round = 0; state.state !== 'finished'; round++) {
        ({ state } = askTrials(state, ALWAYS, 0));
        const open = state.running.map(({ lineage }) => lineage?.member);
        expect(new Set(open).size).toBe(open.length);
        const trial = state.running[wordsOf(3, 96, round, 0).below(state.running.length)];
        if (trial !== undefined) state = complete(state, trial, noise(trial));
      }
      expect(state.counts.complete).toBe(120);
      expect(state.checkpoints?.map(({ member }) => member).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    }
  });

  test('of equal members the later ones give up, too: copies of one member part again', () => {
    const { asked } = lived(EVERY, { failures: 0, lossOf: () => 1 });
    const exploits = asked.filter(({ lineage }) => lineage?.how === 'exploit');
    const who = new Set(exploits.map(({ lineage }) => lineage?.member));
    expect([1, 2, 7, 8].map((member) => who.has(member))).toEqual([false, false, true, true]);
  });

  test('one whose interval failed goes on from another of the best, by itself from its last result when there is none', () => {
    let { state } = askTrials(begun({ sampler: 'pbt', space: PLAIN, samplerOptions: { population: 2 } }), ALWAYS, 0);
    const [one, two] = state.running;
    if (one === undefined || two === undefined) throw new Error('two starts');
    state = failed(state, one);
    // nobody has a result yet: it begins again
    let step = askTrials(state, ALWAYS, 0);
    expect(step.asked[0]?.lineage).toEqual({ member: 1, generation: 0, how: 'start' });
    state = complete(step.state, two, 3);
    step = askTrials(state, ALWAYS, 0);
    expect(step.asked[0]).toMatchObject({
      configuration: two.configuration,
      lineage: { member: 2, from: 2, how: 'continue' },
    });
    // its own last result is the only one there is
    const [third] = step.asked;
    if (third === undefined) throw new Error('a third');
    step = askTrials(failed(step.state, third), ALWAYS, 0);
    expect(step.asked[0]?.lineage).toMatchObject({ member: 2, from: 2, generation: 1, how: 'continue' });
  });

  test('bounds that were broken come before any loss', () => {
    let { state } = askTrials(
      begun({
        sampler: 'pbt',
        space: PLAIN,
        subjectTo: { size: { atMost: 1 } },
        samplerOptions: { population: 2 },
        parallelism: 2,
      }),
      ALWAYS,
      0,
    );
    const [one, two] = state.running;
    if (one === undefined || two === undefined) throw new Error('two starts');
    const told = (trial: Trial, loss: number, size: number) => {
      const { number, configuration } = trial;
      const outcome = {
        trial: number,
        attempt: 1,
        configuration,
        measures: { loss, size },
        worker: 'w',
        checkpoint: 1,
      };
      state = endOf(state, number, { kind: 'complete', outcome }, 0).state;
    };
    told(one, -100, 2);
    told(two, 5, 1);
    const { asked } = askTrials(state, ALWAYS, 0);
    expect(asked.map(({ lineage }) => [lineage?.member, lineage?.from, lineage?.how])).toEqual([
      [1, 2, 'exploit'],
      [2, 2, 'continue'],
    ]);
  });
});

describe('what it goes on with', () => {
  test('bounds, steps and conditions hold, and what has changed is named', () => {
    const { asked, ended } = lived({ ...EVERY, budget: { trials: 250 } }, { lossOf: noise });
    const byNumber = new Map(ended.map((trial) => [trial.number, trial]));
    for (const { configuration, lineage } of asked) {
      expect(configurationProblem(EVERYTHING, configuration)).toBeUndefined();
      const before = byNumber.get(lineage?.from ?? 0)?.configuration ?? {};
      const changed = Object.keys(EVERYTHING.dimensions).filter((name) => before[name] !== configuration[name]);
      if (lineage?.how === 'continue') expect(changed).toEqual([]);
      if (lineage?.how === 'exploit') expect(lineage.changed).toEqual(changed);
    }
  });

  const KINDS: SearchSpace = {
    dimensions: {
      rate: { kind: 'float', low: 1e-3, high: 1e3, log: true },
      share: unit,
      layers: { kind: 'int', low: 1, high: 9, log: false, step: 1 },
      width: { kind: 'float', low: 0, high: 1, log: false, step: 0.1 },
      size: { kind: 'ordinal', choices: [16, 32, 64] },
      below: { kind: 'float', low: -1, high: 1, log: false },
    },
  };
  /** What becomes of a configuration that is taken over, at many asks. */
  function taken(configuration: Configuration, options: object): readonly Configuration[] {
    const lineageOf = (member: number): Lineage => ({ member, generation: 0, how: 'start' });
    const worse = { ...configuration, share: 0.9 };
    const history = [configuration, worse].reduce(
      (before, each, at) =>
        observe(before, KINDS, {
          number: at + 1,
          configuration: each,
          loss: at,
          feasible: true,
          lineage: lineageOf(at + 1),
        }),
      emptyHistory(KINDS),
    );
    const pending = [{ number: 3, configuration, lineage: lineageOf(1) }];
    return Array.from({ length: 400 }, (_each, ask) =>
      pbtSampler.ask(KINDS, historyOf(history), pending, { seed: 5, ask, options: { population: 2, ...options } }),
    );
  }
  const valuesOf = (all: readonly Configuration[], name: string) =>
    [...new Set(all.map((each) => each[name]))].toSorted((a, b) => Number(a) - Number(b));
  const START = { rate: 10, share: 0.5, layers: 2, width: 0.5, size: 32, below: -0.5 };

  test('a number is multiplied, on its step by one at least; a choice goes to its neighbour', () => {
    const all = taken(START, { resample: 0 });
    const seen = (name: string) => valuesOf(all, name);
    expect([seen('rate'), seen('share'), seen('layers')]).toEqual([
      [8, 12],
      [0.4, 0.6],
      [1, 3],
    ]);
    expect([seen('width'), seen('size'), seen('below')]).toEqual([
      [0.4, 0.6],
      [16, 64],
      [-0.6, -0.4],
    ]);
  });

  test('at the ends of a range it stays inside', () => {
    const all = taken(
      { rate: 1e3, share: 1, layers: 9, width: 1, size: 64, below: -1 },
      { resample: 0, perturb: [0.5, 2] },
    );
    const seen = (name: string) => valuesOf(all, name);
    expect([seen('rate'), seen('share'), seen('layers')]).toEqual([
      [500, 1000],
      [0.5, 1],
      [5, 9],
    ]);
    expect([seen('width'), seen('size'), seen('below')]).toEqual([
      [0.5, 1],
      [32, 64],
      [-1, -0.5],
    ]);
  });

  test('each value is drawn anew with its chance', () => {
    const all = taken(START, {});
    const anew = all.filter(({ rate }) => rate !== 8 && rate !== 12).length / all.length;
    expect(anew).toBeGreaterThan(0.19);
    expect(anew).toBeLessThan(0.31);
    expect(taken(START, { resample: 1 }).some(({ share }) => share === 0.4 || share === 0.6)).toBe(false);
  });
});

describe('as a study', () => {
  test('STU-5 the same history makes the same lineage, over renewals, whatever blocks are gone', () => {
    const at = { ...EVERY, budget: { trials: 200 } };
    const [one, other] = [lived(at, { lossOf: noise }), lived(at, { lossOf: noise, renew: true })];
    expect(other.asked).toEqual(one.asked);
    expect(lived(at, { lossOf: noise, seed: 2 }).asked).not.toEqual(one.asked);
    // what was carried is the same as what all trials say
    const { history } = one.state;
    const whole = one.ended.reduce(
      (before, { number, configuration, measures, state, lineage }) =>
        observe(before, EVERYTHING, {
          number,
          configuration,
          loss: measures?.['loss'],
          feasible: state === 'complete',
          ...(lineage === undefined ? {} : { lineage }),
        }),
      emptyHistory(EVERYTHING),
    );
    const key = { seed: 1, ask: 1_000, options: EVERY.samplerOptions };
    const carried = historyOf({ ...history, blocks: [] });
    expect(pbtSampler.descend?.(EVERYTHING, carried, [], key)).toEqual(
      pbtSampler.descend?.(EVERYTHING, historyOf(whole), [], key),
    );
  });

  test('what a slow member has come to is not forgotten, however much the others do meanwhile', () => {
    let state = begun({ sampler: 'pbt', space: PLAIN, samplerOptions: { population: 4 }, budget: { trials: 200 } });
    const exploited: (number | undefined)[] = [];
    for (let ended = 0; ended < 150; ended++) {
      const { asked, ...step } = askTrials(state, ALWAYS, 0);
      exploited.push(...asked.flatMap(({ lineage }) => (lineage?.how === 'exploit' ? [lineage.from] : [])));
      const [trial] = step.state.running.filter(({ number, lineage }) => number === 1 || lineage?.member !== 1);
      if (trial === undefined) throw new Error('one that ends');
      state = complete(step.state, trial, trial.number === 1 ? -1 : noise(trial));
    }
    expect(state.running[0]?.lineage).toEqual({ member: 1, generation: 1, from: 1, how: 'continue' });
    expect(exploited.length).toBeGreaterThan(20);
    expect(new Set(exploited)).toEqual(new Set([1]));
    expect(state.checkpoints?.find(({ member }) => member === 1)).toMatchObject({ trial: 1, checkpoint: -1 });
  });

  test('what is enqueued begins members while there are some to begin; afterwards it stands beside', () => {
    let state = begun({ sampler: 'pbt', space: PLAIN, samplerOptions: { population: 2 }, budget: { trials: 9 } });
    const enqueued = enqueueTrials(state, [{ x: 0.5 }, { x: 0.6 }, { x: 0.7 }], ALWAYS);
    if (isRefusal(enqueued)) throw new Error(enqueued.message);
    ({ state } = askTrials(enqueued.state, ALWAYS, 0));
    for (const trial of state.running) state = complete(state, trial, 1);
    const { asked } = askTrials(state, ALWAYS, 0);
    expect(state.recent.map(({ lineage, enqueued: is }) => [lineage?.member, is])).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(asked.map(({ configuration, lineage }) => [configuration['x'], lineage?.member])).toEqual([
      [0.7, undefined],
      [0.5, 1],
    ]);
  });

  test('a study carries one checkpoint of each member, and shows it with its best alone', () => {
    const { state } = lived({ ...EVERY, budget: { trials: 60 } }, { lossOf: noise });
    expect(state.checkpoints).toHaveLength(8);
    expect(state.best?.checkpoint).toBe(state.best?.measures?.['loss']);
    expect(state.recent.filter((trial) => 'checkpoint' in trial)).toEqual([]);
  });

  test('more trials at once than members, and nobody to hand checkpoints over, are refused', () => {
    const asking: StudyRequest = { space: PLAIN, sampler: 'pbt', minimise: 'loss', budget: { trials: 9 } };
    const spec = (more: Partial<StudyRequest>) =>
      specOf({ request: { ...asking, ...more } }, undefined, 'demo:study:s');
    const four = { evaluator: 'train', samplerOptions: { population: 4 } };
    expect(spec({ ...four, parallelism: 5 })).toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('a population of 4') as string,
    });
    expect(spec({ ...four, parallelism: 4 })).toMatchObject({ parallelism: 4 });
    expect(spec({ evaluator: 'train', samplerOptions: { population: 2 } })).toMatchObject({ parallelism: 2 });
    expect(spec({})).toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('evaluator') as string,
    });
    expect(spec({ ...four, minimise: ['loss', 'size'] })).toMatchObject({ code: 'invalid-request' });
    const state = begun({ space: PLAIN, sampler: 'pbt' });
    expect(changeStudy(state, { parallelism: 11 })).toMatchObject({ code: 'invalid-message' });
    expect(changeStudy(state, { parallelism: 10 })).not.toMatchObject({ code: 'invalid-message' });
  });

  test.each([
    [{ population: 1 }],
    [{ population: 101 }],
    [{ quantile: 0 }],
    [{ quantile: 0.6 }],
    [{ resample: -0.1 }],
    [{ perturb: [1.2, 0.8] }],
    [{ perturb: [0.8] }],
    [{ perturb: 0.8 }],
    [{ perturb: [0, 1.2] }],
  ])('the options %j are refused, and which is said', (samplerOptions) => {
    const request = {
      space: PLAIN,
      evaluator: 'train',
      sampler: 'pbt',
      samplerOptions,
      minimise: 'loss',
      budget: { trials: 9 },
    };
    expect(parseStudyRequest(request)).toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining(`samplerOptions.${Object.keys(samplerOptions)[0] ?? ''} `) as string,
    });
  });
});

test('its words are its own', () => {
  expect(new Set(Object.values(STREAMS)).size).toBe(Object.keys(STREAMS).length);
});
