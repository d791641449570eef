import { check } from '../../support/linearizability/check';
import { historyOf, type Line } from '../../support/linearizability/lines';
import type { Model } from '../../support/linearizability/model';
import { counter } from '../../support/linearizability/models/counter';
import { election } from '../../support/linearizability/models/election';
import { eventAppend } from '../../support/linearizability/models/event-append';
import { lock, semaphore } from '../../support/linearizability/models/lock';
import { registry } from '../../support/linearizability/models/registry';
import { sharedValue } from '../../support/linearizability/models/shared-value';
import { variableSet } from '../../support/linearizability/models/variable-set';

/** What a model must take, and the planted faults that it must find. */
type Cases<I, O> = Readonly<Record<'takes' | 'finds', Readonly<Record<string, readonly Line<I, O>[]>>>>;

function suite<S, I, O>(model: Model<S, I, O>, { takes, finds }: Cases<I, O>): void {
  describe(`the model of a ${model.name}`, () => {
    const kindOf = (lines: readonly Line<I, O>[]): string => check(model, historyOf(lines)).kind;
    test.each(Object.entries(takes))('takes %s', (_what, lines) => {
      expect(kindOf(lines)).toBe('linearizable');
    });
    test.each(Object.entries(finds))('finds %s', (_what, lines) => {
      expect(kindOf(lines)).toBe('not-linearizable');
    });
  });
}

suite(registry, {
  takes: {
    'lives one after the other, with a lookup and a refusal beside each': [
      ['a', 0, 10, { kind: 'register' }, { kind: 'registered', generation: 5 }],
      ['b', 1, 3, { kind: 'lookup' }, { kind: 'free' }],
      ['b', 4, 6, { kind: 'lookup' }, { kind: 'found', generation: 5 }],
      ['c', 5, 12, { kind: 'register' }, { kind: 'taken' }],
      ['a', 20, 30, { kind: 'unregister', generation: 5 }, { kind: 'unregistered' }],
      ['c', 25, 35, { kind: 'register' }, { kind: 'registered', generation: 9 }],
    ],
    'a registration of which nobody heard, seen by others, and told when it is repeated': [
      ['a', 0, 'open', { kind: 'register', request: 'r' }],
      ['b', 10, 20, { kind: 'lookup' }, { kind: 'found', generation: 7 }],
      ['a', 30, 40, { kind: 'register', request: 'r' }, { kind: 'registered', generation: 7 }],
      ['a', 50, 'open', { kind: 'unregister', generation: 7 }],
      ['b', 60, 70, { kind: 'register' }, { kind: 'registered', generation: 8 }],
    ],
  },
  finds: {
    'two owners at once': [
      ['a', 0, 10, { kind: 'register' }, { kind: 'registered', generation: 5 }],
      ['b', 1, 9, { kind: 'register' }, { kind: 'registered', generation: 6 }],
    ],
    'a generation that goes back': [
      ['a', 0, 1, { kind: 'register' }, { kind: 'registered', generation: 5 }],
      ['a', 2, 3, { kind: 'unregister', generation: 5 }, { kind: 'unregistered' }],
      ['b', 4, 5, { kind: 'register' }, { kind: 'registered', generation: 4 }],
    ],
    'an owner that is found after it has left': [
      ['a', 0, 1, { kind: 'register' }, { kind: 'registered', generation: 5 }],
      ['a', 2, 3, { kind: 'unregister', generation: 5 }, { kind: 'unregistered' }],
      ['b', 4, 5, { kind: 'lookup' }, { kind: 'found', generation: 5 }],
    ],
    'a repeated request that is answered with another generation': [
      ['a', 0, 'open', { kind: 'register', request: 'r' }],
      ['b', 1, 2, { kind: 'lookup' }, { kind: 'found', generation: 5 }],
      ['a', 3, 4, { kind: 'register', request: 'r' }, { kind: 'registered', generation: 6 }],
    ],
  },
});

