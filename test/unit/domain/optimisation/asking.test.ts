import * as fc from 'fast-check';
import type { NewEvent } from '../../../../src/contracts/envelope';
import { isRefusal, type Refusal } from '../../../../src/contracts/errors';
import { KEPT_FENCED, MAX_ASKED, type AskRequest, type Told } from '../../../../src/contracts/optimisation/asking';
import type { SearchSpace } from '../../../../src/contracts/optimisation/search-space';
import type { StudyRequest, Trial } from '../../../../src/contracts/optimisation/study';
import { askOutside, parseAsk, type AskStep } from '../../../../src/domain/optimisation/asking';
import { expireLeases, isLeased, nearestEnd, stopOutside } from '../../../../src/domain/optimisation/leases';
import { changeStudy, enqueueTrials, pauseStudy, resumeStudy } from '../../../../src/domain/optimisation/steering';
import { parseTell, tellOutside, tellProblem, type TellStep } from '../../../../src/domain/optimisation/telling';
import { accountOf, hasEnded, type StudyData, type StudyStep } from '../../../../src/domain/optimisation/study';
import { askTrials } from '../../../../src/domain/optimisation/next-trials';
import { studyView } from '../../../../src/domain/optimisation/study-view';
import { begun, begunOutside } from '../../../support/studies/begun';

const SPACE: SearchSpace = { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } };
const always = (): boolean => true;
const HOUR = 3_600_000;
const study = (more: Partial<StudyRequest> = {}): StudyData => begunOutside({ space: SPACE, seed: 1, ...more });

function good<T extends object>(step: T | Refusal): T {
  if (isRefusal(step)) throw new Error(`${step.code}: ${step.message}`);
  return step;
}
const ask = (state: StudyData, request: AskRequest, now = 0): AskStep => good(askOutside(state, request, always, now));
const tell = (state: StudyData, told: Told | readonly Told[], now = 0): TellStep =>
  good(tellOutside(state, Array.isArray(told) ? (told as Told[]) : [told as Told], now));
const refusal = (state: StudyData, told: Told | readonly Told[]): Refusal | undefined =>
  tellProblem(state, Array.isArray(told) ? (told as Told[]) : [told as Told]);
const given = ({ leased }: AskStep): readonly string[] =>
  leased.map(({ number, lease }) => `${String(number)}/${String(lease.attempt)}`);
const verdicts = ({ told }: TellStep): readonly string[] =>
  told.map(({ trial, attempt, verdict }) => `${String(trial)}/${String(attempt)} ${verdict}`);
const typesOf = (events: readonly NewEvent[]): readonly string[] => events.map(({ type }) => type);

test('a client gets what it asks for, and its own open trials again, their leases put off', () => {
  const first = ask(study(), { client: 'a', count: 2 });
  expect(given(first)).toEqual(['1/1', '2/1']);
  expect(typesOf(first.events)).toEqual(['study.asked', 'study.leased']);
  const other = ask(first.state, { client: 'b', leaseSeconds: 60 });
  expect(given(other)).toEqual(['3/1']);
  const again = ask(other.state, { client: 'a' }, 1_000);
  expect(given(again)).toEqual(['1/1']);
  expect(again.leased[0]?.lease.until).toBe(new Date(HOUR + 1_000).toISOString());
  const more = ask(again.state, { client: 'a', count: 3, leaseSeconds: 1 }, 1_000);
  expect(given(more)).toEqual(['1/1', '2/1', '4/1']);
  // an end is put off, never brought forward
  expect(more.leased.map(({ lease }) => Date.parse(lease.until))).toEqual([HOUR + 1_000, HOUR, 2_000]);
  expect(more.events.at(-1)).toMatchObject({ data: { leases: [{ trial: 4, attempt: 1, client: 'a' }] } });
  expect(accountOf(more.state)).toMatchObject({ asked: 4, running: 4 });
});

test('STU-5 the suggestions are those that an evaluator would have been given', () => {
  const inside = askTrials(begun({ space: SPACE, seed: 1, parallelism: 8 }), always, 0);
  const outside = ask(study(), { client: 'a', count: 8 });
  expect(outside.leased.map(({ configuration }) => configuration)).toEqual(
    inside.asked.map(({ configuration }) => configuration),
  );
});

