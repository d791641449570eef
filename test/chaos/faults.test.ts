import { Client, Connection } from '@temporalio/client';
import { renewSignal } from '../../src/contracts/entity';
import {
  accountExact,
  decisionsOnce,
  eventsOnce,
  messagesOnce,
  openWorkflows,
  streamsUnended,
  versionsApplied,
  versionsStored,
} from '../support/chaos/invariants';
import { recovered, startDeployment, type Deployment } from '../support/chaos/stack';
import type { tally } from '../support/chaos/team';
import { startReceivers, startTraffic, type Sent, type Traffic } from '../support/chaos/traffic';

/** The short form does each fault once; the long one, by MABEAM_CHAOS=long, again and again. */
const ROUNDS = process.env['MABEAM_CHAOS'] === 'long' ? 8 : 1;
const FAULT_MS = 120_000 * ROUNDS;
const rounds = Array.from({ length: ROUNDS }, (_each, at) => at + 1);
const RENEWALS = 5 * ROUNDS;
const SPACE = 'chaos';
/** So many messages are accepted before a fault, and again after it. */
const FLOWING = 8;

let deployment: Deployment;
let connection: Connection;
/** Processes are named anew after each kill. */
let generation = 0;
const current = { worker: '', spare: '', evaluator: '', other: '', store: '' };

async function spawn(as: keyof typeof current): Promise<void> {
  const name = `${as}-${String((generation += 1))}`;
  current[as] = name;
  const role = as === 'spare' ? 'worker' : as === 'other' ? 'evaluator' : as;
  await deployment.spawn(role, name);
}

/** What holds after every fault, once the dust has settled. */
async function allHolds(sent: Sent): Promise<void> {
  const { space } = deployment;
  await recovered(
    'every message to take effect',
    async () => (await messagesOnce(space, sent)).length === 0 || undefined,
  )
    // The deadline says that something was lost; the checker says what.
    .catch(() => undefined);
  expect(await messagesOnce(space, sent)).toEqual([]);
  expect(await decisionsOnce(space, sent)).toEqual([]);
  await recovered(
    'members to have the newest version',
    async () => (await versionsApplied(space)).length === 0 || undefined,
  );
}

/** Messages flow while something is destroyed, and for a while before and after. */
async function during(proposals: boolean, fault: () => Promise<void>): Promise<Sent> {
  const traffic: Traffic = startTraffic(deployment.space, { proposals });
  const flows = async (): Promise<void> => {
    const before = traffic.accepted();
    await recovered('messages that are accepted', () => traffic.accepted() >= before + FLOWING || undefined);
  };
  await flows();
  try {
    await fault();
  } finally {
    deployment.openGate();
  }
  await flows();
  return traffic.stop();
}

beforeAll(async () => {
  deployment = await startDeployment(SPACE);
  await Promise.all([spawn('worker'), spawn('store'), spawn('evaluator'), spawn('other')]);
  connection = await Connection.connect({ address: deployment.temporal().address });
  await startReceivers(deployment.space);
}, 180_000);

afterAll(async () => {
  await connection.close();
  expect(await deployment.close()).toEqual([]);
}, 120_000);

test('AGT-2: the same request sent five times has one effect and one answer', async () => {
  const { space } = deployment;
  const agent = space.agents.at<typeof tally>('tally-1');
  const five = <T>(act: () => Promise<T>): Promise<T[]> => Promise.all([1, 2, 3, 4, 5].map(() => act()));
  const { version } = await space.variables.at('settings').read();
  await five(() => agent.with({ requestId: 'told' }).tell('note', 1_000_001));
  const asked = await five(() => agent.with({ requestId: 'asked' }).ask('noted', 1_000_002));
  const verdicts = await five(
    () => space.variables.at('settings').propose({ speed: 7 }, { basedOn: version, requestId: 'proposed' }).verdict,
  );
  expect(new Set(asked)).toEqual(new Set([1_000_002]));
  expect(new Set(verdicts.map((verdict) => JSON.stringify(verdict))).size).toBe(1);
  expect(verdicts[0]).toMatchObject({ kind: 'accepted', version: version + 1 });
  expect((await space.variables.at('settings').read()).version).toBe(version + 1);
  const numbers = await agent.inspect('numbers');
  expect(numbers.filter((n) => n > 1_000_000).sort()).toEqual([1_000_001, 1_000_002]);
});