suite(variableSet({ version: 1, values: { a: 0, b: 0 } }), {
  takes: {
    'of proposals on one base one, and the refusal of the other with the current version': [
      ['a', 0, 10, { kind: 'propose', basedOn: 1, changes: { a: 1, b: 1 } }, { kind: 'accepted', version: 2 }],
      ['b', 1, 9, { kind: 'propose', basedOn: 1, changes: { a: 2 } }, { kind: 'stale', currentVersion: 2 }],
      ['c', 2, 8, { kind: 'read' }, { kind: 'values', version: 1, values: { a: 0, b: 0 } }],
      ['c', 20, 30, { kind: 'read' }, { kind: 'values', version: 2, values: { a: 1, b: 1 } }],
    ],
    'a ballot that says no': [
      ['a', 0, 10, { kind: 'propose', basedOn: 1, changes: { a: 1 }, ballot: true }, { kind: 'lost' }],
      ['b', 20, 30, { kind: 'read' }, { kind: 'values', version: 1, values: { a: 0, b: 0 } }],
    ],
    'a commit that nobody heard of, told when the request is repeated after another one': [
      ['a', 0, 'open', { kind: 'propose', basedOn: 1, changes: { a: 1 }, request: 'r' }],
      ['b', 10, 20, { kind: 'propose', basedOn: 2, changes: { b: 1 } }, { kind: 'accepted', version: 3 }],
      ['a', 30, 40, { kind: 'propose', basedOn: 1, changes: { a: 1 }, request: 'r' }, { kind: 'accepted', version: 2 }],
    ],
  },
  finds: {
    'a commit that ignores its base': [
      ['a', 0, 10, { kind: 'propose', basedOn: 1, changes: { a: 1 } }, { kind: 'accepted', version: 2 }],
      ['b', 20, 30, { kind: 'propose', basedOn: 1, changes: { a: 2 } }, { kind: 'accepted', version: 3 }],
    ],
    'half a commit in a read': [
      ['a', 0, 10, { kind: 'propose', basedOn: 1, changes: { a: 1, b: 1 } }, { kind: 'accepted', version: 2 }],
      ['b', 1, 9, { kind: 'read' }, { kind: 'values', version: 2, values: { a: 1, b: 0 } }],
    ],
    'a read that goes back': [
      ['a', 0, 100, { kind: 'propose', basedOn: 1, changes: { a: 1 } }, { kind: 'accepted', version: 2 }],
      ['b', 10, 20, { kind: 'read' }, { kind: 'values', version: 2, values: { a: 1, b: 0 } }],
      ['c', 30, 40, { kind: 'read' }, { kind: 'values', version: 1, values: { a: 0, b: 0 } }],
    ],
    'a request that is done twice': [
      ['a', 0, 10, { kind: 'propose', basedOn: 1, changes: { a: 1 }, request: 'r' }, { kind: 'accepted', version: 2 }],
      [
        'a',
        20,
        30,
        { kind: 'propose', basedOn: 1, changes: { a: 1 }, request: 'r' },
        { kind: 'stale', currentVersion: 2 },
      ],
    ],
    'a ballot that nobody holds': [['a', 0, 10, { kind: 'propose', basedOn: 1, changes: { a: 1 } }, { kind: 'lost' }]],
  },
});

