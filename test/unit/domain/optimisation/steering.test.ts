import { isRefusal, type Refusal } from '../../../../src/contracts/errors';
import type { Configuration, SearchSpace } from '../../../../src/contracts/optimisation/search-space';
import type { Fits } from '../../../../src/domain/optimisation/sampled';
import { MAX_ENQUEUED, type StudyRequest } from '../../../../src/contracts/optimisation/study';
import { changeStudy, enqueueTrials, pauseStudy, resumeStudy } from '../../../../src/domain/optimisation/steering';
import {
  accountOf,
  roomOf,
  stopStudy,
  type StudyData,
  type StudyStep,
} from '../../../../src/domain/optimisation/study';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { endOf } from '../../../../src/domain/optimisation/trial-ends';
import { begun } from '../../../support/studies/begun';

const SPACE: SearchSpace = {
  dimensions: {
    kind: { kind: 'categorical', choices: ['a', 'b'] },
    x: { kind: 'float', low: 0, high: 1, log: false },
    depth: { kind: 'int', low: 1, high: 9, step: 1, log: false, when: { kind: 'a' } },
  },
};
const always: Fits = () => true;

const study = (more: Partial<StudyRequest> = {}): StudyData =>
  begun({ space: SPACE, seed: 3, parallelism: 2, ...more });
const ask = (state: StudyData, fits = always): StudyData => askTrials(state, fits, 0).state;
const endAll = (state: StudyData): StudyData =>
  state.running.reduce((now, { number, configuration }) => {
    const outcome = { trial: number, attempt: 1, configuration, measures: { loss: number }, worker: 'w' };
    return endOf(now, number, { kind: 'complete', outcome }, 0).state;
  }, state);
function done(step: StudyStep | Refusal): StudyData {
  if (isRefusal(step)) throw new Error(step.message);
  return step.state;
}
const refused = (step: StudyStep | Refusal): Refusal | undefined => (isRefusal(step) ? step : undefined);
const suggested = (state: StudyData): readonly Configuration[] =>
  state.recent.map(({ configuration }) => configuration);
const toTheEnd = (state: StudyData): StudyData => {
  let now = state;
  while (now.state !== 'finished') now = endAll(ask(now));
  return now;
};

test('a paused study asks nothing, takes what runs, and does not end; twice is once', () => {
  const paused = done(pauseStudy(ask(study()), 'the cluster is down', 0));
  expect([paused.state, paused.reason, roomOf(paused), ask(paused).asked]).toEqual([
    'paused',
    'the cluster is down',
    0,
    2,
  ]);
  const idle = endAll(paused);
  expect([roomOf(idle), ask(idle).asked]).toEqual([0, 2]);
  expect([idle.state, accountOf(idle)]).toMatchObject(['paused', { asked: 2, running: 0, complete: 2 }]);
  expect(pauseStudy(idle, 'again', 0)).toEqual({ state: idle, events: [], asked: [] });
  const resumed = done(resumeStudy(idle, 0));
  expect([resumed.state, 'reason' in resumed, roomOf(resumed)]).toEqual(['running', false, 2]);
  expect(resumeStudy(resumed, 0)).toEqual({ state: resumed, events: [], asked: [] });
  expect(done(resumeStudy(done(pauseStudy(study(), '', 0)), 0)).state).toBe('created');
});

test('STU-4 STU-5 paused and resumed it suggests what it would have suggested, and spends its budget exactly', () => {
  const plain = toTheEnd(study());
  const paused = toTheEnd(done(resumeStudy(endAll(done(pauseStudy(endAll(ask(ask(study()))), 'a week', 0))), 0)));
  expect(suggested(paused)).toEqual(suggested(plain));
  expect(accountOf(paused)).toMatchObject({ asked: 10, complete: 10 });
});

test('STU-4 another budget is exact, too; one below what was asked for and is enqueued is refused', () => {
  const some = done(enqueueTrials(ask(study()), [{ x: 0.5 }], always));
  expect(refused(changeStudy(some, { trials: 2 }))).toMatchObject({
    code: 'invalid-message',
    message: 'the budget is 3 to 10000 trials, for 2 are asked for, 1 enqueued; got 2',
  });
  expect(accountOf(toTheEnd(done(changeStudy(some, { trials: 3 }))))).toMatchObject({
    budget: 3,
    asked: 3,
    complete: 3,
  });
  const more = toTheEnd(done(changeStudy(ask(study()), { trials: 14, parallelism: 5 })));
  expect(accountOf(more)).toMatchObject({ budget: 14, asked: 14, complete: 14 });
  expect(changeStudy(some, {})).toEqual({ state: some, events: [], asked: [] });
});

