import { Connection } from '@temporalio/client';
import type { SupervisorHandle } from '../../src/client/supervisors';
import { exitSignal, renewSignal } from '../../src/contracts/entity';
import { openWorkflows } from '../support/chaos/invariants';
import { Ship } from '../support/chaos/ship';
import { recovered, startDeployment, type Deployment } from '../support/chaos/stack';
import { startProxy, type Proxy } from '../support/proxy';

/*
 * The fault matrix of supervisors and agents: real processes are destroyed, and after it the tree is what it was, budgets are
 * kept, and no exit was counted that was none. Rows that other tests hold are named in docs/explanation/promises.md.
 */

const FAULT_MS = 120_000;
const START_MS = 60_000;
const SPACE = 'ship';
const held = (id: string) => ({ id, start: { kind: 'agent', type: 'sailor', options: { args: true } } });

let deployment: Deployment;
let connection: Connection;
let proxy: Proxy;
let ship: Ship;
/** The one worker that runs between two tests. */
let worker = '';
let workers = 0;

async function spawnWorker(at?: string): Promise<string> {
  const name = `worker-${String((workers += 1))}`;
  await deployment.spawn('worker', name, at === undefined ? {} : { TEMPORAL_ADDRESS: at });
  return name;
}

/** A child of the deck is being started, and its start is held; others wait behind it. @returns what the starts answer */
async function starting(
  first: string,
  ...others: readonly string[]
): Promise<() => Promise<readonly (number | undefined)[]>> {
  deployment.closeGate();
  const begin = (name: string): ReturnType<SupervisorHandle['startChild']> => {
    const answer = ship.at('deck').startChild(held(name), { requestId: `start-${name}`, timeoutMs: START_MS });
    answer.catch(() => undefined); // whoever waits for it gets it
    return answer;
  };
  const answers = [begin(first)];
  // Two requests that are sent at once may come the other way round.
  await recovered('a start that is held', () => deployment.held().includes(`begin ${first}`) || undefined);
  answers.push(...others.map(begin));
  return async () => (await Promise.all(answers)).map(({ generation }) => generation);
}
const told = async (): Promise<readonly string[]> => (await ship.at('deck').view()).decisions.map(({ text }) => text);
const runOf = async (name: string): Promise<string> => (await ship.workflow(name).describe()).runId;

beforeAll(async () => {
  deployment = await startDeployment(SPACE);
  const { address } = deployment.temporal();
  proxy = await startProxy(address);
  [worker] = await Promise.all([spawnWorker(), deployment.spawn('store', 'store-1')]);
  connection = await Connection.connect({ address });
  ship = await Ship.start(deployment.space, connection);
  await ship.note();
}, 180_000);

afterAll(async () => {
  await connection.close();
  const left = await deployment.close();
  await proxy.close();
  expect(left).toEqual([]);
}, 120_000);

test(
  'SUP-3 SUP-5: all workers killed in the middle of a start: the next start waits for that one, what died meanwhile counts once',
  async () => {
    const started = await starting('late', 'later');
    await deployment.kill(worker);
    await deployment.space.agents.at('sailor-1').tell('fail', 'while nobody was there');
    await ship.workflow('sailor-2').terminate('while nobody was there');
    await ship.workflow('keeper').terminate('while nobody was there');
    worker = await spawnWorker();
    await recovered('another attempt', async () => (await ship.attempt('deck')) > 1 || undefined);
    expect(await told()).not.toContain('started late');
    expect(deployment.held()).not.toContain('begin later');
    deployment.openGate();
    const [late = 0, later = 0] = await started();
    expect(later).toBeGreaterThan(late);
    await ship.begun('late');
    // What the keeper kept only the worker that was killed has at hand.
    await Promise.all(['sailor-1', 'sailor-2', 'keeper'].map((name) => ship.died('deck', name)));
    await ship.note();
    expect(await ship.broken()).toEqual([]);
    await ship.dismiss('deck', ['late', 'later']);
  },
  FAULT_MS,
);

test(
  'a worker stalled for longer than its heartbeat and let go on: its late result is refused, nothing starts twice',
  async () => {
    const started = await starting('slow');
    const stalled = deployment.program(worker);
    deployment.signal(worker, 'SIGSTOP');
    const other = await spawnWorker();
    try {
      await recovered('another attempt', async () => (await ship.attempt('deck')) > 1 || undefined);
      deployment.openGate();
      await started();
      await ship.begun('slow');
    } finally {
      deployment.signal(worker, 'SIGCONT');
    }
    await stalled.says('not found on completion');
    await ship.note();
    expect(await ship.broken()).toEqual([]);
    const { runId, raw } = await ship.workflow('slow').describe();
    expect(raw.workflowExecutionInfo?.firstRunId).toBe(runId);
    expect((await told()).filter((text) => text === 'started slow')).toHaveLength(1);
    await deployment.kill(worker);
    worker = other;
    await ship.dismiss('deck', ['slow']);
  },
  FAULT_MS,
);

