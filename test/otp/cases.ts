import type { Event, Node, Outcome, Reason, Sequence, Trace, Tree } from './sequence';

/** A sequence that reaches one point on purpose, with what it must lead to, on both sides. */
export interface Case {
  readonly promise: string;
  readonly title: string;
  readonly sequence: Sequence;
  /** What happens after the start, in short lines; the children after each step are left out. */
  readonly expected: readonly string[];
}

type More = Partial<Node>;

/** A worker: permanent, not significant, with five seconds to stop. */
const worker = (id: string, more: More = {}): Node => ({
  id,
  restart: 'permanent',
  significant: false,
  shutdown: 5_000,
  type: 'worker',
  stops: 'shutdown',
  sup: 'none',
  ...more,
});

const below = (id: string, sup: Tree, more: More = {}): Node =>
  worker(id, { type: 'supervisor', shutdown: 'infinity', sup, ...more });

const tree = (children: readonly Node[], more: Partial<Tree> = {}): Tree => ({
  strategy: 'one_for_one',
  intensity: 1,
  period: 1_000,
  autoShutdown: 'never',
  children,
  ...more,
});

interface Plot {
  readonly scripts?: Readonly<Record<string, readonly Outcome[]>>;
  /** By the number of the start or stop. */
  readonly during?: Readonly<Record<number, readonly Event[]>>;
  readonly steps: readonly Event[];
}

const sequence = (root: Tree, plot: Plot): Sequence => ({
  root,
  scripts: Object.entries(plot.scripts ?? {}).map(([path, outcomes]) => [path.split('/'), outcomes] as const),
  during: Object.entries(plot.during ?? {}).map(([at, events]) => [Number(at), events] as const),
  steps: plot.steps.map((event) => ({ event })),
});

const dies = (path: string, reason: Reason = 'crash'): Event => ({ do: 'exit', path: path.split('/'), reason });
const call = (request: number, what: Extract<Event, { do: 'call' }>['call'], path = ''): Event => ({
  do: 'call',
  path: path === '' ? [] : path.split('/'),
  request,
  call: what,
});
const stop: Event = { do: 'stop', reason: 'shutdown' };

/** A trace in short lines, from the first step on. */
export function shorten(trace: Trace): readonly string[] {
  const from = trace.findIndex(([kind]) => kind === 'children');
  return trace.slice(from).flatMap(([kind, who, what]) => {
    if (kind === 'children' || kind === 'step') return [];
    if (kind === 'start') return [what === 'ok' ? `start ${String(who)}` : `start ${String(who)}: ${String(what)}`];
    if (kind === 'exit') return [`exit /${String(who)}: ${String(what)}`];
    return [kind === 'answer' ? `${String(who)}: ${JSON.stringify(what)}` : `${kind} ${String(who)}`];
  });
}

const abc = [worker('a'), worker('b'), worker('c')];
const significant = (id: string, more: More = {}): Node =>
  worker(id, { restart: 'transient', significant: true, ...more });

