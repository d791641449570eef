import { renewSignal } from '../../src/contracts/entity';
import type { Configuration } from '../../src/contracts/optimisation/search-space';
import type { StudyOptions } from '../../src/client/optimisation';
import { dominates } from '../../src/domain/optimisation/pareto/dominance';
import { hypervolume } from '../../src/domain/optimisation/pareto/hypervolume';
import { codeOf } from '../support/sets/harness';
import { filter } from '../support/studies/definitions';
import { startStudies, type StudiesHarness } from '../support/studies/harness';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('objectives');
  await harness.variables.get(filter);
}, 60_000);
afterAll(async () => {
  await harness.close();
});

const unit = { kind: 'float', low: 0, high: 1, log: false } as const;
const ZDT1: StudyOptions = {
  space: { dimensions: { x: unit, y: unit, z: unit } },
  minimise: ['near', 'far'],
  seed: 7,
  budget: { trials: 60 },
  parallelism: 4,
};

/** @see Zitzler, Deb, Thiele 2000, ZDT1 */
function zdt1({ x, y, z }: Configuration | Readonly<Record<string, unknown>>): {
  readonly near: number;
  readonly far: number;
} {
  const g = 1 + (9 * (Number(y) + Number(z))) / 2;
  return { near: Number(x), far: g * (1 - Math.sqrt(Number(x) / g)) };
}
const volumeOf = (points: readonly { readonly near: number; readonly far: number }[]): number =>
  hypervolume(
    points.map(({ near, far }) => [near, far]),
    [1.1, 11],
  );

test('STU-4 a study with two objectives spends its budget exactly and ends with the front, not with a best trial', async () => {
  await harness.evaluator('zdt1', ({ params }) => ({ ...zdt1(params) }));
  const study = await harness.studies.start('evaluated', { ...ZDT1, evaluator: 'zdt1' });
  const { account, best, front, proposal } = await study.finished({ timeoutMs: 60_000 });
  expect(account).toMatchObject({ asked: 60, complete: 60, running: 0 });
  expect([best, proposal]).toEqual([undefined, undefined]);
  // the front is that of what the events tell
  const all = harness
    .endings('evaluated')
    .map(({ number, measures = {} }) => ({ number, losses: [measures['near'] ?? 0, measures['far'] ?? 0] }));
  const expected = all.filter(({ losses }) => !all.some((other) => dominates(other.losses, losses)));
  expect(front?.size).toBe(expected.length);
  expect(new Set(front?.trials.map(({ number }) => number))).toEqual(new Set(expected.map(({ number }) => number)));
  // TPE was chosen, and learnt: what it asked last is better than what it asked first
  expect((await study.view()).spec.sampler).toBe('tpe');
  const measured = harness.endings('evaluated').map(({ configuration }) => zdt1(configuration));
  expect(volumeOf(measured.slice(-15))).toBeGreaterThan(volumeOf(measured.slice(0, 15)));
  const ended = harness.happened('evaluated').find(({ type }) => type === 'study.ended');
  expect(ended?.data['front']).toEqual(front);
});

test('the same over ask and tell, with NSGA-II, over a renewal; a single value is no outcome', async () => {
  const study = await harness.studies.start('asked', { ...ZDT1, sampler: 'nsga2', budget: { trials: 120 } });
  const { trials: first } = await study.ask({ client: 'lab', count: 4 });
  expect(first[0]?.measures).toEqual(['near', 'far']);
  expect(await codeOf(study.tell({ trial: 1, value: 3 }))).toBe('invalid-message');
  expect(await codeOf(study.tell({ trial: 1, measures: { near: 3 } }))).toBe('invalid-message');
  for (;;) {
    const { trials } = await study.ask({ client: 'lab', count: 40 });
    if (trials.length === 0) break;
    await study.tell(trials.map(({ trial, configuration }) => ({ trial, measures: zdt1(configuration) })));
    if (trials.some(({ trial }) => trial === 50))
      await harness.temporal.client.workflow.getHandle(study.workflowId).signal(renewSignal);
  }
  const { account, front, state } = await study.view();
  expect([state, account.complete]).toEqual(['finished', 120]);
  const points = harness.endings('asked').map(({ configuration }) => zdt1(configuration));
  expect(volumeOf(points.slice(-50))).toBeGreaterThan(volumeOf(points.slice(0, 50)));
  expect(front?.size).toBeGreaterThan(1);
});

test('a trial of the front is proposed by its number, none by itself', async () => {
  await harness.evaluator('pair', ({ params }) => ({
    loss: Math.abs(Math.log10(Number(params['learningRate'])) + 2),
    size: 2 ** Number(params['hashBits']),
  }));
  const study = await harness.studies.start('pair', {
    over: filter,
    evaluator: 'pair',
    minimise: ['loss', 'size'],
    seed: 3,
    budget: { trials: 12 },
  });
  const { front } = await study.finished({ timeoutMs: 30_000 });
  expect(await codeOf(study.propose())).toBe('invalid-request');
  const chosen = front?.trials.find(({ number }) => number !== 1)?.number ?? 0;
  expect(await (await study.propose({ trial: chosen })).verdict).toMatchObject({ kind: 'accepted' });
  const { proposal } = await harness.variables.at('filter').proposal(1);
  const [before, after] = [1, chosen].map((number) => harness.endings('pair').find((each) => each.number === number));
  expect(proposal.evidence).toEqual({
    study: 'pair',
    trials: [1, chosen],
    effect: { measure: 'loss', before: before?.measures?.['loss'], after: after?.measures?.['loss'] },
    measuredOn: 1,
  });
});

test('what knows one objective alone is refused', async () => {
  const refused = { code: 'invalid-request' };
  const own = { ...ZDT1, evaluator: 'zdt1' };
  await expect(harness.studies.start('no-1', { ...own, sampler: 'cmaes' })).rejects.toMatchObject(refused);
  await expect(harness.studies.start('no-2', { ...own, pruner: { kind: 'median' } })).rejects.toMatchObject(refused);
  await expect(harness.studies.start('no-3', { ...own, maximise: 'near' })).rejects.toMatchObject(refused);
});
