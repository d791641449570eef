import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { treeLines } from '../../src/cli/supervision-text';
import type { AgentHandle } from '../../src/client/agents';
import { connectTemporal } from '../../src/client/temporal';
import { renewSignal } from '../../src/contracts/entity';
import type { SpaceHealth } from '../../src/contracts/health';
import { recovered, startDeployment, type Deployment } from '../support/chaos/stack';
import type { placed } from '../support/chaos/placed';

const DEFINITIONS = join(__dirname, '../support/chaos/placed.ts');
let deployment: Deployment;
let client: Client;
const pids = new Map<string, number>();

async function serve(name: string, queue?: string): Promise<void> {
  const more = queue === undefined ? {} : { MABEAM_QUEUE: queue };
  await deployment.spawn('worker', name, { MABEAM_DEFINITIONS: DEFINITIONS, ...more });
  pids.set(name, deployment.program(name).pid);
}

beforeAll(async () => {
  deployment = await startDeployment('placement');
  client = await connectTemporal({ address: deployment.temporal().address });
  // the first makes the bundle for all
  await Promise.all([deployment.spawn('store', 'store'), serve('main')]);
  await Promise.all([serve('gpu-1', 'gpu'), serve('cpu-1', 'cpu')]);
  await deployment.space.supervisors.root({ sweepMs: 500 });
}, 120_000);
afterAll(async () => {
  await client.connection.close();
  expect(await deployment.close()).toEqual([]);
});

const at = (name: string) => deployment.space.agents.at<typeof placed>(name);
const queueOfRun = async ({ workflowId }: AgentHandle): Promise<string> =>
  (await client.workflow.getHandle(workflowId).describe()).taskQueue;
const whenHealth = (what: string, is: (health: SpaceHealth) => boolean): Promise<SpaceHealth> =>
  recovered(what, async () => {
    const health = await deployment.space.health();
    return is(health) ? health : undefined;
  });
const served = ({ queues }: SpaceHealth) => queues.map(({ placed: on, workers }) => [on, workers]);

test('an agent and what it does run on the queue where it is placed', async () => {
  const { agents, supervisors } = deployment.space;
  await agents.start<typeof placed>('placed', 'renders', { queue: 'gpu' });
  await agents.start<typeof placed>('placed', 'counts', { queue: 'cpu' });
  await agents.start<typeof placed>('placed', 'anywhere');
  const child = { id: 'trains', start: { kind: 'agent', type: 'placed', options: { queue: 'gpu' } } };
  const flags = { intensity: 10, periodSeconds: 60 };
  await supervisors.start('shop', { flags, children: [child] }, { sweepMs: 500 });
  expect(await at('anywhere').ask('starts', { name: 'helps', queue: 'cpu' })).toBe('placement:agent:helps');

  const asked = ['renders', 'trains', 'counts', 'helps', 'anywhere'].map(async (name) => {
    const { queue } = await at(name).status();
    return [name, queue, await queueOfRun(at(name)), await at(name).ask('where', undefined)];
  });
  expect(await Promise.all(asked)).toEqual([
    ['renders', 'gpu', 'mabeam-agents-gpu', pids.get('gpu-1')],
    ['trains', 'gpu', 'mabeam-agents-gpu', pids.get('gpu-1')],
    ['counts', 'cpu', 'mabeam-agents-cpu', pids.get('cpu-1')],
    ['helps', 'cpu', 'mabeam-agents-cpu', pids.get('cpu-1')],
    ['anywhere', undefined, 'mabeam', pids.get('main')],
  ]);
  const listed = await recovered('all agents in the list', async () => {
    const { items } = await agents.list();
    return items.length === 5 ? items : undefined;
  });
  expect(Object.fromEntries(listed.map(({ name, queue }) => [name, queue]))).toEqual({
    ...{ renders: 'gpu', trains: 'gpu', counts: 'cpu', helps: 'cpu', anywhere: undefined },
  });
  const tree = treeLines(await supervisors.tree('shop'), Date.now());
  expect(tree[1]).toMatch(/^└─ trains +permanent +running +mailbox 0, queue gpu$/);
}, 60_000);

