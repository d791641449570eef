import { isRefusal, type Refusal } from '../../../../src/contracts/errors';
import { SAMPLERS, type EarlierTrial, type KeptStudyRequest } from '../../../../src/contracts/optimisation/study';
import { askOutside } from '../../../../src/domain/optimisation/asking';
import { specOf } from '../../../../src/domain/optimisation/study-spec';
import { accountOf, newStudy, type StudyData, type StudyStep } from '../../../../src/domain/optimisation/study';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { endOf } from '../../../../src/domain/optimisation/trial-ends';
import { studyView } from '../../../../src/domain/optimisation/study-view';
import { withEarlier } from '../../../../src/domain/optimisation/warm-start';

const request: KeptStudyRequest = {
  space: {
    dimensions: {
      x: { kind: 'float', low: 0, high: 1, log: false },
      kind: { kind: 'categorical', choices: ['a', 'b'] },
      depth: { kind: 'int', low: 1, high: 9, log: false, step: 1, when: { kind: 'b' } },
    },
  },
  evaluator: 'e',
  minimise: 'loss',
  subjectTo: { size: { atMost: 5 } },
  seed: 1,
  parallelism: 1,
  budget: { trials: 20 },
};
const warm = (trials: number): KeptStudyRequest['warmStart'] => ({
  trials,
  fingerprint: 'f',
  from: 'study mixed of Optuna',
});

/** Trials that say: near 0.2 with `b`. */
const earlier: readonly EarlierTrial[] = Array.from({ length: 150 }, (_each, at) => {
  const x = (at * 0.618034) % 1;
  const isB = at % 2 === 1;
  return {
    configuration: { x, kind: isB ? 'b' : 'a', ...(isB ? { depth: (at % 9) + 1 } : {}) },
    measures: { loss: Math.abs(x - 0.2) + (isB ? 0 : 1), size: at % 7 },
  };
});

function begun(trials: readonly EarlierTrial[], more: Partial<KeptStudyRequest> = {}): StudyStep | Refusal {
  const asked = {
    ...request,
    ...(trials.length === 0 ? {} : { warmStart: warm(trials.length) }),
    ...more,
  } as KeptStudyRequest;
  const spec = specOf({ request: asked }, undefined, 'demo:study:s');
  if (isRefusal(spec)) return spec;
  return withEarlier(newStudy('s', asked, spec, undefined), { request: asked, earlier: trials });
}

function stateOf(trials: readonly EarlierTrial[], more: Partial<KeptStudyRequest> = {}): StudyData {
  const step = begun(trials, more);
  if (isRefusal(step)) throw new Error(step.message);
  return step.state;
}

function asked(state: StudyData, count: number): readonly StudyData['running'][number][] {
  const trials: StudyData['running'][number][] = [];
  let next = state;
  for (let at = 0; at < count; at++) {
    const step = askTrials(next, () => true, 0);
    const [trial] = step.asked;
    if (trial === undefined) break;
    trials.push(trial);
    next = endOf(step.state, trial.number, { kind: 'cancelled' }, 0).state;
  }
  return trials;
}

test('STU-5 who asks from outside is given what an evaluator would be, learnt from the same trials', () => {
  const inside = stateOf(earlier);
  const { evaluator: _none, ...spec } = inside.spec;
  const step = askOutside({ ...inside, spec: { ...spec, leaseSeconds: 60 } }, { client: 'lab' }, () => true, 0);
  if (isRefusal(step)) throw new Error(step.message);
  const [trial] = asked(inside, 1);
  expect(step.leased.map(({ configuration }) => configuration)).toEqual([trial?.configuration]);
  expect(trial?.configuration).not.toEqual(asked(stateOf([]), 1)[0]?.configuration);
});

test('a study begins with what others found: its first suggestions are near the best of them', () => {
  const cold = asked(stateOf([]), 10);
  const warmed = asked(stateOf(earlier), 10);
  const off = (trials: typeof cold): number =>
    trials.reduce((sum, { configuration }) => sum + Math.abs(Number(configuration['x']) - 0.2), 0) / trials.length;
  expect(off(warmed)).toBeLessThan(0.1);
  expect(off(cold)).toBeGreaterThan(0.2);
  expect(warmed.map(({ configuration }) => configuration['kind'])).toEqual(Array(10).fill('b'));
});

test('they are none of its own: account, best, numbers and budget are without them', () => {
  const state = stateOf(earlier);
  expect(accountOf(state)).toMatchObject({ budget: 20, asked: 0, running: 0, complete: 0 });
  expect(studyView(state)).not.toHaveProperty('best');
  expect(studyView(state).request.warmStart).toEqual(warm(150));
  const step = begun(earlier) as StudyStep;
  expect(step.events).toMatchObject([{ type: 'study.started', data: { warmStart: warm(150) } }]);
  const own = asked(state, 30);
  expect(own.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_each, at) => at + 1));
});

test('the same trials give the same suggestions (STU-5), for each sampler', () => {
  for (const sampler of SAMPLERS) {
    const first = asked(stateOf(earlier, { sampler }), 5);
    const kept = JSON.parse(JSON.stringify(stateOf(earlier, { sampler }))) as StudyData;
    expect(asked(kept, 5)).toEqual(first);
    // a heavy ask is opened, and computed elsewhere
    if (sampler !== 'gp') expect(first.length).toBeGreaterThan(0);
  }
});

test('without earlier trials a study is as before', () => {
  const step = begun([]) as StudyStep;
  expect(step.events[0]?.data).not.toHaveProperty('warmStart');
  expect(step.state.history.open.numbers).toEqual([]);
});

test.each<[string, EarlierTrial, string]>([
  [
    'outside the space',
    { configuration: { x: 2, kind: 'a' }, measures: { loss: 1, size: 1 } },
    'x must lie in [0, 1]; got 2',
  ],
  ['a stranger', { configuration: { x: 0, kind: 'a', y: 1 }, measures: { loss: 1, size: 1 } }, 'no dimension "y"'],
  ['a value that is missing', { configuration: { x: 0, kind: 'b' }, measures: { loss: 1, size: 1 } }, 'depth'],
  [
    'a measure that is missing',
    { configuration: { x: 0, kind: 'a' }, measures: { loss: 1 } },
    'the measure size is missing',
  ],
  [
    'a measure that is no number',
    { configuration: { x: 0, kind: 'a' }, measures: { loss: Infinity, size: 1 } },
    'finite number',
  ],
  ['no trial', null as never, 'expected configuration and measures; got null'],
])('%s: all are taken or none', (_what, odd, text) => {
  const refusal = begun([...earlier.slice(0, 2), odd]) as Refusal;
  expect(refusal.code).toBe('invalid-request');
  expect(refusal.message).toContain('trial 3 of the warm start: ');
  expect(refusal.message).toContain(text);
});

test('a request and its trials belong together', () => {
  const no = begun(earlier, { warmStart: { trials: 3, fingerprint: 'f' } }) as Refusal;
  expect(no).toMatchObject({
    code: 'invalid-request',
    message: 'a warm start comes with its trials: expected 3; got 150',
  });
  for (const odd of [{ trials: 0, fingerprint: 'f' }, { trials: 1 }, { trials: 1, fingerprint: 'f', more: 1 }, 7, null])
    expect(begun([], { warmStart: odd as never })).toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('warmStart has 1 to 10000 trials') as string,
    });
});
