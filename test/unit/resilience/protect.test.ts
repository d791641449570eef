import { ApplicationFailure } from '@temporalio/common';
import { PlatformError, refuse } from '../../../src/contracts/errors';
import { MAX_TARGETS } from '../../../src/contracts/resilience';
import { lastKnown } from '../../../src/resilience/fallback';
import { createTargets, type Targets } from '../../../src/resilience/targets';
import { handClock, settled, type HandClock } from '../../support/resilience/clock';

let clock: HandClock;
let targets: Targets;
beforeEach(() => {
  clock = handClock();
  targets = createTargets(clock);
});

const down = (): Promise<string> => Promise.reject(new Error('connect ECONNREFUSED'));
const never = (): Promise<string> => new Promise(() => undefined);
const fine = (): string => 'fine';
/** The code of what a call throws, else its value. */
const codeOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.catch((error: unknown) => (error as { readonly code?: string }).code ?? String(error));

describe('the order is limiter, breaker, bulkhead, timeout', () => {
  test('LIM-2 a call beyond the rate is refused before the breaker is asked', async () => {
    const bank = targets.protect('bank', { limiter: { limit: 2, perMs: 1_000 } });
    bank.isolate('maintenance');
    expect([await codeOf(bank.run(fine)), await codeOf(bank.run(fine)), await codeOf(bank.run(fine))]).toEqual([
      'circuit-open',
      'circuit-open',
      'rate-limited',
    ]);
  });

  test('BLK-1 a refused call takes no permit, and one that waits for a permit is not timed yet', async () => {
    const bank = targets.protect('bank', { bulkhead: { atOnce: 1, queue: 1 }, timeoutMs: 100 });
    const both = [codeOf(bank.run(never)), codeOf(bank.run(never))];
    await settled();
    expect(await codeOf(bank.run(fine))).toBe('limit-reached');
    await clock.advance(100);
    expect(await both[0]).toBe('timeout');
    expect(bank.state().bulkhead).toEqual({ running: 1, waiting: 0 });
    await clock.advance(100);
    expect(await both[1]).toBe('timeout');
    expect(bank.state().bulkhead).toEqual({ running: 0, waiting: 0 });
    expect(clock.timers).toBe(0);
  });

  test('each attempt of a retry passes the limiter anew', async () => {
    const bank = targets.protect('bank', {
      limiter: { limit: 2, perMs: 1_000 },
      retry: { attempts: 3, backoffMs: 10, random: () => 1 },
    });
    let calls = 0;
    const run = bank.run(() => {
      calls += 1;
      return calls < 3 ? down() : fine();
    });
    const code = codeOf(run);
    await clock.advance(500);
    expect(calls).toBe(2);
    expect(bank.state().limiter).toMatchObject({ remaining: 0 });
    await clock.advance(1_000);
    expect(await code).toBe('rate-limited');
  });
});

test('a call that the limiter refuses does not take the place of the probe', async () => {
  const bank = targets.protect('bank', { breaker: { volume: 1, resetMs: 100 }, limiter: { limit: 1, perMs: 1_000 } });
  await codeOf(bank.run(down));
  await clock.advance(100);
  expect(await codeOf(bank.run(fine))).toBe('rate-limited');
  expect(bank.state().breaker).toEqual({ kind: 'half-open', isProbing: false });
});

describe('BLK-1 a permit is freed and a breaker told on every path', () => {
  const paths: readonly (readonly [string, () => unknown])[] = [
    ['an answer', fine],
    ['a rejection', down],
    ['a throw', () => { throw new Error('thrown'); }],
    ['a timeout', never],
  ]; // prettier-ignore
  test.each(paths)('%s', async (_name, call) => {
    const bank = targets.protect('bank', { bulkhead: { atOnce: 1, queue: 0 } });
    void codeOf(bank.run(call).catch(() => undefined));
    await clock.advance(10_000);
    expect(bank.state().bulkhead).toEqual({ running: 0, waiting: 0 });
    expect(clock.timers).toBe(0);
  });

  test('a caller that gives up, running or waiting, or before it began', async () => {
    const bank = targets.protect('bank', { bulkhead: { atOnce: 1, queue: 1 } });
    const controller = new AbortController();
    let seen: AbortSignal | undefined;
    const running = bank.run(
      ({ signal }) => {
        seen = signal;
        return never();
      },
      { signal: controller.signal },
    );
    const waiting = bank.run(never, { signal: controller.signal });
    const ends = Promise.allSettled([running, waiting]);
    await settled();
    controller.abort(new Error('enough'));
    expect((await ends).map((each) => String((each as PromiseRejectedResult).reason))).toEqual(
      Array.from({ length: 2 }, () => 'Error: enough'),
    );
    expect(seen?.aborted).toBe(true);
    await expect(bank.run(fine, { signal: controller.signal })).rejects.toThrow('enough');
    expect(bank.state()).toMatchObject({
      breaker: { kind: 'closed', successes: 0, failures: 0 },
      bulkhead: { running: 0, waiting: 0 },
    });
  });

  test('a judge that throws', async () => {
    const bank = targets.protect('bank', {
      judge: () => {
        throw new Error('no opinion');
      },
    });
    await expect(bank.run(fine)).rejects.toThrow('no opinion');
    expect(bank.state().bulkhead.running).toBe(0);
  });
});

