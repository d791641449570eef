/**
 * Records histories of every workflow type, each with a renewal, on a real server: `npm run test:record`, with
 * `TEMPORAL_ADDRESS` or a server at 127.0.0.1:7233. Commit what it writes together with the change that made it necessary.
 * With names of workflow types behind it, `npm run test:record -- counterWorkflow`, only theirs are written anew.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createAgentActivities } from '../../activities/agents';
import { createEvaluatorActivities } from '../../activities/evaluate';
import { defineEvaluator } from '../../activities/evaluator-definition';
import { createFanOutActivities } from '../../activities/fan-out';
import { createSessionActivities } from '../../activities/session';
import { createElections } from '../../src/client/elections';
import { createBarriers } from '../../src/client/barriers';
import { createLocks, createSemaphores } from '../../src/client/locks';
import { createSessions } from '../../src/client/sessions';
import { createBallots } from '../../src/client/ballots';
import { createCounters } from '../../src/client/counters';
import { createStudies } from '../../src/client/optimisation';
import { createValues } from '../../src/client/values';
import { createVariableSets } from '../../src/client/variable-sets';
import { renewSignal, statusQuery, stopUpdate } from '../../src/contracts/entity';
import { workflowId, type Name } from '../../src/contracts/ids';
import type { ServiceInit } from '../../src/contracts/service';
import type { ChildSpecInput } from '../../src/contracts/supervisor';
import { evaluatorQueue, prefixOf } from '../../src/contracts/task-queues';
import { agentPort } from '../../workers/parts/agent-port';
import { testActivities } from '../support/agents/activities';
import { startHarness, until, type Harness } from '../support/kernel/harness';
import { dial, type keeper } from './definitions';
import { FOLDER, plainOf } from './histories';

const control = testActivities();
let open = (): void => undefined;
/** From the fourth on, trials wait until the study is to be renewed. */
const letGo = new Promise<void>((resolve) => {
  open = resolve;
});

/** Asks for a renewal, lets go what keeps it from happening, and waits for it. */
async function renew({ temporal }: Harness, id: string, letGo = (): void => undefined): Promise<void> {
  const renewals = async (): Promise<number> => (await temporal.look(id, statusQuery)).counts.renewals;
  const before = await renewals();
  await temporal.client.workflow.getHandle(id).signal(renewSignal);
  letGo();
  await until(`the renewal of ${id}`, async () => ((await renewals()) > before ? true : undefined));
}

/** Writes every run of a chain, from its first to its newest. Names of machines and processes stay out. */
async function save({ temporal }: Harness, id: string, type: string): Promise<number> {
  const { workflow } = temporal.client;
  let runId: string = (await workflow.getHandle(id).describe()).raw.workflowExecutionInfo?.firstRunId ?? '';
  let runs = 0;
  while (runId !== '') {
    const history: Awaited<ReturnType<WorkflowHandle['fetchHistory']>> = await workflow
      .getHandle(id, runId)
      .fetchHistory();
    runs += 1;
    const events = (history.events ?? []).map((event) => JSON.stringify(plainOf(event)));
    writeFileSync(
      join(FOLDER, `${type}-${String(runs)}.json`),
      `{"workflowId":${JSON.stringify(id)},"events":[\n${events.join(',\n')}\n]}\n`,
    );
    runId = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? '';
  }
  return runs;
}

