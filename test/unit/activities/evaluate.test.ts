import { MockActivityEnvironment } from '@temporalio/testing';
import { createEvaluatorActivities } from '../../../activities/evaluate';
import { progressOf } from '../../../src/domain/optimisation/progress';
import { defineEvaluator } from '../../../activities/evaluator-definition';

const INPUT = { study: 'lab:study:beats', trial: 1, configuration: { x: 0.5 }, seed: 1, measures: ['loss'] };

/** The checkpoints that an attempt tells the server beside its outcome. */
async function beatsOf(checkpoints: readonly unknown[], left?: unknown): Promise<readonly unknown[]> {
  const environment = new MockActivityEnvironment({
    heartbeatTimeoutMs: 10_000,
    currentAttemptScheduledTimestampMs: Date.now(),
    ...(left === undefined ? {} : { heartbeatDetails: left }),
  });
  const beats: unknown[] = [];
  environment.on('heartbeat', (details: unknown) => beats.push(progressOf(details).checkpoint));
  const { evaluate } = createEvaluatorActivities(
    defineEvaluator('brief', ({ checkpoint }) => {
      for (const each of checkpoints) checkpoint(each);
      return { loss: 1 };
    }),
  );
  await expect(environment.run(evaluate, INPUT)).resolves.toMatchObject({ trial: 1, measures: { loss: 1 } });
  return beats;
}

test('a trial that is shorter than the time between two heartbeats sends none', async () => {
  await expect(beatsOf([])).resolves.toHaveLength(0);
});

test('its checkpoints are sent as they come, and what the attempt before has left at once', async () => {
  await expect(beatsOf([{ done: 1 }])).resolves.toStrictEqual([{ done: 1 }]);
  await expect(beatsOf([], { done: 3 })).resolves.toStrictEqual([{ done: 3 }]);
});
