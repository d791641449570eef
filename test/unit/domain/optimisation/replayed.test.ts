import * as fc from 'fast-check';
import { SAMPLERS, type SamplerName, type StudyRequest } from '../../../../src/contracts/optimisation/study';
import type { SearchSpace } from '../../../../src/contracts/optimisation/search-space';
import { refuse } from '../../../../src/contracts/errors';
import { samplers as table } from '../../../../src/domain/optimisation/samplers/table';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { endOf } from '../../../../src/domain/optimisation/trial-ends';
import { hasEnded, type StudyData, type StudyStep } from '../../../../src/domain/optimisation/study';
import { begun } from '../../../support/studies/begun';
import { recompute, recorded, type Happened } from '../../../support/studies/recompute';

const SPACE: SearchSpace = {
  dimensions: {
    x: { kind: 'float', low: 1e-3, high: 1, log: true },
    model: { kind: 'categorical', choices: ['a', 'b'] },
    depth: { kind: 'int', low: 1, high: 9, log: false, step: 1, when: { model: 'b' } },
  },
};
const always = (): boolean => true;
const PREFIXES = 1_000;
const STUDIES = 40;

/** What can come of a trial, and which of those that run it comes of. */
const ending = fc.record({
  which: fc.nat(20),
  kind: fc.constantFrom('complete', 'complete', 'complete', 'pruned', 'failed', 'cancelled'),
  loss: fc.double({ min: -10, max: 10, noNaN: true }),
  attempt: fc.integer({ min: 1, max: 3 }),
  isAsked: fc.boolean(),
  most: fc.integer({ min: 1, max: 4 }),
});
type End = typeof ending extends fc.Arbitrary<infer T> ? T : never;

function ended(state: StudyData, { which, kind, loss, attempt }: End): StudyStep | undefined {
  const trial = state.running[which % Math.max(1, state.running.length)];
  if (trial === undefined) return undefined;
  const { number, configuration } = trial;
  if (kind === 'cancelled') return endOf(state, number, { kind }, 0);
  if (kind === 'failed')
    return endOf(state, number, { kind, refusal: refuse('timeout', 'lost'), attempts: attempt, worker: 'w' }, 0);
  const reports = { steps: [0, 1], values: [loss + 1, loss] };
  const outcome = { trial: number, attempt, configuration, worker: 'w', reports };
  return kind === 'pruned'
    ? endOf(state, number, { kind, outcome: { ...outcome, measures: {}, pruned: true } }, 0)
    : endOf(state, number, { kind: 'complete', outcome: { ...outcome, measures: { loss } } }, 0);
}

/** A study as it lives: asked for a few trials at a time, which end in any order, carried as JSON from time to time. */
function lived(asked: Partial<StudyRequest>, ends: readonly End[]): readonly Happened[] {
  const events: Happened[] = [];
  let state = begun(asked);
  const take = (step: StudyStep): void => {
    events.push(
      ...step.events.map(({ type, data }) => ({ type, data: JSON.parse(JSON.stringify(data)) as typeof data })),
    );
    state = step.state;
  };
  for (const [at, end] of ends.entries()) {
    if (end.isAsked || state.running.length === 0) take(askTrials(state, always, at, end.most));
    const step = ended(state, end);
    if (step !== undefined) take(step);
    if (at % 7 === 0) state = JSON.parse(JSON.stringify(state)) as StudyData;
    if (hasEnded(state)) break;
  }
  return events;
}

test(`STU-5 the asks of ${String(PREFIXES)} random prefixes of recorded histories are those that the rules make of them again`, () => {
  // Those of a heavy sampler are computed by an activity, and what it answered is recorded: test/workflow/study-gp.test.ts.
  const samplers: readonly SamplerName[] = SAMPLERS.filter((name) => table[name].isHeavy === undefined);
  const perStudy = PREFIXES / STUDIES;
  let prefixes = 0;
  const learnt = new Set<SamplerName>();
  const property = fc.property(
    fc.record({ seed: fc.nat(0xffffffff), parallelism: fc.integer({ min: 1, max: 8 }) }),
    fc.boolean(),
    fc.array(ending, { minLength: 110, maxLength: 140 }),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: perStudy, maxLength: perStudy }),
    (own, isPruned, ends, cuts) => {
      const sampler = samplers[(prefixes / perStudy) % samplers.length] ?? 'tpe';
      const pruner = isPruned ? { pruner: { kind: 'hyperband', maxResource: 9 } as const } : {};
      const asked = { ...own, space: SPACE, sampler, budget: { trials: 140 }, ...pruner };
      const events = lived(asked, ends);
      const whole = JSON.stringify(recorded(events));
      for (const cut of cuts) {
        const prefix = events.slice(0, Math.round(cut * events.length));
        const again = JSON.stringify(recompute(begun(asked), prefix).suggestions);
        // byte for byte
        expect(again).toBe(JSON.stringify(recorded(prefix)));
        prefixes += 1;
      }
      const chance = recompute(begun({ ...asked, sampler: 'random' }), events);
      if (JSON.stringify(chance.suggestions) !== whole) learnt.add(sampler);
    },
  );
  fc.assert(property, { numRuns: STUDIES, seed: 5, endOnFailure: true });
  expect(prefixes).toBe(PREFIXES);
  expect([...learnt].sort()).toEqual(samplers.filter((name) => name !== 'random').sort());
});

test('STU-5 a history in which an ending or a loss is another gives other asks: the comparison can fail', () => {
  const asked = { space: SPACE, seed: 3, parallelism: 2, sampler: 'tpe', budget: { trials: 40 } } as const;
  const ends: readonly End[] = Array.from({ length: 40 }, (_each, at) => ({
    which: at,
    kind: 'complete',
    loss: Math.sin(at),
    attempt: 1,
    isAsked: true,
    most: 2,
  }));
  const events = lived(asked, ends);
  expect(recompute(begun(asked), events).suggestions).toEqual(recorded(events));
  const forged = events.map((event): Happened => {
    if (event.type !== 'study.trialEnded') return event;
    const trial = event.data['trial'] as Readonly<Record<string, unknown>>;
    return { ...event, data: { trial: { ...trial, measures: { loss: -Number(trial['number']) } } } };
  });
  expect(recompute(begun(asked), forged).suggestions).not.toEqual(recorded(events));
});
