import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadHistory, saveHistory, type History, type Item, type Line } from '../../support/validators/history';
import { WATCH } from '../../support/validators/watch';

const put = (key: string, value: unknown = 1): Item => ({ key, value });
const gone = (key: string): Item => ({ key, value: null });
const truth = (position: number, ...items: Item[]): Line => ({ line: 'truth', position, items });
const ask = (after?: number, of = '', reader = 'r'): Line => ({
  line: 'ask',
  reader,
  of,
  ...(after === undefined ? {} : { after }),
});
const set = (position: number, ...items: Item[]): Line => ({ line: 'set', reader: 'r', position, items });
const got = (position: number, ...items: Item[]): Line => ({ line: 'got', reader: 'r', position, items });
const mark = (position: number): Line => ({ line: 'mark', reader: 'r', position });
const compacted = (position: number): Line => ({ line: 'compacted', reader: 'r', position });
const end = (how: 'done' | 'cut' | 'left' = 'cut'): Line => ({ line: 'end', reader: 'r', how });
const trim = (through: number): readonly Line[] => [
  { line: 'trimming', through },
  { line: 'trimmed', through },
];

/** What happened in all of these histories: an agent begins, joins two groups, is renamed; another comes; the first ends. */
const HAPPENED: History = [
  truth(2, put('g/a')),
  truth(4, put('h/a')),
  truth(5, put('g/a', 2)),
  truth(7, put('g/b')),
  truth(9, gone('g/a'), gone('h/a')),
  truth(12, put('g/c')),
];

/** Promises that a history breaks. */
const broken = (history: History): readonly string[] => [
  ...new Set(WATCH.flatMap(({ judge }) => judge(history).map(({ promise }) => promise))),
];
const saying = (...lines: readonly Line[]): History => [...HAPPENED, ...lines];

/** A watch as it should be: the set, changes, a break, a resumption, a mark, a position that is gone, and all of it again. */
const GOOD: History = saying(
  ask(),
  set(4, put('g/a'), put('h/a')),
  got(5, put('g/a', 2)),
  end(),
  ask(5),
  got(7, put('g/b')),
  mark(8),
  got(9, gone('g/a'), gone('h/a')),
  end('left'),
  ...trim(7),
  ask(5),
  compacted(7),
  set(9, put('g/b')),
  got(12, put('g/c')),
  mark(13),
  end('done'),
);

test('a watch that keeps all promises is said to keep them', () => {
  expect(broken(GOOD)).toEqual([]);
});

test('a reader of one group is judged by what happened there', () => {
  expect(
    broken(saying(ask(2, 'g/'), got(5, put('g/a', 2)), got(7, put('g/b')), got(9, gone('g/a')), end('left'))),
  ).toEqual([]);
  expect(broken(saying(ask(2, 'h/'), got(4, put('h/a')), got(7, put('g/b')), end('left')))).toContain('WAT-3');
});