test('STU-4 nobody gets more than parallelism and budget have room for, and is told why', () => {
  const three = ask(study({ parallelism: 3 }), { client: 'a', count: 5 });
  expect([given(three).length, three.waitingFor, three.retryAfterMs]).toEqual([
    3,
    '3 trials are with clients, the parallelism is 3',
    undefined,
  ]);
  const none = ask(three.state, { client: 'b' }, 600_000);
  expect([given(none), none.waitingFor, none.retryAfterMs]).toEqual([[], three.waitingFor, HOUR - 600_000]);
  expect(none.events).toEqual([]);
  const all = ask(study(), { client: 'a', count: 11 });
  expect([given(all).length, all.waitingFor]).toEqual([10, 'all 10 trials are asked for; 10 are with clients']);
  const paused = good(pauseStudy(ask(study(), { client: 'a' }).state, 'holidays', 0));
  const held = ask(paused.state, { client: 'a', count: 2 });
  expect([given(held), held.waitingFor]).toEqual([['1/1'], 'the study is paused: holidays']);
});

test('STU-1 a lease that ends gives the trial back: same configuration, next attempt, until none is left', () => {
  const [one] = [ask(study({ attempts: 2 }), { client: 'a', leaseSeconds: 10 })];
  expect(one.state.alarm).toBe(10_000);
  expect(expireLeases(one.state, 9_999)).toEqual({ state: one.state, events: [], asked: [] });
  const over = expireLeases(one.state, 10_000);
  expect(over.events).toEqual([
    { type: 'study.leaseEnded', data: { leases: [{ trial: 1, attempt: 1, client: 'a' }] } },
  ]);
  expect([over.state.alarm, accountOf(over.state)]).toMatchObject([undefined, { asked: 1, running: 1 }]);
  const next = ask(over.state, { client: 'b', leaseSeconds: 10 }, 10_000);
  expect(given(next)).toEqual(['1/2']);
  expect(next.leased[0]?.configuration).toEqual(one.leased[0]?.configuration);
  const last = expireLeases(next.state, 20_000);
  expect(typesOf(last.events)).toEqual(['study.leaseEnded', 'study.trialEnded']);
  expect(last.state.recent).toMatchObject([
    { number: 1, state: 'failed', attempts: 2, worker: 'b', refusal: { code: 'timeout' } },
  ]);
  expect(last.state.recent[0]).not.toHaveProperty('lease');
  expect(accountOf(last.state)).toMatchObject({ asked: 1, failed: 1, begunAgain: 1 });
  // both may still tell what they found
  const late = tell(last.state, [
    { trial: 1, client: 'a', value: 1 },
    { trial: 1, client: 'b', value: 2 },
  ]);
  expect(verdicts(late)).toEqual(['1/1 late', '1/2 late']);
  expect(late.state.late).toMatchObject([{ worker: 'a' }, { worker: 'b' }]);
});

test('an ask takes what is due even when no alarm has gone off', () => {
  const one = ask(study(), { client: 'a', leaseSeconds: 10 });
  expect(given(ask(one.state, { client: 'b' }, 10_000))).toEqual(['1/2']);
  expect(given(ask(one.state, { client: 'a' }, 10_000))).toEqual(['1/2']);
});

test('STU-2 what is told ends its trial once; who told is written down', () => {
  const { state } = ask(study(), { client: 'a', count: 3 });
  const step = tell(state, [
    { trial: 1, attempt: 1, value: 0.5 },
    { trial: 2, client: 'a', measures: { loss: 0.25, seconds: 3 } },
    { trial: 3, value: 2 },
  ]);
  expect(verdicts(step)).toEqual(['1/1 accepted', '2/1 accepted', '3/1 accepted']);
  expect(step.state.best).toMatchObject({ number: 2, worker: 'a', measures: { loss: 0.25, seconds: 3 } });
  expect(typesOf(step.events)).toEqual(['study.trialEnded', 'study.trialEnded', 'study.trialEnded']);
  expect(refusal(step.state, { trial: 1, attempt: 1, value: 0.5 })).toMatchObject({ code: 'trial-ended' });
});

