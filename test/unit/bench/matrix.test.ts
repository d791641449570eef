import type { Evidence, StoredLine } from '../../../bench/matrix/column';
import { agents } from '../../../bench/matrix/columns/agents';
import { ballots } from '../../../bench/matrix/columns/ballots';
import { counters } from '../../../bench/matrix/columns/counters';
import { feedBroken, streamsBroken } from '../../../bench/matrix/columns/events';
import { locks } from '../../../bench/matrix/columns/locks';
import { registry } from '../../../bench/matrix/columns/registry';
import { semaphores } from '../../../bench/matrix/columns/semaphores';
import { sessions } from '../../../bench/matrix/columns/sessions';
import { values } from '../../../bench/matrix/columns/values';
import { rowsOf } from '../../../bench/matrix/page';
import type { Seen, Sight } from '../../../bench/matrix/log';
import type { Space } from '../../../src/client';
import type { Operation } from '../../support/linearizability/history';

/** What is planted into what clients wrote down, and must be found. The matrix itself: `npm run bench:matrix`. */

const TTL_MS = 1_000;

/** An operation: who, on what, when it was called and returned, what was wanted, what came (`undefined`: nobody heard). */
type Line = readonly [client: string, key: string, called: number, at: number, input: unknown, output?: unknown];

const operation = ([client, key, called, at, input, output]: Line): Operation<unknown, unknown> => ({
  ...{ client, key, input, called },
  outcome: output === undefined ? { kind: 'unknown' } : { kind: 'returned', at, output },
});
const seen = (at: number, what: Seen, key = 'r-lock'): Sight => ({ client: 'ann', key, at, what });
const event = (position: number, type: string, stream: string, at = 0, data = {}): StoredLine => ({
  ...{ position, type, stream, at, data },
});

function evidence(of: Partial<Omit<Evidence, 'operations'>> & { readonly lines?: readonly Line[] }): Evidence {
  const { lines = [], ...more } = of;
  return {
    ...{ row: 'r', space: {} as Space, epochMs: 0, ttlMs: TTL_MS, isForgotten: false },
    ...{ seen: [], wrong: [], events: [], writes: [] },
    operations: lines.map(operation),
    ...more,
  };
}

const grant = (client: string, called: number, at: number, token: number): Line => [
  client,
  'r-lock',
  called,
  at,
  { kind: 'acquire' },
  { kind: 'granted', token },
];
const acts = (at: number, token: number): Sight => seen(at, { kind: 'acts', token });

describe('locks and semaphores', () => {
  const well = { lines: [grant('ann', 1, 2, 5), grant('bob', 3, 8, 6)], seen: [acts(3, 5), acts(4, 5), acts(9, 6)] };

  test('LCK-1 LCK-2 what one after the other did is well', () => {
    expect(
      locks.broken(evidence({ ...well, writes: [5, 5, 6].map((token) => ({ resource: 'r-lock', token })) })),
    ).toEqual([]);
  });

  test.each<[string, Partial<Evidence> & { readonly lines?: readonly Line[] }, RegExp]>([
    [
      'LCK-1 an old holder that acts after the next one has',
      { ...well, seen: [acts(3, 5), acts(9, 6), acts(10, 5)] },
      /2 held 1 permits/,
    ],
    ['LCK-2 a token that comes again', { lines: [grant('ann', 1, 2, 5), grant('bob', 1, 8, 5)] }, /given twice/],
    [
      'LCK-2 a later grant with a lower token',
      { lines: [grant('ann', 1, 2, 7), grant('bob', 3, 4, 6)] },
      /token 6 was granted after 7/,
    ],
    [
      'LCK-5 a request with two grants',
      { seen: [seen(3, { kind: 'again', token: 5, answer: 6 })] },
      /one request, two tokens: 5 and 6/,
    ],
    [
      'a resource that takes an older token',
      { writes: [6, 5].map((token) => ({ resource: 'r-lock', token })) },
      /took 5 after 6/,
    ],
    [
      'LCK-6 a grant right after an expiry',
      {
        events: [
          event(1, 'lock.expired', 's:lock:r-lock~1/1', 100),
          event(2, 'lock.granted', 's:lock:r-lock~1/2', 150),
        ],
      },
      /granted 50 ms after an expiry/,
    ],
  ])('%s is found', (_what, planted, found) => {
    expect(locks.broken(evidence(planted))).toEqual([expect.stringMatching(found)]);
  });

  test('LCK-1 a third that acts with two permits is found', () => {
    const at = [1, 2, 3].map((token) => acts(token, token));
    const later = [1, 2, 3].map((token) => acts(10 + token, token));
    expect(semaphores.broken(evidence({ seen: [...at, ...later] }))).toEqual(['3 held 2 permits at once, and acted']);
    expect(semaphores.broken(evidence({ seen: [...at.slice(1), ...later.slice(1)] }))).toEqual([]);
  });
});

