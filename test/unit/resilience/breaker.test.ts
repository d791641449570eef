import fc from 'fast-check';
import { createBreaker, type Admitted, type Breaker, type Outcome } from '../../../src/resilience/breaker';
import { DEFAULTS } from '../../../src/resilience/settings';
import { handClock, type HandClock } from '../../support/resilience/clock';

let clock: HandClock;
let breaker: Breaker;
beforeEach(() => {
  clock = handClock();
  breaker = createBreaker(DEFAULTS.breaker, clock.now);
});

function admitted(): Admitted {
  const admission = breaker.admit();
  if (admission.kind === 'broken') throw new Error(`refused: ${admission.why}`);
  return admission;
}
const call = (outcome: Outcome, times = 1): void => {
  for (let n = 0; n < times; n++) admitted().settle(outcome);
};

describe('BRK-1 closed, open, half-open, with the defaults of the reference', () => {
  test('it opens when half of at least five calls in the window failed, not before', () => {
    call('failure', 4);
    expect(breaker.state()).toEqual({ kind: 'closed', successes: 0, failures: 4 });
    call('failure');
    expect(breaker.state()).toEqual({ kind: 'open', retryAfterMs: 30_000 });
  });

  test('below the share it stays closed, at the share it opens', () => {
    call('success', 6);
    call('failure', 5);
    expect(breaker.state().kind).toBe('closed');
    call('failure');
    expect(breaker.state().kind).toBe('open');
  });

  test('failures older than the window do not count, however long nothing happened', async () => {
    call('failure', 4);
    await clock.advance(10_001);
    call('failure');
    expect(breaker.state()).toEqual({ kind: 'closed', successes: 0, failures: 1 });
  });

  test('it lets nothing through for resetMs to the millisecond, then one call; its success closes with an empty window', async () => {
    call('failure', 5);
    await clock.advance(29_999);
    expect(breaker.admit()).toEqual({ kind: 'broken', why: 'open', retryAfterMs: 1 });
    await clock.advance(1);
    call('success');
    expect(breaker.state()).toEqual({ kind: 'closed', successes: 0, failures: 0 });
  });

  test('a slow answer to a call from before the opening changes nothing', async () => {
    const [slow, slowToo] = [admitted(), admitted()];
    call('failure', 5);
    await clock.advance(30_000);
    const probe = admitted();
    slow.settle('success');
    slowToo.settle('failure');
    expect(breaker.state()).toEqual({ kind: 'half-open', isProbing: true });
    probe.settle('success');
    expect(breaker.state().kind).toBe('closed');
  });
});

describe('BRK-2 a probe is single flight', () => {
  beforeEach(async () => {
    call('failure', 5);
    await clock.advance(30_000);
  });

  test('of two callers at the half-open instant one probes and one is refused', () => {
    const both = [breaker.admit(), breaker.admit()];
    expect(both.map(({ kind }) => kind)).toEqual(['admitted', 'broken']);
    expect(both[1]).toMatchObject({ why: 'probing', retryAfterMs: 1_000 });
  });

  test('a failed probe always opens anew, for the whole time', () => {
    call('failure');
    expect(breaker.state()).toEqual({ kind: 'open', retryAfterMs: 30_000 });
  });

  test('a probe that said nothing leaves the probe to the next caller', () => {
    call('ignore');
    expect(breaker.state()).toEqual({ kind: 'half-open', isProbing: false });
    call('success');
    expect(breaker.state().kind).toBe('closed');
  });

  test('a probe that is settled twice counts once', () => {
    const probe = admitted();
    probe.settle('ignore');
    const next = admitted();
    probe.settle('success');
    expect(breaker.state()).toEqual({ kind: 'half-open', isProbing: true });
    next.settle('failure');
    expect(breaker.state().kind).toBe('open');
  });
});

test('BRK-3 what says nothing about the target is not counted', () => {
  call('ignore', 100);
  expect(breaker.state()).toEqual({ kind: 'closed', successes: 0, failures: 0 });
});