suite(eventAppend, {
  takes: {
    'of appends under one number one, a conflict, a repetition, and what is not expected': [
      ['a', 0, 10, { kind: 'append', first: 1, events: ['x'], expected: 0 }, { kind: 'appended', version: 1 }],
      ['b', 1, 9, { kind: 'append', first: 1, events: ['y'], expected: 0 }, { kind: 'conflict', sequence: 1 }],
      ['c', 2, 8, { kind: 'append', first: 2, events: ['z'], expected: 0 }, { kind: 'wrong-version', actual: 1 }],
      ['a', 20, 30, { kind: 'append', first: 1, events: ['x'], expected: 0 }, { kind: 'repeated', version: 1 }],
      [
        'b',
        40,
        50,
        { kind: 'append', first: 2, events: ['y', 'z'], expected: 'stream-exists' },
        { kind: 'appended', version: 3 },
      ],
      ['c', 60, 70, { kind: 'read' }, { kind: 'stored', events: ['x', 'y', 'z'] }],
    ],
    'an append that died, and had been stored': [
      ['a', 0, 'open', { kind: 'append', first: 1, events: ['x'], expected: 'no-stream' }],
      [
        'a',
        10,
        20,
        { kind: 'append', first: 1, events: ['x'], expected: 'no-stream' },
        { kind: 'repeated', version: 1 },
      ],
    ],
    'a number that was skipped, and comes later': [
      ['a', 0, 1, { kind: 'append', first: 2, events: ['y'], expected: 'any' }, { kind: 'appended', version: 2 }],
      ['a', 2, 3, { kind: 'append', first: 1, events: ['x'], expected: 'any' }, { kind: 'appended', version: 1 }],
      ['a', 4, 5, { kind: 'read' }, { kind: 'stored', events: ['x', 'y'] }],
    ],
  },
  finds: {
    'an append without a look at the expected version': [
      ['a', 0, 10, { kind: 'append', first: 1, events: ['x'], expected: 0 }, { kind: 'appended', version: 1 }],
      ['b', 20, 30, { kind: 'append', first: 2, events: ['y'], expected: 0 }, { kind: 'appended', version: 2 }],
    ],
    'half a batch': [
      ['a', 0, 10, { kind: 'append', first: 1, events: ['x', 'y'], expected: 0 }, { kind: 'appended', version: 2 }],
      ['b', 1, 9, { kind: 'read' }, { kind: 'stored', events: ['x'] }],
    ],
    'an append that was acknowledged and is not there': [
      ['a', 0, 10, { kind: 'append', first: 1, events: ['x'], expected: 0 }, { kind: 'appended', version: 1 }],
      ['b', 20, 30, { kind: 'read' }, { kind: 'stored', events: [] }],
    ],
  },
});

