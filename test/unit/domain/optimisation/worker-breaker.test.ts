import { createAttemptGuard } from '../../../../activities/evaluator-guard';
import {
  afterAttempt,
  afterRest,
  CLOSED,
  type AttemptEnd,
  type WorkerBreaker,
} from '../../../../src/domain/optimisation/worker-breaker';

const RULE = { breakAfter: 3, coolDownMs: 60, coolDownMsMax: 200 };

const after = (ends: readonly AttemptEnd[], rule = RULE): WorkerBreaker =>
  ends.reduce<WorkerBreaker>((breaker, end, at) => afterAttempt(rule, breaker, end, at), CLOSED);

describe('the breaker of a worker', () => {
  test.each<readonly [string, readonly AttemptEnd[], WorkerBreaker]>([
    ['fewer failures', ['failure', 'failure'], { kind: 'closed', failures: 2 }],
    [
      'failures with a success between them',
      ['failure', 'failure', 'success', 'failure'],
      { kind: 'closed', failures: 1 },
    ],
    [
      'failures with what does not count between them',
      ['failure', 'ignored', 'failure', 'ignored', 'failure'],
      { kind: 'open', failures: 3, since: 4, until: 64, rests: 0 },
    ],
    [
      'what ends after it was taken out',
      ['failure', 'failure', 'failure', 'success', 'failure'],
      { kind: 'open', failures: 3, since: 2, until: 62, rests: 0 },
    ],
  ])('%s', (_what, ends, breaker) => {
    expect(after(ends)).toEqual(breaker);
  });

  test('never opens when it is told so', () => {
    const ends = Array.from({ length: 50 }, () => 'failure' as const);
    expect(after(ends, { ...RULE, breakAfter: 0 })).toEqual({ kind: 'closed', failures: 50 });
  });

  test('rests, takes one trial, and rests twice as long after each failure, up to the longest rest', () => {
    let breaker = after(['failure', 'failure', 'failure']);
    const rests: number[] = [];
    for (let now = 0, probes = 0; probes < 4; probes++) {
      if (breaker.kind !== 'open') throw new Error(breaker.kind);
      expect(afterRest(breaker, breaker.until - 1)).toBe(breaker);
      now = breaker.until;
      const probing = afterRest(breaker, now);
      expect(probing).toMatchObject({ kind: 'half-open', since: 2 });
      expect(afterAttempt(RULE, probing, 'ignored', now)).toBe(probing);
      breaker = afterAttempt(RULE, probing, 'failure', now);
      if (breaker.kind === 'open') rests.push(breaker.until - now);
    }
    expect(rests).toEqual([120, 200, 200, 200]);
    expect(breaker).toMatchObject({ failures: 7, since: 2, rests: 4 });
    const well = afterRest(breaker, Infinity);
    expect(afterAttempt(RULE, well, 'success', 0)).toEqual(CLOSED);
  });
});

describe('the guard of the attempts of a worker', () => {
  test('tells the studies whose trials it failed, gives trials back while it is out, and says when it is back', async () => {
    let now = 1_000;
    const guard = createAttemptGuard(RULE, () => now);
    const slow = guard.admit('slow');
    guard.admit('a')?.('failure', 'one');
    guard.admit('b')?.('failure', 'two');
    const changed = guard.changed();
    const out = { since: iso(1_000), failures: 3, last: 'three', until: iso(1_060) };
    expect(guard.admit('a')?.('failure', 'three')).toEqual({ studies: ['b', 'a'], out });
    await changed;
    expect(guard.admit('a')).toBeUndefined();
    // what was begun before counts no more
    expect(slow?.('success')).toBeUndefined();
    now = 1_059;
    guard.rested();
    expect(guard.breaker.kind).toBe('open');
    now = 1_060;
    guard.rested();
    const probe = guard.admit('c');
    const again = { since: iso(1_000), failures: 4, last: 'four', until: iso(1_180) };
    expect(probe?.('failure', 'four')).toEqual({ studies: ['b', 'a', 'c'], out: again });
    expect(probe?.('success')).toBeUndefined();
    now = 1_180;
    guard.rested();
    expect(guard.admit('d')?.('success')).toEqual({ studies: ['b', 'a', 'c'] });
    expect(guard.breaker).toEqual(CLOSED);
    expect(guard.admit('d')?.('success')).toBeUndefined();
  });
});

const iso = (at: number): string => new Date(at).toISOString();
