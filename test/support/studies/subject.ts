import { parseName, type Name } from '../../../src/contracts/ids';
import { studyQuery, type StudyInit } from '../../../src/contracts/optimisation/study';
import type { EntitySubject } from '../../contract/entity';
import { until } from '../kernel/harness';
import type { StudiesHarness } from './harness';

const EVALUATION_MS = 20;

let number = 0;

function nextName(): Name {
  const name = parseName('study', `subject-${String(++number)}`);
  if (typeof name !== 'string') throw new Error(name.message);
  return name;
}

/**
 * A study as a subject of the conformance suite, in the middle of its trials: each notice is a late outcome of its first, and is
 * kept as evidence. A stop ends it.
 */
export async function studySubject(harness: StudiesHarness): Promise<EntitySubject> {
  const { temporal, studies } = harness;
  await harness.evaluator('busy', async ({ params }) => {
    await new Promise((end) => setTimeout(end, EVALUATION_MS));
    return { loss: Number(params['x']) };
  });
  const init: StudyInit = {
    request: {
      space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
      evaluator: 'busy',
      minimise: 'loss',
      budget: { trials: 10_000 },
      parallelism: 1,
    },
  };
  let before: string | undefined;
  const attempts = new Map<string, number>();
  /** Each request is another attempt of the trial: of one attempt there is one outcome. */
  const attemptOf = (requestId: string): number => {
    const attempt = attempts.get(requestId) ?? attempts.size + 2;
    attempts.set(requestId, attempt);
    return attempt;
  };
  return {
    temporal,
    start: async (limits = {}) => {
      // one at a time: those that went on would keep the machine busy
      if (before !== undefined) await studies.at(before).stop({ running: 'cancel' });
      const name = nextName();
      before = name;
      const { workflowId } = await temporal.start({
        workflowType: 'studyWorkflow',
        kind: 'study',
        name,
        init,
        summary: 'study',
        taken: 'fail',
        limits,
      });
      await until('its first trial', async () =>
        (await studies.at(name).view()).account.asked > 0 ? true : undefined,
      );
      return workflowId;
    },
    command: { name: 'stopStudy', ends: true, args: (n) => ({ reason: `reason ${String(n)}` }) },
    notice: {
      name: 'trialOutlived',
      args: (n, requestId) => ({
        trial: 1,
        attempt: attemptOf(requestId),
        worker: requestId,
        configuration: { x: 0.5 },
        measures: { loss: n },
      }),
      wrong: { trial: 'first' },
    },
    effects: async (id) => (await temporal.look(id, studyQuery)).account.late,
  };
}
