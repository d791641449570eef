import type { StudyHandle, StudyOptions } from '../../src/client/optimisation';
import { renewSignal } from '../../src/contracts/entity';
import type { Asked, Fenced } from '../../src/contracts/optimisation/asking';
import { until } from '../support/kernel/harness';
import { codeOf } from '../support/sets/harness';
import { historyOf } from '../support/sets/history';
import { filter } from '../support/studies/definitions';
import { startStudies, type StudiesHarness } from '../support/studies/harness';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('ask-tell');
}, 60_000);
afterAll(async () => {
  await harness.close();
});

const outside = (more: Partial<StudyOptions> = {}): StudyOptions => ({
  space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
  minimise: 'loss',
  sampler: 'random',
  seed: 7,
  budget: { trials: 6 },
  ...more,
});
const names = ({ trials }: Asked): readonly string[] =>
  trials.map(({ trial, attempt }) => `${String(trial)}/${String(attempt)}`);
const told = (study: string, type: string): readonly Fenced[] =>
  harness
    .happened(study)
    .filter((event) => event.type === type)
    .flatMap(({ data }) => data['leases'] as Fenced[]);
const back = (study: string): Promise<true> =>
  until('the lease to end', () => (told(study, 'study.leaseEnded').length > 0 ? true : undefined));
/** Asks and tells until the study has ended. */
async function work(study: StudyHandle, client: string, count = 1): Promise<number> {
  for (let done = 0; ;) {
    const asked = await study.ask({ client, count });
    if (asked.state === 'finished' && asked.trials.length === 0) return done;
    const outcomes = asked.trials.map(({ trial, attempt, configuration }) => ({
      trial,
      attempt,
      value: Number(configuration['x']),
    }));
    if (outcomes.length > 0) await study.tell(outcomes);
    done += outcomes.length;
  }
}

test('STU-4 STU-5 two clients share a budget exactly; one that comes back gets its open trials; the suggestions are those of an evaluator', async () => {
  const study = await harness.studies.start('shared', outside());
  expect((await study.view()).waitingFor).toBe('nobody has a trial; it is asked from outside');
  const first = await study.ask({ client: 'a', count: 2 });
  expect([names(first), first.state]).toEqual([['1/1', '2/1'], 'running']);
  expect(first.trials[0]).toMatchObject({ measures: ['loss'], client: 'a', seed: expect.any(Number) as number });
  expect(names(await study.ask({ client: 'b' }))).toEqual(['3/1']);
  // a client that has forgotten everything but its name
  const again = await study.ask({ client: 'a', count: 2 });
  expect(again.trials.map(({ configuration }) => configuration)).toEqual(
    first.trials.map(({ configuration }) => configuration),
  );
  expect(await study.tell({ trial: 2, client: 'a', value: 0.5 })).toEqual({
    told: [{ trial: 2, attempt: 1, client: 'a', verdict: 'accepted', state: 'complete' }],
    state: 'running',
  });
  const done = await Promise.all([work(study, 'a', 2), work(study, 'b')]);
  expect(done[0] + done[1]).toBe(5);
  const { account, best } = await study.finished({ timeoutMs: 20_000 });
  expect(account).toMatchObject({ asked: 6, complete: 6, begunAgain: 0, late: 0 });
  expect(best?.worker).toMatch(/^[ab]$/);
  // afterwards there is nothing to ask for, and that is no error
  const none = await study.ask({ client: 'a' });
  expect(none).toEqual({
    trials: [],
    state: 'finished',
    waitingFor: 'the study has ended: the budget of 6 trials is spent',
  });
  expect(await codeOf(study.tell({ trial: 1, attempt: 1, value: 1 }))).toBe('stopped');
  // and an evaluator would have been given the same
  await harness.evaluator('inside', ({ params }) => ({ loss: Number(params['x']) }));
  const inside = await harness.studies.start('inside', outside({ evaluator: 'inside' }));
  await inside.finished({ timeoutMs: 20_000 });
  const configurations = (name: string) => harness.suggestions(name).map(({ configuration }) => configuration);
  expect(configurations('shared')).toEqual(configurations('inside'));
});