suite(lock, {
  takes: {
    'grants one after the other with growing tokens, and refusals while it is held': [
      ['a', 0, 10, { kind: 'acquire' }, { kind: 'granted', token: 3 }],
      ['b', 5, 15, { kind: 'acquire' }, { kind: 'taken' }],
      ['b', 16, 45, { kind: 'acquire' }, { kind: 'granted', token: 4 }],
      ['a', 20, 30, { kind: 'release', token: 3 }, { kind: 'released' }],
      ['a', 40, 50, { kind: 'release', token: 3 }, { kind: 'not-holder' }],
      ['c', 46, 47, { kind: 'acquire' }, { kind: 'withdrawn' }],
      ['c', 48, 49, { kind: 'look' }, { kind: 'held', tokens: [4] }],
    ],
    'turns in order, which others cannot have, also before they are taken up': [
      ['a', 0, 1, { kind: 'acquire', request: 'a' }, { kind: 'granted', token: 1 }],
      ['b', 2, 3, { kind: 'acquire', request: 'b', waits: true }, { kind: 'queued' }],
      ['c', 4, 5, { kind: 'acquire', request: 'c', units: 1, waits: true }, { kind: 'queued' }],
      ['d', 6, 7, { kind: 'acquire', request: 'd', units: 1, waits: true }, { kind: 'queued' }],
      ['a', 8, 9, { kind: 'release', token: 1 }, { kind: 'released' }],
      ['e', 10, 11, { kind: 'acquire', units: 1 }, { kind: 'taken' }],
      ['e', 12, 13, { kind: 'look' }, { kind: 'free' }],
      ['b', 14, 15, { kind: 'acquire', request: 'b' }, { kind: 'granted', token: 3 }],
      ['b', 16, 17, { kind: 'release', token: 3 }, { kind: 'released' }],
      // their turns came in order, and so did their tokens; they take them up when they like
      ['d', 18, 19, { kind: 'acquire', request: 'd' }, { kind: 'granted', token: 6 }],
      ['c', 20, 21, { kind: 'acquire', request: 'c' }, { kind: 'granted', token: 5 }],
      ['e', 22, 23, { kind: 'look' }, { kind: 'held', tokens: [6, 5] }],
      ['e', 24, 25, { kind: 'break' }, { kind: 'broken', count: 2 }],
      ['c', 26, 27, { kind: 'release', token: 5 }, { kind: 'not-holder' }],
    ],
    'a turn that nobody took up and that passed on, and a wait that was given up': [
      ['a', 0, 1, { kind: 'acquire', request: 'a' }, { kind: 'granted', token: 1 }],
      ['b', 2, 3, { kind: 'acquire', request: 'b', waits: true }, { kind: 'queued' }],
      ['c', 4, 5, { kind: 'acquire', request: 'c', waits: true }, { kind: 'queued' }],
      ['c', 6, 7, { kind: 'withdraw', request: 'c' }, { kind: 'withdrawn' }],
      ['server', 8, 'open', { kind: 'pass', request: 'b' }],
      ['a', 9, 10, { kind: 'release', token: 1 }, { kind: 'released' }],
      ['d', 11, 12, { kind: 'acquire' }, { kind: 'granted', token: 4 }],
      ['b', 13, 14, { kind: 'acquire', request: 'b', waits: true }, { kind: 'queued' }],
    ],
    'a request that is asked again after its grant was over: it is another one': [
      ['a', 0, 1, { kind: 'acquire', request: 'r' }, { kind: 'granted', token: 1 }],
      ['a', 2, 3, { kind: 'release', token: 1 }, { kind: 'released' }],
      ['a', 4, 5, { kind: 'acquire', request: 'r' }, { kind: 'granted', token: 2 }],
    ],
    'the expiry of a holder that died, at some time or not yet': [
      ['a', 0, 10, { kind: 'acquire', request: 'r' }, { kind: 'granted', token: 1 }],
      ['server', 20, 'open', { kind: 'expire', request: 'r' }],
      ['b', 30, 40, { kind: 'acquire' }, { kind: 'taken' }],
      ['b', 50, 60, { kind: 'acquire' }, { kind: 'granted', token: 2 }],
    ],
    'the same grant for a request whose answer was lost, and the expiry of one that nobody heard of': [
      ['a', 0, 'open', { kind: 'acquire', request: 'r' }],
      ['b', 10, 20, { kind: 'acquire' }, { kind: 'taken' }],
      ['a', 30, 40, { kind: 'acquire', request: 'r' }, { kind: 'granted', token: 1 }],
      ['a', 50, 60, { kind: 'release', token: 1 }, { kind: 'released' }],
      ['c', 70, 'open', { kind: 'acquire', request: 's' }],
      ['server', 80, 'open', { kind: 'expire', request: 's' }],
      ['b', 90, 99, { kind: 'acquire' }, { kind: 'granted', token: 5 }],
    ],
  },
  finds: {
    'two holders': [
      ['a', 0, 10, { kind: 'acquire' }, { kind: 'granted', token: 1 }],
      ['b', 1, 9, { kind: 'acquire' }, { kind: 'granted', token: 2 }],
    ],
    'a writer beside a reader': [
      ['a', 0, 1, { kind: 'acquire', units: 1 }, { kind: 'granted', token: 1 }],
      ['b', 2, 3, { kind: 'acquire' }, { kind: 'granted', token: 2 }],
    ],
    'an expiry before its time': [
      ['a', 0, 10, { kind: 'acquire', request: 'r' }, { kind: 'granted', token: 1 }],
      ['b', 11, 15, { kind: 'acquire' }, { kind: 'granted', token: 2 }],
      ['server', 20, 'open', { kind: 'expire', request: 'r' }],
    ],
    'a waiter that gets it after the end of its session': [
      ['a', 0, 1, { kind: 'acquire', request: 'a' }, { kind: 'granted', token: 1 }],
      ['b', 2, 3, { kind: 'acquire', request: 'b', waits: true }, { kind: 'queued' }],
      ['server', 4, 5, { kind: 'expire', request: 'b' }, { kind: 'expired' }],
      ['a', 6, 7, { kind: 'release', token: 1 }, { kind: 'released' }],
      ['b', 8, 9, { kind: 'acquire', request: 'b' }, { kind: 'granted', token: 2 }],
    ],
    'one that goes past who waits': [
      ['a', 0, 1, { kind: 'acquire', request: 'a' }, { kind: 'granted', token: 1 }],
      ['b', 2, 3, { kind: 'acquire', request: 'b', waits: true }, { kind: 'queued' }],
      ['a', 4, 5, { kind: 'release', token: 1 }, { kind: 'released' }],
      ['c', 6, 7, { kind: 'acquire' }, { kind: 'granted', token: 2 }],
    ],
    'one that waited for less time and is served first': [
      ['a', 0, 1, { kind: 'acquire', request: 'a' }, { kind: 'granted', token: 1 }],
      ['b', 2, 3, { kind: 'acquire', request: 'b', waits: true }, { kind: 'queued' }],
      ['c', 4, 5, { kind: 'acquire', request: 'c', waits: true }, { kind: 'queued' }],
      ['a', 6, 7, { kind: 'release', token: 1 }, { kind: 'released' }],
      ['c', 8, 9, { kind: 'acquire', request: 'c', waits: true }, { kind: 'granted', token: 2 }],
    ],
    'a refusal of what is free': [['a', 0, 1, { kind: 'acquire' }, { kind: 'taken' }]],
    'a look that does not see who holds': [
      ['a', 0, 1, { kind: 'acquire' }, { kind: 'granted', token: 1 }],
      ['b', 2, 3, { kind: 'look' }, { kind: 'free' }],
    ],
    'tokens that begin anew': [
      ['a', 0, 1, { kind: 'acquire' }, { kind: 'granted', token: 1 }],
      ['a', 2, 3, { kind: 'release', token: 1 }, { kind: 'released' }],
      ['a', 4, 5, { kind: 'acquire' }, { kind: 'granted', token: 1 }],
    ],
    'a second grant for the same request': [
      ['a', 0, 1, { kind: 'acquire', request: 'r', units: 1 }, { kind: 'granted', token: 1 }],
      ['a', 2, 3, { kind: 'acquire', request: 'r', units: 1 }, { kind: 'granted', token: 2 }],
    ],
    'a release of the grant of another one': [
      ['a', 0, 1, { kind: 'acquire' }, { kind: 'granted', token: 1 }],
      ['b', 2, 3, { kind: 'release', token: 7 }, { kind: 'released' }],
    ],
    'a token that is higher than one that was granted after it': [
      ['a', 0, 1, { kind: 'acquire', request: 'r' }],
      ['b', 2, 3, { kind: 'acquire' }, { kind: 'taken' }],
      ['a', 4, 'open', { kind: 'withdraw', request: 'r' }],
      ['b', 6, 7, { kind: 'acquire' }, { kind: 'granted', token: 5 }],
      ['a', 8, 9, { kind: 'acquire', request: 'r' }, { kind: 'granted', token: 6 }],
    ],
  },
});