test('a paused study whose budget is cut to what was asked for ends', () => {
  const idle = endAll(done(pauseStudy(ask(study()), 'p', 0)));
  const cut = done(changeStudy(idle, { trials: 2 }));
  expect([cut.state, cut.reason]).toEqual(['finished', 'the budget of 2 trials is spent']);
});

test('with fewer at once what runs is evaluated to its end, and nothing is asked for until there is room', () => {
  const wide = ask(study({ parallelism: 4 }));
  const narrow = done(changeStudy(wide, { parallelism: 1 }));
  expect([narrow.running.length, roomOf(narrow)]).toEqual([4, 0]);
  expect(ask(endAll(narrow)).running).toHaveLength(1);
  for (const parallelism of [0, 501, 1.5])
    expect(refused(changeStudy(wide, { parallelism }))?.message).toMatch(/^the parallelism is 1 to 500; got /);
});

test('what is enqueued comes first, in order, within the budget; the sampler goes on as if it had not been', () => {
  const configurations = [
    { kind: 'a', x: 0.25, depth: 3 },
    { kind: 'b', x: 0.75 },
  ];
  const queued = toTheEnd(done(enqueueTrials(study(), configurations, always)));
  expect(suggested(queued).slice(0, 2)).toEqual(configurations);
  expect(queued.recent.map(({ enqueued = false }) => enqueued)).toEqual([true, true, ...Array<boolean>(8).fill(false)]);
  expect(suggested(queued).slice(2)).toEqual(suggested(toTheEnd(study())).slice(0, 8));
  expect(accountOf(queued)).toMatchObject({ budget: 10, asked: 10 });
});

test('what a configuration leaves open is drawn when its turn comes, until the constraints hold', () => {
  const isSmall = ({ x }: Configuration): boolean => Number(x) < 0.1;
  const [trial] = ask(done(enqueueTrials(study(), [{ kind: 'a', depth: 7 }], isSmall)), isSmall).running;
  expect(trial?.configuration).toMatchObject({ kind: 'a', depth: 7 });
  expect(Number(trial?.configuration['x'])).toBeLessThan(0.1);
  const never = ask(done(enqueueTrials(study(), [{ kind: 'a' }], () => false)), () => false);
  expect([never.state, never.asked]).toEqual(['stopped', 0]);
});

test.each([
  ['a stranger', { y: 1 }, 'unknown-variable', 'configuration 2: the space has no dimension "y"'],
  ['a value out of range', { x: 2 }, 'value-out-of-range', /^configuration 2: x /],
  ['another kind', { x: 'one' }, 'wrong-kind', /^configuration 2: x /],
  [
    'a condition that does not hold',
    { kind: 'b', depth: 1 },
    'inactive-variable',
    /^configuration 2: depth is active only when /,
  ],
  ['a condition that is left open', { depth: 1 }, 'inactive-variable', /; give that, too$/],
  ['a broken constraint', { kind: 'b', x: 0.9 }, 'constraint-broken', /^configuration 2: it breaks one of /],
] as const)('%s is refused, and nothing of the list is taken', (_what, second, code, message) => {
  const step = enqueueTrials(study(), [{ kind: 'b', x: 0.1 }, second], ({ x }) => Number(x) < 0.5);
  expect(refused(step)).toMatchObject({ code, message: expect.stringMatching(message) as string });
});

test('no more is enqueued than the budget has left, and than the queue takes', () => {
  const some = ask(study());
  const eight = Array<Configuration>(8).fill({ x: 0.5 });
  expect(done(enqueueTrials(some, eight, always)).enqueued).toHaveLength(8);
  expect(refused(enqueueTrials(some, [...eight, { x: 0.5 }], always))).toMatchObject({ code: 'limit-reached' });
  const large = study({ budget: { trials: 5_000 } });
  const many = Array<Configuration>(MAX_ENQUEUED).fill({ x: 0.5 });
  const full = done(enqueueTrials(large, many, always));
  expect(refused(enqueueTrials(full, [{ x: 0.5 }], always))?.message).toMatch(/^0 more trials can be enqueued/);
  expect(enqueueTrials(full, [], always)).toEqual({ state: full, events: [], asked: [] });
});

test('a study that ends takes no orders; a paused one can be stopped', () => {
  const paused = done(pauseStudy(ask(study()), 'wait', 0));
  const draining = stopStudy(paused, 'enough').state;
  expect(draining.state).toBe('draining');
  const orders = [pauseStudy(draining, '', 0), resumeStudy(draining, 0), changeStudy(draining, { trials: 20 })];
  for (const step of [...orders, enqueueTrials(draining, [{ x: 0.5 }], always)])
    expect(refused(step)).toMatchObject({ code: 'stopped', message: 'the study s ends: enough' });
  expect(endAll(draining).state).toBe('stopped');
});
