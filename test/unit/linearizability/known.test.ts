import { check } from '../../support/linearizability/check';
import { historyOf, type Line } from '../../support/linearizability/lines';
import { answering } from '../../support/linearizability/model';
import { register, type RegisterInput, type RegisterOutput } from '../../support/linearizability/models/register';
import { published, texts } from '../../support/linearizability/published';

type OnRegister = Line<RegisterInput, RegisterOutput>;
const write = (value: number): RegisterInput => ({ kind: 'write', value });
const swap = (from: number, to: number): RegisterInput => ({ kind: 'swap', from, to });
const read: RegisterInput = { kind: 'read' };
const written: RegisterOutput = { kind: 'written' };
const value = (of: number | null): RegisterOutput => ({ kind: 'value', value: of });
const kindOf = (lines: readonly OnRegister[], initial: number | null = 0): string =>
  check(register(initial), historyOf(lines)).kind;

test.each<[string, OnRegister[]]>([
  [
    'reads beside a write that see it, or do not, in either order of return (MIT 6.824, quiz 2 of 2017; Porcupine)',
    [
      ['c0', 0, 100, write(100), written],
      ['c1', 25, 75, read, value(100)],
      ['c2', 30, 60, read, value(0)],
    ],
  ],
  [
    'operations that take no time, at the same place (Porcupine)',
    [
      ['c0', 0, 100, write(100), written],
      ['c1', 25, 75, read, value(100)],
      ['c2', 30, 30, read, value(0)],
      ['c3', 30, 30, read, value(0)],
    ],
  ],
  [
    'a swap that fails beside one that takes the value away',
    [
      ['c0', 0, 10, swap(0, 1), { kind: 'swapped' }],
      ['c1', 1, 9, swap(0, 2), { kind: 'kept' }],
      ['c2', 11, 12, read, value(1)],
    ],
  ],
])('takes %s', (_what, lines) => {
  expect(kindOf(lines)).toBe('linearizable');
});

test.each<[string, OnRegister[]]>([
  [
    'a read of the old value after one of the new (MIT 6.824, quiz 2 of 2017; Porcupine)',
    [
      ['c0', 0, 100, write(200), written],
      ['c1', 10, 30, read, value(200)],
      ['c2', 40, 90, read, value(0)],
    ],
  ],
  [
    'the same after reads that take no time (Porcupine)',
    [
      ['c0', 0, 100, write(200), written],
      ['c1', 10, 10, read, value(200)],
      ['c2', 10, 10, read, value(200)],
      ['c3', 40, 90, read, value(0)],
    ],
  ],
  [
    'a stale read of another client: sequentially consistent (read, write), not linearizable',
    [
      ['c0', 0, 10, write(1), written],
      ['c1', 20, 30, read, value(0)],
    ],
  ],
  [
    'two clients that see two writes one after the other: sequentially consistent (write 2, write 1, read), not linearizable',
    [
      ['c0', 0, 10, write(1), written],
      ['c1', 20, 30, write(2), written],
      ['c2', 40, 50, read, value(1)],
    ],
  ],
  [
    'two readers that see two concurrent writes in two orders: not even sequentially consistent',
    [
      ['c0', 0, 100, write(1), written],
      ['c1', 0, 100, write(2), written],
      ['c2', 1, 10, read, value(1)],
      ['c2', 20, 30, read, value(2)],
      ['c3', 1, 10, read, value(2)],
      ['c3', 20, 30, read, value(1)],
    ],
  ],
  [
    'two swaps of one value that both succeed: a lost update',
    [
      ['c0', 0, 10, swap(0, 1), { kind: 'swapped' }],
      ['c1', 1, 9, swap(0, 2), { kind: 'swapped' }],
    ],
  ],
  ['a value that nobody wrote', [['c0', 0, 1, read, value(7)]]],
])('refuses %s', (_what, lines) => {
  expect(kindOf(lines)).toBe('not-linearizable');
});

describe('of queues, after figure 1 of Herlihy & Wing 1990, "Linearizability"', () => {
  type QueueInput = { readonly kind: 'enqueue'; readonly value: string } | { readonly kind: 'dequeue' };
  type QueueOutput = { readonly kind: 'put' } | { readonly kind: 'got'; readonly value: string };
  const queue = answering<readonly string[], QueueInput, QueueOutput>({
    name: 'queue',
    initial: [],
    endings: (state, input) => {
      if (input.kind === 'enqueue') return [{ state: [...state, input.value], output: { kind: 'put' } }];
      const [first, ...rest] = state;
      return first === undefined ? [] : [{ state: rest, output: { kind: 'got', value: first } }];
    },
  });
  const put = (text: string): QueueInput => ({ kind: 'enqueue', value: text });
  const take: QueueInput = { kind: 'dequeue' };
  const done: QueueOutput = { kind: 'put' };
  const got = (text: string): QueueOutput => ({ kind: 'got', value: text });

  test.each<[string, string, Line<QueueInput, QueueOutput>[]]>([
    [
      'linearizable',
      'two that are put at once, and taken in the other order of their calls',
      [
        ['a', 0, 10, put('x'), done],
        ['b', 1, 9, put('y'), done],
        ['b', 20, 30, take, got('y')],
        ['a', 21, 29, take, got('x')],
        ['a', 31, 40, put('z'), done],
      ],
    ],
    [
      'not-linearizable',
      'one that was put later, and is taken first',
      [
        ['a', 0, 10, put('x'), done],
        ['b', 20, 30, put('y'), done],
        ['b', 40, 50, take, got('y')],
      ],
    ],
    [
      'linearizable',
      'one that is taken before the call that puts it has returned',
      [
        ['a', 0, 'open', put('x')],
        ['b', 10, 20, take, got('x')],
      ],
    ],
    [
      'not-linearizable',
      'one that is taken twice',
      [
        ['a', 0, 10, put('x'), done],
        ['b', 1, 9, put('y'), done],
        ['a', 20, 30, take, got('y')],
        ['c', 21, 29, take, got('y')],
      ],
    ],
  ])('%s: %s', (kind, _what, lines) => {
    expect(check(queue, historyOf(lines)).kind).toBe(kind);
  });
});

test.each([
  ['c01-ok', 'linearizable'],
  ['c01-bad', 'not-linearizable'],
  ['c10-ok', 'linearizable'],
  ['c10-bad', 'not-linearizable'],
])('judges the published history %s of a key-value store as Porcupine does: %s', (name, kind) => {
  const history = published(name);
  expect(history.length).toBeGreaterThan(15);
  expect(check(texts, history).kind).toBe(kind);
});