async function play(harness: Harness): Promise<readonly [id: string, type: string][]> {
  const { temporal, agents } = harness;
  const get = (name: string) => agents.get<typeof keeper>('keeper', name);
  const [k1, k2] = [await get('k1'), await get('k2')];
  const set = await createVariableSets(temporal, undefined).get(dial);
  // an agent's day, with a renewal in the middle of it
  await k1.ask('adopt', 'dial');
  await k1.tell('fetch', 'first');
  await k1.tell('pass', 'k2');
  await k1.ask('relay', 'k2');
  await k1.ask('broken', undefined).catch(() => undefined);
  await k1.tell('unknown' as 'tick');
  await renew(harness, k1.workflowId);
  await k1.ask('child', 'k3');
  await agents.at('k3').stop('recorded');
  await k1.tell('fetch', 'second');
  await k1.ask('change', 7);
  // a proposal over which both think, while set and ballot are renewed
  const { version } = await set.read();
  const proposing = set.propose({ threshold: 0.75 }, { basedOn: version, because: 'it was recorded' });
  await proposing.verdict;
  const ballot = createBallots(temporal, undefined).get('dial@2');
  await until('both think', () => (control.isHeld('k1') && control.isHeld('k2') ? true : undefined));
  await renew(harness, ballot.workflowId);
  await renew(harness, set.workflowId);
  for (const name of ['k1', 'k2']) control.release(name);
  await proposing.decided();
  await until('the announcement', async () => ((await set.adoption()).done ? true : undefined));
  await renew(harness, k1.workflowId);
  // a study, renewed between two trials
  const studies = createStudies(temporal, undefined);
  await k1.tell('study', 'recorded');
  const study = studies.at('recorded');
  await until('three trials', async () =>
    (await study.view().catch(() => undefined))?.account.complete === 3 ? true : undefined,
  );
  await renew(harness, study.workflowId, () => {
    open();
  });
  await study.finished();
  await until('it is told', async () =>
    (await k1.inspect('seen')).lines.some((line) => line.startsWith('recorded')) ? true : undefined,
  );
  const elsewhere = await evaluateElsewhere(harness);
  // a study that prunes, renewed, too
  const pruner = { kind: 'halving', minResource: 2, reductionFactor: 2 } as const;
  const space = { dimensions: { x: { kind: 'float' as const, low: 0, high: 1, log: false } } };
  const asked = { space, evaluator: 'recorded', minimise: 'loss', seed: 1, budget: { trials: 8 }, pruner };
  const pruning = await studies.start('pruning', { ...asked, parallelism: 1 }, { limits: { renewAfterEvents: 30 } });
  await pruning.finished();
  await k2.stop('recorded');
  const coordinated = [...(await coordinate(harness)), ...(await elect(harness))];
  const barriers = await gather(harness);
  const supervisor = await supervise(harness);
  const service = await serve(harness);
  const { counter, value } = await count(harness);
  const unknown = `${temporal.space}:agent:unknown`;
  const started = temporal.client.workflow.start('unknownWorkflow', {
    workflowId: unknown,
    taskQueue: temporal.queues.main,
  });
  await (await started).result().catch(() => undefined);
  return [
    [k1.workflowId, 'keeperAgentWorkflow'],
    [k2.workflowId, 'keeperAgentWorkflow-stopped'],
    [set.workflowId, 'variableSetWorkflow'],
    [ballot.workflowId, 'ballotWorkflow'],
    [study.workflowId, 'studyWorkflow'],
    [elsewhere, 'studyWorkflow-outside'],
    [pruning.workflowId, 'studyWorkflow-pruning'],
    ...coordinated,
    ...barriers,
    [supervisor, 'supervisorWorkflow'],
    [service, 'serviceWorkflow'],
    [counter, 'counterWorkflow'],
    [value, 'valueWorkflow'],
    [unknown, 'unknownWorkflow'],
  ];
}

/** A study that is asked from outside: a lease ends, another one lives through a renewal. @returns its workflow id */
async function evaluateElsewhere(harness: Harness): Promise<string> {
  const study = await createStudies(harness.temporal, undefined).start('elsewhere', {
    space: { dimensions: { x: { kind: 'float', low: 0, high: 1, log: false } } },
    minimise: 'loss',
    budget: { trials: 4 },
  });
  await study.ask({ client: 'steady', count: 2 });
  await study.ask({ client: 'gone', leaseSeconds: 1 });
  await until('the lease to end', async () =>
    (await study.view()).running.some(({ lease }) => lease === undefined) ? true : undefined,
  );
  await study.tell({ trial: 1, client: 'steady', value: 1 });
  await renew(harness, study.workflowId);
  await study.ask({ client: 'heir', count: 2 });
  await study.tell({ trial: 2, client: 'steady', failed: 'recorded' });
  await study.tell([3, 4].map((trial) => ({ trial, client: 'heir', value: trial })));
  await study.tell({ trial: 3, client: 'gone', value: 3 });
  await study.ask({ client: 'heir' });
  await study.tell({ trial: 2, client: 'heir', value: 2 });
  await study.finished();
  return study.workflowId;
}

/** A lock that goes from one session to the other, a try, an expiry, a broken lock, permits; all are renewed while somebody holds. */
async function coordinate(harness: Harness): Promise<readonly [id: string, type: string][]> {
  const { temporal } = harness;
  const sessions = createSessions(temporal, undefined);
  const [first, second] = [await sessions.open({ ttlMs: 1_000 }), await sessions.open()];
  const lock = createLocks(temporal, sessions, undefined).at('recorded', { lookMs: 500 });
  const held = await lock.acquire({ session: first, lockDelayMs: 100 });
  await lock.acquire({ session: second, waitMs: 0 }).catch(() => undefined);
  const waiting = lock.acquire({ session: second });
  await until('somebody waits', async () => ((await lock.view()).waiting.length === 1 ? true : undefined));
  await renew(harness, lock.workflowId);
  await renew(harness, first.workflowId);
  await held.release();
  const next = await waiting;
  await lock.break('recorded');
  await next.release().catch(() => undefined);
  await lock.acquire({ session: second, mode: 'shared' });
  const pool = createSemaphores(temporal, sessions, undefined).at('recorded', 2);
  const permit = await pool.acquire({ session: first });
  await renew(harness, pool.workflowId);
  await permit.release();
  await second.close();
  await first.close();
  return [
    [lock.workflowId, 'lockWorkflow'],
    [pool.workflowId, 'semaphoreWorkflow'],
    [first.workflowId, 'sessionWorkflow'],
    [second.workflowId, 'sessionWorkflow-second'],
  ];
}

