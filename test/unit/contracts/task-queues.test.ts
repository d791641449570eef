import { parseQueue } from '../../../src/contracts/ids';
import { placeOf } from '../../../src/contracts/supervisor';
import { agentsQueue, prefixOf, queueOf, taskQueues } from '../../../src/contracts/task-queues';
import { child, defineAgent, defineVariables, int } from '../../../workflows/door';

test.each(['', 'blue-', 'mabeam-'])(
  'with the prefix "%s" what is placed goes to its queue, the rest to that of all',
  (prefix) => {
    const queues = taskQueues(prefix);
    expect(queueOf({ queues })).toBe(`${prefix}mabeam`);
    expect(queueOf({ queues, queue: 'gpu' })).toBe(`${prefix}mabeam-agents-gpu`);
    expect(agentsQueue('gpu', prefixOf(queues))).toBe(`${prefix}mabeam-agents-gpu`);
  },
);

test.each(['', 'G P U', 'a/b', '-gpu', 'x'.repeat(101), 5, null])('%p is no queue', (text) => {
  expect(parseQueue(text)).toMatchObject({
    code: 'invalid-id',
    message: expect.stringMatching(/^a queue is /) as string,
  });
});

test('a child is placed as its specification says; one that was taken in, as it was begun', () => {
  const worker = defineAgent({ type: 'worker', state: () => 0 });
  const { start } = child('trains', worker, { args: 3, queue: 'gpu' });
  expect(start).toEqual({ kind: 'agent', type: 'worker', options: { args: 3, queue: 'gpu' } });
  expect([placeOf(start), placeOf(child('rests', worker).start)]).toEqual(['gpu', undefined]);
  const again = { workflowType: 'workerAgentWorkflow', init: {}, queue: 'cpu' };
  expect(placeOf({ kind: 'agent', type: 'worker', again })).toBe('cpu');
  expect(placeOf({ kind: 'supervisor', type: 'inline', options: { queue: 'gpu' } })).toBeUndefined();
});

test('only agents are placed', () => {
  const settings = defineVariables('settings', { speed: int(0, 9).default(0) });
  expect(() => child('settings', settings, { queue: 'gpu' })).toThrow(/only agents are placed on a queue/);
});
