import { createStudies, type StudyHandle, type StudyOptions } from '../../src/client/optimisation';
import type { ReadModels } from '../../src/contracts/read-models';
import { until } from '../support/kernel/harness';
import { startStudies, type StudiesHarness } from '../support/studies/harness';
import { OWN } from '../support/studies/own';

let harness: StudiesHarness;
const evaluated = new Map<string, number>();
beforeAll(async () => {
  harness = await startStudies('extended');
  await harness.evaluator('bowl', ({ study, trial, params }) => {
    const key = `${study.split(':').at(-1) ?? ''}/${String(trial)}`;
    evaluated.set(key, (evaluated.get(key) ?? 0) + 1);
    return { loss: (Number(params['x']) - 0.3) ** 2 };
  });
}, 60_000);
afterAll(async () => {
  await harness.close();
});

const asked = (more: Partial<StudyOptions> = {}): StudyOptions => ({
  space: OWN,
  evaluator: 'bowl',
  minimise: 'loss',
  seed: 11,
  budget: { trials: 12 },
  parallelism: 1,
  ...more,
});
const typesOf = (study: string): readonly string[] => harness.happened(study).map(({ type }) => type);
const runsOf = async (study: StudyHandle): Promise<string> =>
  (await harness.temporal.client.workflow.getHandle(study.workflowId).describe()).runId;

test('STU-5 STU-4 a study that has ended goes on as if it had had the larger budget from the beginning', async () => {
  const whole = await harness.studies.start('whole', asked({ budget: { trials: 20 } }));
  const study = await harness.studies.start('ended', asked());
  const [first] = await Promise.all([study.finished(), whole.finished()]);
  expect(first.account).toMatchObject({ budget: 12, complete: 12 });
  // what is less than there is, and what is as much, changes nothing
  const run = await runsOf(study);
  expect(await study.extend({ trials: 5 })).toEqual({ budget: 12, parallelism: 1, state: 'finished' });
  expect(await runsOf(study)).toBe(run);
  // when two extend it at once, one of them twice
  const replies = await Promise.all([
    study.extend({ trials: 20 }, { requestId: 'more' }),
    study.extend({ trials: 16 }, { requestId: 'less' }),
    study.extend({ trials: 20 }, { requestId: 'more' }),
  ]);
  expect(replies.every(({ budget }) => budget >= 16)).toBe(true);
  const ended = await study.finished();
  // then
  expect(ended).toMatchObject({ state: 'finished', reason: 'the budget of 20 trials is spent' });
  expect(ended.account).toEqual((await whole.finished()).account);
  expect(ended.best).toMatchObject({ number: (await whole.view()).best?.number });
  expect(harness.suggestions('ended')).toHaveLength(20);
  expect(harness.suggestions('ended').map(({ configuration }) => configuration)).toEqual(
    harness.suggestions('whole').map(({ configuration }) => configuration),
  );
  for (let trial = 1; trial <= 20; trial++) expect(evaluated.get(`ended/${String(trial)}`)).toBe(1);
  // one extension, or two when the smaller one had come to its end before the larger one came
  expect([1, 2]).toContain(typesOf('ended').filter((type) => type === 'study.extended').length);
  expect(typesOf('ended').filter((type) => type === 'study.ended')).toHaveLength(2);
  const sequences = harness.happened('ended').map(({ sequence }) => sequence);
  expect(sequences).toEqual(sequences.map((_each, at) => at + 1));
  // a request that is repeated later is answered as the first time, and does nothing
  expect(await study.extend({ trials: 20 }, { requestId: 'more' })).toMatchObject({ budget: 20 });
  expect((await study.view()).state).toBe('finished');
});

test('a study that was stopped goes on with what its budget has left; one that runs is given more', async () => {
  const study = await harness.studies.start('stopped', asked({ sampler: 'sobol', budget: { trials: 40 } }));
  await until('a few trials', async () => (await study.view()).account.complete > 2 || undefined);
  await study.stop();
  expect(await study.finished()).toMatchObject({ state: 'stopped' });
  expect(await study.extend({})).toMatchObject({ budget: 40, state: 'running' });
  expect(await study.extend({ trials: 45 })).toMatchObject({ budget: 45 });
  const { state, account } = await study.finished();
  expect([state, account.asked, account.complete]).toEqual(['finished', 45, 45]);
  const without = await study.extend({ cost: 3 }).catch((error: unknown) => error);
  expect(without).toMatchObject({ code: 'invalid-message' });
});

test('a study whose history is gone, or that was terminated, names the copy', async () => {
  const { client, space } = harness.temporal;
  const extended = (study: StudyHandle): Promise<unknown> =>
    study.extend({ trials: 3 }).catch((error: unknown) => error);
  expect(await extended(harness.studies.at('gone'))).toMatchObject({ code: 'study-not-found' });
  const reads = { trials: () => Promise.resolve({ items: [{ number: 1 }], position: 1 }) };
  const known = createStudies(harness.temporal, reads as unknown as ReadModels).at('gone');
  const refused = await extended(known);
  expect(refused).toMatchObject({ code: 'cannot-extend' });
  expect(String(refused)).toContain('mabeam study copy gone <new>');
  const killed = await harness.studies.start('killed', asked({ evaluator: 'nobody' }));
  await client.workflow.getHandle(`${space}:study:killed`).terminate();
  expect(await extended(killed)).toMatchObject({ code: 'cannot-extend' });
});
