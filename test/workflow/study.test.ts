import { renewSignal } from '../../src/contracts/entity';
import { newStudy } from '../../src/domain/optimisation/study';
import { until } from '../support/kernel/harness';
import { codeOf } from '../support/sets/harness';
import { filter, type tuner } from '../support/studies/definitions';
import { gate } from '../support/studies/gates';
import { startStudies, type StudiesHarness } from '../support/studies/harness';
import { own } from '../support/studies/own';
import { recompute } from '../support/studies/recompute';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('studies');
  await harness.variables.get(filter);
}, 60_000);
afterAll(async () => {
  await harness.close();
});

const lossOf = ({ params }: { readonly params: Readonly<Record<string, unknown>> }): { loss: number } => ({
  loss: Number(params['x']),
});

test('STU-1 STU-4 a study over a set spends its budget exactly under parallelism and proposes its best with evidence', async () => {
  // given
  const seen: Record<string, unknown>[] = [];
  let [now, most] = [0, 0];
  await harness.evaluator('train', async ({ params }) => {
    seen.push(params);
    most = Math.max(most, ++now);
    await until('company, or the end', () => (now >= 4 || seen.length >= 17 ? true : undefined));
    now -= 1;
    return { loss: Math.abs(Math.log10(Number(params['learningRate'])) + 2) + Number(params['copies']) / 10 };
  });
  // when
  const asked = { over: filter, evaluator: 'train', minimise: 'loss', seed: 7, budget: { trials: 20 }, parallelism: 4 };
  const study = await harness.studies.start('first', asked);
  const finished = await study.finished({ timeoutMs: 30_000 });
  // then
  const account = { asked: 20, running: 0, complete: 20, failed: 0, cancelled: 0, begunAgain: 0, late: 0 };
  expect(finished).toMatchObject({ state: 'finished', account });
  expect([seen.length, most]).toEqual([20, 4]);
  expect(seen.every((params) => params['seed'] === 0 && params['note'] === '')).toBe(true);
  expect(seen.every(({ hashBits, copies }) => 2 ** Number(hashBits) * Number(copies) <= 2 ** 22)).toBe(true);
  expect(harness.suggestions('first').map(({ number }) => number)).toEqual(
    Array.from({ length: 20 }, (_e, at) => at + 1),
  );
  const losses = harness.endings('first').map((trial) => trial.measures?.['loss'] ?? NaN);
  expect(finished.best?.measures?.['loss']).toBe(Math.min(...losses));
  // and
  expect(await (await study.propose()).verdict).toMatchObject({ kind: 'accepted', version: 2 });
  const { proposal } = await harness.variables.at('filter').proposal(1);
  const before = harness.endings('first').find(({ number }) => number === 1)?.measures?.['loss'];
  const effect = { measure: 'loss', before, after: Math.min(...losses) };
  expect(proposal.evidence).toEqual({ study: 'first', trials: [1, finished.best?.number], effect, measuredOn: 1 });
  // and the same start finds the study that has ended, another is refused
  const again = await harness.studies.start('first', asked);
  expect((await again.view()).account.asked).toBe(20);
  expect(await codeOf(harness.studies.start('first', { ...asked, seed: 8 }))).toBe('already-exists');
  expect(seen).toHaveLength(20);
});

test('STU-2 STU-3 a throw is tried again, a NaN and a wrong shape end their trial, nothing accepted is evaluated again', async () => {
  const begun: string[] = [];
  const answers: Readonly<Record<number, unknown>> = {
    2: { loss: NaN },
    3: { cost: 1 },
    4: 'text',
    5: { loss: -Infinity },
  };
  await harness.evaluator('careless', (evaluation) => {
    const { trial, attempt } = evaluation;
    begun.push(`${String(trial)}/${String(attempt)}`);
    evaluation.attribute(attempt === 1 ? 'first' : 'again', attempt);
    if (trial === 1 && attempt < 3) throw new Error('not yet');
    if (trial === 6) throw new Error('never');
    return (answers[trial] ?? lossOf(evaluation)) as { loss: number };
  });
  const study = await harness.studies.start('careless', own('careless', { attempts: 3, attributes: { owner: 'ann' } }));
  const { account, best } = await study.finished({ timeoutMs: 30_000 });
  expect(account).toMatchObject({ asked: 8, complete: 3, failed: 5, begunAgain: 4 });
  const attempts = (trial: number): number => begun.filter((each) => each.startsWith(`${String(trial)}/`)).length;
  expect([1, 2, 3, 4, 5, 6, 7, 8].map(attempts)).toEqual([3, 1, 1, 1, 1, 3, 1, 1]);
  const ended = (number: number) => harness.endings('careless').find((each) => each.number === number);
  expect(ended(2)).toMatchObject({ state: 'failed', attempts: 1, refusal: { code: 'invalid-message' } });
  expect(ended(2)?.refusal?.message).toBe('the measure loss is a finite number; got NaN');
  expect(ended(3)?.refusal?.message).toBe('the measure loss is missing; got cost');
  expect(ended(5)?.refusal?.message).toMatch(/got -Infinity/);
  expect(ended(6)).toMatchObject({ attempts: 3, refusal: { code: 'evaluation-failed', message: 'never' } });
  expect(best?.state).toBe('complete');
  // and what is noted is that of the attempt that ended each
  expect((await study.view()).request.attributes).toEqual({ owner: 'ann' });
  const noted = [1, 2, 6, 7].map((number) => ended(number)?.attributes);
  expect(noted).toEqual([{ again: 3 }, { first: 1 }, { again: 3 }, { first: 1 }]);
});