test('STU-1 STU-2 a lease that ends gives the trial to whoever asks next; what comes late is adopted, or kept as evidence', async () => {
  const study = await harness.studies.start('expiring', outside({ leaseSeconds: 3_600 }));
  expect(names(await study.ask({ client: 'gone', count: 2, leaseSeconds: 1 }))).toEqual(['1/1', '2/1']);
  expect(names(await study.ask({ client: 'steady' }))).toEqual(['3/1']);
  await back('expiring');
  expect(told('expiring', 'study.leaseEnded')).toEqual([
    { trial: 1, attempt: 1, client: 'gone' },
    { trial: 2, attempt: 1, client: 'gone' },
  ]);
  const heir = await study.ask({ client: 'heir', count: 2 });
  expect(names(heir)).toEqual(['1/2', '2/2']);
  const before = harness.suggestions('expiring').slice(0, 2);
  expect(heir.trials.map(({ configuration }) => configuration)).toEqual(before.map((each) => each.configuration));
  // the heir is first at trial 1, who was gone is first at trial 2
  await study.tell({ trial: 1, attempt: 2, value: 0.1 });
  const late = await study.tell([
    { trial: 1, attempt: 1, value: 0.9 },
    { trial: 2, attempt: 1, value: 0.2 },
  ]);
  expect(late.told.map(({ verdict }) => verdict)).toEqual(['late', 'adopted']);
  expect((await study.tell({ trial: 2, client: 'heir', value: 0.3 })).told[0]?.verdict).toBe('late');
  const { account, late: kept } = await study.view();
  expect(account).toMatchObject({ asked: 3, running: 1, complete: 2, begunAgain: 2, late: 2 });
  expect(kept).toMatchObject([
    { trial: 1, attempt: 1, worker: 'gone', measures: { loss: 0.9 } },
    { trial: 2, attempt: 2, worker: 'heir', measures: { loss: 0.3 } },
  ]);
  const endings = await until('the events of both', () => {
    const all = harness.endings('expiring');
    return all.length === 2 ? all : undefined;
  });
  expect(endings.map(({ number, worker }) => [number, worker])).toEqual([
    [1, 'heir'],
    [2, 'gone'],
  ]);
  await study.stop({ running: 'cancel' });
  const ended = await study.finished({ timeoutMs: 10_000 });
  expect(ended.account).toMatchObject({ asked: 3, running: 0, complete: 2, cancelled: 1 });
});

test('STU-1 STU-4 leases live through renewals, and end after them; the request id makes a repetition safe there, too', async () => {
  const study = await harness.studies.start('renewed', outside(), { limits: { renewAfterEvents: 60 } });
  const asked = await study.ask({ client: 'a', count: 2 }, { requestId: 'ask-1' });
  await study.ask({ client: 'short', leaseSeconds: 1 });
  await harness.temporal.client.workflow.getHandle(study.workflowId).signal(renewSignal);
  await until('a renewal', async () => ((await study.status()).counts.renewals > 0 ? true : undefined));
  expect(await study.ask({ client: 'a', count: 2 }, { requestId: 'ask-1' })).toEqual(asked);
  const outcome = { trial: 1, attempt: 1, value: 0.5 };
  const first = await study.tell(outcome, { requestId: 'tell-1' });
  expect(await study.tell(outcome, { requestId: 'tell-1' })).toEqual(first);
  expect(await codeOf(study.tell({ ...outcome, value: 1 }, { requestId: 'tell-1' }))).toBe('idempotency-key-reused');
  expect(await codeOf(study.tell(outcome))).toBe('trial-ended');
  await back('renewed');
  expect(names(await study.ask({ client: 'b' }))).toEqual(['3/2']);
  await Promise.all([work(study, 'a'), work(study, 'b')]);
  const { account } = await study.finished({ timeoutMs: 20_000 });
  expect(account).toMatchObject({ asked: 6, complete: 6, begunAgain: 1 });
});

test('STU-4 fifty asks at once never overshoot, neither parallelism nor budget', async () => {
  const study = await harness.studies.start('crowded', outside({ budget: { trials: 40 }, parallelism: 30 }));
  const crowd = (size: number): Promise<readonly Asked[]> =>
    Promise.all(
      Array.from({ length: size }, (_each, at) => study.ask({ client: `c${String(at)}` }, { timeoutMs: 60_000 })),
    );
  const given = (await crowd(50)).flatMap(({ trials }) => trials);
  expect([given.length, new Set(given.map(({ trial }) => trial)).size]).toEqual([30, 30]);
  expect((await study.view()).account).toMatchObject({ asked: 30, running: 30 });
  await study.tell(given.map(({ trial, client }) => ({ trial, client, value: 1 })));
  const rest = (await crowd(12)).flatMap(({ trials }) => trials);
  expect(rest.map(({ trial }) => trial).toSorted()).toEqual([31, 32, 33, 34, 35, 36, 37, 38, 39, 40]);
  await study.tell(rest.map(({ trial, client }) => ({ trial, client, value: 1 })));
  expect((await study.finished({ timeoutMs: 20_000 })).account).toMatchObject({ asked: 40, complete: 40 });
});

