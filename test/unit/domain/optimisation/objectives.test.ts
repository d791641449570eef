import { isRefusal } from '../../../../src/contracts/errors';
import type { SearchSpace } from '../../../../src/contracts/optimisation/search-space';
import { MAX_FRONT, type StudyRequest, type Trial } from '../../../../src/contracts/optimisation/study';
import { emptyFront, frontLine, paretoOf, withTrial, type FrontData } from '../../../../src/domain/optimisation/front';
import { historyOf } from '../../../../src/domain/optimisation/history';
import { objectivesIn } from '../../../../src/domain/optimisation/objectives';
import { proposalWith } from '../../../../src/domain/optimisation/proposal';
import { specOf } from '../../../../src/domain/optimisation/study-spec';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { endOf } from '../../../../src/domain/optimisation/trial-ends';
import { finishedStudy, proposalOf, studyView } from '../../../../src/domain/optimisation/study-view';
import { type StudyData } from '../../../../src/domain/optimisation/study';
import { tellProblem } from '../../../../src/domain/optimisation/telling';
import { readOutcome, wantedMeasures } from '../../../../src/domain/optimisation/trial';
import { begun, begunOutside } from '../../../support/studies/begun';

const SPACE: SearchSpace = { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } };
const TWO = { minimise: 'loss', maximise: 'accuracy' } as const;
const LEASE = { attempt: 1, client: 'a', until: new Date(3_600_000).toISOString() };
const study = (more: Partial<StudyRequest> = {}): StudyData =>
  begun({ space: SPACE, seed: 1, parallelism: 9, budget: { trials: 9 }, ...TWO, ...more });
const ask = (state: StudyData): StudyData => askTrials(state, () => true, 0).state;

/** Ends trials with these measures, one after the other. */
function ended(state: StudyData, ...outcomes: readonly (readonly [loss: number, accuracy: number, size?: number])[]) {
  return outcomes.reduce((before, [loss, accuracy, size = 0], at) => {
    const trial = at + 1;
    const configuration = before.running.find(({ number }) => number === trial)?.configuration ?? {};
    const outcome = { trial, attempt: 1, configuration, measures: { loss, accuracy, size }, worker: 'w' };
    return endOf(before, trial, { kind: 'complete', outcome }, 0).state;
  }, ask(state));
}

test.each([
  [{ minimise: 'a' }, { objective: { measure: 'a', direction: 'minimise' } }],
  [{ maximise: ['a'] }, { objective: { measure: 'a', direction: 'maximise' } }],
])('one objective is what it was: %j', (request, expected) => {
  expect(objectivesIn({ ...request, budget: { trials: 1 } })).toEqual(expected);
});

test('several objectives stand in the order of the request, those that are minimised first', () => {
  const { objective, objectives = [] } = objectivesIn({ maximise: 'c', minimise: ['a', 'b'], budget: { trials: 1 } });
  expect(objectives.map(({ measure, direction }) => `${direction} ${measure}`)).toEqual([
    'minimise a',
    'minimise b',
    'maximise c',
  ]);
  expect(objective).toEqual(objectives[0]);
});

test.each([
  [2, 100, 'tpe'],
  [3, 1_000, 'tpe'],
  [2, 1_001, 'nsga2'],
  [4, 10, 'nsga2'],
])('auto is, for %i objectives and %i trials, %s', (count, trials, sampler) => {
  const minimise = Array.from({ length: count }, (_each, at) => `m${String(at)}`);
  const request = { space: SPACE, evaluator: 'e', minimise, budget: { trials } };
  expect(specOf({ request }, undefined, 'demo:study:s')).toMatchObject({ sampler });
});

test('every objective is a measure that an outcome must have', () => {
  const { spec } = study({ subjectTo: { size: { atMost: 1 }, loss: { atMost: 9 } } });
  expect(wantedMeasures(spec)).toEqual(['loss', 'accuracy', 'size']);
  const outcome = { trial: 1, attempt: 1, configuration: { x: 0.5 }, measures: { loss: 1, size: 1 }, worker: 'w' };
  const read = readOutcome(spec, 1, outcome);
  expect(isRefusal(read) && read.message).toBe('the measure accuracy is missing; got loss, size');
});

test('no trial is the best: the front is what no other trial is better than, bounds kept', () => {
  const state = ended(
    study({ subjectTo: { size: { atMost: 1 } } }),
    [5, 5],
    [4, 5],
    [1, 1],
    [1, 1],
    [0, 9, 2],
    [2, 2],
    [2, 1],
  );
  const { best, front, proposal } = studyView(state);
  expect([best, proposal, proposalOf(state)]).toEqual([undefined, undefined, undefined]);
  expect(front).toEqual({
    size: 4,
    trials: [
      { number: 3, measures: { loss: 1, accuracy: 1 } },
      { number: 4, measures: { loss: 1, accuracy: 1 } },
      { number: 6, measures: { loss: 2, accuracy: 2 } },
      { number: 2, measures: { loss: 4, accuracy: 5 } },
    ],
  });
  expect(finishedStudy({ ...state, state: 'stopped' })?.front).toEqual(front);
  const line = frontLine(state.front ?? {}, state.spec);
  expect(line).toMatch(/^Front of 4: trial 3 \{"loss":1,"accuracy":1\}, trial 4 .*"accuracy":5\}$/);
  expect([frontLine(emptyFront, state.spec), frontLine({}, state.spec)]).toEqual([
    'No result yet',
    'The front is larger than what is kept here',
  ]);
});

