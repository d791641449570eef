import type { Configuration, SearchSpace } from '../../../src/contracts/optimisation/search-space';
import type { SamplerName } from '../../../src/contracts/optimisation/study';
import { encode } from '../../../src/domain/optimisation/dimension';
import { emptyHistory, historyOf, observe, type History } from '../../../src/domain/optimisation/history';
import type { Pending } from '../../../src/domain/optimisation/samplers/sampler';
import { samplers } from '../../../src/domain/optimisation/samplers/table';
import { configurationProblem } from '../../../src/domain/optimisation/search-space';
import { float } from '../../support/studies/dimensions';

const int = (low: number, high: number, more: object = {}) => ({
  kind: 'int' as const,
  low,
  high,
  log: false,
  step: 1,
  ...more,
});

/** Every kind of dimension, conditions three deep, ranges of a single value, steps that binary cannot write. */
export const EVERYTHING: SearchSpace = {
  dimensions: {
    plain: float(-2, 3),
    logarithmic: float(1e-6, 1e3, { log: true }),
    stepped: float(0, 1, { step: 0.1 }),
    oddStep: float(0.1, 1, { step: 0.4 }),
    whole: int(-3, 4),
    wholeStep: int(1, 10, { step: 4 }),
    wholeLog: int(1, 1_000, { log: true }),
    single: float(0.5, 0.5),
    singleWhole: int(7, 7),
    one: { kind: 'categorical', choices: ['only'] },
    outer: { kind: 'module', choices: ['a', 'b'] },
    middle: { kind: 'boolean', when: { outer: 'b' } },
    inner: { kind: 'ordinal', choices: [1, 2, 3], when: { middle: true } },
    innermost: float(0, 1, { when: { inner: 3 } }),
  },
};
const SMALL: SearchSpace = {
  dimensions: { x: float(-5, 5), n: int(1, 9), c: { kind: 'categorical', choices: ['p', 'q'] } },
};
const ASKS = 400;

interface Told {
  readonly number?: number;
  readonly configuration: Configuration;
  readonly loss: number | undefined;
  /** Losses of the objectives behind the first. */
  readonly more?: readonly number[];
}

function told(space: SearchSpace, trials: readonly Told[]): History {
  const objectives = 1 + Math.max(0, ...trials.map(({ more = [] }) => more.length));
  return historyOf(
    trials.reduce(
      (history, { number, ...trial }, at) =>
        observe(history, space, {
          ...trial,
          number: number ?? at + 1,
          feasible: trial.loss !== undefined,
          // nobody looks at it but a sampler with a population
          lineage: { member: 1 + (at % 10), generation: Math.floor(at / 10) },
        }),
      emptyHistory(space, objectives),
    ),
  );
}

/** The same trials with objectives that pull in other directions. */
const withSeveral = (trials: readonly Told[], objectives: number): Told[] =>
  trials.map((trial, at) => {
    const { loss } = trial;
    const others = Array.from({ length: objectives - 1 }, (_each, of) => ((at * (of + 7)) % 23) - (loss ?? 0));
    return loss === undefined ? trial : { ...trial, more: others };
  });

/** Trials of the space with everything, some of them failed: what a sampler that learns has learnt from. */
function experience(count: number): Told[] {
  const draw = samplers.random.ask;
  const none = told(EVERYTHING, []);
  return Array.from({ length: count }, (_each, at) => {
    const configuration = draw(EVERYTHING, none, [], { seed: 77, ask: at });
    const loss = (Number(configuration['plain']) - 1) ** 2 + Number(configuration['whole']) / 10;
    return { number: at + 1, configuration, loss: at % 9 === 4 ? undefined : loss };
  });
}
const pendingOf = (configurations: readonly Configuration[], from = 1): Pending[] =>
  configurations.map((configuration, at) => ({ number: from + at, configuration }));

const bowl = (configuration: Configuration): number =>
  (Number(configuration['x']) - 1) ** 2 + Number(configuration['n']);

/** A promise that not every sampler makes. */
export type Minded = 'order' | 'several' | 'repeats';

/**
 * The promises that every sampler keeps. Name one here and it is tested.
 *
 * @param minds promises that it does not make, each with the reason where it is called
 */
