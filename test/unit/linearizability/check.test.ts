import { check } from '../../support/linearizability/check';
import { beginningOf, type Operation } from '../../support/linearizability/history';
import { historyOf, type Line } from '../../support/linearizability/lines';
import { register, type RegisterInput, type RegisterOutput } from '../../support/linearizability/models/register';
import { createRecorder } from '../../support/linearizability/recorder';
import { numbers } from '../../support/store/disturbed';

type OnRegister = Line<RegisterInput, RegisterOutput>;
const write = (value: number): RegisterInput => ({ kind: 'write', value });
const read: RegisterInput = { kind: 'read' };
const written: RegisterOutput = { kind: 'written' };
const value = (of: number | null): RegisterOutput => ({ kind: 'value', value: of });
const zero = register(0);

describe('an operation of unknown outcome', () => {
  const open: OnRegister = ['c0', 0, 'open', write(1)];

  test.each<[string, OnRegister[]]>([
    ['takes effect never', [open, ['c1', 10, 20, read, value(0)], ['c1', 30, 40, read, value(0)]]],
    ['takes effect at once', [open, ['c1', 10, 20, read, value(1)]]],
    [
      'takes effect much later, after its client has done something else',
      [open, ['c0', 10, 20, write(2), written], ['c1', 30, 40, read, value(2)], ['c1', 50, 60, read, value(1)]],
    ],
  ])('%s', (_what, lines) => {
    expect(check(zero, historyOf(lines)).kind).toBe('linearizable');
  });

  test.each<[string, OnRegister[]]>([
    [
      'before its call',
      [
        ['c1', 0, 5, read, value(1)],
        ['c0', 10, 'open', write(1)],
      ],
    ],
    [
      'twice',
      [open, ['c1', 10, 20, read, value(1)], ['c1', 30, 40, write(2), written], ['c1', 50, 60, read, value(1)]],
    ],
    ['for a while only', [open, ['c1', 10, 20, read, value(1)], ['c1', 30, 40, read, value(0)]]],
  ])('does not take effect %s', (_what, lines) => {
    expect(check(zero, historyOf(lines)).kind).toBe('not-linearizable');
  });
});

describe('each key is judged by itself', () => {
  const right = historyOf<RegisterInput, RegisterOutput>(
    [
      ['c0', 0, 1, write(1), written],
      ['c1', 2, 3, read, value(1)],
    ],
    'right',
  );
  const wrong = historyOf<RegisterInput, RegisterOutput>([['c1', 4, 5, read, value(1)]], 'wrong');

  test('what was written under one is not read under another', () => {
    expect(check(zero, right).kind).toBe('linearizable');
    const verdict = check(zero, [...right, ...wrong]);
    expect(verdict).toMatchObject({ kind: 'not-linearizable', key: 'wrong' });
  });

  test('a fault under one is found although the search of another is given up', () => {
    const limits = { steps: 0, remembered: 10 };
    expect(check(zero, right, limits)).toMatchObject({ kind: 'unknown', key: 'right' });
    expect(check(zero, [...right, ...wrong], limits)).toMatchObject({ kind: 'not-linearizable', key: 'wrong' });
  });
});

test('past its limits a search says that it does not know, and how far it came', () => {
  const many = Array.from({ length: 12 }, (_each, at): OnRegister => [`c${String(at)}`, at, 100, write(at), written]);
  const history = historyOf<RegisterInput, RegisterOutput>([...many, ['r', 200, 201, read, value(99)]]);
  expect(check(zero, history).kind).toBe('not-linearizable');
  expect(check(zero, history, { steps: 1_000, remembered: 1_000_000 })).toEqual({
    kind: 'unknown',
    key: 'it',
    words: ['the search of 13 operations on it was given up after 1001 steps with 367 configurations remembered'],
  });
  expect(check(zero, history, { steps: 1_000_000, remembered: 100 }).kind).toBe('unknown');
});