suite(semaphore(2), {
  takes: {
    'two holders, a third that waits for its turn, and a large request that is not overtaken': [
      ['a', 0, 1, { kind: 'acquire', units: 1 }, { kind: 'granted', token: 1 }],
      ['b', 2, 3, { kind: 'acquire', units: 1 }, { kind: 'granted', token: 2 }],
      ['c', 4, 20, { kind: 'acquire', request: 'c', units: 2, waits: true }, { kind: 'queued' }],
      ['a', 22, 23, { kind: 'release', token: 1 }, { kind: 'released' }],
      ['d', 30, 31, { kind: 'acquire', units: 1 }, { kind: 'taken' }],
      ['b', 34, 35, { kind: 'release', token: 2 }, { kind: 'released' }],
      ['c', 36, 37, { kind: 'acquire', request: 'c', units: 2, waits: true }, { kind: 'granted', token: 3 }],
      ['c', 38, 39, { kind: 'release', token: 3 }, { kind: 'released' }],
      ['d', 40, 41, { kind: 'acquire', units: 1 }, { kind: 'granted', token: 5 }],
    ],
    'two permits at once of which nobody heard, told when the request is repeated': [
      ['a', 0, 'open', { kind: 'acquire', units: 2, request: 'r' }],
      ['b', 1, 2, { kind: 'acquire', units: 1 }, { kind: 'taken' }],
      ['a', 3, 4, { kind: 'acquire', units: 2, request: 'r' }, { kind: 'granted', token: 4 }],
      ['a', 5, 6, { kind: 'release', token: 4 }, { kind: 'released' }],
      ['b', 7, 8, { kind: 'acquire', units: 1 }, { kind: 'granted', token: 6 }],
    ],
  },
  finds: {
    'a permit too many': [
      ['a', 0, 1, { kind: 'acquire', units: 2 }, { kind: 'granted', token: 1 }],
      ['b', 2, 3, { kind: 'acquire', units: 1 }, { kind: 'granted', token: 3 }],
    ],
    'one token for two permits': [
      ['a', 0, 1, { kind: 'acquire', units: 2 }, { kind: 'granted', token: 1 }],
      ['a', 2, 3, { kind: 'release', token: 1 }, { kind: 'released' }],
      ['b', 4, 5, { kind: 'acquire', units: 1 }, { kind: 'granted', token: 2 }],
    ],
    'a permit that comes back twice': [
      ['a', 0, 1, { kind: 'acquire', units: 2 }, { kind: 'granted', token: 1 }],
      ['a', 2, 3, { kind: 'release', token: 1 }, { kind: 'released' }],
      ['a', 4, 5, { kind: 'release', token: 1 }, { kind: 'released' }],
    ],
  },
});