test('STU-1 STU-3 a trial whose worker is lost is evaluated by another, and only that one again', async () => {
  // given a worker that answers for three trials, takes two more, and is never heard of again
  const begun: string[] = [];
  let letGo = (): void => undefined;
  const held = new Promise<never>((_resolve, reject) => {
    letGo = () => {
      reject(new Error('let go'));
    };
  });
  held.catch(() => undefined);
  const lost = await harness.activities('shaky', {
    evaluate: ({ trial, configuration }) => {
      begun.push(`lost ${String(trial)}`);
      if (trial > 3) return held;
      return Promise.resolve({ trial, attempt: 1, configuration, measures: { loss: trial }, worker: 'lost' });
    },
  });
  const study = await harness.studies.start('shaky', own('shaky', { parallelism: 2 }));
  await until('two trials to be taken', () => (begun.length >= 5 ? true : undefined));
  // when another comes
  const closed = lost.close();
  await harness.evaluator('shaky', (evaluation) => {
    begun.push(`other ${String(evaluation.trial)}/${String(evaluation.attempt)}`);
    return lossOf(evaluation);
  });
  // then what was accepted is not evaluated again, and the lost ones are once
  const { account } = await study.finished({ timeoutMs: 30_000 });
  expect(account).toMatchObject({ asked: 8, complete: 8, failed: 0, begunAgain: 2, late: 0 });
  const others = ['4/2', '5/2', '6/1', '7/1', '8/1'].map((each) => `other ${each}`);
  expect(begun.toSorted()).toEqual([1, 2, 3, 4, 5].map((trial) => `lost ${String(trial)}`).concat(others));
  letGo();
  await closed;
});

test('STU-2 ECO-1 an attempt that was replaced hands its outcome over as evidence, and counts for nothing', async () => {
  // given an evaluator whose first attempt of trial 1 stands still for longer than the heartbeat
  let paused = 0;
  const [first, third] = [gate(), gate()];
  await harness.evaluator(
    'sleepy',
    async (evaluation) => {
      if (evaluation.trial === 3) await third.opened;
      if (evaluation.trial !== 1 || evaluation.attempt > 1) return lossOf(evaluation);
      paused += 1;
      // as a paused process: the event loop does not turn
      const awake = Date.now() + 1_200;
      while (Date.now() < awake);
      await first.opened;
      return { loss: -1 };
    },
    { worker: 'sleeper' },
  );
  const study = await harness.studies.start(
    'sleepy',
    own('sleepy', { parallelism: 1, budget: { trials: 3 }, heartbeatMs: 400 }),
  );
  await until('the first attempt', () => (paused > 0 ? true : undefined));
  await until('another attempt to end the trial', async () => {
    const { recent } = await study.view();
    return recent.some((trial) => trial.number === 1) ? true : undefined;
  });
  first.open();
  const late = await until('the late outcome', async () => {
    const view = await study.view();
    return view.account.late > 0 ? view : undefined;
  });
  expect(late.late).toMatchObject([{ trial: 1, attempt: 1, measures: { loss: -1 }, worker: 'sleeper' }]);
  expect(late.recent.find((trial) => trial.number === 1)).toMatchObject({ attempts: 2 });
  third.open();
  const { account, best } = await study.finished({ timeoutMs: 20_000 });
  expect(account).toMatchObject({ asked: 3, complete: 3, late: 1 });
  expect(best?.measures?.['loss']).not.toBe(-1);
});

