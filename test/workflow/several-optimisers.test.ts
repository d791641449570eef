import { isPlatformError } from '../../src/contracts/errors';
import { until } from '../support/kernel/harness';
import { codeOf } from '../support/sets/harness';
import { cache, filter } from '../support/studies/definitions';
import { startStudies, type StudiesHarness } from '../support/studies/harness';
import { interleavedEffects } from '../../src/domain/optimisation/interleaving';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('optimisers');
  await harness.variables.get(filter);
  await harness.variables.get(cache);
}, 60_000);
afterAll(async () => {
  await harness.close();
});

test('VAR-2 a proposal that says what it read commits beside another change, and not against one', async () => {
  const set = harness.variables.at('filter');
  const { version } = await set.read();
  expect(await set.propose({ copies: 2 }, { basedOn: version }).verdict).toMatchObject({ kind: 'accepted' });
  const beside = set.propose({ hashBits: 17 }, { basedOn: version, reads: ['learningRate'] });
  expect(await beside.verdict).toMatchObject({ kind: 'accepted', version: version + 2 });
  const against = await set.propose({ learningRate: 0.2 }, { basedOn: version, reads: ['copies'] }).verdict;
  expect(against).toMatchObject({
    kind: 'refused',
    reasons: [{ code: 'stale-base', details: { conflicts: ['copies'] } }],
  });
  expect(await codeOf(set.propose({ copies: 3 }, { basedOn: 1, reads: ['colour'] }).verdict)).toBe('unknown-variable');
});

test('an experiment has the set alone: others are refused until it ends, and wait for their own', async () => {
  const set = harness.variables.at('filter');
  const order: string[] = [];
  let open: (() => void) | undefined;
  const closed = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = set.exclusively({ holder: 'first', forMs: 5_000 }, async ({ token }) => {
    order.push('first');
    await closed;
    const { version } = await set.read();
    return set.propose({ copies: 3 }, { basedOn: version, lease: token }).verdict;
  });
  await until('the lease', async () => ((await set.view()).lease === undefined ? undefined : true));
  const second = set.exclusively({ holder: 'second', forMs: 5_000 }, () => Promise.resolve(order.push('second')));
  const { version } = await set.read();
  const refused = await set.propose({ copies: 4 }, { basedOn: version }).verdict.catch((error: unknown) => error);
  expect(isPlatformError(refused) && refused).toMatchObject({ code: 'set-leased', details: { holder: 'first' } });
  expect(await codeOf(set.endLease({ token: 1 }))).toBe('not-holder');
  open?.();
  expect(await first).toMatchObject({ kind: 'accepted' });
  await second;
  expect(order).toEqual(['first', 'second']);
  expect(await set.view()).not.toHaveProperty('lease');
});

test('a winner that others were faster than is measured again on what the set has now', async () => {
  const set = harness.variables.at('filter');
  await harness.evaluator('again', ({ params }) => ({
    loss: Number(params['learningRate']) + Number(params['copies']),
  }));
  const request = { over: filter, only: ['learningRate'], evaluator: 'again', minimise: 'loss', seed: 3 };
  const study = await harness.studies.start('slow', { ...request, budget: { trials: 6 } });
  const { best } = await study.finished({ timeoutMs: 30_000 });
  const winner = best?.configuration['learningRate'];
  const { version } = await set.read();
  const copies = (await set.read()).values['copies'] === 5 ? 6 : 5;
  await set.propose({ copies }, { basedOn: version }).verdict;
  expect(await (await study.propose()).verdict).toMatchObject({ kind: 'refused', reasons: [{ code: 'stale-base' }] });
  const verdict = await (await study.propose({ onConflict: 're-evaluate' })).verdict;
  expect(verdict).toMatchObject({ kind: 'accepted', version: version + 2 });
  expect(await set.read()).toMatchObject({ values: { learningRate: winner, copies } });
  const { proposal } = await set.proposal(verdict.kind === 'accepted' ? verdict.proposal : 0);
  expect(proposal.evidence).toMatchObject({
    study: `slow-v${String(version + 1)}`,
    trials: [1, 2],
    measuredOn: version + 1,
  });
});

test('two changes at once are measured so that their effects come apart', async () => {
  const { evaluator, studies } = harness;
  await evaluator('both', ({ params }) => {
    const [rate, copies] = [params['learningRate'] === 0.01 ? 1 : 0, params['size'] === 9 ? 1 : 0];
    return { loss: 10 - 3 * rate - 2 * copies + rate * copies };
  });
  const changes = {
    rate: { set: 'filter', changes: { learningRate: 0.01 } },
    size: { set: 'cache', changes: { size: 9 } },
  };
  const options = { changes, blocks: 3, evaluator: 'both', minimise: 'loss' };
  const { study, measuredOn } = await studies.interleave('both-at-once', options);
  await study.finished({ timeoutMs: 30_000 });
  const trials = harness.endings('both-at-once');
  expect(trials.map(({ enqueued }) => enqueued)).toEqual(trials.map(() => true));
  expect(interleavedEffects(changes, trials, 'loss')).toMatchObject({
    blocks: 3,
    before: 10,
    main: { rate: { estimate: -2.5 }, size: { estimate: -1.5 } },
    interaction: { estimate: 0.5 },
  });
  // and it is found again by its name, though a set has moved on
  const set = harness.variables.at('filter');
  const { version } = await set.read();
  await set.propose({ copies: 7 }, { basedOn: version }).verdict;
  expect((await studies.interleave('both-at-once', options)).measuredOn).toEqual(measuredOn);
  const other = { ...options, changes: { ...changes, size: { set: 'cache', changes: { size: 8 } } } };
  expect(await codeOf(studies.interleave('both-at-once', other))).toBe('already-exists');
});