test('SES-1 a session that expired early is found', () => {
  const lines: Line[] = [['ann', 'one', 1_000_000, 1_001_000, { kind: 'keepAlive' }, { kind: 'accepted' }]];
  const expiredAt = (at: number): Evidence =>
    evidence({ lines, events: [event(1, 'session.expired', 's:session:one~1/1', at)] });
  expect(sessions.broken(expiredAt(1_999))).toEqual([]);
  expect(sessions.broken(expiredAt(1_900))).toEqual(['the session one expired 900 ms after a keep-alive']);
});

describe('counters', () => {
  const add = (client: string, called: number, at: number, value: number): Line => [
    client,
    'r-counter',
    called,
    at,
    { kind: 'add', by: 1 },
    { kind: 'added', value },
  ];
  const take = (from: number): Line => [
    'ann',
    'r-ids',
    1,
    2,
    { kind: 'allocate' },
    { kind: 'range', from, to: from + 5 },
  ];

  test('CNT-1 CNT-5 adds that count once each and ranges that lie apart are well', () => {
    expect(
      counters.broken(evidence({ lines: [add('ann', 1, 2, 1), add('bob', 1, 3, 2), take(10), take(15)] })),
    ).toEqual([]);
  });
  test('CNT-1 an add that is lost is found', async () => {
    expect(await counters.broken(evidence({ lines: [add('ann', 1, 2, 1), add('bob', 3, 4, 1)] }))).toHaveLength(1);
  });
  test('CNT-5 ids that come twice are found', () => {
    expect(counters.broken(evidence({ lines: [take(10), take(14)] }))).toEqual([
      'the ids from 14 on were handed out twice',
    ]);
  });
});

describe('values and sets', () => {
  const write = (called: number, version: number, base: number, value = `v${String(version)}`): Line => [
    'ann',
    'r-value',
    called,
    called + 1,
    { kind: 'swap' },
    { kind: 'written', version, value, base },
  ];
  const read = (called: number, version: number, value = `v${String(version)}`): Line => [
    'bob',
    'r-value',
    called,
    called + 1,
    { kind: 'read' },
    { kind: 'read', version, value },
  ];

  test('CNT-3 VAR-1 a chain of versions that all see in its order is well', () => {
    expect(values.broken(evidence({ lines: [write(1, 5, 0), read(3, 5), write(5, 9, 5), read(7, 9)] }))).toEqual([]);
  });
  test.each<[string, readonly Line[], RegExp]>([
    [
      'CNT-3 VAR-2 a write on an old version',
      [write(1, 5, 0), write(3, 9, 5), write(5, 12, 5)],
      /based on 5, and came after 9/,
    ],
    [
      'VAR-4 a read of what was before',
      [write(1, 5, 0), write(3, 9, 5), read(5, 5)],
      /a read answered version 5 after 9/,
    ],
    ['CNT-3 a version that is two values', [write(1, 5, 0), read(3, 5, 'other')], /version 5 was read as other/],
  ])('%s is found', (_what, lines, found) => {
    expect(values.broken(evidence({ lines }))).toEqual([expect.stringMatching(found)]);
  });
});

describe('ballots', () => {
  const rule = { threshold: { kind: 'majority' }, denominator: 'eligible', lost: 'count' };
  const electorate = ['ann', 'bob', 'cleo'].map((id) => ({ id, kind: 'person', weight: 1, veto: false }));
  const cast = (voter: string, choice: string) => ({ voter, choice, at: '', via: 'update' });
  const tally = (outcome: string, casts: readonly object[]) => ({
    ...{ outcome, because: 'threshold', rule, electorate, electorateHash: '', casts, lost: [] },
    ...{ yes: 2, no: 0, abstained: 0, eligible: 3 },
  });
  const adopted = tally('adopted', [cast('ann', 'yes'), cast('bob', 'yes')]);
  const look = (client: string, of: object): Line => [
    client,
    'r-ballot-1',
    5,
    6,
    { kind: 'look' },
    { kind: 'decided', tally: of },
  ];
  const vote = (client: string, said: string): Line => [
    client,
    'r-ballot-1',
    1,
    2,
    { kind: 'vote' },
    { kind: 'counted', said },
  ];

  test('BAL-4 one decision that all hear is well', () => {
    const lines = [vote('ann', 'yes'), vote('bob', 'yes'), look('ann', adopted), look('cleo', adopted)];
    expect(ballots.broken(evidence({ lines }))).toEqual([]);
  });
  test.each<[string, readonly Line[], RegExp]>([
    [
      'BAL-4 two decisions',
      [look('ann', adopted), look('bob', tally('adopted', [cast('ann', 'yes'), cast('cleo', 'yes')]))],
      /has two decisions/,
    ],
    [
      'BAL-4 a record that gives another decision',
      [look('ann', tally('kept', adopted.casts))],
      /gives another decision/,
    ],
    [
      'a vote that was counted and is lost',
      [vote('cleo', 'no'), look('ann', adopted)],
      /the no of cleo .* is not in the record/,
    ],
    [
      'BAL-5 a voter with two votes',
      [look('ann', tally('adopted', [...adopted.casts, cast('bob', 'no')]))],
      /somebody voted twice/,
    ],
  ])('%s is found', async (_what, lines, found) => {
    expect(await ballots.broken(evidence({ lines }))).toContainEqual(expect.stringMatching(found));
  });
});