describe('BRK-4 it is tripped, isolated and released by hand, saved and restored', () => {
  test('isolated it refuses until it is released, whatever the time and the calls under way', async () => {
    const before = admitted();
    breaker.isolate('maintenance');
    breaker.trip();
    before.settle('success');
    await clock.advance(3_600_000);
    expect(breaker.admit()).toMatchObject({ kind: 'broken', why: 'isolated' });
    expect(breaker.state()).toEqual({ kind: 'isolated', reason: 'maintenance' });
    breaker.release();
    call('success');
  });

  test('tripped it opens and probes as after failures', async () => {
    breaker.trip();
    expect(breaker.state()).toEqual({ kind: 'open', retryAfterMs: 30_000 });
    await clock.advance(30_000);
    call('success');
    expect(breaker.state().kind).toBe('closed');
  });

  const again = (): Breaker => {
    const other = createBreaker(DEFAULTS.breaker, clock.now);
    other.restore(JSON.parse(JSON.stringify(breaker.save())) as ReturnType<Breaker['save']>);
    return other;
  };

  test('a restored one goes on where the saved one was', async () => {
    call('failure', 4);
    breaker = again();
    expect(breaker.state()).toEqual({ kind: 'closed', successes: 0, failures: 4 });
    call('failure');
    await clock.advance(10_000);
    breaker = again();
    expect(breaker.state()).toEqual({ kind: 'open', retryAfterMs: 20_000 });
    await clock.advance(20_000);
    admitted();
    breaker = again();
    expect(breaker.state()).toEqual({ kind: 'half-open', isProbing: false });
    breaker.isolate('by hand');
    expect(again().state()).toEqual({ kind: 'isolated', reason: 'by hand' });
  });

  test('one that was saved by a clock in the future stays open no longer than resetMs', () => {
    breaker.restore({ kind: 'open', until: clock.now() + 1e9, calls: [] });
    expect(breaker.state()).toEqual({ kind: 'open', retryAfterMs: 30_000 });
  });
});

test('BRK-1 BRK-2 under any calls, answers and pauses it does what a plain list of calls says', async () => {
  const options = { errorPercent: 50, volume: 3, windowMs: 1_000, resetMs: 500 };
  const step = fc.oneof(
    fc.record({ kind: fc.constant('begin' as const) }),
    fc.record({
      kind: fc.constant('end' as const),
      which: fc.nat(5),
      outcome: fc.constantFrom<Outcome[]>('success', 'failure', 'ignore'),
    }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 99, 100, 250, 499, 500, 1_000) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const time = handClock();
      const subject = createBreaker(options, time.now);
      /** The model: every counted outcome with its bucket, and the running calls with the era in which they began. */
      let model = { kind: 'closed', until: 0, isProbing: false, era: 0 };
      let counted: { readonly slot: number; readonly isFailure: boolean }[] = [];
      let running: { readonly call: Admitted; readonly era: number }[] = [];
      const slot = (): number => Math.floor(time.now() / 100);
      const become = (kind: string): void => {
        model = { kind, until: time.now() + 500, isProbing: false, era: model.era + 1 };
        counted = [];
      };
      for (const each of steps) {
        if (each.kind === 'wait') await time.advance(each.ms);
        else if (each.kind === 'begin') {
          if (model.kind === 'open' && time.now() >= model.until) become('half-open');
          const isFree = model.kind === 'closed' || (model.kind === 'half-open' && !model.isProbing);
          const admission = subject.admit();
          expect(admission.kind).toBe(isFree ? 'admitted' : 'broken');
          if (admission.kind === 'broken') continue;
          model.isProbing = model.kind === 'half-open';
          running.push({ call: admission, era: model.era });
        } else {
          const ended = running[each.which];
          if (ended === undefined) continue;
          running = running.filter((other) => other !== ended);
          ended.call.settle(each.outcome);
          if (ended.era !== model.era) continue;
          if (model.kind === 'half-open') {
            if (each.outcome === 'ignore') model.isProbing = false;
            else become(each.outcome === 'success' ? 'closed' : 'open');
          } else if (each.outcome !== 'ignore') {
            counted.push({ slot: slot(), isFailure: each.outcome === 'failure' });
            const recent = counted.filter((one) => one.slot > slot() - 10);
            const failures = recent.filter(({ isFailure }) => isFailure).length;
            if (each.outcome === 'failure' && recent.length >= 3 && failures * 2 >= recent.length) become('open');
          }
        }
      }
    }),
    { seed: 4, numRuns: 1_000 },
  );
});
