import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { handOver } from '../../../activities/evaluator-handover';
import { WaitingOutcomes } from '../../../activities/evaluator-outcomes';
import type { TrialOutcome } from '../../../src/contracts/optimisation/study';

const OUTCOME: TrialOutcome = { trial: 3, attempt: 2, configuration: {}, measures: { loss: 1 }, worker: 'w' };
const named = (name: string, cause?: unknown): Error => Object.assign(new Error(name, { cause }), { name });
const AWAY = named('ActivityCompletionError');
const GONE = named('ActivityNotFoundError');
const UNTOLD = named('ServiceError', { code: 14 });
const ENDED = named('WorkflowNotFoundError');
const WRONG = named('ServiceError', { code: 3 });

/** What a server answers to each kind of call, one after the other; the last for ever. */
type Answers = Readonly<Record<'complete' | 'heartbeat' | 'signal' | 'query', readonly (Error | undefined)[]>>;

/** Hands an outcome over to a server that answers so. @returns what became of it, the calls, and what the study was told */
async function handedOver(given: Partial<Answers>) {
  const calls: string[] = [];
  const told: unknown[] = [];
  const words: string[] = [];
  const call = (name: keyof Answers) => (_at: unknown, message?: unknown) => {
    const answers = given[name] ?? [undefined];
    const answer = answers[Math.min(calls.filter((each) => each === name).length, answers.length - 1)];
    calls.push(name);
    if (answer !== undefined) return Promise.reject(answer);
    if (name === 'signal') told.push(message);
    return Promise.resolve();
  };
  // only what is asked of it
  const client = {
    activity: { complete: call('complete'), heartbeat: call('heartbeat') },
    workflow: { getHandle: () => ({ signal: call('signal'), query: call('query') }) },
    withDeadline: (_at: number, act: () => Promise<unknown>) => act(),
    withAbortSignal: (_signal: AbortSignal, act: () => Promise<unknown>) => act(),
  } as unknown as Client;
  const environment = new MockActivityEnvironment({}, { client });
  const log = { info: (_line: object, text: string) => void words.push(text) };
  const { info } = environment.context;
  const end = await environment.run(() =>
    handOver(OUTCOME, { info, study: 'lab:study:s', log, outcomes: new WaitingOutcomes() }),
  );
  return { end, calls: calls.join(' '), told, words };
}

test('an outcome completes its attempt with one call', async () => {
  expect(await handedOver({})).toEqual({ end: 'completed', calls: 'complete', told: [], words: [] });
});

test('STU-3 it waits while the server does not answer, and then completes', async () => {
  const { end, calls, words } = await handedOver({ complete: [AWAY, undefined], heartbeat: [AWAY] });
  expect([end, calls]).toEqual(['completed', 'complete heartbeat complete']);
  expect(words).toEqual(['the server cannot be reached; the outcome waits here']);
});

test.each([
  ['its completion says so', { complete: [GONE], signal: [UNTOLD, undefined] }, 'complete signal signal query'],
  ['its heartbeat says so', { complete: [AWAY], heartbeat: [GONE] }, 'complete heartbeat signal query'],
])('STU-2 STU-3 one whose attempt was given up goes to the study, with its run: %s', async (_who, answers, calls) => {
  const seen = await handedOver(answers);
  expect(seen).toMatchObject({ end: 'late', calls });
  const { workflowExecution } = new MockActivityEnvironment().context.info;
  const args = { ...OUTCOME, run: workflowExecution?.runId };
  expect(seen.told).toEqual([{ id: 'late/3/2', args, sender: 'w' }]);
});

test.each([
  ['the study has ended; the late outcome is dropped', ENDED],
  ['the study cannot be told; the late outcome is dropped', WRONG],
])('what is dropped is said: %s', async (text, answer) => {
  expect(await handedOver({ complete: [GONE], signal: [answer] })).toMatchObject({ end: 'late', words: [text] });
});

test('a completion that the server refuses twice goes the ordinary way', async () => {
  expect(await handedOver({ complete: [AWAY] })).toMatchObject({
    end: 'kept',
    calls: 'complete heartbeat complete heartbeat',
  });
});

test('STU-3 the next attempt in the worker answers with what waits there, and whatever waits is told at once', async () => {
  const outcomes = new WaitingOutcomes();
  const { info } = new MockActivityEnvironment().context;
  let [isTaken, rests] = [false, 0];
  const waiting = outcomes.during(info, OUTCOME, async () => {
    while (!isTaken) {
      rests += 1;
      await outcomes.rest(60_000);
    }
  });
  const other = { ...info, workflowExecution: { workflowId: 'test', runId: 'another' } };
  const ofOthers = [outcomes.begins(info, 1), outcomes.begins(other, 3)];
  await new Promise(setImmediate);
  const woken = rests;
  const ofItsTrial = outcomes.begins(info, 3);
  isTaken = true;
  outcomes.begins(info, 1);
  await waiting;
  expect([ofOthers, woken, ofItsTrial]).toEqual([[undefined, undefined], 2, OUTCOME]);
  expect(outcomes.begins(info, 3)).toBeUndefined();
  // what ended early may go on elsewhere
  await outcomes.during(info, { ...OUTCOME, pruned: true }, () => {
    expect(outcomes.begins(info, 3)).toBeUndefined();
    return Promise.resolve();
  });
});
