import { filter } from '../support/studies/definitions';
import { startStudies, type StudiesHarness } from '../support/studies/harness';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('studies');
}, 60_000);
afterAll(async () => {
  await harness.close();
});

test('STU-1 STU-4 a study of random trials over a set spends its budget exactly and proposes its best with evidence', async () => {
  // given
  const set = await harness.variables.get(filter);
  const seen: Record<string, unknown>[] = [];
  await harness.evaluator('train', ({ params }) => {
    seen.push(params);
    return { loss: Math.abs(Math.log10(Number(params['learningRate'])) + 2) + Number(params['copies']) / 10 };
  });
  // when
  const study = await harness.studies.start('first', {
    over: filter,
    evaluator: 'train',
    minimise: 'loss',
    sampler: 'random',
    seed: 7,
    budget: { trials: 20 },
    parallelism: 4,
  });
  const finished = await study.finished({ timeoutMs: 30_000 });
  // then
  expect(finished).toMatchObject({
    state: 'finished',
    account: { asked: 20, running: 0, complete: 20, begunAgain: 0 },
  });
  expect(seen).toHaveLength(20);
  expect(seen.every((params) => params['seed'] === 0 && params['note'] === '')).toBe(true);
  const losses = harness.endings('first').map((trial) => trial.measures?.['loss'] ?? NaN);
  expect(finished.best?.measures?.['loss']).toBe(Math.min(...losses));
  const verdict = await (await study.propose()).verdict;
  expect(verdict).toMatchObject({ kind: 'accepted', version: 2 });
  const { proposal } = await set.proposal(1);
  expect(proposal.evidence).toMatchObject({ study: 'first', trials: [1, finished.best?.number], measuredOn: 1 });
});