describe('BRK-3 only what means "target unwell" counts', () => {
  const cases: readonly (readonly [string, () => unknown, 'success' | 'failure' | 'ignore'])[] = [
    ['a refused connection', down, 'failure'],
    ['status 503', () => Promise.reject(Object.assign(new Error('busy'), { status: 503 })), 'failure'],
    ['status 404', () => Promise.reject(Object.assign(new Error('gone'), { status: 404 })), 'ignore'],
    ['status 429', () => Promise.reject(Object.assign(new Error('slow'), { statusCode: 429 })), 'ignore'],
    ['a code of ours, the caller’s', () => Promise.reject(new PlatformError(refuse('stale-base', 'old'))), 'ignore'],
    ['a code of ours, the server’s', () => Promise.reject(new PlatformError(refuse('no-worker', 'none'))), 'failure'],
    ['a failure that is final', () => Promise.reject(ApplicationFailure.nonRetryable('no')), 'ignore'],
    ['a response of 200', () => new Response('yes'), 'success'],
    ['a response of 404', () => new Response('no', { status: 404 }), 'success'],
    ['a response of 500: an error result', () => new Response('no', { status: 500 }), 'failure'],
  ];
  test.each(cases)('%s', async (_name, call, outcome) => {
    const bank = targets.protect('bank');
    await codeOf(bank.run(call));
    const { breaker } = bank.state();
    const count = breaker.kind === 'closed' ? [breaker.successes, breaker.failures] : [];
    expect(count).toEqual({ success: [1, 0], failure: [0, 1], ignore: [0, 0] }[outcome]);
  });

  test('an error result is still what the caller gets, and five of them open', async () => {
    const bank = targets.protect('bank');
    for (let n = 0; n < 5; n++) {
      expect((await bank.run(() => new Response('no', { status: 500 }))).status).toBe(500);
    }
    expect(bank.state().breaker.kind).toBe('open');
  });
});

describe('BRK-4 the state of a target is shared', () => {
  test('by all its callers in the process, and visible', async () => {
    const [one, other] = [targets.protect('bank'), targets.protect('bank')];
    for (let n = 0; n < 5; n++) await codeOf(one.run(down));
    expect(await codeOf(other.run(fine))).toBe('circuit-open');
    targets.protect('airport');
    expect(targets.states().map(({ target, breaker }) => [target, breaker.kind])).toEqual([
      ['airport', 'closed'],
      ['bank', 'open'],
    ]);
  });

  test('two callers at the half-open instant: one asks the service, the other is refused and does not wait', async () => {
    const bank = targets.protect('bank');
    bank.trip();
    await clock.advance(30_000);
    let asked = 0;
    const ask = async (): Promise<string> => {
      asked += 1;
      await settled();
      return fine();
    };
    expect(await Promise.all([codeOf(bank.run(ask)), codeOf(bank.run(ask))])).toEqual(['fine', 'circuit-open']);
    expect(asked).toBe(1);
    expect(bank.state().breaker.kind).toBe('closed');
  });

  test('a probe that found the bulkhead full leaves the probe to the next', async () => {
    const bank = targets.protect('bank', { bulkhead: { atOnce: 1, queue: 0 }, timeoutMs: 60_000 });
    const slow = codeOf(bank.run(never));
    bank.trip();
    await clock.advance(30_000);
    expect(await codeOf(bank.run(fine))).toBe('limit-reached');
    expect(bank.state().breaker).toEqual({ kind: 'half-open', isProbing: false });
    await clock.advance(30_000);
    expect(await slow).toBe('timeout');
    expect(await bank.run(fine)).toBe('fine');
  });
});