suite(election, {
  takes: {
    'leaders one after the other, who proclaim, resign, and are refused when they lead no more': [
      ['a', 0, 10, { kind: 'campaign', candidate: 'a', value: 'x' }, { kind: 'elected', term: 1 }],
      ['b', 5, 40, { kind: 'campaign', candidate: 'b', value: 'y' }, { kind: 'elected', term: 2 }],
      ['a', 12, 14, { kind: 'proclaim', term: 1, value: 'z' }, { kind: 'proclaimed' }],
      ['c', 16, 18, { kind: 'observe' }, { kind: 'leader', term: 1, candidate: 'a', value: 'z' }],
      ['a', 20, 30, { kind: 'resign', term: 1 }, { kind: 'resigned' }],
      ['c', 22, 28, { kind: 'observe' }, { kind: 'no-leader' }],
      ['a', 50, 60, { kind: 'proclaim', term: 1, value: 'w' }, { kind: 'not-leader' }],
      ['c', 70, 80, { kind: 'observe' }, { kind: 'leader', term: 2, candidate: 'b', value: 'y' }],
    ],
    'a leader that was elected and never heard of it, and whose lease ran out': [
      ['a', 0, 'open', { kind: 'campaign', candidate: 'a', value: 'x', request: 'r' }],
      ['c', 10, 20, { kind: 'observe' }, { kind: 'leader', term: 4, candidate: 'a', value: 'x' }],
      ['server', 30, 'open', { kind: 'lose', of: { number: 4 } }],
      ['b', 40, 50, { kind: 'campaign', candidate: 'b', value: 'y' }, { kind: 'elected', term: 5 }],
    ],
  },
  finds: {
    'two leaders': [
      ['a', 0, 10, { kind: 'campaign', candidate: 'a', value: 'x' }, { kind: 'elected', term: 1 }],
      ['b', 5, 40, { kind: 'campaign', candidate: 'b', value: 'y' }, { kind: 'elected', term: 2 }],
    ],
    'a term that two have': [
      ['a', 0, 1, { kind: 'campaign', candidate: 'a', value: 'x' }, { kind: 'elected', term: 1 }],
      ['a', 2, 3, { kind: 'resign', term: 1 }, { kind: 'resigned' }],
      ['b', 4, 5, { kind: 'campaign', candidate: 'b', value: 'y' }, { kind: 'elected', term: 1 }],
    ],
    'an old leader that proclaims': [
      ['a', 0, 1, { kind: 'campaign', candidate: 'a', value: 'x' }, { kind: 'elected', term: 1 }],
      ['a', 2, 3, { kind: 'resign', term: 1 }, { kind: 'resigned' }],
      ['a', 4, 5, { kind: 'proclaim', term: 1, value: 'z' }, { kind: 'proclaimed' }],
    ],
    'an observer that goes back': [
      ['a', 0, 1, { kind: 'campaign', candidate: 'a', value: 'x' }, { kind: 'elected', term: 1 }],
      ['a', 2, 3, { kind: 'resign', term: 1 }, { kind: 'resigned' }],
      ['b', 4, 5, { kind: 'campaign', candidate: 'b', value: 'y' }, { kind: 'elected', term: 2 }],
      ['c', 6, 7, { kind: 'observe' }, { kind: 'leader', term: 1, candidate: 'a', value: 'x' }],
    ],
    'the value of another leader': [
      ['a', 0, 1, { kind: 'campaign', candidate: 'a', value: 'x' }, { kind: 'elected', term: 1 }],
      ['c', 6, 7, { kind: 'observe' }, { kind: 'leader', term: 1, candidate: 'a', value: 'y' }],
    ],
  },
});

