import {
  broken,
  check,
  HANDOVER_MS,
  type Columns,
  type Fault,
  type Recorded,
  type Run,
} from '../../../bench/faults/checker';
import { linesOf, type Line } from '../../../bench/faults/truth';

const TARGET = 3;
const configuration = (trial: number): Line['configuration'] => ({ x: trial / 10 });
const line = (what: Line['what'], trial: number, at: number, more: Partial<Line> = {}): Line => ({
  what,
  study: 's',
  trial,
  attempt: 1,
  pid: 100 + trial,
  at,
  configuration: configuration(trial),
  ...more,
});
const evaluated = (trial: number, at: number, more: Partial<Line> = {}): readonly Line[] => [
  line('begin', trial, at, more),
  line('end', trial, at + 600, more),
];
const complete = (trial: number): Recorded => ({ trial, state: 'complete', configuration: configuration(trial) });

/** Three trials, one after the other. */
const WELL: Run = {
  target: TARGET,
  faults: [],
  lines: [1, 2, 3].flatMap((trial) => evaluated(trial, trial * 10_000)),
  trials: [1, 2, 3].map(complete),
  spent: 3,
  crashed: 0,
  isRecomputed: true,
  seconds: 40,
};
const seen = (more: Partial<Run>): Columns => check({ ...WELL, ...more });
const found = (more: Partial<Run>): readonly string[] => broken(seen(more), TARGET);
const byTime = (lines: readonly Line[]): readonly Line[] => lines.toSorted((a, b) => a.at - b.at);

test('a run in which nothing happens is well', () => {
  expect(seen({})).toMatchObject({ faults: 0, asked: 3, begun: 3, completed: 3, begunAgain: 0, endedTwice: 0 });
  expect(found({})).toEqual([]);
});

describe('what was in flight when a fault hit it may be begun again, once for each', () => {
  const killed: Fault = { at: 10_300, until: 10_300, pids: [101] };
  const again = evaluated(1, 13_500, { attempt: 2, pid: 200, from: 4 });
  const cut = [line('begin', 1, 10_000), ...again, ...WELL.lines.slice(2)];

  test('a kill in the middle', () => {
    expect(seen({ faults: [killed], lines: cut })).toMatchObject({
      begunAgain: 1,
      resumed: 1,
      unhit: 0,
      endedTwice: 0,
    });
    expect(found({ faults: [killed], lines: cut })).toEqual([]);
  });

  test('a pause: the one that comes back ends it, too', () => {
    const paused: Fault = { at: 10_300, until: 15_300, pids: [101] };
    const lines = byTime([...cut, line('end', 1, 15_400)]);
    expect(seen({ faults: [paused], lines })).toMatchObject({ begunAgain: 1, endedTwice: 1, finishedAgain: 0 });
    expect(found({ faults: [paused], lines })).toEqual([]);
  });

  test('a kill between the end and the word of it', () => {
    const lines = byTime([...WELL.lines, ...again]);
    const late: Fault = { at: 10_600 + HANDOVER_MS / 2, until: 10_600 + HANDOVER_MS / 2, pids: [101] };
    expect(found({ faults: [late], lines })).toEqual([]);
    const tooLate: Fault = { ...late, at: 10_601 + HANDOVER_MS };
    expect(found({ faults: [tooLate], lines })).toEqual(['finishedAgain: 1', 'unhit: 1']);
  });

  test('what needs a server that is away, wherever it runs', () => {
    const away: Fault = { at: 9_000, until: 12_000, pids: 'all' };
    expect(found({ faults: [away], lines: cut })).toEqual([]);
  });

  test('but a kill of another, or one that comes after, excuses nothing', () => {
    const other: Fault = { ...killed, pids: [102] };
    expect(found({ faults: [other], lines: cut })).toEqual(['unhit: 1']);
    expect(found({ faults: [{ ...killed, at: 13_600, until: 13_600 }], lines: cut })).toEqual(['unhit: 1']);
    expect(found({ faults: [{ ...killed, at: 9_000, until: 9_500 }], lines: cut })).toEqual(['unhit: 1']);
  });
});

describe('planted faults are found', () => {
  test.each<[string, Partial<Run>, readonly string[]]>([
    [
      'an evaluation that is done twice',
      { lines: byTime([...WELL.lines, ...evaluated(1, 15_000, { attempt: 2, pid: 200 })]) },
      ['finishedAgain: 1', 'unhit: 1'],
    ],
    [
      'a second attempt while the first goes on',
      { lines: byTime([...WELL.lines, ...evaluated(1, 10_100, { attempt: 2, pid: 200 })]) },
      ['unhit: 1'],
    ],
    [
      'an outcome that is lost',
      { trials: [complete(1), { ...complete(2), state: 'failed' }, complete(3)] },
      ['completed: 2 of 3', 'finishedLost: 1'],
    ],
    [
      'a zombie',
      { lines: WELL.lines.slice(0, 5), trials: [complete(1), complete(2), { ...complete(3), state: 'running' }] },
      ['completed: 2 of 3', 'zombies: 1', 'neverCompleted: 1'],
    ],
    [
      'a trial that the system calls complete and nobody has evaluated',
      { lines: WELL.lines.slice(0, 4) },
      ['begun: 2 of 3', 'mistaken: 1'],
    ],
    [
      'more trials than the target',
      { lines: [...WELL.lines, ...evaluated(4, 40_000)], trials: [...WELL.trials, complete(4)], spent: 4 },
      ['asked: 4 of 3', 'begun: 4 of 3', 'completed: 4 of 3', 'overshoot: 1'],
    ],
    ['a worker that crashes', { crashed: 1 }, ['crashed: 1']],
    [
      'an outcome of another configuration',
      { trials: [{ ...complete(1), configuration: { x: 0.9 } }, complete(2), complete(3)] },
      ['mistaken: 1'],
    ],
    ['asks that history does not explain', { isRecomputed: false }, ['the asks are not those of the recorded history']],
  ])('%s', (_what, planted, says) => {
    expect(found(planted)).toEqual(says);
  });
});

test('lines of other studies and a line that is being written are passed over', () => {
  const text = [line('begin', 1, 1), { ...line('begin', 2, 2), study: 't' }].map((each) => JSON.stringify(each));
  expect(linesOf(`${text.join('\n')}\n{"what":"be`, 's')).toEqual([line('begin', 1, 1)]);
});
