import type { Line } from '../../../bench/history';
import { gapsOf, paceOf, quantile } from '../../../bench/study-speed/figures';
import { countRows, growthRows } from '../../../bench/study-speed/rows';
import { traceOf } from '../../../bench/study-speed/trace';

type Brief = readonly [kind: string, of?: number | undefined, name?: string];

/** A run whose events are ten milliseconds apart. */
const runOf = (from: number, brief: readonly Brief[]): readonly Line[] =>
  brief.map(([kind, of, name = ''], at) => ({
    ...{ id: at + 1, kind, name, at: from + 10 * at },
    ...(of === undefined ? {} : { of }),
  }));

const task = (at: number): readonly Brief[] => [
  ['workflowTaskScheduled'],
  ['workflowTaskStarted', at],
  ['workflowTaskCompleted', at],
];
const begin: readonly Brief[] = [
  ['workflowExecutionStarted'],
  ...task(2),
  ['activityTaskScheduled', undefined, 'evaluate'],
];
/** An evaluation that was asked for with event `of`, and the task that takes its outcome, which begins at event `at`. */
const trial = (of: number, at: number): readonly Brief[] => [
  ['activityTaskStarted', of],
  ['activityTaskCompleted', of],
  ...task(at),
];
const ask: Brief = ['activityTaskScheduled', undefined, 'evaluate'];

const RUNS = [
  runOf(0, [
    ...[...begin, ...trial(5, 8), ask],
    ...([['activityTaskScheduled', undefined, 'appendEvents'], ...trial(11, 15), ask] as const),
    ...([...trial(18, 21), ['workflowExecutionContinuedAsNew']] as const),
  ]),
  runOf(1_000, [...begin, ...trial(5, 8), ['workflowExecutionCompleted']]),
];

test('a trial costs what lies between its ask and the next; what falls into it from elsewhere is no part of it', () => {
  const { trials, renewals } = traceOf(RUNS);
  expect(renewals).toBe(1);
  expect(trials.map(({ events, tasks, isPlain }) => [events, tasks, isPlain])).toEqual([
    [11, 2, false],
    [7, 1, false],
    [6, 1, false],
    [11, 2, false],
  ]);
  expect(trials.reduce((sum, { events }) => sum + events, 0)).toBe(RUNS.flat().length);
});

test('its times are those of its events', () => {
  const { trials, waited, worked } = traceOf(RUNS);
  expect(trials.map(({ scheduled, started, ended }) => [started - scheduled, ended - started])).toEqual([
    ...[
      [10, 10],
      [20, 10],
    ],
    ...[
      [10, 10],
      [10, 10],
    ],
  ]);
  expect([...waited, ...worked]).toEqual(Array.from({ length: 12 }, () => 10));
});

test('the most that a trial costs is judged, and whether its costs grow', () => {
  const plain = (events: number, at: number) => ({
    ...{ scheduled: at, started: at + 1, ended: at + 2, events, tasks: 1, isPlain: true },
  });
  const traceWith = (events: readonly number[]) => ({
    trials: events.map((each, at) => plain(each, 10 * at)),
    ...{ renewals: 0, waited: [], worked: [] },
  });
  const holds = (events: readonly number[], id: string): boolean | null | undefined =>
    [...countRows(traceWith(events), traceWith([3]), 64), ...growthRows(traceWith(events), 2)].find(
      (row) => row.id === id,
    )?.holds;
  expect([holds([6, 6, 6, 6], 'events'), holds([6, 6, 7, 6], 'events')]).toEqual([true, false]);
  expect([holds([6, 6, 6, 7], 'growth-events'), holds([6, 6, 7, 7], 'growth-events')]).toEqual([true, false]);
});

test('the first tenth warms up, of many at once the last tenth does not count either', () => {
  const ends = [0, 100, ...Array.from({ length: 18 }, (_each, at) => 110 + 10 * at)];
  expect(gapsOf(ends)).toEqual(Array.from({ length: 18 }, () => 10));
  expect(paceOf(ends)).toBe(10);
  expect([quantile([3, 1, 2], 0.5), quantile([3, 1, 2], 0.99)]).toEqual([2, 3]);
});
