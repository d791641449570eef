import { createStudies, type StudyHandle, type StudyOptions } from '../../src/client/optimisation';
import type { Temporal } from '../../src/client/temporal';
import type { ReadModels } from '../../src/contracts/read-models';
import { until } from '../support/kernel/harness';
import { startStudies, type StudiesHarness } from '../support/studies/harness';
import { OWN } from '../support/studies/own';

let harness: StudiesHarness;
beforeAll(async () => {
  harness = await startStudies('deleted');
  await harness.evaluator('bowl', ({ params }) => ({ loss: Number(params['x']) }));
}, 60_000);
afterAll(async () => {
  await harness.close();
});

const asked = (more: Partial<StudyOptions> = {}): StudyOptions => ({
  space: OWN,
  evaluator: 'bowl',
  minimise: 'loss',
  sampler: 'random',
  budget: { trials: 2 },
  ...more,
});
/** Studies of the space in whose read model stand those. */
const knowing = (names: readonly string[], temporal: Temporal = harness.temporal) => {
  const list = () => Promise.resolve({ items: names.map((name) => ({ name })), position: 1 });
  return createStudies(temporal, { list } as unknown as ReadModels);
};
const codeOf = (done: Promise<unknown>): Promise<unknown> =>
  done.then(
    () => 'done',
    (error: unknown) => (error as { readonly code?: string }).code,
  );
const told = (name: string): number => harness.happened(name).filter(({ type }) => type === 'study.deleted').length;
async function runsOf({ workflowId }: StudyHandle): Promise<readonly string[]> {
  const runs: string[] = [];
  const query = `WorkflowId = '${workflowId}'`;
  for await (const { runId } of harness.temporal.client.workflow.list({ query })) runs.push(runId);
  return runs;
}

/** The runs that the server was told to remove; it does so when it has time, half a minute later. */
let removed: string[] = [];

/** The same with something else in the place of some of its properties. */
const having = <T extends object>(of: T, others: object): T =>
  new Proxy(of, {
    get: (target, key) => {
      if (Object.hasOwn(others, key)) return Reflect.get(others, key) as unknown;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

/** A connection that notes which histories are to be removed, and breaks after so many. */
function dyingAt(at: number): Temporal {
  const { client } = harness.temporal;
  removed = [];
  const workflowService = {
    deleteWorkflowExecution: (request: Parameters<typeof client.workflowService.deleteWorkflowExecution>[0]) => {
      if (removed.length === at) return Promise.reject(new Error('died'));
      removed.push(request.workflowExecution?.runId ?? '');
      return client.workflowService.deleteWorkflowExecution(request);
    },
  };
  return having(harness.temporal, { client: having(client, { workflowService }) });
}

test('a deletion that is cut off anywhere is completed by repeating it, and told once', async () => {
  const studies = knowing(['often']);
  const study = await studies.start('often', asked());
  await study.finished();
  await study.extend({ trials: 4 });
  await study.finished();
  const runs = await until('both runs in the list', async () => {
    const found = await runsOf(study);
    return found.length === 2 ? found : undefined;
  });
  // when it dies before the first history is removed, and before the second
  for (const at of [0, 1]) {
    const { space } = harness.temporal;
    expect(await codeOf(knowing(['often'], dyingAt(at)).at('often').delete({ sender: 'ann' }))).toBe('internal');
    // then nobody takes it for a study any more
    expect(await codeOf(study.view())).toBe('study-not-found');
    expect(told('often')).toBe(1);
    const word = harness.events(`${space}:study:often`).find(({ type }) => type === 'study.deleted');
    expect(word?.data).toEqual({ by: 'ann' });
  }
  // then the next completes it, the history of the deletion last, and more of them change nothing
  expect(await codeOf(knowing(['often'], dyingAt(Infinity)).at('often').delete())).toBe('done');
  expect(removed.slice(0, -1).toSorted()).toEqual(runs.toSorted());
  expect(runs).not.toContain(removed.at(-1));
  expect(await Promise.all([study.delete(), study.delete()].map(codeOf))).toEqual(['done', 'done']);
  expect(told('often')).toBe(1);
  // and the name is free
  const again = await studies.start('often', asked({ budget: { trials: 3 } }));
  expect((await again.finished()).account).toMatchObject({ budget: 3, complete: 3 });
});

test('a study that runs is refused and goes on; stopped, terminated or forgotten by the server it is deleted', async () => {
  const studies = knowing(['forgotten']);
  const study = await studies.start('runs', asked({ evaluator: 'nobody' }));
  const refused = await study.delete().catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'study-runs' });
  expect(String(refused)).toContain('mabeam study stop runs');
  expect((await study.view()).state).toBe('running');
  await study.pause();
  expect(await codeOf(study.delete())).toBe('study-runs');
  // a deletion right after the stop waits for the last events
  await study.stop({ running: 'cancel' });
  expect(await codeOf(study.delete())).toBe('done');
  expect(told('runs')).toBe(1);
  const killed = await studies.start('killed', asked({ evaluator: 'nobody' }));
  await harness.temporal.client.workflow.getHandle(killed.workflowId).terminate();
  expect(await codeOf(killed.delete())).toBe('done');
  expect(await codeOf(studies.at('forgotten').delete())).toBe('done');
  expect([told('killed'), told('forgotten')]).toEqual([1, 1]);
  expect(await codeOf(studies.at('never').delete())).toBe('study-not-found');
  expect(await codeOf(harness.studies.at('never').delete())).toBe('reads-unavailable');
});
