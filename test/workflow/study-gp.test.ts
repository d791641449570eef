import { createSuggestActivities } from '../../activities/study-suggestions';
import type { StudyOptions } from '../../src/client/optimisation';
import type { OutboxEvent } from '../../src/contracts/envelope';
import type { Configuration } from '../../src/contracts/optimisation/search-space';
import type { Trial } from '../../src/contracts/optimisation/study';
import type { SuggestActivities } from '../../src/contracts/optimisation/suggesting';
import { inputFor, suggestionsFor } from '../../src/domain/optimisation/suggesting';
import { askTrials, takeSuggestions } from '../../src/domain/optimisation/next-trials';
import { endOf } from '../../src/domain/optimisation/trial-ends';
import { newStudy, type StudyData } from '../../src/domain/optimisation/study';
import { until } from '../support/kernel/harness';
import { historyOf, runsOf, untilStarted, type HistoryLine } from '../support/sets/history';
import { float } from '../support/studies/dimensions';
import { gatesBySeed } from '../support/studies/gates';
import { startStudies, type StudiesHarness } from '../support/studies/harness';

/** Asks that have come to the worker, by study's seed; one whose seed has a gate waits there. */
const begun: number[] = [];
const { hold, through } = gatesBySeed();
const real = createSuggestActivities();
const suggest: SuggestActivities = {
  suggestTrials: async (input) => {
    begun.push(input.seed);
    await through(input.seed);
    return real.suggestTrials(input);
  },
};

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('studies-gp', suggest);
  await harness.evaluator('bowl', ({ params }) => ({ loss: bowl(params) }));
}, 60_000);
afterAll(async () => {
  harness.setStoreDown(false);
  await harness.close();
});

const bowl = (of: Readonly<Record<string, unknown>>): number =>
  (Number(of['x']) - 0.3) ** 2 + (Number(of['y']) - 0.7) ** 2;
const study = (seed: number, more: Partial<StudyOptions> = {}): StudyOptions => ({
  space: { dimensions: { x: float(0, 1), y: float(0, 1) } },
  evaluator: 'bowl',
  minimise: 'loss',
  sampler: 'gp',
  seed,
  budget: { trials: 16 },
  parallelism: 2,
  ...more,
});

const asksOf = (seed: number): number => begun.filter((each) => each === seed).length;
const untilAsked = (seed: number, count = 1): Promise<true> =>
  until('an ask to be open', () => (asksOf(seed) >= count ? true : undefined));

/** The rules applied to what a study recorded: each ask is computed anew, of the trials that had ended when it began. */
function recompute(before: StudyData, events: readonly OutboxEvent[]): readonly Configuration[] {
  const suggestions: Configuration[] = [];
  const ended = events.flatMap(({ type, data }) => (type === 'study.trialEnded' ? [data['trial'] as Trial] : []));
  let state = before;
  let taken = 0;
  const take = (): void => {
    const { number, configuration, attempts, measures = {}, worker = '' } = ended[taken++] as Trial;
    const outcome = { trial: number, attempt: attempts, configuration, measures, worker };
    state = endOf(state, number, { kind: 'complete', outcome }, 0).state;
  };
  for (const event of events) {
    if (event.type === 'study.trialEnded' && taken < ended.length && event.data['trial'] === ended[taken]) take();
    if (event.type !== 'study.asked') continue;
    const { trials } = event.data as { readonly trials: readonly Trial[] };
    let step = askTrials(state, () => true, 0, trials.length);
    if (step.state.thinking !== undefined) {
      const answer = [...suggestionsFor(inputFor(step.state, step.state.thinking))];
      step = askTrials(takeSuggestions(step.state, answer).state, () => true, 0, trials.length);
    }
    suggestions.push(...step.asked.map(({ configuration }) => configuration));
    state = step.state;
  }
  return suggestions;
}

test('STU-4 STU-5 a study with gp spends its budget exactly, and its suggestions are a function of what had ended', async () => {
  const started = await harness.studies.start('whole', study(1, { parallelism: 1 }));
  const { account, best } = await started.finished({ timeoutMs: 30_000 });
  expect(account).toMatchObject({ asked: 16, complete: 16, running: 0 });
  expect(best?.measures?.['loss']).toBeLessThan(0.01);
  // the first ten are drawn at random, in the workflow
  expect(asksOf(1)).toBe(6);
  const { request, spec } = await started.view();
  const again = recompute(newStudy('whole', request, spec, undefined).state, harness.happened('whole'));
  expect(again).toEqual(harness.suggestions('whole').map(({ configuration }) => configuration));
  const told = harness.happened('whole').flatMap(({ type, data }) => (type === 'study.asked' ? [data['ended']] : []));
  expect(told.filter((each) => each !== undefined)).toEqual([10, 11, 12, 13, 14, 15]);
});

test('STU-1 STU-4 with trials in parallel no suggestion is lost or made twice', async () => {
  const started = await harness.studies.start('parallel', study(2, { parallelism: 5, budget: { trials: 24 } }));
  const { account } = await started.finished({ timeoutMs: 30_000 });
  expect(account).toMatchObject({ asked: 24, complete: 24, running: 0 });
  const asks = harness.endings('parallel').map(({ ask }) => ask ?? -1);
  expect(asks.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_each, at) => at));
});

test('a suggestion that comes after a stop is dropped, and a study that is stopped does not wait for it', async () => {
  const open = hold(3);
  const started = await harness.studies.start('stopped', study(3, { parallelism: 1 }));
  await untilAsked(3);
  await started.stop();
  const { account, state } = await started.finished({ timeoutMs: 30_000 });
  open();
  expect([state, account.asked, account.complete]).toEqual(['stopped', 10, 10]);
  expect(harness.suggestions('stopped')).toHaveLength(10);
});

