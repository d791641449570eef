import type { Configuration, SearchSpace } from '../../../../../src/contracts/optimisation/search-space';
import { emptyHistory, historyOf, observe, type History } from '../../../../../src/domain/optimisation/history';
import { samplers } from '../../../../../src/domain/optimisation/samplers/table';
import { groupsOf } from '../../../../../src/domain/optimisation/samplers/tpe/groups';
import { functions } from './functions';

const LINE: SearchSpace = { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } };
const { random, tpe } = samplers;

interface Seen {
  readonly loss: number | undefined;
  readonly violation?: number;
}

/** Trials at even places of the line, with what `of` says of each. */
function along(count: number, of: (x: number) => Seen): History {
  const history = Array.from({ length: count }, (_each, at) => (at + 0.5) / count).reduce((before, x, at) => {
    const { loss, violation = 0 } = of(x);
    const feasible = loss !== undefined && violation === 0;
    return observe(before, LINE, { number: at + 1, configuration: { x }, loss, feasible, violation });
  }, emptyHistory(LINE));
  return historyOf(history);
}
const suggestions = (history: History, pending: readonly Configuration[] = []): readonly number[] =>
  Array.from({ length: 40 }, (_each, ask) => {
    const evaluated = pending.map((configuration, at) => ({ number: history.length + at + 1, configuration }));
    return Number(tpe.ask(LINE, history, evaluated, { seed: 3, ask })['x']);
  });
const shareNear = (values: readonly number[], x: number): number =>
  values.filter((value) => Math.abs(value - x) < 0.1).length / values.length;

test('the first ten trials are those of the random sampler; trials that failed do not count', () => {
  const few = along(9, (x) => ({ loss: x }));
  const failed = along(30, (x) => ({ loss: x > 0.3 ? undefined : x }));
  for (const history of [few, failed])
    for (let ask = 0; ask < 5; ask++)
      expect(tpe.ask(LINE, history, [], { seed: 3, ask })).toEqual(random.ask(LINE, history, [], { seed: 3, ask }));
  expect(
    tpe.ask(
      LINE,
      along(10, (x) => ({ loss: x })),
      [],
      { seed: 3, ask: 0 },
    ),
  ).not.toEqual(random.ask(LINE, few, [], { seed: 3, ask: 0 }));
});

test('suggestions crowd where the loss was small, and leave what is being evaluated there alone', () => {
  const history = along(40, (x) => ({ loss: Math.abs(x - 0.7) }));
  expect(shareNear(suggestions(history), 0.7)).toBeGreaterThan(0.9);
  const pending = Array.from({ length: 20 }, (_each, at) => ({ x: 0.65 + at / 200 }));
  expect(shareNear(suggestions(history, pending), 0.7)).toBeLessThan(0.5);
});

test('a trial that broke its bounds is good only where too few kept them, and then the one that broke them least', () => {
  // the smallest losses are forbidden
  const forbidden = along(40, (x) => ({ loss: x, violation: x < 0.5 ? 0.5 - x : 0 }));
  expect(shareNear(suggestions(forbidden), 0.55)).toBeGreaterThan(0.8);
  const hopeless = along(40, (x) => ({ loss: x, violation: 2 - x }));
  expect(shareNear(suggestions(hopeless), 0.95)).toBeGreaterThan(0.8);
});

test('what a study carried before violations were kept is read as broken by an unknown amount', () => {
  const one = observe(emptyHistory(LINE), LINE, { number: 1, configuration: { x: 0.1 }, loss: 1, feasible: true });
  const { violation: _violation, ...open } = one.open;
  const before = { ...one, open: { ...open, numbers: [1, 2], values: [[0.1, 0.2]], loss: [1, 2], feasible: [1, 0] } };
  expect([...historyOf(before).violation()]).toEqual([0, NaN]);
  const seen = { number: 3, configuration: { x: 0.3 }, loss: 3, feasible: false, violation: 0.5 };
  expect([...historyOf(observe(before, LINE, seen)).violation()]).toEqual([0, NaN, 0.5]);
});

test('dimensions that are active under the same condition are one group, whatever the order of its parts', () => {
  const { dimensions } = functions.pipeline;
  const names = Object.keys(dimensions);
  const groups = groupsOf({ dimensions }).map((group) => group.map((at) => names[at]));
  expect(groups).toEqual([
    ['model', 'scale', 'noise'],
    ['c', 'gamma'],
    ['trees', 'depth'],
    ['rate', 'layers', 'optimiser'],
    ['warmup'],
  ]);
  const flag = { kind: 'boolean' as const };
  const both = {
    a: flag,
    b: flag,
    c: { ...flag, when: { a: true, b: false } },
    d: { ...flag, when: { b: false, a: true } },
  };
  expect(groupsOf({ dimensions: both })).toEqual([
    [0, 1],
    [2, 3],
  ]);
});

test('STU-5 the same history gives the same bits on every Node', () => {
  const space: SearchSpace = {
    dimensions: {
      x: { kind: 'float', low: -1, high: 2, log: false },
      rate: { kind: 'float', low: 1e-6, high: 10, log: true },
      count: { kind: 'int', low: 1, high: 1_000, log: true, step: 1 },
      share: { kind: 'float', low: 0, high: 1, log: false, step: 0.05 },
      kind: { kind: 'categorical', choices: ['p', 'q'] },
      deep: { kind: 'int', low: 1, high: 9, log: false, step: 1, when: { kind: 'q' } },
    },
  };
  let history = emptyHistory(space);
  const told: Configuration[] = [];
  for (let number = 1; number <= 120; number++) {
    const configuration = tpe.ask(space, historyOf(history), [], { seed: 5, ask: number });
    // of +, -, * alone: the loss is the same everywhere, too
    const off = Number(configuration['x']) - 0.5;
    const loss = off * off + Number(configuration['share']) * Number(configuration['rate']);
    history = observe(history, space, { number, configuration, loss, feasible: true });
    told.push(configuration);
  }
  const text = JSON.stringify(told);
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619);
  // recorded with Node 20; the same on Node 24
  expect((hash >>> 0).toString(16)).toBe('b8615155');
});