/** An election: a try, a refused campaign, words of the leader, a lead that is revoked and one that expires; renewed while one leads. */
async function elect(harness: Harness): Promise<readonly [id: string, type: string][]> {
  const { temporal } = harness;
  const sessions = createSessions(temporal, undefined);
  const [first, second] = [await sessions.open(), await sessions.open()];
  const election = createElections(temporal, sessions, undefined).at('recorded', { lookMs: 500 });
  const led = await election.campaign({ session: first, value: 'first' });
  await election.campaign({ session: first }).catch(() => undefined);
  await election.campaign({ session: second, waitMs: 0 }).catch(() => undefined);
  const waiting = election.campaign({ session: second, value: { is: 'second' }, score: 2, lockDelayMs: 100 });
  await until('a candidate', async () => ((await election.view()).candidates.length === 1 ? true : undefined));
  await led.proclaim('first, again');
  await renew(harness, election.workflowId);
  await election.revoke('recorded');
  await led.proclaim('late').catch(() => undefined);
  await waiting;
  await temporal.client.workflow.getHandle(second.workflowId).terminate('recorded');
  const again = await election.campaign({ session: first });
  await again.resign();
  await first.close();
  return [[election.workflowId, 'electionWorkflow']];
}

/** Barriers of each form: a release, a withdrawal, a death, a deadline, a break; renewed while somebody waits. */
async function gather(harness: Harness): Promise<readonly [id: string, type: string][]> {
  const { temporal } = harness;
  const sessions = createSessions(temporal, undefined);
  const barriers = createBarriers(temporal, sessions, undefined);
  const [first, second, mortal] = [await sessions.open(), await sessions.open(), await sessions.open()];
  const waiting = (name: string, count: number): Promise<true> =>
    until('somebody waits', async () => {
      const view = await barriers
        .requests(name)
        .view()
        .catch(() => undefined);
      return view?.entered.length === count ? true : undefined;
    });
  const plain = barriers.at('recorded', { parties: 2, onDeath: 'break', lookMs: 500 });
  await plain.enter({ session: first, waitMs: 200 }).catch(() => undefined);
  const both = [first, mortal].map((session) => plain.enter({ session, generation: 1 }).catch(() => undefined));
  await Promise.all(both);
  const dying = plain.enter({ session: mortal }).catch(() => undefined);
  await waiting('recorded', 1);
  await renew(harness, plain.workflowId);
  await mortal.close();
  await dying;
  const double = barriers.double('recorded-double', { parties: 2, deadlineMs: 2_000 });
  const [one, two] = await Promise.all([double.enter({ session: first }), double.enter({ session: second })]);
  await renew(harness, double.workflowId);
  await Promise.all([one.leave(), two.leave()]);
  await double.enter({ session: first }).catch(() => undefined);
  const phaser = barriers.phaser('recorded-phaser');
  const [a, b] = [await phaser.register({ session: first }), await phaser.register({ session: second })];
  const arrival = await a.arrive();
  await renew(harness, phaser.workflowId);
  await b.arriveAndWait();
  await arrival.advanced();
  const alone = a.arriveAndWait().catch(() => undefined);
  await waiting('recorded-phaser', 1);
  await phaser.break('recorded');
  await alone;
  await b.deregister();
  await Promise.all([first.close(), second.close()]);
  return [
    [plain.workflowId, 'barrierWorkflow'],
    [double.workflowId, 'barrierWorkflow-double'],
    [phaser.workflowId, 'barrierWorkflow-phaser'],
  ];
}

/** A counter and a shared value: every message, renewed in the middle, and deleted. @returns their workflow ids */
async function count(harness: Harness): Promise<{ readonly counter: string; readonly value: string }> {
  const counter = createCounters(harness.temporal, undefined).at('recorded', { min: 0, max: 9 });
  await counter.add(3, { requestId: 'three' });
  await counter.allocate(100);
  await renew(harness, counter.workflowId);
  await counter.add(3, { requestId: 'three' });
  await counter.add(7).catch(() => undefined);
  await counter.reset({ to: 8 });
  await counter.allocate(100_000);
  await counter.allocate(100_000).catch(() => undefined);
  await counter.delete();
  const value = createValues(harness.temporal, undefined).at('recorded');
  const { version } = await value.set({ rate: 0.1 });
  await value.compareAndSet(version, { rate: 0.2 });
  await renew(harness, value.workflowId);
  await value.compareAndSet(version, { rate: 0.3 });
  await value.delete();
  for (const { workflowId: id } of [counter, value]) await harness.temporal.client.workflow.getHandle(id).result();
  return { counter: counter.workflowId, value: value.workflowId };
}