test('the sampler learns all losses, what is maximised with its sign turned', () => {
  const { history } = ended(study(), [5, 7], [4, 3]);
  const { loss, more } = historyOf(history);
  expect([Array.from(loss()), more().map((each) => Array.from(each))]).toEqual([[5, 4], [[-7, -3]]]);
});

test('STU-5 a study with several objectives that is carried as JSON asks what one asks that is not', () => {
  for (const sampler of ['tpe', 'nsga2'] as const) {
    let [plain, renewed] = [0, 1].map(() => ask(study({ sampler, budget: { trials: 200 }, parallelism: 1 })));
    for (let trial = 1; trial <= 150; trial++) {
      const configuration = plain?.running[0]?.configuration ?? {};
      const measures = { loss: Number(configuration['x']), accuracy: (Number(configuration['x']) - 0.5) ** 2 };
      const ending = {
        kind: 'complete',
        outcome: { trial, attempt: 1, configuration, measures, worker: 'w' },
      } as const;
      plain = ask(endOf(plain as StudyData, trial, ending, 0).state);
      renewed = ask(endOf(JSON.parse(JSON.stringify(renewed)) as StudyData, trial, ending, 0).state);
      expect(renewed.running).toEqual(plain.running);
    }
    expect(renewed?.front).toEqual(plain?.front);
  }
});

test('a front that is too large is left to the read model: a part of it would not be exact', () => {
  const { spec } = study();
  const trialOf = (number: number): Trial => ({
    number,
    configuration: {},
    state: 'complete',
    attempts: 1,
    measures: { loss: number, accuracy: number },
    feasible: true,
    askedAt: '',
  });
  let front: FrontData = emptyFront;
  for (let number = 1; number <= MAX_FRONT; number++) front = withTrial(front, spec, trialOf(number));
  expect(front.members).toHaveLength(MAX_FRONT);
  front = withTrial(front, spec, trialOf(MAX_FRONT + 1));
  expect(front).toEqual({});
  expect(withTrial(front, spec, trialOf(1))).toEqual({});
  expect(studyView({ ...study(), front }).front).toEqual({ trials: [] });
});

test('the front of trials in pages is that of all together, with one objective the best ones', async () => {
  const { recent, spec } = ended(study(), [5, 5], [4, 5], [1, 1], [1, 1], [9, 9], [2, 0], [2, 1]);
  async function* pages(size: number): AsyncIterable<readonly Trial[]> {
    for (let at = 0; at < recent.length; at += size) yield recent.slice(at, at + size);
  }
  for (const size of [1, 3, 9]) {
    const { size: count, trials, objectives } = await paretoOf(spec, pages(size));
    expect([count, trials.map(({ number }) => number)]).toEqual([4, [3, 4, 2, 5]]);
    expect(objectives).toEqual(spec.objectives);
  }
  const one = await paretoOf({ objective: { measure: 'loss', direction: 'minimise' } }, pages(2));
  expect(one.trials.map(({ number }) => number)).toEqual([3, 4]);
});

test('a named trial becomes a proposal with what it did to every objective', () => {
  const over = { set: 'board', version: 3, hash: 'h', values: { x: 0.1 } };
  const state = ended(study(), [5, 5], [4, 6]);
  const spec = { ...state.spec, over };
  const [baseline, trial] = state.recent;
  if (baseline === undefined || trial === undefined) throw new Error('two trials were expected');
  const proposal = proposalWith({ name: 's', spec, baseline }, trial);
  expect(proposal).toMatchObject({
    set: 'board',
    basedOn: 3,
    because: 'trial 2 of study s: loss 5 → 4, accuracy 5 → 6',
    evidence: { trials: [1, 2], effect: { measure: 'loss', before: 5, after: 4 } },
  });
  const same = { ...trial, configuration: { x: 0.1 } };
  expect(proposalWith({ name: 's', spec, baseline }, same)).toBeUndefined();
});

test('a single value is not an outcome of several objectives', () => {
  const state = ask(begunOutside({ space: SPACE, ...TWO }));
  const leased = { ...state, running: state.running.map((each) => ({ ...each, lease: LEASE })) };
  const refusal = tellProblem(leased, [{ trial: 1, value: 3 }]);
  expect(refusal?.message).toBe('a single value is for one objective; this study needs measures: loss, accuracy');
  expect(tellProblem(leased, [{ trial: 1, measures: { loss: 1, accuracy: 2 } }])).toBeUndefined();
});