test('a counter-example is the shortest beginning that no order explains, in words', () => {
  const history = historyOf<RegisterInput, RegisterOutput>([
    ['c0', 0, 10, write(1), written],
    ['c1', 5, 15, write(2), written],
    ['c2', 20, 30, read, value(1)],
    ['c0', 25, 90, write(3), written],
    ['c2', 40, 50, read, value(2)],
    ['c1', 60, 70, read, value(3)],
    ['c2', 80, 85, read, value(7)],
  ]);
  const verdict = check(zero, history);
  if (verdict.kind !== 'not-linearizable') throw new Error(verdict.kind);
  expect(verdict.words).toEqual([
    'no order of these 4 operations on it is one of a register',
    'the longest order that fits has 3 of them:',
    '  c1 write value 2 → written [5, 15]',
    '  c0 write value 1 → written [0, 10]',
    '  c2 read → value value 1 [20, 30]',
    'it leaves 1, in which none of these can come next:',
    '  c2 read → value value 2 [40, 50]',
    'and every other one was called after one of these had returned',
  ]);
  expect(verdict.beginning).toEqual(beginningOf(history, 50));
  expect(verdict.beginning.filter(({ outcome }) => outcome.kind === 'unknown')).toHaveLength(1);
});

test('some thousand operations of ten clients on each of three keys are judged in seconds, and one wrong answer is found', () => {
  const random = numbers(20_261_130);
  const history: Operation<RegisterInput, RegisterOutput>[] = [];
  for (const key of ['a', 'b', 'c']) {
    // Each operation takes effect somewhere between its call and its return: at `now`.
    let [cell, now] = [0, 0];
    for (let n = 0; n < 2_000; n += 1) {
      now += 10;
      const [called, at] = [now - Math.floor(random() * 50), now + Math.floor(random() * 50)];
      const input = random() < 0.5 ? read : write(Math.floor(random() * 5));
      if (input.kind === 'write') cell = input.value;
      const output = input.kind === 'write' ? written : value(cell);
      const outcome = random() < 0.003 ? ({ kind: 'unknown' } as const) : ({ kind: 'returned', at, output } as const);
      history.push({ client: `c${String(n % 10)}`, key, input, called, outcome });
    }
  }
  const began = performance.now();
  expect(check(zero, history).kind).toBe('linearizable');
  const wrong = { client: 'c0', key: 'b', input: read, called: 5_000 };
  const planted = { ...wrong, outcome: { kind: 'returned', at: 5_001, output: value(9) } } as const;
  expect(check(zero, [...history, planted])).toMatchObject({ kind: 'not-linearizable', key: 'b' });
  expect(performance.now() - began).toBeLessThan(30_000);
});

describe('a recorder', () => {
  test('notes calls and returns in the order in which they came, what was not answered as unknown, and passes other errors', async () => {
    const recorder = createRecorder<RegisterInput, RegisterOutput>();
    const at = { client: 'c0', key: 'it' };
    let answer: (output: RegisterOutput) => void = () => undefined;
    const slow = recorder.run({ ...at, input: write(1) }, () => new Promise((resolve) => (answer = resolve)));
    const late = new Error('late');
    const isLate = (error: unknown): boolean => error === late;
    const lost = () => recorder.run({ ...at, client: 'c1', input: write(2) }, () => Promise.reject(late), isLate);
    expect(await lost()).toBeUndefined();
    expect(recorder.history().map(({ outcome }) => outcome.kind)).toEqual(['unknown', 'unknown']);
    answer(written);
    expect(await slow).toEqual(written);
    const broken = new Error('broken');
    await expect(recorder.run({ ...at, input: read }, () => Promise.reject(broken), isLate)).rejects.toBe(broken);
    expect(recorder.history().map(({ called, outcome }) => [called, outcome])).toEqual([
      [1, { kind: 'returned', at: 3, output: written }],
      [2, { kind: 'unknown' }],
      [4, { kind: 'unknown' }],
    ]);
  });
});
