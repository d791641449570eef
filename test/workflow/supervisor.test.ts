import type { ChildSpecInput, SupervisorSpec } from '../../src/contracts/supervisor';
import type { SupervisorHandle } from '../../src/client/supervisors';
import { startHarness, until, type Harness } from '../support/kernel/harness';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness('supervisors', '../supervisors/workflows.ts');
});
afterAll(() => harness.close());

const agent = (id: string, more: Partial<ChildSpecInput> = {}): ChildSpecInput => ({
  id,
  start: { kind: 'agent', type: 'child' },
  ...more,
});
let numbers = 0;
const start = (spec: SupervisorSpec, sweepMs?: number): Promise<SupervisorHandle> => {
  numbers += 1;
  return harness.supervisors.start(`top-${String(numbers)}`, spec, sweepMs === undefined ? {} : { sweepMs });
};
const status = async (supervisor: SupervisorHandle): Promise<Record<string, string>> =>
  Object.fromEntries((await supervisor.whichChildren()).map((each) => [each.id, `${each.status} ${String(each.generation ?? '')}`.trim()]));
const said = async (supervisor: SupervisorHandle): Promise<readonly string[]> =>
  (await supervisor.view()).decisions.map(({ text }) => text);

test('SUP-3 SUP-5 SUP-7 children start in order, a failure is restarted and counted, a stop goes in reverse', async () => {
  const supervisor = await start({ flags: { intensity: 2, periodSeconds: 60 }, children: [agent('a'), agent('b')] });
  expect(await status(supervisor)).toEqual({ a: 'running 1', b: 'running 2' });
  await harness.agents.at('a').tell('fail', 'on purpose');
  await until('the restart', async () => ((await status(supervisor))['a'] === 'running 3' ? true : undefined));
  expect((await supervisor.view()).lastFailure).toMatchObject({ id: 'a', text: expect.stringContaining('on purpose') as string });
  await supervisor.stop();
  await until('the end', async () => ((await harness.temporal.client.workflow.getHandle(supervisor.workflowId).describe()).status.name === 'COMPLETED' ? true : undefined));
  const texts = harness.events(supervisor.workflowId).filter(({ type }) => type === 'supervisor.decided').map(({ data }) => data['text']);
  expect(texts).toEqual([
    'started a',
    'started b',
    'a ended: agent-failed: on purpose',
    'restarted a: 1 of 2 in 60 s',
    'started a',
    'stopped b: shutdown',
    'stopped a: shutdown',
  ]);
});