test.each([
  ['sobol', 40, /^the budget of 40 trials is spent$/],
  ['grid', 31, /^exhausted: all 31 configurations of the grid were suggested$/],
] as const)(
  'STU-4 STU-5 renewals in the middle change neither the budget of %s nor its suggestions, and none happens over an evaluation',
  async (sampler, trials, reason) => {
    const begun: number[] = [];
    await harness.evaluator(`renewed-${sampler}`, (evaluation) => {
      begun.push(evaluation.trial);
      return lossOf(evaluation);
    });
    const asked = own(`renewed-${sampler}`, { budget: { trials: 40 }, sampler, samplerOptions: { points: 31 } });
    const plain = await harness.studies.start(`plain-${sampler}`, asked);
    const renewed = await harness.studies.start(`renewed-${sampler}`, asked, { limits: { renewAfterEvents: 60 } });
    await harness.temporal.client.workflow.getHandle(renewed.workflowId).signal(renewSignal);
    const ends = await Promise.all([plain, renewed].map((study) => study.finished({ timeoutMs: 40_000 })));
    for (const end of ends)
      expect(end).toMatchObject({
        state: 'finished',
        reason: expect.stringMatching(reason) as string,
        account: { asked: trials, complete: trials, begunAgain: 0 },
      });
    expect((await renewed.status()).counts.renewals).toBeGreaterThanOrEqual(2);
    expect(begun).toHaveLength(2 * trials);
    // byte for byte
    expect(JSON.stringify(harness.suggestions(`renewed-${sampler}`).map(({ configuration }) => configuration))).toBe(
      JSON.stringify(harness.suggestions(`plain-${sampler}`).map(({ configuration }) => configuration)),
    );
  },
);

test.each(['tpe', 'cmaes'] as const)(
  'STU-5 a study with %s, evaluated in parallel and renewed, asks what its recorded events make of its rules again',
  async (sampler) => {
    const name = `learning-${sampler}`;
    // given
    const space = {
      dimensions: {
        x: { kind: 'float' as const, low: 1e-3, high: 1, log: true },
        model: { kind: 'categorical' as const, choices: ['a', 'b'] },
        depth: { kind: 'int' as const, low: 1, high: 9, log: false, step: 1, when: { model: 'b' } },
      },
    };
    await harness.evaluator(name, ({ params }) => ({
      loss: Math.abs(Math.log10(Number(params['x'])) + 2) + Number(params['depth'] ?? 5) / 10,
    }));
    const asked = own(name, { space, sampler, budget: { trials: 40 }, parallelism: 3 });
    // when
    const study = await harness.studies.start(name, asked, { limits: { renewAfterEvents: 60 } });
    const { account, best } = await study.finished({ timeoutMs: 40_000 });
    // then
    expect(account).toMatchObject({ asked: 40, complete: 40 });
    expect((await study.status()).counts.renewals).toBeGreaterThanOrEqual(1);
    const { request, spec } = await study.view();
    const again = recompute(newStudy(name, request, spec, undefined).state, harness.happened(name));
    // byte for byte
    const told = harness.suggestions(name).map(({ configuration }) => configuration);
    expect(JSON.stringify(again.suggestions)).toBe(JSON.stringify(told));
    expect(again.state.best?.number).toBe(best?.number);
    // and it has learnt: not all of these are what chance alone would have asked, which is what TPE begins with
    const byRandom = sampler === 'tpe' ? 10 : 0;
    const chance = { ...spec, sampler: 'random' as const };
    const byChance = recompute(newStudy(name, request, chance, undefined).state, harness.happened(name));
    expect(JSON.stringify(byChance.suggestions.slice(0, byRandom))).toBe(JSON.stringify(told.slice(0, byRandom)));
    expect(JSON.stringify(byChance.suggestions)).not.toBe(JSON.stringify(told));
  },
);

