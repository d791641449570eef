import { isRefusal, type Refusal } from '../../../../src/contracts/errors';
import type { StudyRequest } from '../../../../src/contracts/optimisation/study';
import { extendStudy, reopenStudy, tellExtended } from '../../../../src/domain/optimisation/reopening';
import { accountOf, stopStudy, type StudyData } from '../../../../src/domain/optimisation/study';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { endOf } from '../../../../src/domain/optimisation/trial-ends';
import { begun } from '../../../support/studies/begun';

/** Evaluates to the end, a second for each trial; the loss is the number. */
function run(before: StudyData, most = Infinity, from = 0): StudyData {
  let state = before;
  for (let at = 0; at < most; at++) {
    const now = (from + at) * 1_000;
    state = askTrials(state, () => true, now).state;
    const [trial] = state.running;
    if (trial === undefined) break;
    const { number, configuration } = trial;
    const outcome = { trial: number, attempt: 1, configuration, measures: { loss: number }, worker: 'w', cost: 1 };
    state = endOf(state, number, { kind: 'complete', outcome }, now + 1_000).state;
  }
  return state;
}
const study = (more: Partial<StudyRequest> = {}): StudyData =>
  begun({
    space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
    seed: 3,
    parallelism: 1,
    budget: { trials: 4 },
    ...more,
  });
function opened(found: StudyData | Refusal | 'same'): StudyData {
  if (found === 'same' || isRefusal(found)) throw new Error(JSON.stringify(found));
  return found;
}

describe('a study that has ended', () => {
  test.each(['random', 'tpe', 'cmaes', 'sobol'] as const)(
    'STU-5 is suggested by %s what it would have been suggested with the larger budget',
    (sampler) => {
      const ended = run(study({ sampler }));
      expect(ended.state).toBe('finished');
      const again = run(opened(reopenStudy(ended, { trials: 12 })));
      const whole = run(study({ sampler, budget: { trials: 12 } }));
      const told = tellExtended(again, 'run-2');
      expect(told?.events).toEqual([
        { type: 'study.extended', data: { budget: { trials: 12 }, times: 1, firstRunId: 'run-2' } },
      ]);
      const { extended, ...same } = told?.state ?? again;
      expect(extended).toEqual({ times: 1, isTold: true });
      expect(tellExtended({ ...same, extended: { times: 1, isTold: true } }, 'run-2')).toBeUndefined();
      // times of the second part differ by nothing but when they were
      const plain = (state: StudyData) => state.recent.map(({ askedAt: _asked, endedAt: _ended, ...trial }) => trial);
      expect(plain(same)).toEqual(plain(whole));
      expect(same.history).toEqual(whole.history);
      expect(accountOf(same)).toEqual(accountOf(whole));
    },
  );

  test('stays as it is when there is nothing to go on with', () => {
    const ended = run(study());
    expect(reopenStudy(ended, {})).toBe('same');
    expect(reopenStudy(ended, { trials: 4 })).toBe('same');
    expect(reopenStudy(ended, { trials: 1 })).toBe('same');
    expect(reopenStudy(ended, { cost: 5 })).toMatchObject({ code: 'invalid-message' });
    expect(reopenStudy(ended, { trials: 1e6 })).toMatchObject({ code: 'invalid-message' });
  });

  test('goes on with what is left when it was stopped', () => {
    const stopped = stopStudy(run(study(), 2), 'enough').state;
    expect(stopped.state).toBe('stopped');
    const again = opened(reopenStudy(stopped, {}));
    expect([again.state, again.reason]).toEqual(['running', undefined]);
    expect(run(again).state).toBe('finished');
  });

  test('STU-4 has its money counted on', () => {
    const ended = run(study({ budget: { trials: 9, cost: 3, costPerTrial: 1 } }));
    expect(accountOf(ended).cost).toMatchObject({ spent: 3, free: 0 });
    expect(reopenStudy(ended, { trials: 20 })).toBe('same');
    const again = run(opened(reopenStudy(ended, { cost: 5 })));
    expect(accountOf(again)).toMatchObject({ complete: 5, cost: { budget: 5, spent: 5, free: 0 } });
  });

  test('STU-4 has its time counted on, and not what passed between', () => {
    const ended = run(study({ budget: { trials: 3, seconds: 10 } }));
    const again = opened(reopenStudy(ended, { trials: 20 }));
    expect(again.clock).toEqual({ ranMs: 3_000 });
    // an hour later it has seven seconds left
    expect(run(again, Infinity, 3_600)).toMatchObject({ asked: 10, endedBy: 'seconds' });
    const late = run(study({ budget: { trials: 20, seconds: 3 } }));
    expect(late.endedBy).toBe('seconds');
    expect(reopenStudy(late, { trials: 30 })).toBe('same');
    expect(opened(reopenStudy(late, { seconds: 5 })).clock).toEqual({ ranMs: 3_000 });
  });

  test('counts anew what made no progress', () => {
    const request = { budget: { trials: 50 }, stopWhen: { noProgress: { trials: 3 } } };
    const ended = run(study(request));
    expect(ended).toMatchObject({ endedBy: 'noProgress', asked: 4 });
    expect(run(opened(reopenStudy(ended, {})))).toMatchObject({ endedBy: 'noProgress', asked: 7 });
  });
});

test('a study that runs is given more, and never less', () => {
  const state = run(study(), 2);
  expect(extendStudy(state, { trials: 3 })).toMatchObject({ state: { spec: { budget: { trials: 4 } } }, events: [] });
  expect(extendStudy(state, { trials: 7 })).toMatchObject({ state: { spec: { budget: { trials: 7 } } } });
});
