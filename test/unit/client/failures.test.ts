import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import { isPassing, toPlatformError } from '../../../src/client/failures';

const id = 'test:study:digits';
const codeFor = (details: string): string =>
  toPlatformError(new WorkflowNotFoundError(details, id, undefined), id).code;

test('a receiver that has ended is told from one that never was', () => {
  expect(codeFor('workflow execution already completed')).toBe('stopped');
  // it ended while the update was on its way
  expect(codeFor('workflow update was aborted by closing workflow')).toBe('stopped');
  expect(codeFor('workflow not found for ID: test:study:digits')).toBe('study-not-found');
});

test('a connection that breaks in the middle of a call is an outage, which passes, and no answer', () => {
  const broken = (code: number, details: string): string =>
    toPlatformError(Object.assign(new Error(details), { code, details, metadata: {} }), id).code;
  expect(broken(2, 'transport error')).toBe('temporal-unavailable');
  expect(broken(14, 'connection refused')).toBe('temporal-unavailable');
  expect(broken(2, 'something else')).toBe('internal');
});

test('an update that a stopping worker has not taken had no effect, and passes', () => {
  const text = "Workflow Update is rejected because it wasn't processed by worker.";
  const failure = toPlatformError(ApplicationFailure.nonRetryable(text, 'UnprocessedUpdate'), id);
  expect(isPassing(failure)).toBe(true);
  expect(isPassing(toPlatformError(ApplicationFailure.nonRetryable(text, 'Other'), id))).toBe(false);
});

test('a task that has failed more than once may take the message yet: it passes, and is no worker at the deadline', () => {
  const details = 'Unable to perform workflow execution update due to Workflow Task in failed state.';
  const failure = toPlatformError(Object.assign(new Error(details), { code: 9, details, metadata: {} }), id);
  expect([failure.code, isPassing(failure)]).toEqual(['no-worker', true]);
});