suite(counter({ least: 0, most: 5 }), {
  takes: {
    'sums, a bound that is reached exactly, and ranges': [
      ['a', 0, 10, { kind: 'add', by: 2 }, { kind: 'added', value: 2 }],
      ['b', 1, 9, { kind: 'take', count: 3 }, { kind: 'range', from: 100, to: 103 }],
      ['b', 10, 12, { kind: 'add', by: 3 }, { kind: 'added', value: 5 }],
      ['b', 13, 14, { kind: 'take', count: 2 }, { kind: 'range', from: 107, to: 109 }],
      ['c', 15, 16, { kind: 'add', by: 1 }, { kind: 'out-of-bounds', value: 5 }],
      ['c', 17, 18, { kind: 'reset', to: 4 }, { kind: 'reset', before: 5 }],
      ['c', 20, 30, { kind: 'add', by: -4 }, { kind: 'added', value: 0 }],
      ['c', 40, 50, { kind: 'read' }, { kind: 'value', value: 0 }],
    ],
    'a repeated request, answered as the first time': [
      ['a', 0, 'open', { kind: 'add', by: 1, request: 'r' }],
      ['b', 10, 20, { kind: 'add', by: 1 }, { kind: 'added', value: 2 }],
      ['a', 30, 40, { kind: 'add', by: 1, request: 'r' }, { kind: 'added', value: 1 }],
    ],
    'a range that nobody heard of, below the one that was handed out after it': [
      ['a', 0, 'open', { kind: 'take', count: 3, request: 'r' }],
      ['b', 10, 20, { kind: 'take', count: 2 }, { kind: 'range', from: 8, to: 10 }],
      ['a', 30, 40, { kind: 'take', count: 3, request: 'r' }, { kind: 'range', from: 5, to: 8 }],
    ],
    'what was refused, and is judged again': [
      ['a', 0, 10, { kind: 'add', by: 6, request: 'r' }, { kind: 'out-of-bounds', value: 0 }],
      ['b', 20, 30, { kind: 'add', by: -1, request: 's' }, { kind: 'out-of-bounds', value: 0 }],
      ['b', 40, 50, { kind: 'add', by: 5 }, { kind: 'added', value: 5 }],
      ['b', 60, 70, { kind: 'add', by: -1, request: 's' }, { kind: 'added', value: 4 }],
    ],
  },
  finds: {
    'a lost increment': [
      ['a', 0, 10, { kind: 'add', by: 1 }, { kind: 'added', value: 1 }],
      ['b', 1, 9, { kind: 'add', by: 1 }, { kind: 'added', value: 1 }],
    ],
    'an overshoot': [['a', 0, 10, { kind: 'add', by: 6 }, { kind: 'added', value: 6 }]],
    'ids that are given out twice': [
      ['a', 0, 10, { kind: 'take', count: 2 }, { kind: 'range', from: 1, to: 3 }],
      ['b', 1, 9, { kind: 'take', count: 2 }, { kind: 'range', from: 2, to: 4 }],
    ],
    'a range that is shorter than it was to be': [
      ['a', 0, 10, { kind: 'take', count: 2 }, { kind: 'range', from: 1, to: 2 }],
    ],
    'a range that nobody heard of, with an id of another one': [
      ['a', 0, 'open', { kind: 'take', count: 3, request: 'r' }],
      ['b', 10, 20, { kind: 'take', count: 2 }, { kind: 'range', from: 7, to: 9 }],
      ['a', 30, 40, { kind: 'take', count: 3, request: 'r' }, { kind: 'range', from: 5, to: 8 }],
    ],
    'a request that counts twice': [
      ['a', 0, 10, { kind: 'add', by: 1, request: 'r' }, { kind: 'added', value: 1 }],
      ['a', 20, 30, { kind: 'add', by: 1, request: 'r' }, { kind: 'added', value: 2 }],
    ],
  },
});