test(
  'the Temporal server killed and started again on its file: the tree is what it was',
  async () => {
    await deployment.crashTemporal();
    await ship.note();
    expect(await ship.broken()).toEqual([]);
  },
  FAULT_MS,
);

test(
  'store and database down: agents go on, children start and are restarted, outboxes hold and deliver',
  async () => {
    const { database } = deployment;
    const deck = ship.at('deck');
    await Promise.all([deployment.kill('store-1'), database.crash()]);
    await deck.startChild({ id: 'stored', start: { kind: 'agent', type: 'sailor' } });
    await ship.begun('stored');
    await ship.note();
    expect(await ship.broken()).toEqual([]);
    expect((await deck.status()).outbox).toBeGreaterThan(0);
    await database.start();
    await deployment.spawn('store', 'store-2');
    await recovered('the hand-over', async () => (await deck.status()).outbox === 0 || undefined);
    await ship.dismiss('deck', ['stored']);
  },
  FAULT_MS,
);

test(
  'the network cut between a worker and the server: as the loss of that worker, until the network is back',
  async () => {
    const behind = await spawnWorker(proxy.address);
    await deployment.kill(worker);
    await ship.note();
    proxy.cut();
    const direct = await spawnWorker();
    await ship.note();
    expect(await ship.broken()).toEqual([]);
    proxy.heal();
    await deployment.kill(direct);
    await ship.note();
    worker = behind;
  },
  FAULT_MS,
);

test(
  'exit reports that come again, or after the next life has begun, are one restart',
  async () => {
    const { agents, supervisors } = deployment.space;
    const runId = await runOf('sailor-1');
    await agents.at('sailor-1').tell('fail', 'once');
    await ship.died('deck', 'sailor-1');
    const first = await ship.lastWord('sailor-1', runId);
    const runBefore = await runOf('sailor-1');
    const deck = ship.client.workflow.getHandle(supervisors.at('deck').workflowId);
    for (let again = 0; again < 3; again += 1) await deck.signal(exitSignal, first);
    await agents.at('sailor-1').tell('fail', 'twice');
    await ship.died('deck', 'sailor-1');
    const second = await ship.lastWord('sailor-1', runBefore);
    for (const word of [second, first, second]) await deck.signal(exitSignal, word);
    // The same words from what takes itself for another life: the kernel does not know them, the rule must.
    for (const word of [second, first])
      await deck.signal(exitSignal, {
        ...word,
        generation: { ...word.generation, number: word.generation.number + 1 },
      });
    await ship.note();
    expect(await ship.broken()).toEqual([]);
  },
  FAULT_MS,
);

test(
  'renewed in the middle of a start and at rest, supervisors keep their window, and no child is touched',
  async () => {
    const { agents, supervisors } = deployment.space;
    const started = await starting('renewed');
    const ids = [...['ship', 'deck'].map((name) => supervisors.at(name)), ...['captain', 'sailor-1'].map(agents.at)];
    const renewals = (): Promise<number[]> =>
      Promise.all(ids.map(async (each) => (await each.status()).counts.renewals));
    for (let round = 0; round < 2; round += 1) {
      const before = await renewals();
      await Promise.all(ids.map(({ workflowId }) => ship.client.workflow.getHandle(workflowId).signal(renewSignal)));
      if (round === 0) deployment.openGate();
      await recovered('the renewals', async () => {
        const now = await renewals();
        return now.every((number, at) => number > (before[at] ?? 0)) || undefined;
      });
      await started();
      if (round === 0) await ship.begun('renewed');
      await ship.note();
    }
    expect(await ship.broken()).toEqual([]);
    await ship.dismiss('deck', ['renewed']);
  },
  FAULT_MS,
);

test(
  'an agent or a supervisor that an operator resets is a new run of the same life: no exit, no second restart',
  async () => {
    const { agents, supervisors } = deployment.space;
    const runId = await runOf('captain');
    await ship.reset(agents.at('captain').workflowId, 0);
    expect(await runOf('captain')).not.toBe(runId);
    await ship.note();
    expect(await ship.broken()).toEqual([]);
    // What the task that is repeated has said, and the store has already, would be said again with another time.
    await recovered('the hand-over', async () => (await ship.at('deck').status()).outbox === 0 || undefined);
    await ship.reset(supervisors.at('deck').workflowId, -1);
    await ship.note();
    expect(await ship.broken()).toEqual([]);
    await agents.at('captain').tell('fail', 'after the reset');
    await ship.died('ship', 'captain');
    expect(await ship.broken()).toEqual([]);
  },
  FAULT_MS,
);

test(
  'in the end all stop in order, and no workflow is left open',
  async () => {
    const { workflow } = ship.client;
    await ship.at('ship').stop(undefined, { timeoutMs: START_MS });
    await deployment.space.supervisors.at('root').stop(undefined, { timeoutMs: START_MS });
    await recovered('the end', async () => (await openWorkflows(workflow, SPACE)).length === 0 || undefined)
      // The deadline says that something is left; the list says what.
      .catch(() => undefined);
    expect(await openWorkflows(workflow, SPACE)).toEqual([]);
  },
  FAULT_MS,
);