test('STU-2 an attempt whose lease has ended is adopted when no other has finished; the other one is late then', () => {
  const one = ask(study(), { client: 'a', leaseSeconds: 10 });
  const two = ask(one.state, { client: 'b', leaseSeconds: 10 }, 10_000);
  expect(refusal(two.state, { trial: 1, value: 1 })).toMatchObject({
    code: 'invalid-message',
    message: 'say which attempt, or which client: 1/1 of a, 1/2 of b',
  });
  const adopted = tell(two.state, { trial: 1, attempt: 1, value: 1 }, 11_000);
  expect(verdicts(adopted)).toEqual(['1/1 adopted']);
  expect(adopted.state.recent).toMatchObject([{ number: 1, state: 'complete', worker: 'a', attempts: 2 }]);
  const late = tell(adopted.state, { trial: 1, client: 'b', value: 2 }, 12_000);
  expect([verdicts(late), accountOf(late.state)]).toMatchObject([['1/2 late'], { complete: 1, late: 1 }]);
  expect(late.state.fenced).toEqual([]);
  expect(refusal(late.state, { trial: 1, client: 'b', value: 2 })).toMatchObject({ code: 'trial-ended' });
  // also when it waits in the queue
  const queued = tell(expireLeases(one.state, 10_000).state, { trial: 1, value: 1 }, 11_000);
  expect(verdicts(queued)).toEqual(['1/1 adopted']);
});

test('who cannot evaluate says so, and the trial is given out again until its attempts are used up', () => {
  const one = ask(study({ attempts: 2 }), { client: 'a' });
  const back = tell(one.state, { trial: 1, failed: 'the oven broke' });
  expect([verdicts(back), typesOf(back.events)]).toEqual([['1/1 returned'], ['study.attemptFailed']]);
  const two = ask(back.state, { client: 'b' });
  expect(given(two)).toEqual(['1/2']);
  const failed = tell(two.state, { trial: 1, client: 'b', failed: 'no flour' });
  expect(verdicts(failed)).toEqual(['1/2 failed']);
  expect(failed.state.recent).toMatchObject([
    { state: 'failed', attempts: 2, worker: 'b', refusal: { code: 'evaluation-failed', message: 'no flour' } },
  ]);
});

test('what is noted counts when it ends the trial, and is evidence of whoever was late; of an attempt that failed the event alone has it', () => {
  const one = ask(study({ attempts: 2 }), { client: 'a', leaseSeconds: 10 });
  const back = tell(one.state, { trial: 1, failed: 'the oven broke', attributes: { oven: 'left' } });
  expect(back.events).toMatchObject([{ type: 'study.attemptFailed', data: { attributes: { oven: 'left' } } }]);
  const two = ask(back.state, { client: 'b', leaseSeconds: 10 });
  expect(two.leased[0]).not.toHaveProperty('attributes');
  const three = ask(expireLeases(two.state, 10_000).state, { client: 'b', count: 2 }, 10_000);
  const last = tell(three.state, { trial: 2, value: 1, attributes: { oven: 'right' } });
  expect(last.state.recent.at(-1)).toMatchObject({ number: 2, attributes: { oven: 'right' } });
  const late = tell(last.state, { trial: 1, client: 'b', value: 2, attributes: { oven: 'cold' } });
  expect(late.state.late).toMatchObject([{ trial: 1, attributes: { oven: 'cold' } }]);
  const spoilt = { outcomes: [{ trial: 1, value: 1, attributes: { oven: ['left'] } }] };
  expect(parseTell(spoilt)).toMatchObject({
    code: 'invalid-message',
    message: 'the attribute oven is a text, a finite number, true, false or null; got ["left"]',
  });
});

test('an attempt that fails late takes nothing from who has the trial now', () => {
  const one = ask(study(), { client: 'a', leaseSeconds: 10 });
  const two = ask(one.state, { client: 'b' }, 10_000);
  const late = tell(two.state, { trial: 1, client: 'a', failed: 'fell asleep' }, 11_000);
  expect([verdicts(late), late.state.running]).toEqual([['1/1 late'], two.state.running]);
});

test('a batch with one outcome that is refused changes nothing', () => {
  const { state } = ask(study(), { client: 'a', count: 2 });
  const wrong: readonly (readonly [readonly Told[], string, string])[] = [
    [
      [
        { trial: 1, value: 1 },
        { trial: 9, value: 1 },
      ],
      'trial-not-found',
      'outcome 2: there is no trial 9; 2 were asked for',
    ],
    [
      [
        { trial: 1, value: 1 },
        { trial: 1, client: 'a', value: 2 },
      ],
      'invalid-message',
      'outcome 2: 1/1 is told twice',
    ],
    [[{ trial: 2, value: 1, client: 'b' }], 'trial-not-held', 'trial 2 was given as attempt 1 to a; got of b'],
    [[{ trial: 2, value: 1, attempt: 2 }], 'trial-not-held', 'trial 2 was given as attempt 1 to a; got attempt 2'],
    [[{ trial: 1, value: NaN }], 'invalid-message', 'the measure loss is a finite number; got NaN'],
    [[{ trial: 1, value: -Infinity }], 'invalid-message', 'the measure loss is a finite number; got -Infinity'],
    [[{ trial: 1, measures: { cost: 1 } }], 'invalid-message', 'the measure loss is missing; got cost'],
  ];
  for (const [outcomes, code, message] of wrong) expect(refusal(state, outcomes)).toEqual({ code, message });
  const bounded = ask(study({ subjectTo: { waste: { atMost: 1 } } }), { client: 'a' }).state;
  expect(refusal(bounded, { trial: 1, value: 1 })?.message).toBe('the measure waste is missing; got loss');
});

