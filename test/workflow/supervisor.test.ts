import type { ChildSpecInput, SupervisorSpec } from '../../src/contracts/supervisor';
import type { SupervisorHandle } from '../../src/client/supervisors';
import { renewSignal } from '../../src/contracts/entity';
import { startHarness, until, type Harness } from '../support/kernel/harness';
import { historyOf, type HistoryLine } from '../support/sets/history';

let harness: Harness;
let openGate: () => void;
const gate = new Promise<null>((resolve) => {
  openGate = () => {
    resolve(null);
  };
});
beforeAll(async () => {
  harness = await startHarness('supervisors', '../supervisors/workflows.ts', { gate: () => gate });
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
  Object.fromEntries(
    (await supervisor.view()).children.map((each) => [
      each.id,
      `${each.status} ${String(each.generation ?? '')}`.trim(),
    ]),
  );
const said = async (supervisor: SupervisorHandle): Promise<readonly string[]> =>
  (await supervisor.view()).decisions.map(({ text }) => text);

test('SUP-3 SUP-5 SUP-7 children start in order, a failure is restarted and counted, a stop goes in reverse', async () => {
  const supervisor = await start({ flags: { intensity: 2, periodSeconds: 60 }, children: [agent('a'), agent('b')] });
  expect(await status(supervisor)).toEqual({ a: 'running 1', b: 'running 2' });
  await harness.agents.at('a').tell('fail', 'on purpose');
  await until('the restart', async () => ((await status(supervisor))['a'] === 'running 3' ? true : undefined));
  expect((await supervisor.view()).lastFailure).toMatchObject({
    id: 'a',
    text: expect.stringContaining('on purpose') as string,
  });
  await supervisor.stop();
  await until('the end', async () =>
    (await harness.temporal.client.workflow.getHandle(supervisor.workflowId).describe()).status.name === 'COMPLETED'
      ? true
      : undefined,
  );
  const texts = harness
    .events(supervisor.workflowId)
    .filter(({ type }) => type === 'supervisor.decided')
    .map(({ data }) => data['text']);
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

const over = (supervisor: SupervisorHandle): Promise<string> =>
  until('the end', async () => {
    const { status: found } = await harness.temporal.client.workflow.getHandle(supervisor.workflowId).describe();
    return found.name === 'RUNNING' ? undefined : found.name;
  });
const terminate = (name: string): Promise<unknown> =>
  harness.temporal.client.workflow.getHandle(`${harness.temporal.space}:agent:${name}`).terminate('on purpose');
const running = async (supervisor: SupervisorHandle, id: string, generation: number): Promise<void> => {
  const isSo = async (): Promise<true | undefined> =>
    (await status(supervisor))[id] === `running ${String(generation)}` ? true : undefined;
  await until(`${id} runs as ${String(generation)}`, isSo, 5000).catch(async (error: unknown) => {
    throw new Error(`${String(error)}; decided: ${(await said(supervisor)).join(', ')}`);
  });
};

test('SUP-3 a start that fails stops what had started in reverse, and says which child and why', async () => {
  const failing: SupervisorSpec = {
    children: [agent('c'), agent('d'), { id: 'e', start: { kind: 'agent', type: 'stillborn' } }, agent('f')],
  };
  await expect(start(failing)).rejects.toMatchObject({
    code: 'child-start-failed',
    message: expect.stringMatching(/^e could not be started: .*nothing to begin with/) as string,
  });
  for (const name of ['c', 'd'])
    await expect(harness.agents.at(name).ask('total')).rejects.toMatchObject({ code: 'stopped' });
  await expect(harness.agents.at('f').status()).rejects.toMatchObject({ code: 'agent-not-found' });
});

test('SUP-5 SUP-8 one restart too many: the supervisor stops the others and ends with shutdown', async () => {
  const supervisor = await start({ flags: { intensity: 1, periodSeconds: 60 }, children: [agent('g'), agent('h')] });
  await harness.agents.at('g').tell('fail', 'once');
  await running(supervisor, 'g', 3);
  await harness.agents.at('h').tell('fail', 'twice');
  expect(await over(supervisor)).toBe('COMPLETED');
  const told = harness.events(supervisor.workflowId).filter(({ type }) => type === 'supervisor.decided');
  expect(told.map(({ data }) => data['text']).slice(-2)).toEqual([
    'gave up: 2nd restart in 60 s (h)',
    'stopped g: shutdown',
  ]);
});

test('SUP-6 one_for_all stops the others in reverse and starts all in order; rest_for_one only those after it', async () => {
  const flags = { intensity: 5, periodSeconds: 60 };
  const all = await start({
    flags: { ...flags, strategy: 'one_for_all' },
    children: [agent('i'), agent('j'), agent('k')],
  });
  await harness.agents.at('j').tell('fail', 'all');
  await running(all, 'k', 6);
  expect(await status(all)).toEqual({ i: 'running 4', j: 'running 5', k: 'running 6' });
  expect((await said(all)).slice(-7)).toEqual([
    'j ended: agent-failed: all',
    'restarted j with i, k: 1 of 5 in 60 s',
    'stopped k: shutdown',
    'stopped i: shutdown',
    'started i',
    'started j',
    'started k',
  ]);
  const rest = await start({
    flags: { ...flags, strategy: 'rest_for_one' },
    children: [agent('l'), agent('m'), agent('n')],
  });
  await harness.agents.at('m').tell('fail', 'rest');
  await running(rest, 'n', 5);
  expect(await status(rest)).toEqual({ l: 'running 1', m: 'running 4', n: 'running 5' });
});

test('a child that ran no code when it died is found by the sweep within its bound, and counted once', async () => {
  const supervisor = await start({ flags: { intensity: 3, periodSeconds: 60 }, children: [agent('o')] }, 300);
  const began = Date.now();
  await terminate('o');
  await running(supervisor, 'o', 2);
  expect(Date.now() - began).toBeLessThan(5_000);
  expect((await said(supervisor)).slice(-3)).toEqual(['o ended: killed', 'restarted o: 1 of 3 in 60 s', 'started o']);
  expect((await supervisor.view()).restarts).toBe(1);
});

test('a supervisor that is busy is told once of a child that is gone, however often the sweep comes round', async () => {
  const supervisor = await start(
    { flags: { intensity: 3, periodSeconds: 60 }, children: [agent('mute'), agent('later')] },
    100,
  );
  const { workflowId } = supervisor;
  const goneNow = async (): Promise<number> =>
    (await historyOf(harness.temporal, workflowId)).filter(({ name }) => name === 'childGone').length;
  const started = supervisor.startChild({ id: 'slow', start: { kind: 'agent', type: 'slow' } });
  await until('the start', async () => {
    const { raw } = await harness.temporal.client.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities?.some((each) => each.activityType?.name === 'startChild') === true ? true : undefined;
  });
  await terminate('mute');
  await until('the first word', async () => ((await goneNow()) > 0 ? true : undefined));
  // The second death is found by a later sweep: by then the first would have been told again.
  await terminate('later');
  await until('the second word', async () => ((await goneNow()) > 1 ? true : undefined));
  openGate();
  await started;
  await running(supervisor, 'later', 5);
  expect(await goneNow()).toBe(2);
  expect((await supervisor.view()).restarts).toBe(2);
  await supervisor.stop();
});

test('SUP-4 transient and temporary children are not brought back when their end is no failure', async () => {
  const supervisor = await start({
    flags: { intensity: 3, periodSeconds: 60 },
    children: [agent('p', { restart: 'transient' }), agent('q', { restart: 'temporary' }), agent('r')],
  });
  await harness.agents.at('p').stop();
  await harness.agents.at('q').tell('fail', 'temporary');
  await harness.agents.at('r').stop();
  await running(supervisor, 'r', 4);
  await until('both are gone', async () => {
    const now = await status(supervisor);
    return now['p'] === 'none' && now['q'] === undefined ? true : undefined;
  });
  expect(await supervisor.countChildren()).toEqual({ specs: 2, active: 1, supervisors: 0, workers: 2 });
});

test('SUP-10 the requests answer as OTP does', async () => {
  const supervisor = await start({ children: [agent('s')] });
  expect(await supervisor.startChild(agent('t'))).toEqual({ id: 't', generation: 2 });
  await expect(supervisor.startChild(agent('t'))).rejects.toMatchObject({
    code: 'child-already-started',
    details: { otp: 'already_started', generation: 2 },
  });
  await expect(supervisor.deleteChild('t')).rejects.toMatchObject({ code: 'child-running' });
  await supervisor.terminateChild('t');
  expect((await status(supervisor))['t']).toBe('none');
  await expect(supervisor.startChild(agent('t'))).rejects.toMatchObject({ code: 'child-already-present' });
  expect(await supervisor.restartChild('t')).toEqual({ id: 't', generation: 3 });
  await expect(supervisor.restartChild('t')).rejects.toMatchObject({ code: 'child-running' });
  await supervisor.terminateChild('t');
  await supervisor.deleteChild('t');
  await expect(supervisor.getChildspec('t')).rejects.toMatchObject({ code: 'child-not-found' });
  expect(await supervisor.getChildspec('s')).toMatchObject({ id: 's', restart: 'permanent', shutdown: 5_000 });
  await expect(
    supervisor.startChild({ id: 'u', start: { kind: 'agent', type: 'child' }, significant: true }),
  ).rejects.toMatchObject({
    code: 'invalid-supervisor',
    details: { field: 'spec.significant', otp: '{bad_combination,[{auto_shutdown,never},{significant,true}]}' },
  });
  await supervisor.stop();
});

test('a name that is taken by somebody else is a failed start: nobody is killed for it', async () => {
  await harness.agents.get('child', 'taken');
  await expect(start({ children: [agent('taken')] })).rejects.toMatchObject({
    code: 'child-start-failed',
    message: expect.stringContaining('already_started') as string,
  });
  expect(await harness.agents.at('taken').ask('total')).toBe(0);
});

test('SUP-8 a supervisor below a supervisor: it gives up, its parent restarts it with its children', async () => {
  const inner: SupervisorSpec = { flags: { intensity: 0, periodSeconds: 5 }, children: [agent('v'), agent('w')] };
  const supervisor = await start({
    flags: { intensity: 3, periodSeconds: 60 },
    children: [
      { id: 'inner', type: 'supervisor', start: { kind: 'supervisor', type: 'inner', options: { spec: inner } } },
    ],
  });
  expect(await status(harness.supervisors.at('inner'))).toEqual({ v: 'running 1', w: 'running 2' });
  await harness.agents.at('v').tell('fail', 'too much');
  await running(supervisor, 'inner', 2);
  expect(await status(harness.supervisors.at('inner'))).toEqual({ v: 'running 1', w: 'running 2' });
  expect((await said(supervisor)).slice(-3)).toEqual([
    'inner ended: shutdown',
    'restarted inner: 1 of 3 in 60 s',
    'started inner',
  ]);
  await supervisor.stop();
  await over(supervisor);
  await expect(harness.agents.at('w').ask('total')).rejects.toMatchObject({ code: 'stopped' });
});

test('renewed between any two events the supervisor keeps children, generations and its budget', async () => {
  const supervisor = await start({ flags: { intensity: 2, periodSeconds: 60 }, children: [agent('x'), agent('y')] });
  const renew = async (): Promise<void> => {
    const { renewals } = (await supervisor.status()).counts;
    await harness.temporal.client.workflow.getHandle(supervisor.workflowId).signal(renewSignal);
    await until('a renewal', async () => ((await supervisor.status()).counts.renewals > renewals ? true : undefined));
  };
  await renew();
  await harness.agents.at('x').tell('fail', 'first');
  await running(supervisor, 'x', 3);
  await renew();
  await harness.agents.at('y').tell('fail', 'second');
  await running(supervisor, 'y', 4);
  await renew();
  expect((await supervisor.view()).restarts).toBe(2);
  await harness.agents.at('x').tell('fail', 'third');
  expect(await over(supervisor)).toBe('COMPLETED');
});

test('orphans of a supervisor that was killed are stopped by the one that comes after it', async () => {
  const spec: SupervisorSpec = { children: [agent('z')] };
  const first = await start(spec);
  await harness.agents.at('z').tell('add', 7);
  expect(await harness.agents.at('z').ask('total')).toBe(7);
  await harness.temporal.client.workflow.getHandle(first.workflowId).terminate('on purpose');
  const second = await harness.supervisors.start(first.name, spec);
  expect(await status(second)).toEqual({ z: 'running 1' });
  expect(await harness.agents.at('z').ask('total')).toBe(0);
});

test('a restart costs 10 events in the supervisor, an idle supervisor none', async () => {
  const supervisor = await start({ flags: { intensity: 3, periodSeconds: 60 }, children: [agent('cost')] }, 100);
  const lines = (): Promise<readonly HistoryLine[]> => historyOf(harness.temporal, supervisor.workflowId);
  const handle = harness.temporal.client.workflow.getHandle(supervisor.workflowId);
  await until('all is handed over', async () => ((await supervisor.status()).outbox === 0 ? true : undefined));
  const idle = (await lines()).at(-1)?.id ?? 0;
  await harness.agents.at('cost').tell('add', 1);
  expect(await harness.agents.at('cost').ask('total')).toBe(1);
  expect((await lines()).at(-1)?.id).toBe(idle);
  // given a hand-over that waits for the store, so that none falls between what is counted
  harness.setStoreDown(true);
  try {
    await supervisor.startChild(agent('cost-2'));
    await until('a hand-over that waits', async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.some((each) => each.activityType?.name === 'appendEvents') === true
        ? true
        : undefined;
    });
    const before = (await lines()).at(-1)?.id ?? 0;
    await terminate('cost');
    await running(supervisor, 'cost', 3);
    const restart = (await lines()).filter((line) => line.id > before);
    expect(restart[0]).toMatchObject({ type: 'signaled', name: 'childGone' });
    expect(restart.at(-1)?.type).toBe('task completed');
    expect(restart).toHaveLength(10);
  } finally {
    harness.setStoreDown(false);
  }
});

test('a supervisor in partitions has each child in the partition of its key', async () => {
  const template: SupervisorSpec = { flags: { strategy: 'simple_one_for_one' }, children: [agent('any')] };
  const top = await harness.supervisors.start('workers', template, { partitions: 3 });
  const keys = Array.from({ length: 9 }, (_, at) => `worker-${String(at)}`);
  const names = new Set<string>();
  for (const key of keys) {
    const partition = await top.partition(key);
    await partition.startChild({ id: key });
    expect(Object.keys(await status(partition))).toContain(key);
    expect((await top.partition(key)).name).toBe(partition.name);
    names.add(partition.name);
  }
  expect([...names].toSorted()).toEqual(['workers.0', 'workers.1', 'workers.2']);
  const refused = harness.supervisors.start('none', template, { partitions: 0 });
  await expect(refused).rejects.toMatchObject({ code: 'invalid-supervisor' });
  const plain = await start({ children: [agent('alone')] });
  await expect(plain.partition('x')).rejects.toMatchObject({ code: 'invalid-request' });
  await top.stop();
});