describe('BRK-5 a refusal is a retryable failure that carries the delay', () => {
  test.each(['circuit-open', 'rate-limited', 'limit-reached', 'timeout'])('%s', async (code) => {
    const bank = targets.protect('bank', {
      limiter: { limit: 2, perMs: 5_000 },
      bulkhead: { atOnce: 1, queue: 0 },
    });
    let failing = bank.run(never);
    void codeOf(failing);
    await settled();
    if (code === 'circuit-open') {
      bank.trip();
      await clock.advance(1_000);
    }
    if (code === 'rate-limited') void codeOf(bank.run(never));
    if (code !== 'timeout') failing = bank.run(fine);
    const thrown = failing.catch((error: unknown) => error);
    await settled();
    if (code === 'timeout') await clock.advance(10_000);
    const failure = await thrown;
    expect(failure).toBeInstanceOf(ApplicationFailure);
    const delay = { 'circuit-open': 29_000, 'rate-limited': 5_000, 'limit-reached': 1_000 }[code];
    expect(failure).toMatchObject({ type: code, nonRetryable: false, code });
    expect((failure as ApplicationFailure).nextRetryDelay).toBe(delay);
    expect((failure as ApplicationFailure).details?.[0]).toMatchObject({ code });
  });
});

describe('BRK-6 LIM-2 an unknown target has the defaults, a configured one what was configured', () => {
  test('what an operator did before anybody configured it stays', async () => {
    targets.protect('bank').isolate('maintenance');
    const bank = targets.protect('bank', { limiter: { limit: 1, perMs: 1_000 } });
    expect(await codeOf(bank.run(fine))).toBe('circuit-open');
    expect(await codeOf(bank.run(fine))).toBe('rate-limited');
  });

  test('other options for a configured target are refused, the same or none are not', () => {
    const options = { timeoutMs: 50, breaker: { volume: 2 } };
    targets.protect('bank', options);
    targets.protect('bank');
    targets.protect('bank', { ...options, retry: { attempts: 2 } });
    expect(() => targets.protect('bank', { timeoutMs: 60 })).toThrow(
      expect.objectContaining({ code: 'definition-mismatch' }) as Error,
    );
  });

  test.each([
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeoutMs: 3_600_001 }, 'timeoutMs'],
    [{ breaker: { errorPercent: 101 } }, 'breaker.errorPercent'],
    [{ breaker: { volume: 0 } }, 'breaker.volume'],
    [{ breaker: { windowMs: 9 } }, 'breaker.windowMs'],
    [{ breaker: { resetMs: 0.5 } }, 'breaker.resetMs'],
    [{ bulkhead: { atOnce: 1_001 } }, 'bulkhead.atOnce'],
    [{ bulkhead: { queue: -1 } }, 'bulkhead.queue'],
    [{ bulkhead: { queue: 10_001 } }, 'bulkhead.queue'],
    [{ bulkhead: { retryAfterMs: 0 } }, 'bulkhead.retryAfterMs'],
    [{ limiter: { limit: 10_001, perMs: 1 } }, 'limiter.limit'],
    [{ limiter: { limit: 1, perMs: Number.NaN } }, 'limiter.perMs'],
    [{ retry: { attempts: 21 } }, 'retry.attempts'],
  ])('%j is refused, by its name', (options, name) => {
    expect(() => targets.protect('bank', options)).toThrow(
      expect.objectContaining({ code: 'invalid-request', message: expect.stringContaining(name) as string }) as Error,
    );
    expect(targets.states()).toEqual([]);
  });

  test('a process has so many targets and no more', () => {
    for (let n = 0; n < MAX_TARGETS; n++) targets.protect(`target-${String(n)}`);
    expect(() => targets.protect('one-more')).toThrow(expect.objectContaining({ code: 'limit-reached' }) as Error);
  });
});

