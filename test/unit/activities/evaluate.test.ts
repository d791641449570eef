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

test('an attempt tells what it noted, whether it answers or throws; what is refused leaves what was noted before', async () => {
  const environment = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: Date.now() });
  const { evaluate } = createEvaluatorActivities(
    defineEvaluator<{ readonly x: number }>('noting', ({ params, attribute }) => {
      attribute('commit', 'a1');
      attribute('commit', 'b2');
      expect(() => attribute('no name', 1)).toThrow('got "no name"');
      expect(() => attribute('long', 'x'.repeat(2_000))).toThrow('at most 2000 bytes');
      if (params.x === 1) throw new Error('too hot');
      return { loss: 1 };
    }),
  );
  const attributes = { commit: 'b2' };
  await expect(environment.run(evaluate, INPUT)).resolves.toMatchObject({ attributes });
  const failure = environment.run(evaluate, { ...INPUT, configuration: { x: 1 } });
  await expect(failure).rejects.toMatchObject({ message: 'too hot', details: [{ attributes }] });
});