test('a stored history is the same history', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mabeam-histories-'));
  try {
    const file = join(folder, 'good.jsonl');
    saveHistory(file, GOOD);
    expect(loadHistory(file)).toEqual(GOOD);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** What is planted into the good history: the lines that stand in the place of others. */
function planted(replace: (line: Line) => readonly Line[]): History {
  return GOOD.flatMap(replace);
}
const is = (line: Line, kind: Line['line'], position: number): boolean =>
  line.line === kind && 'position' in line && line.position === position;

test.each<[promise: string, what: string, history: History]>([
  [
    'WAT-1',
    'two events in the wrong order',
    planted((line) => (is(line, 'got', 7) ? [] : is(line, 'got', 9) ? [line, got(7, put('g/b'))] : [line])),
  ],
  [
    'WAT-1',
    'an event that the set had already',
    planted((line) => (is(line, 'got', 12) ? [got(9, gone('g/a'), gone('h/a')), line] : [line])),
  ],
  ['WAT-2', 'an event that comes twice', planted((line) => (is(line, 'got', 12) ? [line, line] : [line]))],
  ['WAT-3', 'an event that is left out between two others', planted((line) => (is(line, 'got', 7) ? [] : [line]))],
  [
    'WAT-3',
    'the last event that never comes',
    planted((line) => (is(line, 'got', 12) || is(line, 'mark', 13) ? [] : [line])),
  ],
  [
    'WAT-3',
    'an event that never happened',
    planted((line) => (is(line, 'got', 12) ? [got(11, put('g/x')), line] : [line])),
  ],
  [
    'WAT-4',
    'one revision in two parts',
    planted((line) => (is(line, 'got', 9) ? [got(9, gone('g/a')), got(9, gone('h/a'))] : [line])),
  ],
  ['WAT-4', 'half of a revision', planted((line) => (is(line, 'got', 9) ? [got(9, gone('g/a'))] : [line]))],
  ['WAT-5', 'a resumption that begins one too late', planted((line) => (is(line, 'got', 7) ? [] : [line]))],
  [
    'WAT-5',
    'a resumption that begins one too early',
    planted((line) => (is(line, 'got', 7) ? [got(5, put('g/a', 2)), line] : [line])),
  ],
  ['WAT-5', 'a set in the place of a resumption', saying(ask(5), set(7, put('g/a', 2), put('h/a'), put('g/b')), end())],
  ['WAT-6', 'a mark that is ahead of what came', planted((line) => (is(line, 'got', 9) ? [mark(9), line] : [line]))],
  ['WAT-6', 'a mark for what never came', planted((line) => (is(line, 'got', 12) ? [] : [line]))],
  [
    'WAT-7',
    'a position that is gone, and events all the same',
    planted((line) => (line.line === 'compacted' ? [] : [line])),
  ],
  ['WAT-7', 'a position that is gone, and silence', saying(...trim(7), ask(5), end('done'))],
  [
    'WAT-7',
    'that something is gone, though nothing is',
    saying(...trim(4), ask(5), compacted(4), set(5, put('g/a', 2), put('h/a')), end()),
  ],
  ['WAT-8', 'changes before the set', saying(ask(), got(5, put('g/a', 2)), end())],
  ['WAT-8', 'a set that lacks one', planted((line) => (is(line, 'set', 4) ? [set(4, put('g/a'))] : [line]))],
  ['WAT-8', 'a set with an older value', planted((line) => (is(line, 'set', 9) ? [set(9, put('g/b', 0))] : [line]))],
  [
    'WAT-8',
    'a set that keeps who has ended',
    planted((line) => (is(line, 'set', 9) ? [set(9, put('g/b'), put('h/a'))] : [line])),
  ],
  [
    'WAT-8',
    'that something is gone, and no set after it',
    saying(...trim(7), ask(5), compacted(7), got(9, gone('g/a'), gone('h/a')), end()),
  ],
])('%s finds %s', (promise, _what, history) => {
  expect(broken(history)).toContain(promise);
});

describe('the sequences in which watches of etcd failed', () => {
  test('#15220 WAT-6 a mark of the server reaches a watch that is still behind it', () => {
    // a progress request is answered with the revision of the server, while events of the watch are yet to be sent
    const history = saying(ask(2), got(4, put('h/a')), mark(9), got(5, put('g/a', 2)), got(7, put('g/b')), end());
    expect(broken(history)).toEqual(expect.arrayContaining(['WAT-6', 'WAT-1']));
  });
  test('#15271 WAT-1 WAT-5 a watch goes back in time when it comes back to a member that is behind', () => {
    const history = saying(
      ask(2),
      got(4, put('h/a')),
      got(5, put('g/a', 2)),
      got(7, put('g/b')),
      end(),
      ask(7),
      got(5, put('g/a', 2)),
      end(),
    );
    expect(broken(history)).toEqual(expect.arrayContaining(['WAT-1', 'WAT-5']));
  });
  test('#20221 WAT-1 WAT-5 old events are delivered after a reconnection', () => {
    const history = saying(ask(7), got(7, put('g/b')), got(9, gone('g/a'), gone('h/a')), end());
    expect(broken(history)).toEqual(expect.arrayContaining(['WAT-1', 'WAT-5']));
  });
  test('#17247 WAT-2 an event of a slow watch is sent again from the synced ones', () => {
    const history = saying(ask(4), got(5, put('g/a', 2)), got(7, put('g/b')), got(7, put('g/b')), end());
    expect(broken(history)).toEqual(['WAT-2']);
  });
  test('#17529 WAT-3 a slow watch loses what came while it was moved among the synced ones', () => {
    const history = saying(ask(4), got(5, put('g/a', 2)), got(9, gone('g/a'), gone('h/a')), end());
    expect(broken(history)).toEqual(['WAT-3']);
  });
  test('#18089 WAT-3 WAT-5 events are lost when a watch begins at the position of a compaction', () => {
    // it may begin there; what it misses is the delete that the compaction swept up
    const history = saying(...trim(7), ask(7), got(12, put('g/c')), end());
    expect(broken(history)).toEqual(expect.arrayContaining(['WAT-3', 'WAT-5']));
  });
  test('#19179 WAT-7 a slow watch that was overtaken by a compaction goes on without a word', () => {
    const history = saying(...trim(7), ask(4), got(9, gone('g/a'), gone('h/a')), got(12, put('g/c')), end());
    expect(broken(history)).toEqual(expect.arrayContaining(['WAT-7', 'WAT-3']));
  });
});