describe('retries', () => {
  test('end at the given number, with pauses that grow up to their limit', async () => {
    const bank = targets.protect('bank', {
      breaker: { volume: 100 },
      retry: { attempts: 4, backoffMs: 100, backoffMsMax: 150, random: () => 1 },
    });
    const at: number[] = [];
    const run = codeOf(bank.run(() => (at.push(clock.now()), down())));
    await clock.advance(1_000);
    expect(await run).toBe('Error: connect ECONNREFUSED');
    expect(at.map((each) => each - (at[0] ?? 0))).toEqual([0, 100, 250, 400]);
  });

  test('are not made for a mistake of the caller, nor when the told delay is longer than a pause may be', async () => {
    const bank = targets.protect('bank', { retry: { attempts: 5 } });
    let calls = 0;
    const mistake = (): Promise<string> => {
      calls += 1;
      return Promise.reject(Object.assign(new Error('bad'), { status: 400 }));
    };
    await codeOf(bank.run(mistake));
    expect(calls).toBe(1);
    bank.trip();
    expect(await codeOf(bank.run(fine))).toBe('circuit-open');
    expect(clock.timers).toBe(0);
  });

  test('a pause ends when the caller gives up', async () => {
    const bank = targets.protect('bank', { retry: { attempts: 2, random: () => 1 } });
    const controller = new AbortController();
    const run = bank.run(down, { signal: controller.signal });
    await settled();
    expect(clock.timers).toBe(1);
    controller.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
    expect(clock.timers).toBe(0);
  });
});

describe('FBK-1 FBK-2 the degraded answer comes from the same call and says so', () => {
  test('the last good answer for the key with its age and reason, then the default, then the failure', async () => {
    const rates = targets.protect('rates', { fallback: lastKnown<string>({ maxAgeMs: 60_000, otherwise: 'none' }) });
    expect(await rates.run(fine, { key: 'eur' })).toEqual({ value: 'fine', source: 'service', ageMs: 0 });
    await clock.advance(60_000);
    expect(await rates.run(down, { key: 'eur' })).toEqual({
      value: 'fine',
      source: 'last-known',
      ageMs: 60_000,
      degraded: { code: 'failed', message: 'connect ECONNREFUSED' },
    });
    expect(await rates.run(down, { key: 'usd' })).toMatchObject({ value: 'none', source: 'default' });
    await clock.advance(1);
    expect(await rates.run(down, { key: 'eur' })).toMatchObject({ value: 'none', source: 'default' });
    await expect(targets.protect('bare', { fallback: lastKnown<string>() }).run(down)).rejects.toThrow('ECONNREFUSED');
  });

  test('a fallback remembers so many answers, the longest unused goes first', async () => {
    const rates = targets.protect('rates', { fallback: lastKnown<number>() });
    for (let n = 0; n <= 1_000; n++) await rates.run(() => n, { key: String(n) });
    const ask = (key: string): Promise<unknown> =>
      codeOf(rates.run(() => Promise.reject(Object.assign(new Error('gone'), { status: 404 })), { key }));
    expect(await ask('0')).toBe('Error: gone');
    expect(await ask('1')).toMatchObject({ value: 1 });
  });
});

describe('FBK-5 the fallback answers on not-found, no process, timeout and refusal; not on a caller’s error', () => {
  const answers: readonly (readonly [string, () => unknown])[] = [
    ['no process', down],
    ['no worker', () => Promise.reject(new PlatformError(refuse('no-worker', 'none')))],
    ['not found', () => Promise.reject(new PlatformError(refuse('agent-not-found', 'none')))],
    ['status 404', () => Promise.reject(Object.assign(new Error('gone'), { status: 404 }))],
    ['timeout', never],
    ['an error result', () => new Response('no', { status: 502 })],
  ];
  test.each(answers)('%s', async (_name, call) => {
    const bank = targets.protect('bank', { fallback: lastKnown<unknown>({ otherwise: 'default' }) });
    const run = bank.run(call);
    await clock.advance(10_000);
    expect(await run).toMatchObject({ value: 'default', degraded: { code: expect.any(String) as string } });
  });

  test('an open breaker', async () => {
    const bank = targets.protect('bank', { fallback: lastKnown<string>({ otherwise: 'default' }) });
    bank.trip();
    expect(await bank.run(fine)).toMatchObject({ value: 'default', degraded: { code: 'circuit-open' } });
  });

  test('a caller’s own mistake, and a caller that gives up, are told', async () => {
    const bank = targets.protect('bank', { fallback: lastKnown<string>({ otherwise: 'default' }) });
    const mistake = Object.assign(new Error('bad'), { status: 400 });
    await expect(bank.run(() => Promise.reject(mistake))).rejects.toBe(mistake);
    await expect(bank.run(fine, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
