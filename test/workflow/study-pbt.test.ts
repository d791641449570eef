import { renewSignal } from '../../src/contracts/entity';
import type { StudyOptions } from '../../src/client/optimisation';
import type { Evaluate, Evaluation } from '../../activities/evaluator-definition';
import { reportingProcess, untilSaved } from '../support/studies/reporting';
import type { Trial } from '../../src/contracts/optimisation/study';
import { newStudy } from '../../src/domain/optimisation/study';
import { until } from '../support/kernel/harness';
import { codeOf } from '../support/sets/harness';
import { startStudies, type StudiesHarness } from '../support/studies/harness';
import { own } from '../support/studies/own';
import { recompute, recorded } from '../support/studies/recompute';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('pbt');
}, 60_000);
afterAll(async () => {
  await harness.close();
});

/** What the model of these tests is: the trials that it was trained in, and how well it does. */
interface Model {
  readonly of: readonly number[];
  readonly skill: number;
}

/** One interval of training: the closer `x` is to 0.7, the more is learnt. */
function train({ params, trial, resume, checkpoint }: Evaluation): { readonly loss: number } {
  const { of, skill } = (resume() ?? { of: [], skill: 0 }) as Model;
  const model: Model = { of: [...of, trial], skill: skill + 1 - Math.abs(Number(params['x']) - 0.7) };
  checkpoint(model);
  return { loss: -model.skill };
}

const pbt = (evaluator: string, more: Partial<StudyOptions> = {}): StudyOptions =>
  own(evaluator, { sampler: 'pbt', samplerOptions: { population: 4 }, budget: { trials: 30 }, ...more });

/** The line of a trial as the records say it, the start first. */
function lineOf(all: readonly Trial[], number: number): readonly number[] {
  const from = all.find((each) => each.number === number)?.lineage?.from;
  return from === undefined ? [number] : [...lineOf(all, from), number];
}

test('STU-4 STU-5 each interval goes on from the checkpoint of its parent, over a renewal, and the record says which', async () => {
  // given a study that is renewed in its middle
  await harness.evaluator('trained', async (given) => {
    if (given.trial === 12) await study.pause();
    return train(given);
  });
  const study = await harness.studies.start('trained', pbt('trained'));
  await until('twelve trials', () => harness.endings('trained').length >= 12 || undefined);
  await harness.temporal.client.workflow.getHandle(study.workflowId).signal(renewSignal);
  await until('the renewal', async () => (await study.status()).counts.renewals > 0 || undefined);
  await study.resume();
  // when
  const { account, best } = await study.finished({ timeoutMs: 60_000 });
  // then what each was trained in is what its lineage says, and the best is a long line with its model
  const all = harness.endings('trained');
  expect(account).toMatchObject({ asked: 30, complete: 30, begunAgain: 0 });
  for (const { number, checkpoint } of all)
    expect([number, (checkpoint as Model).of]).toEqual([number, lineOf(all, number)]);
  expect(new Set(all.map(({ lineage }) => lineage?.how))).toEqual(new Set(['start', 'continue', 'exploit']));
  expect(best?.checkpoint).toEqual(all.find(({ number }) => number === best?.number)?.checkpoint);
  // and the same history makes the same lineage
  const view = await study.view();
  const before = newStudy('trained', view.request, view.spec, undefined).state;
  const { suggestions } = recompute(before, harness.happened('trained'));
  expect(suggestions).toEqual(recorded(harness.happened('trained')));
  // the view has no checkpoint of others
  expect(view.recent.filter((trial) => 'checkpoint' in trial)).toEqual([]);
});