test(
  'AGT-1, AGT-2, AGT-3: a renewal between any two messages loses nothing, repeats nothing, swaps nothing',
  async () => {
    const { space } = deployment;
    const client = new Client({ connection });
    const ids = ['agent:tally-1', 'agent:tally-2', 'variables:settings'].map((id) => `${SPACE}:${id}`);
    const sent = await during(true, async () => {
      for (let renewal = 0; renewal < RENEWALS; renewal += 1) {
        await Promise.all(ids.map((id) => client.workflow.getHandle(id).signal(renewSignal)));
        await recovered('the renewals', async () => {
          const all = await Promise.all([
            space.agents.at('tally-1').status(),
            space.agents.at('tally-2').status(),
            space.variables.at('settings').status(),
          ]);
          return all.every(({ counts }) => counts.renewals > renewal) || undefined;
        });
      }
    });
    await allHolds(sent);
  },
  FAULT_MS,
);

test.each(rounds)(
  'workers and evaluators killed in the middle of a ballot, commits and a study (%i)',
  async (round) => {
    const { space } = deployment;
    const study = `study-${String(round)}`;
    const inFlight = 4;
    const set = space.variables.at('settings');
    deployment.closeGate();
    const { version } = await set.read();
    const proposing = set.propose(
      { threshold: round / 100 },
      { basedOn: version, requestId: `ballot-${String(round)}` },
    );
    expect((await proposing.verdict).kind).toBe('pending');
    const running = await space.studies.start(study, {
      over: 'settings',
      only: ['threshold'],
      evaluator: 'labour',
      minimise: 'loss',
      seed: round,
      budget: { trials: 12 },
      parallelism: inFlight,
      heartbeatMs: 5_000, // a busy machine may hold a beat back for seconds, and what was not killed must not count as lost
    });
    await recovered(
      'three members that think',
      () => deployment.held().filter((each) => each.startsWith('vote')).length >= 3 || undefined,
    );
    await recovered('trials that run', async () => (await running.view()).account.running >= 2 || undefined);
    const sent = await during(false, async () => {
      await Promise.all([deployment.kill(current.worker), deployment.kill(current.evaluator)]);
      await Promise.all([spawn('worker'), spawn('evaluator')]);
    });
    const decided = await proposing.decided({ timeoutMs: 60_000 });
    expect(decided).toMatchObject({ kind: 'accepted', version: version + 1 });
    const finished = await running.finished({ timeoutMs: 60_000 });
    expect(accountExact(finished, deployment.ledger(), inFlight)).toEqual([]);
    await allHolds(sent);
  },
  FAULT_MS,
);

test.each(rounds)(
  'a worker killed in the middle of commits and of an announcement (%i)',
  async () => {
    deployment.closeGate();
    const { space } = deployment;
    const { version } = await space.variables.at('settings').read();
    await space.variables.at('settings').propose({ speed: version }, { basedOn: version }).verdict;
    await recovered(
      'a member that applies',
      () => deployment.held().some((each) => each.startsWith('apply')) || undefined,
    );
    const sent = await during(true, async () => {
      await deployment.kill(current.worker);
      await spawn('worker');
    });
    await allHolds(sent);
  },
  FAULT_MS,
);

test.each(rounds)(
  'a worker drained while messages flow and another takes over (%i)',
  async () => {
    await spawn('spare');
    const sent = await during(true, async () => {
      expect(await deployment.drain(current.worker)).toBe(0);
    });
    await allHolds(sent);
    current.worker = current.spare;
  },
  FAULT_MS,
);

test.each(rounds)(
  'the Temporal server killed and started again on its file (%i)',
  async () => {
    const sent = await during(true, () => deployment.crashTemporal());
    await allHolds(sent);
  },
  FAULT_MS,
);

test.each(rounds)(
  'store process killed and database crashed while events flow (%i)',
  async () => {
    const { database, databaseUrl, space } = deployment;
    const sent = await during(true, async () => {
      await Promise.all([deployment.kill(current.store), database.crash()]);
      await database.start();
      await spawn('store');
    });
    await allHolds(sent);
    await recovered(
      'every version in the store',
      async () => (await versionsStored(databaseUrl, space)).length === 0 || undefined,
    );
  },
  FAULT_MS,
);

test('in the end each event is in the store once and in order, and nothing is left running', async () => {
  const { space, databaseUrl } = deployment;
  const { agents, supervisors, variables } = space;
  await variables.at('settings').stop();
  const names = ['tally-1', 'tally-2', 'member-1', 'member-2', 'member-3'];
  await Promise.all(names.map((name) => agents.at(name).stop()));
  await supervisors.at('root').stop(undefined, { timeoutMs: 60_000 });
  const { workflow } = new Client({ connection });
  await recovered(
    'the end of every workflow',
    async () => (await openWorkflows(workflow, SPACE)).length === 0 || undefined,
  );
  expect(await openWorkflows(workflow, SPACE)).toEqual([]);
  // An entity ends after its outbox is empty.
  expect(await eventsOnce(databaseUrl, SPACE)).toEqual([]);
  expect(await streamsUnended(databaseUrl, SPACE)).toEqual([]);
}, 120_000);
