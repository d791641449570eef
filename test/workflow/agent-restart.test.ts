import { previousOf } from '../../activities/incarnation';
import { renewSignal } from '../../src/contracts/entity';
import type { SupervisorHandle } from '../../src/client/supervisors';
import { startHarness, until, type Harness } from '../support/kernel/harness';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness('agent-restart', '../supervisors/workflows.ts', { idle: () => Promise.resolve(null) });
});
afterAll(() => harness.close());

async function supervised(...types: readonly string[]): Promise<SupervisorHandle> {
  const children = types.map((type) => ({ id: type, start: { kind: 'agent', type } }));
  return harness.supervisors.start(`of-${types.join('-')}`, { flags: { intensity: 10, periodSeconds: 60 }, children });
}
/** Stops it and waits until its name and those of its children are free. */
async function ended(supervisor: SupervisorHandle): Promise<void> {
  await supervisor.stop();
  await harness.temporal.client.workflow.getHandle(supervisor.workflowId).result();
}
const generationOf = async (name: string): Promise<number> =>
  (await harness.agents.at(name).status()).generation.number;
const all = (name: string) => harness.agents.at(name).ask('all');

/** Does it, and waits until the agent is another. */
async function again(name: string, act: () => Promise<unknown>): Promise<void> {
  const before = await generationOf(name);
  await act();
  await until(`${name} again`, async () => {
    const now = await generationOf(name).catch(() => before);
    return now > before ? true : undefined;
  });
}

test('an agent is begun again with its last state, afresh, or with what it makes of it; init runs each time', async () => {
  const supervisor = await supervised('lasting', 'choosing', 'child');
  for (const name of ['lasting', 'choosing', 'child']) await harness.agents.at(name).tell('add', 3);
  for (const name of ['lasting', 'choosing', 'child'])
    await again(name, () => harness.agents.at(name).tell('fail', 'on purpose'));
  expect(await all('lasting')).toEqual({ total: 3, begun: 2 });
  expect(await all('choosing')).toEqual({ total: 3, begun: 2, why: 'agent-failed: on purpose' });
  expect(await harness.agents.at('child').ask('total')).toBe(0);
  await again('choosing', () => harness.agents.at('choosing').tell('fail', 'poison'));
  expect(await all('choosing')).toEqual({ total: 0, begun: 1, why: 'agent-failed: poison' });
  // A death without a word leaves its history, and so its state.
  await harness.agents.at('lasting').tell('add', 4);
  await again('lasting', () =>
    harness.temporal.client.workflow.getHandle(harness.agents.at('lasting').workflowId).terminate('on purpose'),
  );
  expect(await all('lasting')).toEqual({ total: 7, begun: 3 });
  // A start that is no restart begins afresh.
  await supervisor.terminateChild('lasting');
  await supervisor.deleteChild('lasting');
  await supervisor.startChild({ id: 'lasting', start: { kind: 'agent', type: 'lasting' } });
  expect(await all('lasting')).toEqual({ total: 0, begun: 1 });
  await ended(supervisor);
});

test('while nobody can tell what it kept, an agent is not begun afresh: the answer is waited for', async () => {
  const { client } = harness.temporal;
  const agent = await harness.agents.start('lasting', 'kept');
  await agent.tell('add', 5);
  const asking = agent.with({ requestId: 'asked' });
  const answered = await asking.ask('all');
  expect(await all('kept')).toEqual({ total: 5, begun: 1 });
  const { workflowId } = agent;
  // given nobody who could answer: the server knows the history, only a worker the state
  const goOn = await harness.holdWorkflows();
  // an event that never gets a task, as it is terminated
  await client.workflow.getHandle(workflowId).signal(renewSignal);
  await client.workflow.getHandle(workflowId).terminate('on purpose');
  await expect(
    client.withAbortSignal(AbortSignal.timeout(2_000), () => previousOf(client, workflowId)),
  ).rejects.toThrow();
  // when somebody can
  await goOn();
  expect(await previousOf(client, workflowId)).toMatchObject({ kept: { state: { total: 5 } }, why: 'killed' });
  expect(await asking.ask('all')).toEqual(answered);
});

test.each([
  ['its state grows too large', 'state-too-large', async () => harness.agents.at('limited').tell('grow', 5_000)],
  ['too much is in flight', 'limit-reached', async () => harness.agents.at('limited').tell('work', 3)],
  [
    'too many tells come in a minute',
    'rate-limited',
    async () => {
      for (let sent = 0; sent < 60; sent += 1) await harness.agents.at('limited').tell('nothing');
    },
  ],
])('an agent that ends when %s is begun again, and its supervisor knows why', async (_what, code, act) => {
  const supervisor = await supervised('limited', 'child');
  const sibling = await generationOf('child');
  await again('limited', act);
  expect(await harness.agents.at('limited').ask('length')).toBe(0);
  const { lastFailure, decisions } = await supervisor.view();
  expect(lastFailure).toMatchObject({ id: 'limited', text: expect.stringContaining(`${code}: `) as string });
  expect(decisions.map(({ text }) => text)).toContain('restarted limited: 1 of 10 in 60 s');
  expect(await generationOf('child')).toBe(sibling);
  await ended(supervisor);
});