export function samplerConformance(name: SamplerName, minds: readonly Minded[] = []): void {
  const { ask, isHeavy } = samplers[name];
  // an ask of a heavy sampler takes a thousand times as long
  const [LEARNT, PENDING] = isHeavy === undefined ? [150, 30] : [25, 12];
  const none = told(EVERYTHING, []);
  const asked = (space: SearchSpace, seed: number, count: number, history = told(space, [])): Configuration[] =>
    Array.from({ length: count }, (_each, at) => ask(space, history, [], { seed, ask: at }));
  const trials = experience(60);
  const open = pendingOf(asked(EVERYTHING, 13, 4), 61);
  const suggested = (space: SearchSpace, some: readonly Told[]): string =>
    JSON.stringify(ask(space, told(space, some), open, { seed: 13, ask: 99 }));
  const fresh = (): SearchSpace => structuredClone(EVERYTHING);

  describe(`the sampler ${name} keeps the promises of every sampler`, () => {
    test.each([
      ['with an empty history', ASKS, none],
      ['with experience', LEARNT, told(EVERYTHING, experience(60))],
    ])('bounds, steps and conditions hold %s', (_when, count, history) => {
      const odd = asked(EVERYTHING, 1, count, history).filter((configuration) => {
        const isPlain = Object.entries(configuration).every(([of, value]) => {
          const dimension = EVERYTHING.dimensions[of];
          const isEncoded = dimension !== undefined && encode(dimension, value) !== undefined;
          return isEncoded && JSON.parse(JSON.stringify(value)) === value && !Object.is(value, -0);
        });
        return !isPlain || configurationProblem(EVERYTHING, configuration) !== undefined;
      });
      expect(odd).toEqual([]);
    });

    test('a stepped value is low + k * step, without drift', () => {
      const learnt = asked(EVERYTHING, 2, LEARNT, told(EVERYTHING, experience(60)));
      for (const { stepped, oddStep, wholeStep } of [...asked(EVERYTHING, 2, ASKS), ...learnt]) {
        expect(Array.from({ length: 11 }, (_each, k) => Number((k / 10).toFixed(1)))).toContain(stepped);
        expect([0.1, 0.5, 0.9]).toContain(oddStep);
        expect([1, 5, 9]).toContain(wholeStep);
      }
    });

    test('a range of a single value gives that value', () => {
      const learnt = asked(EVERYTHING, 3, 20, told(EVERYTHING, experience(60)));
      for (const { single, singleWhole, one } of [...asked(EVERYTHING, 3, 20), ...learnt]) {
        expect([single, singleWhole, one]).toEqual([0.5, 7, 'only']);
      }
    });

    test('a dimension is there exactly when its condition holds, to any depth', () => {
      const all = asked(EVERYTHING, 4, ASKS);
      for (const { outer, middle, inner, innermost } of all) {
        expect(middle !== undefined).toBe(outer === 'b');
        expect(inner !== undefined).toBe(middle === true);
        expect(innermost !== undefined).toBe(inner === 3);
      }
      expect(all.some(({ innermost }) => innermost !== undefined)).toBe(true);
    });

    test('every value of a small dimension is suggested sooner or later', () => {
      const all = asked(EVERYTHING, 5, ASKS);
      const seen = (of: string): number => new Set(all.map((each) => each[of])).size;
      expect([seen('whole'), seen('stepped'), seen('outer'), seen('middle')]).toEqual([8, 11, 2, 3]);
    });

    test('a history of failures, of equal values and of both gives suggestions, too', () => {
      const configurations = asked(SMALL, 6, 40);
      for (const lossOf of [() => undefined, () => 1, (at: number) => (at % 2 === 0 ? undefined : at)]) {
        const history = told(
          SMALL,
          configurations.map((configuration, at) => ({ configuration, loss: lossOf(at) })),
        );
        for (const each of asked(SMALL, 6, 10, history)) expect(configurationProblem(SMALL, each)).toBeUndefined();
      }
    });

    test('STU-5 the same key, history and pending trials give the same answer; another seed or ask another', () => {
      const pending = pendingOf(asked(EVERYTHING, 8, 3));
      const at = (seed: number, number: number): string =>
        JSON.stringify(ask(EVERYTHING, none, pending, { seed, ask: number }));
      expect(at(9, 17)).toBe(at(9, 17));
      expect(new Set([at(9, 17), at(9, 18), at(10, 17)]).size).toBe(3);
    });

    test('to maximise is to minimise the negative', () => {
      const configurations = asked(SMALL, 11, 30);
      const minimised = configurations.map((configuration) => ({ configuration, loss: bowl(configuration) }));
      // what the study tells the sampler of a maximised objective: its sign turned
      const maximised = configurations.map((configuration) => ({ configuration, loss: -(-bowl(configuration)) }));
      expect(asked(SMALL, 11, 10, told(SMALL, maximised))).toEqual(asked(SMALL, 11, 10, told(SMALL, minimised)));
    });

    test('pending trials are not suggested again, and are not changed', () => {
      const before = asked(SMALL, 12, 20).map((configuration) => ({ configuration, loss: bowl(configuration) }));
      for (const history of [told(SMALL, []), ...(minds.includes('repeats') ? [] : [told(SMALL, before)])]) {
        const pending: Pending[] = [];
        for (let at = 0; at < PENDING; at++) {
          const configuration = ask(SMALL, history, Object.freeze([...pending]), { seed: 12, ask: at });
          pending.push(Object.freeze({ number: history.length + at + 1, configuration: Object.freeze(configuration) }));
        }
        expect(new Set(pending.map((each) => JSON.stringify(each.configuration))).size).toBe(PENDING);
      }
    });

    test('STU-5 what was asked before does not change a suggestion', () => {
      // given the same trials, some pending, told at once and one by one
      const oneByOne = fresh();
      for (let count = 1; count < 60; count += isHeavy === undefined ? 1 : 7)
        suggested(oneByOne, trials.slice(0, count));
      // then
      expect(suggested(oneByOne, trials)).toBe(suggested(fresh(), trials));
      suggested(oneByOne, trials.slice(5, 30));
      expect(suggested(oneByOne, trials)).toBe(suggested(fresh(), trials));
    });

    if (!minds.includes('several'))
      describe.each([2, 3, 5])('with %i objectives', (objectives) => {
        const several = withSeveral(trials, objectives);

        test('bounds, steps and conditions hold', () => {
          const history = told(EVERYTHING, several);
          const odd = asked(EVERYTHING, 21, 60, history).flatMap(
            (configuration) => configurationProblem(EVERYTHING, configuration) ?? [],
          );
          expect(odd).toEqual([]);
        });

        test('failures, equal values and repetitions give suggestions, too', () => {
          const configurations = asked(SMALL, 22, 60);
          const lists = [() => undefined, () => 1, (at: number) => (at % 2 === 0 ? undefined : at % 3)];
          for (const lossAt of lists) {
            const some = configurations.map((configuration, at): Told => {
              const loss = lossAt(at);
              const more = Array.from({ length: objectives - 1 }, () => -(loss ?? 0));
              return { configuration, loss, ...(loss === undefined ? {} : { more }) };
            });
            for (const each of asked(SMALL, 22, 10, told(SMALL, some)))
              expect(configurationProblem(SMALL, each)).toBeUndefined();
          }
        });

        test('STU-5 what was asked before does not change a suggestion, with one objective neither', () => {
          const known = fresh();
          for (let count = 1; count < 60; count += 3) suggested(known, several.slice(0, count));
          suggested(known, trials);
          expect(suggested(known, several)).toBe(suggested(fresh(), several));
          expect(suggested(known, trials)).toBe(suggested(fresh(), trials));
        });

        if (!minds.includes('order'))
          test('STU-5 nor does the order in which trials ended', () => {
            expect(suggested(fresh(), several.toReversed())).toBe(suggested(fresh(), several));
          });
      });

    if (!minds.includes('order'))
      test('STU-5 nor does the order in which trials ended', () => {
        const known = fresh();
        const atOnce = suggested(known, trials);
        expect(suggested(known, trials.toReversed())).toBe(atOnce);
        expect(suggested(fresh(), trials.toReversed())).toBe(atOnce);
      });
  });
}