/** SUP-12, point by point, and what random sequences reach seldom. */
export const CASES: readonly Case[] = [
  {
    promise: 'SUP-3',
    title: 'a failed start of its own stops what had started, in reverse order',
    sequence: sequence(tree([below('n', tree(abc)), worker('z')]), {
      scripts: { 'n/c': ['ok', 'error'] },
      steps: [call(0, ['terminate_child', 'n']), call(1, ['restart_child', 'n'])],
    }),
    expected: [
      ...['stop n/c', 'stop n/b', 'stop n/a', 'exit /n: shutdown', '0: ["ok"]'],
      ...['start n', 'start n/a', 'start n/b', 'start n/c: error', 'stop n/b', 'stop n/a', 'exit /n: c: oops'],
      '1: ["failed","c: oops"]',
    ],
  },
  {
    promise: 'SUP-7',
    title: 'a child that cut its link does not hang the stop',
    sequence: sequence(tree(abc), {
      steps: [{ do: 'cut', path: ['b'] }, { do: 'cut', path: ['c'] }, dies('c'), stop],
    }),
    expected: ['stop b', 'stop a', 'exit /: shutdown'],
  },
  {
    promise: 'SUP-7',
    title: 'a child that does not stop in its time is killed, then the next is asked',
    sequence: sequence(tree([worker('a'), worker('b', { stops: 'stubborn', shutdown: 10 })]), { steps: [stop] }),
    expected: ['stop b', 'stop a', 'exit /: shutdown'],
  },
  {
    promise: 'SUP-12.1',
    title: 'every failed retry counts at once',
    sequence: sequence(tree([worker('a'), worker('b')], { intensity: 3 }), {
      scripts: { a: ['ok', 'error', 'crash', 'error'] },
      steps: [dies('a')],
    }),
    expected: ['start a: error', 'start a: crash', 'start a: error', 'stop b', 'exit /: shutdown'],
  },
  {
    promise: 'SUP-12.2',
    title: 'in rest_for_one the retry goes on from the child that failed to start',
    sequence: sequence(tree(abc, { strategy: 'rest_for_one', intensity: 2 }), {
      scripts: { b: ['ok', 'error'] },
      steps: [dies('a')],
    }),
    expected: ['stop c', 'stop b', 'start a', 'start b: error', 'start b', 'start c'],
  },
  {
    promise: 'SUP-12.2',
    title: 'in one_for_all the retry stops what it had started and begins again',
    sequence: sequence(tree(abc, { strategy: 'one_for_all', intensity: 2 }), {
      scripts: { b: ['ok', 'error'] },
      steps: [dies('a')],
    }),
    expected: ['stop c', 'stop b', 'start a', 'start b: error', 'stop a', 'start a', 'start b', 'start c'],
  },
  {
    promise: 'SUP-12.3',
    title: 'a group restart also starts what was terminated, had ended normally or was ignored',
    sequence: sequence(
      tree([worker('a'), worker('b'), worker('c', { restart: 'transient' }), worker('d')], { strategy: 'one_for_all' }),
      { scripts: { d: ['ignore'] }, steps: [call(0, ['terminate_child', 'b']), dies('c', 'normal'), dies('a')] },
    ),
    expected: ['stop b', '0: ["ok"]', 'start a', 'start b', 'start c', 'start d'],
  },
  {
    promise: 'SUP-12.4',
    title: 'two crashes at once in one_for_all are one restart',
    sequence: sequence(tree(abc, { strategy: 'one_for_all' }), { during: { 3: [dies('b')] }, steps: [dies('a')] }),
    expected: ['stop c', 'start a', 'start b', 'start c'],
  },
  {
    promise: 'SUP-12.4',
    title: 'two crashes at once in rest_for_one are one restart when the first in order comes first',
    sequence: sequence(tree(abc, { strategy: 'rest_for_one' }), { during: { 3: [dies('b')] }, steps: [dies('a')] }),
    expected: ['stop c', 'start a', 'start b', 'start c'],
  },
  {
    promise: 'SUP-12.4',
    title: 'two crashes at once in rest_for_one are two restarts when the last in order comes first',
    sequence: sequence(tree(abc, { strategy: 'rest_for_one' }), { during: { 3: [dies('a')] }, steps: [dies('b')] }),
    expected: ['stop c', 'start b', 'start c', 'stop c', 'stop b', 'exit /: shutdown'],
  },
  {
    promise: 'SUP-12.4',
    title: 'the normal end of a significant child that falls into a group stop is not seen: it runs again',
    sequence: sequence(
      tree([worker('a'), significant('s'), worker('z')], { strategy: 'one_for_all', autoShutdown: 'any_significant' }),
      { during: { 3: [dies('s', 'normal')] }, steps: [dies('a')] },
    ),
    expected: ['stop z', 'start a', 'start s', 'start z'],
  },
  {
    promise: 'SUP-12.5',
    title: 'a transient supervisor that gave up is not restarted',
    sequence: sequence(
      tree([worker('a'), below('n', tree([worker('x')], { intensity: 0 }), { restart: 'transient' })]),
      { steps: [dies('n/x'), call(0, 'which_children')] },
    ),
    expected: ['exit /n: shutdown', '0: ["children",["a","running"],["n","none"]]'],
  },
  {
    promise: 'SUP-12.5',
    title: 'a significant supervisor that gave up shuts its parent down',
    sequence: sequence(
      tree(
        [worker('a'), below('n', tree([worker('x')], { intensity: 0 }), { restart: 'transient', significant: true })],
        {
          autoShutdown: 'any_significant',
        },
      ),
      { steps: [dies('n/x')] },
    ),
    expected: ['exit /n: shutdown', 'stop a', 'exit /: shutdown'],
  },
  {
    promise: 'SUP-12.6',
    title: 'a retry waits at the end of the mailbox: until then the child is restarting',
    sequence: sequence(tree([worker('a')], { intensity: 5 }), {
      scripts: { a: ['ok', 'error'] },
      during: {
        1: [
          call(0, ['restart_child', 'a']),
          call(1, ['delete_child', 'a']),
          call(2, ['start_child', worker('a')]),
          call(3, 'which_children'),
        ],
      },
      steps: [dies('a')],
    }),
    expected: [
      ...['start a: error', '0: ["restarting"]', '1: ["restarting"]', '2: ["already_present"]'],
      ...['3: ["children",["a","restarting"]]', 'start a'],
    ],
  },
  {
    promise: 'SUP-12.6',
    title: 'terminate_child cancels a retry, though the failed try stays counted',
    sequence: sequence(tree([worker('a'), worker('b')]), {
      scripts: { a: ['ok', 'error'] },
      during: { 2: [call(0, ['terminate_child', 'a'])] },
      steps: [dies('a'), call(1, 'which_children'), dies('b')],
    }),
    expected: [...['start a: error', '0: ["ok"]', '1: ["children",["a","none"],["b","running"]]', 'exit /: shutdown']],
  },
  {
    promise: 'SUP-12.6',
    title: 'a stop that waits before a retry wins',
    sequence: sequence(tree([worker('a'), worker('b')], { intensity: 5 }), {
      scripts: { a: ['ok', 'error'] },
      during: { 2: [stop] },
      steps: [dies('a')],
    }),
    expected: ['start a: error', 'stop b', 'exit /: shutdown'],
  },
  {
    promise: 'SUP-12.7',
    title: 'terminated and ignored children do not hold all_significant open',
    sequence: sequence(
      tree([worker('a'), significant('s'), significant('t'), significant('u')], { autoShutdown: 'all_significant' }),
      { scripts: { u: ['ignore'] }, steps: [call(0, ['terminate_child', 's']), dies('t', 'normal')] },
    ),
    expected: ['stop s', '0: ["ok"]', 'stop a', 'exit /: shutdown'],
  },
  {
    promise: 'SUP-12.7',
    title: 'terminate_child on the last significant child shuts nothing down',
    sequence: sequence(tree([worker('a'), significant('s')], { autoShutdown: 'all_significant' }), {
      steps: [call(0, ['terminate_child', 's']), call(1, 'count_children')],
    }),
    expected: ['stop s', '0: ["ok"]', '1: ["counts",2,1,0,2]'],
  },
  {
    promise: 'SUP-12.7',
    title: 'a significant child whose restart waits holds all_significant open',
    sequence: sequence(tree([significant('s'), significant('t')], { autoShutdown: 'all_significant', intensity: 5 }), {
      scripts: { s: ['ok', 'error'] },
      during: { 2: [dies('t', 'normal')] },
      steps: [dies('s')],
    }),
    expected: ['start s: error', 'start s'],
  },
  {
    promise: 'SUP-12.8',
    title: 'an ignored restart counts, is not retried, and leaves a permanent child without a process',
    sequence: sequence(tree([worker('a'), worker('b')]), {
      scripts: { a: ['ok', 'ignore'] },
      steps: [dies('a'), call(0, 'which_children'), dies('b')],
    }),
    expected: ['start a: ignore', '0: ["children",["a","none"],["b","running"]]', 'exit /: shutdown'],
  },
  {
    promise: 'SUP-12.9',
    title: 'restart_child keeps the place; delete and add moves to the end',
    sequence: sequence(tree(abc), {
      steps: [
        call(0, ['terminate_child', 'a']),
        call(1, ['restart_child', 'a']),
        call(2, ['terminate_child', 'b']),
        call(3, ['delete_child', 'b']),
        call(4, ['start_child', worker('b')]),
        stop,
      ],
    }),
    expected: [
      ...['stop a', '0: ["ok"]', 'start a', '1: ["started"]', 'stop b', '2: ["ok"]', '3: ["ok"]', 'start b'],
      ...['4: ["started"]', 'stop b', 'stop c', 'stop a', 'exit /: shutdown'],
    ],
  },
  {
    promise: 'SUP-12.10',
    title: 'answers show only exits that were handled',
    sequence: sequence(tree([worker('a'), worker('b')], { intensity: 5 }), {
      during: { 2: [call(0, 'which_children'), call(1, ['start_child', worker('b')]), dies('b')] },
      steps: [dies('a')],
    }),
    expected: [...['start a', '0: ["children",["a","running"],["b","running"]]', '1: ["already_started"]', 'start b']],
  },
];