test('a study over a set tells clients the values of the whole set, and is paused, steered and ended like any other', async () => {
  await harness.variables.get(filter);
  const { space: _none, ...asked } = outside({ over: filter, budget: { trials: 4 } });
  const study = await harness.studies.start('over-a-set', asked);
  const { trials } = await study.ask({ client: 'a' });
  expect(trials[0]?.params).toMatchObject({ ...trials[0]?.configuration, note: '' });
  expect(await study.pause({ reason: 'no power' })).toBe('paused');
  expect(await study.ask({ client: 'b' })).toEqual({
    trials: [],
    state: 'paused',
    waitingFor: 'the study is paused: no power',
    retryAfterMs: expect.any(Number) as number,
  });
  expect(names(await study.ask({ client: 'a' }))).toEqual(['1/1']);
  expect((await study.tell({ trial: 1, client: 'a', value: 3 })).told[0]?.verdict).toBe('accepted');
  expect(await study.enqueue([{ copies: 2 }])).toBe(1);
  expect(await study.resume()).toBe('running');
  const [next] = (await study.ask({ client: 'a' })).trials;
  expect(next?.configuration['copies']).toBe(2);
  expect((await study.tell({ trial: 2, failed: 'the fuse blew' })).told[0]?.verdict).toBe('returned');
  expect(names(await study.ask({ client: 'b' }))).toEqual(['2/2']);
  // a budget that is cut to what was asked for ends with the last trial
  expect(await study.change({ trials: 2 })).toMatchObject({ budget: 2 });
  await study.tell({ trial: 2, attempt: 2, value: 1 });
  const { account, best, proposal } = await study.finished({ timeoutMs: 10_000 });
  expect([account, best?.number, proposal?.evidence.trials]).toMatchObject([{ asked: 2, complete: 2 }, 2, [1, 2]]);
});

test('bad input is refused by its own code, leaves no trace, and the study goes on', async () => {
  const study = await harness.studies.start('careless', outside());
  const { trials } = await study.ask({ client: 'a' });
  const taken = async (): Promise<number> => {
    const lines = await historyOf(harness.temporal, study.workflowId);
    return lines.filter(({ type }) => type.includes('UpdateAccepted')).length;
  };
  expect(await taken()).toBe(1);
  const refused: readonly (readonly [Promise<unknown>, string])[] = [
    [study.ask({ client: '' }), 'invalid-message'],
    [study.ask({ client: 'a', count: 51 }), 'invalid-message'],
    [study.ask({ client: 'a', leaseSeconds: 0 }), 'invalid-message'],
    [study.tell([]), 'invalid-message'],
    [study.tell({ trial: 7, value: 1 }), 'trial-not-found'],
    [study.tell({ trial: 1, client: 'b', value: 1 }), 'trial-not-held'],
    [study.tell({ trial: 1, attempt: 2, value: 1 }), 'trial-not-held'],
    [study.tell({ trial: 1, measures: { cost: 1 } }), 'invalid-message'],
    [study.tell({ trial: 1, measures: 'much' as never }), 'invalid-message'],
    [study.tell({ trial: 1, value: '1' as never }), 'invalid-message'],
    [study.tell({ trial: 1, value: NaN }), 'invalid-message'],
    [study.tell({ trial: 1, value: Infinity }), 'invalid-message'],
    [study.tell({ trial: 1 }), 'invalid-message'],
  ];
  for (const [call, code] of refused) expect(await codeOf(call)).toBe(code);
  expect(await taken()).toBe(1);
  expect(await codeOf(harness.studies.start('contrary', outside({ evaluator: 'x', leaseSeconds: 5 })))).toBe(
    'invalid-request',
  );
  expect(await codeOf(harness.studies.at('nothing').ask({ client: 'a' }))).toBe('study-not-found');
  const inside = await harness.studies.start('evaluated', outside({ evaluator: 'nobody' }));
  expect(await codeOf(inside.ask({ client: 'a' }))).toBe('evaluated-inside');
  expect(await codeOf(inside.tell({ trial: 1, value: 1 }))).toBe('evaluated-inside');
  await inside.stop({ running: 'cancel' });
  expect(trials).toHaveLength(1);
  await work(study, 'a', 3);
  expect((await study.finished({ timeoutMs: 20_000 })).account).toMatchObject({ asked: 6, complete: 6 });
});

test('an ask and its tell cost 10 events and 2 workflow tasks; leases cost one timer for all of them', async () => {
  harness.setStoreDown(true);
  const study = await harness.studies.start('counted', outside({ budget: { trials: 500 } }));
  const once = async (count: number): Promise<void> => {
    const { trials } = await study.ask({ client: 'a', count });
    await study.tell(trials.map(({ trial, attempt }) => ({ trial, attempt, value: trial })));
  };
  await once(1);
  const lines = () => historyOf(harness.temporal, study.workflowId);
  const cost = async (act: () => Promise<void>): Promise<readonly number[]> => {
    const before = await lines();
    await act();
    const after = (await lines()).slice(before.length);
    return [after.length, after.filter(({ type }) => type === 'task completed').length];
  };
  const ten = await cost(async () => {
    for (let at = 0; at < 10; at++) await once(1);
  });
  expect(ten).toEqual([100, 20]);
  // in batches the cost is that of one
  expect(await cost(() => once(50))).toEqual([10, 2]);
  const timers = (await lines()).filter(({ type }) => type.startsWith('timerStarted'));
  expect(timers).toHaveLength(1);
  harness.setStoreDown(false);
  await study.stop({ running: 'cancel' });
});