test('an attempt that fails is followed by one from the parent, and from its own checkpoint when it has left one', async () => {
  // given a trial with a parent whose first attempt throws before its checkpoint, and its second behind it
  const seen: { readonly attempt: number; readonly left: unknown }[] = [];
  await harness.evaluator('lost', (given) => {
    const { trial, attempt, resume, checkpoint } = given;
    if (trial !== 4) return train(given);
    seen.push({ attempt, left: resume() });
    if (attempt === 1) throw new Error('before it has saved anything');
    if (attempt === 2) {
      checkpoint({ of: ['half'], skill: 0 });
      throw new Error('behind its checkpoint');
    }
    return train(given);
  });
  const study = await harness.studies.start(
    'lost',
    pbt('lost', { samplerOptions: { population: 2 }, parallelism: 1, budget: { trials: 5 } }),
  );
  const { account } = await study.finished({ timeoutMs: 30_000 });
  const all = harness.endings('lost');
  const parent = all.find(({ number }) => number === all.find((each) => each.number === 4)?.lineage?.from);
  expect(parent?.number).toBeLessThan(4);
  expect(seen).toEqual([
    { attempt: 1, left: parent?.checkpoint },
    { attempt: 2, left: parent?.checkpoint },
    { attempt: 3, left: { of: ['half'], skill: 0 } },
  ]);
  expect(account).toMatchObject({ asked: 5, complete: 5, begunAgain: 2 });
});

test('STU-1 STU-3 a worker that is killed in an interval: another goes on from its checkpoint, not from the parent', async () => {
  // given trial 4 in a process of its own, past its checkpoint
  const left: unknown[] = [];
  const evaluate: Evaluate = async (given) => {
    if (given.trial === 3) await study.pause();
    if (given.trial !== 4) return train(given);
    left.push({ attempt: given.attempt, left: given.resume() });
    return train({ ...given, resume: () => ({ of: ['saved'], skill: 9 }) });
  };
  const first = await harness.evaluator('killed', evaluate);
  const two = { samplerOptions: { population: 2 }, parallelism: 1, budget: { trials: 6 } };
  const study = await harness.studies.start('killed', pbt('killed', two));
  await until('three trials', () => harness.endings('killed').length === 3 || undefined);
  await first.close();
  const { kill } = reportingProcess(harness, 'killed');
  try {
    await study.resume();
    await untilSaved(harness, study, 'saved');
  } finally {
    await kill();
  }
  // when another takes over
  await harness.evaluator('killed', evaluate);
  // then
  const { account, best } = await study.finished({ timeoutMs: 30_000 });
  expect(left).toEqual([{ attempt: 2, left: { saved: 3 } }]);
  expect(account).toMatchObject({ asked: 6, complete: 6, failed: 0, begunAgain: 1 });
  expect((best?.checkpoint as Model).of.slice(0, 2)).toEqual(['saved', 4]);
});

test('a trial that leaves no checkpoint, or too large a one, fails and says what is missing; others go on', async () => {
  await harness.evaluator('forgetful', (given) => {
    if (given.trial === 1) return { loss: 1 };
    if (given.trial === 2) given.checkpoint('x'.repeat(2_000));
    return given.trial === 2 ? { loss: 1 } : train(given);
  });
  const study = await harness.studies.start(
    'forgetful',
    pbt('forgetful', { samplerOptions: { population: 3 }, parallelism: 1, budget: { trials: 8 } }),
  );
  const { account } = await study.finished({ timeoutMs: 30_000 });
  expect(account).toMatchObject({ asked: 8, complete: 6, failed: 2 });
  const [one, two, ...more] = harness.endings('forgetful').toSorted((a, b) => a.number - b.number);
  expect([one?.refusal?.code, two?.refusal?.code]).toEqual(['no-checkpoint', 'invalid-message']);
  expect(two?.refusal?.message).toContain('2000 bytes');
  // their members begin anew, or go on from another
  expect(new Set(more.map(({ lineage }) => lineage?.member))).toEqual(new Set([1, 2, 3]));
});

test('what cannot be trained so is refused at the start', async () => {
  const { evaluator: _nobody, heartbeatMs: _ms, ...outside } = pbt('trained');
  expect(await codeOf(harness.studies.start('no-1', outside))).toBe('invalid-request');
  expect(await codeOf(harness.studies.start('no-2', pbt('trained', { parallelism: 5 })))).toBe('invalid-request');
  expect(await codeOf(harness.studies.start('no-3', pbt('trained', { samplerOptions: { population: 1 } })))).toBe(
    'invalid-request',
  );
});
