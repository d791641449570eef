import fc from 'fast-check';
import type { Electorate, Rule, Subject, Voter } from '../../../src/contracts/coordination/ballot';

/** The seed of every random ballot. */
export const SEED = 20261124;
/** A proposal on one number. */
export const subject: Subject = {
  title: 'threshold',
  set: 'filter',
  proposal: 1,
  proposer: 'trainer',
  changes: {},
  values: { threshold: 0.9 },
};
/** People of these weights: `v0`, `v1` and so on. */
export const people = (weights: readonly number[], more: Partial<Voter> = {}): Electorate =>
  weights.map((weight, at) => ({ id: `v${String(at)}`, kind: 'person', weight, veto: false, ...more }));
/** A simple majority, unless told. */
export const rule = (more: Partial<Rule> = {}): Rule => ({
  threshold: { kind: 'majority' },
  of: 'eligible',
  lost: 'count',
  ...more,
});

const fraction = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
  .map(([a, b]) => ({ numerator: Math.min(a, b), denominator: Math.max(a, b) }));
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
/** Any rule for that many voters. */
export const rules = (voters: number): fc.Arbitrary<Rule> =>
  fc
    .record({
      threshold: fc.oneof(
        fc.constant({ kind: 'majority' } as const),
        fraction.map((share) => ({ kind: 'super-majority', share }) as const),
        fc.constant({ kind: 'unanimity' } as const),
        fc.integer({ min: 1, max: voters }).map((k) => ({ kind: 'k-of-n', k }) as const),
      ),
      of: fc.constantFrom('eligible' as const, 'cast' as const),
      lost: fc.constantFrom('count' as const, 'proxy' as const, 'exclude' as const),
      quorum: optional(fraction),
      cap: optional(fraction),
    })
    .map(({ quorum, cap, ...rest }) => ({
      ...rest,
      ...(quorum === undefined ? {} : { quorum }),
      ...(cap === undefined ? {} : { cap }),
    }));
/** That many voters with weights, proxies and sometimes a veto. */
export const electorates = (voters: number): fc.Arbitrary<Electorate> =>
  fc
    .array(
      fc.record({
        weight: fc.integer({ min: 1, max: 5 }),
        veto: fc.boolean(),
        proxy: optional(fc.integer({ min: 1, max: Math.max(1, voters - 1) })),
      }),
      { minLength: voters, maxLength: voters },
    )
    .map((list) =>
      list.map(({ weight, veto, proxy }, at): Voter => {
        const named = proxy === undefined || voters < 2 ? {} : { proxy: `v${String((at + proxy) % voters)}` };
        return { id: `v${String(at)}`, kind: 'agent', weight, veto: veto && at === 0, ...named };
      }),
    );
