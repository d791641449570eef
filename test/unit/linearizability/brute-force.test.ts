import fc from 'fast-check';
import { check } from '../../support/linearizability/check';
import type { History, Operation } from '../../support/linearizability/history';
import type { Model } from '../../support/linearizability/model';
import { lock, type LockInput, type LockOutput } from '../../support/linearizability/models/lock';
import { register, type RegisterInput, type RegisterOutput } from '../../support/linearizability/models/register';

const SEED = 20_261_130;

const returnOf = ({ outcome }: Operation<unknown, unknown>): number =>
  outcome.kind === 'returned' ? outcome.at : Infinity;

/** All orders of some of the things. */
function* permutations<T>(of: readonly T[]): Generator<readonly T[]> {
  if (of.length === 0) yield [];
  for (const [at, first] of of.entries()) {
    for (const rest of permutations([...of.slice(0, at), ...of.slice(at + 1)])) yield [first, ...rest];
  }
}

/** Whether the order fits the place of each operation and the model: what the checker claims of the order that it found. */
function fits<S, I, O>(model: Model<S, I, O>, order: History<I, O>): boolean {
  const isInTime = order.every((each, at) => order.slice(at + 1).every((later) => each.called <= returnOf(later)));
  const ends = order.reduce<readonly S[]>(
    (states, { input, outcome }) =>
      states.flatMap((state) => model.step(state, input, outcome.kind === 'returned' ? outcome.output : undefined)),
    [model.initial],
  );
  return isInTime && ends.length > 0;
}

/** By definition, without any cleverness: some order of all that returned and any choice of the others fits. */
function isLinearizable<S, I, O>(model: Model<S, I, O>, history: History<I, O>): boolean {
  const returned = history.filter(({ outcome }) => outcome.kind === 'returned');
  const open = history.filter(({ outcome }) => outcome.kind === 'unknown');
  for (let choice = 0; choice < 2 ** open.length; choice += 1) {
    const taken = open.filter((_each, at) => Math.floor(choice / 2 ** at) % 2 === 1);
    for (const order of permutations([...returned, ...taken])) if (fits(model, order)) return true;
  }
  return false;
}

/** Small histories: up to six operations between the places 0 and 20. */
function histories<I, O>(pairs: fc.Arbitrary<{ readonly input: I; readonly output: O }>): fc.Arbitrary<History<I, O>> {
  const operation = fc
    .record({ pair: pairs, called: fc.nat(14), takes: fc.integer({ min: 1, max: 6 }), isOpen: fc.nat(4) })
    .map(({ pair: { input, output }, called, takes, isOpen }): Operation<I, O> => {
      const outcome =
        isOpen === 0 ? ({ kind: 'unknown' } as const) : { kind: 'returned' as const, at: called + takes, output };
      return { client: 'c', key: 'it', input, called, outcome };
    });
  return fc.array(operation, { minLength: 1, maxLength: 5 });
}

const small = fc.nat(2);
const onRegister: fc.Arbitrary<{ readonly input: RegisterInput; readonly output: RegisterOutput }> = fc.oneof(
  small.map((value) => ({ input: { kind: 'read' as const }, output: { kind: 'value' as const, value } })),
  small.map((value) => ({ input: { kind: 'write' as const, value }, output: { kind: 'written' as const } })),
  fc.record({ from: small, to: small, did: fc.constantFrom('swapped' as const, 'kept' as const) }).map((of) => ({
    input: { kind: 'swap' as const, from: of.from, to: of.to },
    output: { kind: of.did },
  })),
);
const request = fc.constantFrom('r1', 'r2');
const onLock: fc.Arbitrary<{ readonly input: LockInput; readonly output: LockOutput }> = fc.oneof(
  fc.record({ request, token: small }).map(({ token, ...of }) => ({
    input: { kind: 'acquire' as const, ...of },
    output: { kind: 'granted' as const, token },
  })),
  small.map((token) => ({ input: { kind: 'acquire' as const }, output: { kind: 'granted' as const, token } })),
  fc.constant({ input: { kind: 'acquire' as const }, output: { kind: 'taken' as const } }),
  small.map((token) => ({ input: { kind: 'release' as const, token }, output: { kind: 'released' as const } })),
  request.map((of) => ({ input: { kind: 'withdraw' as const, request: of }, output: { kind: 'withdrawn' as const } })),
  small.map((token) => ({ input: { kind: 'look' as const }, output: { kind: 'held' as const, tokens: [token] } })),
  fc.constant({ input: { kind: 'look' as const }, output: { kind: 'free' as const } }),
);

function agree<S, I, O>(model: Model<S, I, O>, from: fc.Arbitrary<History<I, O>>): Record<string, number> {
  const seen: Record<string, number> = {};
  fc.assert(
    fc.property(from, (history) => {
      const verdict = check(model, history);
      seen[verdict.kind] = (seen[verdict.kind] ?? 0) + 1;
      expect(verdict.kind).toBe(isLinearizable(model, history) ? 'linearizable' : 'not-linearizable');
      if (verdict.kind === 'linearizable') expect(fits(model, verdict.orders.get('it') ?? [])).toBe(true);
      if (verdict.kind === 'not-linearizable') expect(isLinearizable(model, verdict.beginning)).toBe(false);
    }),
    { seed: SEED, numRuns: 800 },
  );
  return seen;
}

test.each<[string, () => Record<string, number>]>([
  ['registers', () => agree(register(0), histories(onRegister))],
  ['locks, whose grants may be heard of later', () => agree(lock, histories(onLock))],
])(
  'says of small random histories of %s what trying all orders says, with an order or a beginning to show',
  (_what, run) => {
    const seen = run();
    // both verdicts are met often enough
    expect(seen['linearizable']).toBeGreaterThan(100);
    expect(seen['not-linearizable']).toBeGreaterThan(100);
  },
);