test('a study with an evaluator is not asked from outside', () => {
  const inside = begun({ space: SPACE });
  const code = 'evaluated-inside';
  expect(askOutside(inside, { client: 'a' }, always, 0)).toMatchObject({ code });
  expect(refusal(inside, { trial: 1, value: 1 })).toMatchObject({ code });
});

test.each([
  [undefined, /an ask has client/],
  [{}, /client is 1 to 100 letters/],
  [{ client: '' }, /got ""/],
  [{ client: 'two words' }, /client is/],
  [{ client: 'a', count: 0 }, /count is a whole number from 1 to 50; got 0/],
  [{ client: 'a', count: MAX_ASKED + 1 }, /got 51/],
  [{ client: 'a', leaseSeconds: 604_801 }, /leaseSeconds is a whole number from 1 to 604800/],
  [{ client: 'a', leaseSeconds: 0.5 }, /got 0.5/],
  [{ client: 'a', more: 1 }, /an ask has no "more"/],
])('the ask %j is refused', (asked, text) => {
  expect(parseAsk(asked)).toMatchObject({ code: 'invalid-message', message: expect.stringMatching(text) as string });
});

test.each([
  [undefined, /a tell has 1 to 50 outcomes/],
  [{ outcomes: [] }, /a tell has/],
  [{ outcomes: [7] }, /an outcome has trial/],
  [{ outcomes: [{ trial: 'x', value: 1 }] }, /trial is a number from 1; got "x"/],
  [{ outcomes: [{ trial: 1 }] }, /one of value, measures and failed; got none/],
  [{ outcomes: [{ trial: 1, value: 1, failed: 'x' }] }, /got value and failed/],
  [{ outcomes: [{ trial: 1, value: 1, attempt: 0 }] }, /attempt is a number from 1/],
  [
    {
      outcomes: [
        { trial: 1, value: 1 },
        { trial: 1, value: 1, client: 7 },
      ],
    },
    /^outcome 2: client is/,
  ],
  [{ outcomes: [{ trial: 1, failed: 7 }] }, /failed is a text/],
  [{ outcomes: [{ trial: 1, value: 1, loss: 1 }] }, /an outcome has no "loss"/],
])('the tell %j is refused', (told, text) => {
  expect(parseTell(told)).toMatchObject({ code: 'invalid-message', message: expect.stringMatching(text) as string });
});

test.each([
  [{ evaluator: 'train', leaseSeconds: 5 }, /leaseSeconds is of studies without an evaluator/],
  [{ heartbeatMs: 500 }, /heartbeatMs is of evaluators/],
  [{ leaseSeconds: 0 }, /leaseSeconds is a whole number from 1 to 604800/],
])('the options %j do not go together', (more, text) => {
  expect(() => study(more)).toThrow(text);
});

test('a stop cancels what nobody has, and what clients have when it is told to, or its lease ends', () => {
  const { state } = ask(study(), { client: 'a', count: 2, leaseSeconds: 10 });
  const back = ask(expireLeases(state, 10_000).state, { client: 'b', leaseSeconds: 10 }, 10_000).state;
  const stopped = stopOutside(back, 'enough', 'finish', 11_000);
  expect(accountOf(stopped.state)).toMatchObject({ asked: 2, running: 1, cancelled: 1 });
  expect(given(ask(stopped.state, { client: 'c' }, 11_000))).toEqual([]);
  expect(verdicts(tell(stopped.state, { trial: 1, client: 'b', value: 1 }, 12_000))).toEqual(['1/2 accepted']);
  const over = expireLeases(stopped.state, 20_000);
  expect([over.state.state, accountOf(over.state)]).toMatchObject(['stopped', { cancelled: 2, running: 0 }]);
  const cancelled = stopOutside(back, 'enough', 'cancel', 11_000);
  expect([cancelled.state.state, accountOf(cancelled.state)]).toMatchObject(['stopped', { cancelled: 2 }]);
  expect(stopOutside(study(), 'enough', 'finish', 0).state.state).toBe('stopped');
});