test('what is suggested while a study is paused becomes a trial when it is resumed; enqueued ones go first', async () => {
  const open = hold(4);
  const started = await harness.studies.start('paused', study(4, { parallelism: 1, budget: { trials: 13 } }));
  await untilAsked(4);
  await started.pause();
  open();
  await until('the answer to be taken', async () => {
    const lines = await historyOf(harness.temporal, started.workflowId);
    const opened = lines.findIndex(({ name }) => name === 'suggestTrials');
    const answered = lines.findIndex(({ type }, at) => at > opened && type === 'activityTaskCompletedEventAttributes');
    return answered > 0 && lines.slice(answered).some(({ type }) => type === 'task completed') ? true : undefined;
  });
  expect((await started.view()).account.asked).toBe(10);
  await started.enqueue([{ x: 0.5, y: 0.5 }]);
  await started.resume();
  const { account } = await started.finished({ timeoutMs: 30_000 });
  expect(account).toMatchObject({ asked: 13, complete: 13 });
  const trials = harness.endings('paused').filter(({ number }) => number > 10);
  expect(trials.map(({ ask, enqueued }) => ask ?? enqueued)).toEqual([true, 10, 11]);
});

test('an order that leaves less to ask for than is suggested is kept: the budget is exact', async () => {
  const open = hold(5);
  const started = await harness.studies.start('changed', study(5, { parallelism: 1 }));
  await untilAsked(5);
  await started.change({ trials: 12, parallelism: 3 });
  open();
  const { account } = await started.finished({ timeoutMs: 30_000 });
  expect(account).toMatchObject({ budget: 12, asked: 12, complete: 12 });
});

test('clients outside wait for the sampler, each gets its own, and a pause answers them at once', async () => {
  const { evaluator: _nobody, ...outside } = study(6, { parallelism: 20 });
  const started = await harness.studies.start('outside', outside);
  const first = await started.ask({ client: 'all', count: 10 });
  await started.tell(
    first.trials.map(({ trial, configuration }) => ({ trial, client: 'all', value: bowl(configuration) })),
  );
  // given two clients that wait
  let open = hold(6);
  const asked = ['a', 'b'].map((client) => started.ask({ client, count: 2 }));
  await untilAsked(6);
  open();
  const [a, b] = await Promise.all(asked);
  expect([...(a?.trials ?? []), ...(b?.trials ?? [])].map(({ trial }) => trial).toSorted()).toEqual([11, 12, 13, 14]);
  // and one that gets its own again, whatever the sampler does
  expect((await started.ask({ client: 'a', count: 2 })).trials).toMatchObject(
    a?.trials.map(({ trial }) => ({ trial })) ?? [],
  );
  // when the study is paused while another waits
  open = hold(6);
  const before = asksOf(6);
  const late = started.ask({ client: 'c' });
  await untilAsked(6, before + 1);
  await started.pause({ reason: 'lunch' });
  expect(await late).toMatchObject({ trials: [], waitingFor: 'the study is paused: lunch' });
  open();
  await started.resume();
  const next = await started.ask({ client: 'c' });
  expect(next.trials.map(({ trial }) => trial)).toEqual([15]);
  await started.stop({ running: 'cancel' });
  expect((await started.finished({ timeoutMs: 30_000 })).account).toMatchObject({
    asked: 15,
    complete: 10,
    cancelled: 5,
  });
});

test('a study renews itself between asks, and loses nothing', async () => {
  const limits = { renewAfterEvents: 100 };
  const started = await harness.studies.start('renewing', study(7, { budget: { trials: 40 } }), { limits });
  const { account } = await started.finished({ timeoutMs: 60_000 });
  expect(account).toMatchObject({ asked: 40, complete: 40, begunAgain: 0 });
  expect((await runsOf(harness.temporal, started.workflowId)).length).toBeGreaterThan(2);
  const asks = harness.endings('renewing').map(({ ask }) => ask ?? -1);
  expect(asks.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_each, at) => at));
});

test('a trial of gp costs 12 events and 2 workflow tasks: 3 and a task more for the ask, which wakes the study', async () => {
  harness.setStoreDown(true);
  const release: (() => void)[] = [];
  await harness.evaluator('slow', async ({ params }) => {
    await new Promise<void>((resolve) => release.push(resolve));
    return { loss: bowl(params) };
  });
  const started = await harness.studies.start('counted', study(8, { evaluator: 'slow', parallelism: 1 }));
  await untilStarted(harness.temporal, started.workflowId);
  const atGate = (trial: number): Promise<true> =>
    until(`trial ${String(trial)} to be evaluated`, () => (release.length >= trial ? true : undefined));
  const atTrial = async (trial: number): Promise<readonly HistoryLine[]> => {
    await atGate(trial);
    return until('its start', async () => {
      const lines = await historyOf(harness.temporal, started.workflowId);
      return lines.at(-1)?.name === 'evaluate' ? lines : undefined;
    });
  };
  for (let trial = 1; trial < 12; trial++) {
    await atGate(trial);
    release[trial - 1]?.();
  }
  const before = await atTrial(12);
  release[11]?.();
  const after = await atTrial(13);
  const tasks = (lines: readonly HistoryLine[]): number => lines.filter(({ type }) => type === 'task completed').length;
  expect([after.length - before.length, tasks(after) - tasks(before)]).toEqual([12, 2]);
  await started.stop({ running: 'cancel' });
  for (const go of release) go();
});
