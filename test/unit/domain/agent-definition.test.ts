import { defineAgent, type AgentDefinition } from '../../../workflows/agent-definition';

const agent = (more: object): (() => AgentDefinition) => {
  const spec = {
    type: 'worker',
    state: () => ({}),
    tell: { add: () => ({}) },
    ask: { sum: () => ({ reply: 0 }) },
    ...more,
  };
  return () => defineAgent(spec);
};

test('a definition whose parts fit is taken', () => {
  expect(
    agent({ every: { add: '1s' }, restart: 'last', endsOver: ['stateBytes'], schema: 2, upcast: { 1: () => ({}) } })()
      .type,
  ).toBe('worker');
});

test.each([
  ['a type with capitals', { type: 'Worker' }, 'a type is'],
  ['one name for a tell and an ask', { ask: { add: () => ({ reply: 0 }) } }, '"add" is a tell and an ask'],
  ['an interval of an ask', { every: { sum: '1s' } }, 'which is no tell'],
  ['an interval that is too short', { every: { add: 10 } }, 'at least 100 ms'],
  ['half a schema', { schema: 1.5 }, 'a whole number from 1'],
  ['a schema without the way to it', { schema: 2 }, 'needs upcast[1]'],
  ['a validator of nothing', { messages: { other: {} } }, 'neither a tell nor an ask'],
  ['a limit that ends nothing', { endsOver: ['messageBytes'] }, 'endsOver names some of stateBytes'],
  ['another way to begin again', { restart: 'newest' }, "restart is 'fresh', 'last' or a function"],
])('%s is refused, and told what was expected', (_what, more, text) => {
  let refused: unknown;
  try {
    agent(more)();
  } catch (error) {
    refused = error;
  }
  expect(refused).toMatchObject({ type: 'invalid-definition', message: expect.stringContaining(text) as string });
});