test('a grid that is exhausted still gives out what comes back', () => {
  const grid = study({ sampler: 'grid', samplerOptions: { points: 2 } });
  const all = ask(grid, { client: 'a', count: 3, leaseSeconds: 10 });
  expect([given(all), all.state.state]).toEqual([['1/1', '2/1'], 'draining']);
  const back = ask(all.state, { client: 'b', count: 2 }, 10_000);
  expect(given(back)).toEqual(['1/2', '2/2']);
  const ended = tell(back.state, [
    { trial: 1, client: 'b', value: 1 },
    { trial: 2, client: 'b', value: 1 },
  ]).state;
  expect([ended.state, ended.reason]).toEqual(['finished', expect.stringMatching(/^exhausted/)]);
});

test('a budget that is cut to what was asked for ends the study when nobody has a trial', () => {
  const one = tell(ask(study(), { client: 'a' }).state, { trial: 1, value: 1 }).state;
  expect(good(changeStudy(one, { trials: 1 })).state.state).toBe('finished');
});

test('what is kept of attempts without an outcome is bounded', () => {
  let state = study({ attempts: 100, parallelism: 50, budget: { trials: 100 } });
  for (let at = 0; at < 25; at++) {
    state = ask(state, { client: 'a', count: MAX_ASKED, leaseSeconds: 1 }, at * 1_000).state;
    expect(state.running.filter(isLeased)).toHaveLength(50);
  }
  state = expireLeases(state, 25_000).state;
  expect(state.fenced).toHaveLength(KEPT_FENCED);
});

const CLIENTS = ['a', 'b', 'c'];
const happening = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      client: fc.constantFrom(...CLIENTS),
      count: fc.integer({ min: 1, max: 4 }),
      leaseSeconds: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('tell' as const),
      isKnown: fc.boolean(),
      which: fc.nat(100),
      trial: fc.integer({ min: 0, max: 14 }),
      attempt: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      client: fc.option(fc.constantFrom(...CLIENTS), { nil: undefined }),
      what: fc.constantFrom('value', 'failed', 'NaN'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      seconds: fc.integer({ min: 1, max: 40 }),
      alarms: fc.boolean(),
    }),
  },
  fc.record({ kind: fc.constantFrom('renew' as const, 'pause' as const, 'resume' as const) }),
  fc.record({ kind: fc.constant('enqueue' as const), x: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ kind: fc.constant('extend' as const), trials: fc.integer({ min: 1, max: 14 }) }),
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('stop' as const),
      running: fc.constantFrom('finish' as const, 'cancel' as const),
    }),
  },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** What an outsider writes down while things happen to a study. */
class Witness {
  state: StudyData;
  now = 0;
  readonly attempts = new Set<string>();
  readonly ended = new Map<number, Trial>();
  readonly told: string[] = [];
  late = 0;
  constructor(state: StudyData) {
    this.state = state;
  }

  take(step: StudyStep | Refusal): void {
    if (isRefusal(step)) return;
    for (const { type, data } of step.events) {
      if (type === 'study.lateOutcome') this.late += 1;
      if (type !== 'study.trialEnded') continue;
      const { trial } = data as { readonly trial: Trial };
      // STU-1 STU-2: one terminal state for each trial
      expect(this.ended.has(trial.number)).toBe(false);
      this.ended.set(trial.number, trial);
    }
    this.state = step.state;
  }

