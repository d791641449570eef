import { NativeConnection, Worker } from '@temporalio/worker';
import { createAgentActivities } from '../../../activities/agents';
import { createEvaluatorActivities } from '../../../activities/evaluate';
import { defineEvaluator, type Evaluate } from '../../../activities/evaluator-definition';
import { createOptimiserActivities } from '../../../activities/study-team';
import { createRegretActivities } from '../../../activities/study-regret';
import { createSuggestActivities } from '../../../activities/study-suggestions';
import { createStudies, type Studies } from '../../../src/client/optimisation';
import { createVariableSets, type VariableSets } from '../../../src/client/variable-sets';
import type { OutboxEvent } from '../../../src/contracts/envelope';
import type { EvaluatorActivities, Trial } from '../../../src/contracts/optimisation/study';
import type { RegretActivities } from '../../../src/contracts/optimisation/bounding';
import type { SuggestActivities } from '../../../src/contracts/optimisation/suggesting';
import { evaluatorQueue, prefixOf } from '../../../src/contracts/task-queues';
import { agentPort } from '../../../workers/parts/agent-port';
import { startHarness, type Harness } from '../kernel/harness';
import type { Evaluating } from './evaluating';

/** A space with workers that know the set of `definitions.ts`, and studies on it. */
export interface StudiesHarness extends Harness {
  readonly studies: Studies;
  readonly variables: VariableSets;
  /** Starts a worker that evaluates under a name. */
  evaluator(
    name: string,
    evaluate: Evaluate,
    more?: { readonly worker?: string; readonly at?: number },
  ): Promise<Evaluating>;
  /** The same with activities of one's own, such as careless ones. */
  activities(name: string, activities: EvaluatorActivities): Promise<Evaluating>;
  /** A worker for the activities of an evaluator, so many at once, that whoever asked for it runs and ends. */
  worker(name: string, activities: EvaluatorActivities, at: number): Promise<Worker>;
  /** The suggestions of a study in the order of asking, as its events tell them. */
  suggestions(study: string): readonly Pick<Trial, 'number' | 'configuration'>[];
  /** The trials of a study as they ended, as its events tell them. */
  endings(study: string): readonly Trial[];
  /** All events of a study, in their order. */
  happened(study: string): readonly OutboxEvent[];
}

/**
 * Starts the workers.
 * @param suggest who computes the asks of heavy samplers
 * @param regret who computes bounds on the regret
 */
export async function startStudies(
  name: string,
  suggest: SuggestActivities = createSuggestActivities(),
  regret: RegretActivities = createRegretActivities(),
): Promise<StudiesHarness> {
  let open: ((harness: Harness) => void) | undefined;
  const opened = new Promise<Harness>((resolve) => {
    open = resolve;
  });
  const ofAgents = createAgentActivities(async () => {
    const { temporal: known } = await opened;
    return agentPort(known.client, prefixOf(known.queues))(known.space);
  });
  const harness = await startHarness(name, '../studies/workflows.ts', {
    ...ofAgents,
    ...suggest,
    ...createOptimiserActivities(),
    ...regret,
  });
  open?.(harness);
  const { temporal } = harness;
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const connection = await NativeConnection.connect({ address });
  const started: Evaluating[] = [];
  const workerOf = (evaluator: string, own: EvaluatorActivities, at: number): Promise<Worker> =>
    Worker.create({
      connection,
      namespace: temporal.client.options.namespace,
      taskQueue: evaluatorQueue(evaluator, prefixOf(temporal.queues)),
      activities: { ...own },
      maxConcurrentActivityTaskExecutions: at,
      shutdownGraceTime: 50,
    });
  const activities = async (evaluator: string, own: EvaluatorActivities, at = 100): Promise<Evaluating> => {
    const worker = await workerOf(evaluator, own, at);
    const running = worker.run();
    let closing: Promise<void> | undefined;
    const evaluating = {
      close: () => {
        closing ??= (worker.shutdown(), running);
        return closing;
      },
    };
    started.push(evaluating);
    return evaluating;
  };
  const happened = (study: string): readonly OutboxEvent[] => harness.events(`${temporal.space}:study:${study}`);
  const eventsOf = (study: string, type: string): readonly OutboxEvent[] =>
    happened(study).filter((event) => event.type === type);
  return {
    ...harness,
    studies: createStudies(temporal, undefined),
    variables: createVariableSets(temporal, undefined),
    happened,
    activities: (evaluator, own) => activities(evaluator, own),
    worker: workerOf,
    evaluator: (evaluator, evaluate, { worker, at } = {}) => {
      const own = createEvaluatorActivities(
        defineEvaluator(evaluator, evaluate),
        worker === undefined ? {} : { worker },
      );
      return activities(evaluator, own, at);
    },
    suggestions: (study) => eventsOf(study, 'study.asked').flatMap((event) => event.data['trials'] as Trial[]),
    endings: (study) => eventsOf(study, 'study.trialEnded').map((event) => event.data['trial'] as Trial),
    close: async () => {
      await Promise.all(started.map((each) => each.close()));
      await connection.close();
      await harness.close();
    },
  };
}