/** A service of the platform, renewed while it serves, and stopped. @returns its workflow id */
async function serve(harness: Harness): Promise<string> {
  const { temporal } = harness;
  const init: ServiceInit = { service: 'registry-sweep' };
  const name = 'registry-sweep' as Name;
  await temporal.start({ workflowType: 'serviceWorkflow', kind: 'service', name, init, summary: name, taken: 'fail' });
  const id = workflowId(temporal.space, 'service', name);
  const served = async (): Promise<void> => {
    const before = harness.swept().length;
    await until('a sweep', () => (harness.swept().length > before ? true : undefined));
  };
  await served();
  await renew(harness, id);
  await served();
  await temporal.call(id, stopUpdate, { reason: 'recorded' });
  await temporal.client.workflow.getHandle(id).result();
  return id;
}

/** A supervisor whose child dies before and after a renewal, and that is stopped. @returns its workflow id */
async function supervise(harness: Harness): Promise<string> {
  const keeperChild = (id: string): ChildSpecInput => ({ id, start: { kind: 'agent', type: 'keeper' } });
  const spec = {
    flags: { strategy: 'one_for_all' as const, intensity: 3, periodSeconds: 60 },
    children: [keeperChild('s1'), keeperChild('s2')],
  };
  const supervisor = await harness.supervisors.start('recorded', spec, { sweepMs: 200 });
  const died = async (id: string, generation: number): Promise<void> => {
    await harness.temporal.client.workflow.getHandle(harness.agents.at(id).workflowId).terminate('recorded');
    await until('the restart', async () => {
      const { children } = await supervisor.view();
      return children.every((child) => (child.generation ?? 0) > generation) ? true : undefined;
    });
  };
  await died('s1', 2);
  await renew(harness, supervisor.workflowId);
  await died('s2', 4);
  await supervisor.startChild(keeperChild('s3'));
  await supervisor.terminateChild('s3');
  await supervisor.stop('recorded');
  await until('the end', async () => {
    const { status } = await harness.temporal.client.workflow.getHandle(supervisor.workflowId).describe();
    return status.name === 'COMPLETED' ? true : undefined;
  });
  return supervisor.workflowId;
}

async function main(): Promise<void> {
  let known: ((harness: Harness) => void) | undefined;
  const opened = new Promise<Harness>((take) => {
    known = take;
  });
  const ofAgents = createAgentActivities(async (space) => {
    const { temporal } = await opened;
    return agentPort(temporal.client, prefixOf(temporal.queues))(space);
  });
  const activities = { ...createFanOutActivities(), ...createSessionActivities(), ...ofAgents, ...control.activities };
  const harness = await startHarness('record', resolve(__dirname, 'workflows.ts'), activities);
  known?.(harness);
  const { temporal } = harness;
  const address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233';
  const connection = await NativeConnection.connect({ address });
  const evaluate = defineEvaluator('recorded', async ({ trial, report, shouldStop }) => {
    if (trial > 3) await letGo;
    // asked by a study that prunes alone
    for (const step of [1, 2, 3, 4]) {
      report(step, trial / step);
      if (await shouldStop()) return 'pruned';
    }
    return { loss: 1 / trial };
  });
  const evaluator = await Worker.create({
    connection,
    taskQueue: evaluatorQueue('recorded', prefixOf(temporal.queues)),
    activities: { ...createEvaluatorActivities(evaluate) },
  });
  await evaluator.runUntil(async () => {
    const chains = await play(harness);
    mkdirSync(FOLDER, { recursive: true });
    const only = process.argv.slice(2);
    const isWanted = (type: string): boolean => only.length === 0 || only.includes(type);
    for (const file of readdirSync(FOLDER)) if (isWanted(file.replace(/-\d+\.json$/, ''))) rmSync(join(FOLDER, file));
    for (const [id, type] of chains) {
      if (!isWanted(type)) continue;
      const runs = await save(harness, id, type);
      process.stdout.write(`${type}: ${String(runs)} ${runs === 1 ? 'run' : 'runs'}\n`);
    }
    for (const [id] of chains)
      await temporal.client.workflow
        .getHandle(id)
        .terminate()
        .catch(() => undefined);
  });
  await connection.close();
  await harness.close();
}

void main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