test('STU-4 STU-5 paused, renewed, resumed and given more, a study spends its budget exactly; what is enqueued comes first', async () => {
  const all = gate();
  const begun: number[] = [];
  await harness.evaluator('steered', async (evaluation) => {
    begun.push(evaluation.trial);
    await all.opened;
    return lossOf(evaluation);
  });
  const study = await harness.studies.start('steered', own('steered', { parallelism: 2 }));
  await until('two trials', () => (begun.length === 2 ? true : undefined));
  expect(await study.enqueue([{ x: 0.25 }, {}])).toBe(2);
  expect(await study.pause({ reason: 'the cluster is needed' })).toBe('paused');
  all.open();
  const paused = await until('what ran', async () => {
    const now = await study.view();
    return now.account.running === 0 ? now : undefined;
  });
  expect(paused).toMatchObject({
    state: 'paused',
    reason: 'the cluster is needed',
    enqueued: 2,
    account: { asked: 2 },
  });
  await harness.temporal.client.workflow.getHandle(study.workflowId).signal(renewSignal);
  await until('a renewal', async () => ((await study.status()).counts.renewals > 0 ? true : undefined));
  expect(await study.change({ trials: 11, parallelism: 3 })).toEqual({ budget: 11, parallelism: 3 });
  expect(await codeOf(study.change({ trials: 3 }))).toBe('invalid-message');
  expect(await codeOf(study.enqueue([{ x: 0.5 }, { x: 7 }]))).toBe('value-out-of-range');
  expect((await study.view()).enqueued).toBe(2);
  expect(await study.resume()).toBe('running');
  const finished = await study.finished({ timeoutMs: 30_000 });
  expect(finished).toMatchObject({ state: 'finished', account: { asked: 11, complete: 11, begunAgain: 0 } });
  expect(begun.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_each, at) => at + 1));
  const ends = harness.endings('steered').toSorted((a, b) => a.number - b.number);
  expect(ends.filter(({ enqueued }) => enqueued).map(({ number }) => number)).toEqual([3, 4]);
  expect(ends[2]?.configuration).toEqual({ x: 0.25 });
  // the sampler's suggestions are those of a study that nobody steered
  const plain = await harness.studies.start('unsteered', own('steered', { budget: { trials: 9 } }));
  await plain.finished({ timeoutMs: 30_000 });
  const asked = (name: string) => harness.suggestions(name).map(({ configuration }) => configuration);
  expect(asked('steered').toSpliced(2, 2)).toEqual(asked('unsteered'));
  expect(await codeOf(study.pause())).toBe('stopped');
});

test('STU-1 a stop that cancels ends what runs, and tells its evaluator', async () => {
  const aborted: number[] = [];
  await harness.evaluator('long', async ({ trial, signal }) => {
    await new Promise((resolve) => {
      signal.addEventListener('abort', resolve, { once: true });
    });
    aborted.push(trial);
    throw new Error('given up');
  });
  const study = await harness.studies.start('long', own('long', { parallelism: 2, heartbeatMs: 500 }));
  await until('two trials', async () => ((await study.view()).account.running === 2 ? true : undefined));
  await study.stop({ reason: 'no longer wanted', running: 'cancel' });
  const finished = await study.finished({ timeoutMs: 20_000 });
  expect(finished).toMatchObject({ state: 'stopped', reason: 'no longer wanted', account: { asked: 2, cancelled: 2 } });
  await until('both evaluators to be told', () => (aborted.length === 2 ? true : undefined));
  expect(await study.stop()).toBe('stopped');
});

test('a study that nobody evaluates says so; a space that cannot be searched is refused at once', async () => {
  const study = await harness.studies.start('lonely', own('nobody-at-all', { budget: { trials: 1 } }));
  const view = await until('the first trial', async () => {
    const now = await study.view();
    return now.account.running > 0 ? now : undefined;
  });
  expect(view.waitingFor).toMatch(
    /^nobody evaluates "nobody-at-all" \(queue .*mabeam-evaluator-nobody-at-all has no poller\)$/,
  );
  await study.stop({ running: 'cancel' });
  const space = { dimensions: { x: { kind: 'float' as const, low: 2, high: 1, log: false } } };
  expect(await codeOf(harness.studies.start('bad', own('nobody-at-all', { space })))).toBe('invalid-space');
  expect(await codeOf(harness.studies.start('bad', own('x', { parallelism: 0 })))).toBe('invalid-request');
  expect(await codeOf(harness.studies.at('nothing').view())).toBe('study-not-found');
});

test('an agent starts a study, hears its end and proposes what it found', async () => {
  // the last is the best, so that it is never what the set has
  await harness.evaluator('tuned', ({ trial }) => ({ loss: -trial }));
  const agent = await harness.agents.get<typeof tuner>('tuner', 'tuner-1');
  await agent.tell('tune', { study: 'by-agent', trials: 12 });
  const heard = await until('the decision', async () => {
    const all = await agent.inspect('heard');
    return all.length > 0 ? all : undefined;
  });
  expect(heard).toEqual(['by-agent finished: accepted']);
  expect((await agent.status()).counts.deadLetters).toBe(0);
  const [record] = (await harness.variables.at('filter').view()).recent.slice(-1);
  expect(record?.proposal).toMatchObject({ proposer: 'tuner-1', evidence: { study: 'by-agent' } });
});