suite(sharedValue({ value: 'a', version: 10 }), {
  takes: {
    'of two that saw one version one, and a conflict that says what is there': [
      ['a', 0, 10, { kind: 'set', basedOn: 10, value: 'b', request: 'r' }, { kind: 'set', version: 25 }],
      [
        'b',
        1,
        9,
        { kind: 'set', basedOn: 10, value: 'c', request: 's' },
        { kind: 'conflict', value: 'b', version: 25 },
      ],
      ['b', 20, 30, { kind: 'read' }, { kind: 'value', value: 'b', version: 25 }],
      ['a', 31, 32, { kind: 'set', value: 'c', request: 't' }, { kind: 'set', version: 26 }],
      // both are answered as the first time
      [
        'b',
        33,
        34,
        { kind: 'set', basedOn: 10, value: 'c', request: 's' },
        { kind: 'conflict', value: 'b', version: 25 },
      ],
      ['a', 35, 36, { kind: 'set', basedOn: 10, value: 'b', request: 'r' }, { kind: 'set', version: 25 }],
    ],
    'one that nobody heard of, and its version when it is sent again': [
      ['a', 0, 'open', { kind: 'set', basedOn: 10, value: 'b', request: 'r' }],
      ['b', 10, 20, { kind: 'read' }, { kind: 'value', value: 'a', version: 10 }],
      [
        'c',
        30,
        40,
        { kind: 'set', basedOn: 10, value: 'd', request: 's' },
        { kind: 'conflict', value: 'b', version: 12 },
      ],
      ['b', 50, 60, { kind: 'set', value: 'c', request: 't' }, { kind: 'set', version: 15 }],
      ['a', 70, 80, { kind: 'set', basedOn: 10, value: 'b', request: 'r' }, { kind: 'set', version: 12 }],
    ],
    'a refusal that nobody heard of': [
      ['a', 0, 'open', { kind: 'set', basedOn: 9, value: 'b', request: 'r' }],
      ['b', 10, 20, { kind: 'set', value: 'c', request: 's' }, { kind: 'set', version: 11 }],
      [
        'a',
        30,
        40,
        { kind: 'set', basedOn: 9, value: 'b', request: 'r' },
        { kind: 'conflict', value: 'a', version: 10 },
      ],
    ],
  },
  finds: {
    'a lost update': [
      ['a', 0, 10, { kind: 'set', basedOn: 10, value: 'b', request: 'r' }, { kind: 'set', version: 11 }],
      ['b', 1, 9, { kind: 'set', basedOn: 10, value: 'c', request: 's' }, { kind: 'set', version: 12 }],
    ],
    'a version that comes again': [
      ['a', 0, 10, { kind: 'set', value: 'b', request: 'r' }, { kind: 'set', version: 11 }],
      ['b', 20, 30, { kind: 'set', value: 'c', request: 's' }, { kind: 'set', version: 11 }],
    ],
    'a conflict without a reason': [
      [
        'a',
        0,
        10,
        { kind: 'set', basedOn: 10, value: 'b', request: 'r' },
        { kind: 'conflict', value: 'a', version: 10 },
      ],
    ],
    'a request that is done twice': [
      ['a', 0, 10, { kind: 'set', value: 'b', request: 'r' }, { kind: 'set', version: 11 }],
      ['a', 20, 30, { kind: 'set', value: 'b', request: 'r' }, { kind: 'set', version: 12 }],
    ],
    'a stale read': [
      ['a', 0, 10, { kind: 'set', basedOn: 10, value: 'b', request: 'r' }, { kind: 'set', version: 11 }],
      ['b', 20, 30, { kind: 'read' }, { kind: 'value', value: 'a', version: 10 }],
    ],
  },
});