test('a queue that has lost its worker is told within seconds, nobody on it is said to have failed, and nothing is lost', async () => {
  const { space } = deployment;
  await at('renders').ask('noted', 1);
  await at('trains').ask('noted', 1);
  // who dies before it has told of itself once is known by its last poll alone, for a minute
  const isSeen = ({ messages, queues, workers }: SpaceHealth) =>
    messages.looked === 7 &&
    messages.unlooked === 0 &&
    queues.every(({ queue }) => workers.some((worker) => worker.queue === queue));
  const well = await whenHealth('all agents, and well', (seen) => seen.ok && seen.queues.length === 4 && isSeen(seen));
  const cpu = [{ name: 'cpu', agents: 2 }, 1];
  expect(served(well)).toEqual([[undefined, 1], [undefined, 1], cpu, [{ name: 'gpu', agents: 2 }, 1]]);
  const { generation } = await at('renders').status();

  // when the only process that serves a queue is killed while messages come
  const from = Date.now();
  await deployment.kill('gpu-1');
  await at('renders').tell('note', 2);
  const asks = at('renders').with({ requestId: 'asked-in-vain', timeoutMs: 60_000 }).ask('noted', 3);
  const ill = await whenHealth('a queue that nobody serves', ({ ok }) => !ok);
  expect(Date.now() - from).toBeLessThan(15_000);

  // then it is the queue that is named, with who waits there, and what to do
  expect(ill.reasons).toEqual([
    expect.stringMatching(
      /^nobody serves queue gpu; 2 agents wait there.*; start one with: npx mabeam worker --queue gpu$/,
    ),
    expect.stringMatching(
      /^worker mabeam:\d+@.* of mabeam-agents-gpu has told nothing for .* s: killed, stopped, or cut off$/,
    ),
  ]);
  expect(served(ill)).toEqual([[undefined, 1], [undefined, 1], cpu, [{ name: 'gpu', agents: 2 }, 0]]);
  expect([ill.supervision.ok, Object.keys(ill.supervision.children)]).toEqual([true, ['running']]);
  expect(ill.messages).toMatchObject({ ok: true, unlooked: 2 });
  // and all others work
  expect(await at('counts').ask('noted', 1)).toBe(1);
  expect(await at('anywhere').ask('noted', 1)).toBe(1);

  // when a child dies without a word meanwhile, its start waits for a worker, and so does what it kept
  await client.workflow.getHandle(at('trains').workflowId).terminate('on purpose');
  await whenHealth('a child to be started again', ({ supervision }) => supervision.children.none === 1);

  // when a worker is there again
  await serve('gpu-2', 'gpu');
  expect(await asks).toBe(3);
  expect(await at('renders').inspect('numbers')).toEqual([1, 2, 3]);
  expect((await at('renders').status()).generation).toEqual(generation);
  await whenHealth(
    'a space that is well again',
    ({ supervision, queues }) => supervision.children.none === undefined && queues.every((q) => q.ok),
  );
  expect(await at('trains').inspect('numbers')).toEqual([1]);
  expect([await queueOfRun(at('trains') as AgentHandle), await at('trains').ask('where', undefined)]).toEqual([
    'mabeam-agents-gpu',
    pids.get('gpu-2'),
  ]);
  const { restarts } = await space.supervisors.at('shop').view();
  expect(restarts).toBe(1);
}, 120_000);

test('an agent stays on its queue when it is begun again and when it renews itself', async () => {
  // the space's own supervisor has taken it in, and begins it again as it was begun
  const before = (await at('renders').status()).generation.number;
  await at('renders').tell('fail', 'on purpose');
  await recovered('another life', async () => {
    const { generation } = await at('renders').status();
    return generation.number > before ? true : undefined;
  });
  await client.workflow.getHandle(at('counts').workflowId).signal(renewSignal);
  await recovered('a renewal', async () => ((await at('counts').status()).counts.renewals === 1 ? true : undefined));
  const where = async (name: string) => [
    (await at(name).status()).queue,
    await queueOfRun(at(name)),
    await at(name).ask('where', undefined),
  ];
  expect(await where('renders')).toEqual(['gpu', 'mabeam-agents-gpu', pids.get('gpu-2')]);
  expect(await where('counts')).toEqual(['cpu', 'mabeam-agents-cpu', pids.get('cpu-1')]);
  expect(await at('renders').inspect('numbers')).toEqual([1, 2, 3]);
}, 60_000);

test('a name that is none of a queue is refused where it is said', async () => {
  const { agents, supervisors } = deployment.space;
  await expect(agents.start('placed', 'lost', { queue: 'G P U' })).rejects.toMatchObject({ code: 'invalid-id' });
  const child = { id: 'lost', start: { kind: 'agent', type: 'placed', options: { queue: '' } } };
  await expect(supervisors.start('wrong', { children: [child] })).rejects.toMatchObject({ code: 'invalid-supervisor' });
});