  happens(what: Happening): void {
    const { state } = this;
    switch (what.kind) {
      case 'ask': {
        const step = ask(state, what, this.now);
        const before = new Set(
          state.running.filter(isLeased).map(({ number, lease }) => `${String(number)}/${String(lease.attempt)}`),
        );
        for (const { number, lease } of step.leased) {
          const token = `${String(number)}/${String(lease.attempt)}`;
          expect([lease.client, Date.parse(lease.until) > this.now]).toEqual([what.client, true]);
          // an attempt has one client for ever
          if (!before.has(token)) expect(this.attempts.has(token)).toBe(false);
          this.attempts.add(token);
        }
        expect(step.leased.length).toBeLessThanOrEqual(what.count);
        this.take(step);
        return;
      }
      case 'tell': {
        const known = [...this.attempts][what.which % Math.max(1, this.attempts.size)];
        const [trial = what.trial, attempt = what.attempt] =
          what.isKnown && known !== undefined ? known.split('/').map(Number) : [];
        const { client } = what.isKnown ? {} : what;
        const who = { ...(attempt === undefined ? {} : { attempt }), ...(client === undefined ? {} : { client }) };
        const outcome = what.what === 'failed' ? { failed: 'no' } : { value: what.what === 'NaN' ? NaN : trial };
        const step = tellOutside(state, [{ trial, ...who, ...outcome }], this.now);
        const isNew = what.isKnown && known !== undefined && !this.told.includes(known) && what.what !== 'NaN';
        // what an attempt finds is never lost, whenever it comes
        expect([isNew, isRefusal(step)]).not.toEqual([true, true]);
        if (!isRefusal(step)) {
          const [answer] = step.told;
          // each attempt tells once
          const token = `${String(trial)}/${String(answer?.attempt)}`;
          expect([this.told.includes(token), this.attempts.has(token), what.what === 'NaN']).toEqual([
            false,
            true,
            false,
          ]);
          this.told.push(token);
          const types = step.events.map(({ type }) => type);
          if (what.what === 'value')
            expect(types).toContain(answer?.verdict === 'late' ? 'study.lateOutcome' : 'study.trialEnded');
          // who tells late takes nobody's lease
          if (answer?.verdict === 'late') expect(step.state.running).toEqual(state.running);
        }
        this.take(step);
        return;
      }
      case 'pass':
        this.now += what.seconds * 1_000;
        if (what.alarms && state.alarm !== undefined && state.alarm <= this.now)
          this.take(expireLeases(state, this.now));
        return;
      case 'renew':
        this.state = JSON.parse(JSON.stringify(state)) as StudyData;
        return;
      case 'pause':
        this.take(pauseStudy(state, 'p', 0));
        return;
      case 'resume':
        this.take(resumeStudy(state, 0));
        return;
      case 'enqueue':
        this.take(enqueueTrials(state, [{ x: what.x }], always));
        return;
      case 'extend':
        this.take(changeStudy(state, { trials: what.trials }));
        return;
      case 'stop':
        this.take(stopOutside(state, 's', what.running, this.now));
    }
  }

  check(): void {
    const { state } = this;
    const { asked, running, complete, failed, cancelled, late, budget } = accountOf(state);
    expect(asked).toBe(running + complete + failed + cancelled);
    expect(asked).toBeLessThanOrEqual(budget);
    expect(complete + failed + cancelled).toBe(this.ended.size);
    expect(late).toBe(this.late);
    // the alarm never comes too late
    const nearest = nearestEnd(state);
    if (nearest !== undefined) expect(state.alarm).toBeLessThanOrEqual(nearest);
    expect(studyView(state).running).toHaveLength(running);
  }

  /** A client that works on until the study ends, as any study must let one. */
  finish(): void {
    this.take(resumeStudy(this.state, 0));
    for (let round = 0; !hasEnded(this.state) && round < 100; round++) {
      this.now += 1_000;
      if (this.state.alarm !== undefined && this.state.alarm <= this.now) this.take(expireLeases(this.state, this.now));
      const { leased, ...step } = ask(this.state, { client: 'z', count: 5 }, this.now);
      this.take(step);
      const outcomes = leased.map(({ number: trial, lease: { attempt } }) => ({ trial, attempt, value: trial }));
      if (outcomes.length > 0) this.take(tell(this.state, outcomes, this.now));
      if (leased.length === 0) this.now = Math.max(this.now, this.state.alarm ?? 0);
    }
  }
}

test('STU-1 STU-2 STU-3 STU-4 after any asking, telling, expiring, renewing and steering the account is exact, and every study ends', () => {
  const samplers = fc.constantFrom('random' as const, 'grid' as const);
  fc.assert(
    fc.property(
      samplers,
      fc.integer({ min: 1, max: 3 }),
      fc.array(happening, { maxLength: 60 }),
      (sampler, attempts, all) => {
        const witness = new Witness(study({ sampler, samplerOptions: { points: 6 }, parallelism: 4, attempts }));
        for (const what of all) {
          witness.happens(what);
          witness.check();
        }
        witness.finish();
        witness.check();
        const { account, state } = studyView(witness.state);
        expect([
          hasEnded(witness.state),
          account.running,
          state === 'stopped' || account.asked === account.budget || sampler === 'grid',
        ]).toEqual([true, 0, true]);
      },
    ),
    { numRuns: 500, seed: 11 },
  );
});