test('REG-1 a name that two own at once is found', async () => {
  const own = (client: string, called: number, generation: number): Line => [
    client,
    'r-name',
    called,
    called + 1,
    { kind: 'register' },
    { kind: 'registered', generation },
  ];
  const free: Line = ['ann', 'r-name', 3, 4, { kind: 'unregister', generation: 1 }, { kind: 'unregistered' }];
  expect(registry.broken(evidence({ lines: [own('ann', 1, 1), free, own('bob', 5, 2)] }))).toEqual([]);
  expect(await registry.broken(evidence({ lines: [own('ann', 1, 1), own('bob', 5, 2)] }))).toHaveLength(1);
});

describe('agents', () => {
  const spaceWith = (numbers: readonly number[]): Space => {
    const agent = { inspect: () => Promise.resolve(numbers), deadLetters: () => Promise.resolve([]) };
    return { agents: { at: () => agent } } as unknown as Space;
  };
  const told = (number: number): Line => [
    'ann',
    'agent',
    number,
    number + 1,
    { kind: 'note', number },
    { kind: 'noted' },
  ];
  const lines = [told(1), told(2), told(3)];

  test.each<[string, readonly number[], readonly string[]]>([
    ['AGT-1 AGT-2 AGT-3 each once and in order is well', [1, 2, 3], []],
    ['AGT-1 one that is lost is found', [1, 3], ['1 messages were lost']],
    [
      'AGT-2 one with two effects is found',
      [1, 2, 2, 3],
      ['1 messages took effect twice', 'messages of ann were swapped'],
    ],
    ['AGT-3 two that are swapped are found', [1, 3, 2], ['messages of ann were swapped']],
  ])('%s', async (_what, numbers, found) => {
    expect(await agents.broken(evidence({ lines, space: spaceWith(numbers) }))).toEqual(found);
  });
});

describe('events', () => {
  const stream = (number: number): string => `s:lock:r-lock~7/${String(number)}`;
  const events = [event(4, 'a', stream(1)), event(5, 'b', stream(2)), event(9, 'c', stream(3))];

  test('EVT-2 EVT-3 a whole stream that a reader has is well', () => {
    expect(streamsBroken({ row: 'r', events })).toEqual([]);
    expect(feedBroken([1, 2, 4, 5, 9], { events })).toEqual([]);
  });
  test('EVT-2 an event that is missing, and one that comes twice, are found', () => {
    expect(streamsBroken({ row: 'r', events: [...events.slice(0, 1), ...events.slice(2)] })).toHaveLength(1);
    expect(streamsBroken({ row: 'r', events: [...events, event(10, 'c', stream(3))] })).toHaveLength(1);
  });
  test('EVT-3 a reader that missed one, or got one twice, is found', () => {
    expect(feedBroken([4, 9], { events })).toEqual(['a reader missed the positions 5']);
    expect(feedBroken([4, 5, 5, 9], { events })).toEqual(['a reader got events twice, or out of order']);
  });
});

test('each cell is a row of the report, and so is what did not come to its end', () => {
  const cell = { column: 'locks', operations: 3, broken: ['one', 'two'], isPartly: false } as const;
  const played = { fault: 'none', words: 'nothing', seconds: 1, cells: [cell] };
  const rows = rowsOf([played, played], ['client-cut: nothing went on']);
  expect(rows.find(({ id }) => id === 'none-locks')).toMatchObject({ ours: 4, bar: 0, holds: false });
  expect(rows.find(({ id }) => id === 'none-values')).toMatchObject({ ours: 0, holds: true });
  expect(rows.at(-1)).toMatchObject({ what: 'client-cut: nothing went on', ours: 1, holds: false });
});
