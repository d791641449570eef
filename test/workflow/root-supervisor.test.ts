import { statusQuery } from '../../src/contracts/entity';
import { historyOf } from '../support/sets/history';
import { startHarness, until, type Harness } from '../support/kernel/harness';

const SWEEP_MS = 300;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness('root-supervisor', '../supervisors/workflows.ts');
});
afterAll(() => harness.close());

const at = (name: string) => harness.supervisors.at(name);
const children = async (name: string): Promise<readonly string[]> =>
  (await at(name).view()).children.map(({ id, status }) => `${id} ${status}`);
const said = async (name: string): Promise<readonly string[]> =>
  (await at(name).view()).decisions.map(({ text }) => text);
const hasChild = (name: string, child: string): Promise<true> =>
  until(`${child} below ${name}`, async () => ((await children(name)).includes(child) ? true : undefined));
const hasSaid = (name: string, text: string): Promise<true> =>
  until(`"${text}" of ${name}`, async () => ((await said(name)).includes(text) ? true : undefined));
const isRunning = (name: string): Promise<true> =>
  until(`${name} to run`, async () => {
    const view = await at(name)
      .view()
      .catch(() => undefined);
    return view?.phase === 'running' ? true : undefined;
  });
const handle = (id: string) => harness.temporal.client.workflow.getHandle(id);
const statusOf = async (id: string): Promise<string> => (await handle(id).describe()).status.name;

test('the root starts its branches in order; what was there before is found and taken in, what comes later tells itself', async () => {
  await harness.agents.start('child', 'early');
  const root = await harness.supervisors.root({ sweepMs: SWEEP_MS });
  expect((await harness.supervisors.root()).workflowId).toBe(root.workflowId);
  await isRunning('root');
  expect(await children('root')).toEqual([
    'root.services running',
    'root.variables running',
    'root.agents running',
    'root.supervisors running',
    'root.studies running',
  ]);
  await hasChild('root.agents', 'early running');
  await harness.agents.start('child', 'late');
  await hasChild('root.agents', 'late running');
  const told = (await historyOf(harness.temporal, at('root.agents').workflowId)).filter(
    ({ name }) => name === 'childStarted',
  );
  expect(told.length).toBeGreaterThanOrEqual(2);
  const late = await historyOf(harness.temporal, harness.agents.at('late').workflowId);
  expect(late.filter(({ type, name }) => type === 'signal sent' && name === 'childStarted')).toHaveLength(1);
  await harness.supervisors.start('team', { children: [{ id: 'member', start: { kind: 'agent', type: 'child' } }] });
  await hasChild('root.supervisors', 'team running');
  // A member of a team has its supervisor already.
  expect(await children('root.agents')).toEqual(['early running', 'late running']);
});

test("the platform's services stand below the root: they serve, cost no event, and come back when somebody ends them", async () => {
  expect(await children('root.services')).toEqual([
    'registry-sweep running',
    'handover-check running',
    'monitor running',
  ]);
  const { space } = harness.temporal;
  const id = `${space}:service:registry-sweep`;
  const more = (): Promise<true> => {
    const before = harness.swept().length;
    return until('another sweep', () => (harness.swept().length > before ? true : undefined));
  };
  await more();
  await until('all is handed over', async () =>
    (await handle(id).query(statusQuery)).outbox === 0 ? true : undefined,
  );
  const last = async (): Promise<number | undefined> => (await historyOf(harness.temporal, id)).at(-1)?.id;
  const idle = await last();
  await more();
  await more();
  expect(await last()).toBe(idle);
  expect(new Set(harness.swept())).toEqual(new Set([space]));
  await handle(id).terminate('on purpose');
  await hasSaid('root.services', 'registry-sweep ended: killed');
  await hasChild('root.services', 'registry-sweep running');
  await more();
  const spec = { children: [{ id: 'mine', start: { kind: 'service', type: 'registry-sweep' } }] };
  await expect(harness.supervisors.start('with-a-service', spec)).rejects.toMatchObject({
    code: 'child-start-failed',
    message: expect.stringContaining('only root.services has services below it') as string,
  });
});

test('a service tells what it finds when it changes, and at no other time', async () => {
  const { space } = harness.temporal;
  const id = `${space}:service:monitor`;
  const findings = () => harness.events(id).filter(({ type }) => type === 'service.found');
  const found = (count: number) => until('the finding', () => (findings().length === count ? true : undefined));
  expect(findings()).toEqual([]);
  harness.finds({ ok: false, detail: 'nobody works on mabeam; the oldest task waits for 3.1 s' });
  await found(1);
  expect((await handle(id).query(statusQuery)).status).toBe('ill');
  // times go on, the finding is the same
  harness.finds({ ok: false, detail: 'nobody works on mabeam; the oldest task waits for 12 s' });
  const before = harness.swept().length;
  await until('more rounds', () => (harness.swept().length > before + 5 ? true : undefined));
  harness.finds({ ok: true, detail: 'all is well' });
  await found(2);
  expect(findings().map(({ data }) => data)).toEqual([
    { ok: false, detail: 'nobody works on mabeam; the oldest task waits for 3.1 s' },
    { ok: true, detail: 'all is well' },
  ]);
  expect((await handle(id).query(statusQuery)).status).toBe('running');
  // what says something else is filed
  await handle(id).signal('found', { id: 'strange', args: { ok: 'yes' } });
  await until('the dead letter', async () =>
    (await handle(id).query(statusQuery)).counts.deadLetters === 1 ? true : undefined,
  );
});

test('what was taken in is started again when it fails, and forgotten when it is stopped; a new start is taken in anew', async () => {
  await harness.agents.start('child', 'one', { args: 5 });
  await hasChild('root.agents', 'one running');
  const { generation } = await harness.agents.at('one').status();
  await harness.agents.at('one').tell('fail', 'on purpose');
  await until('another generation', async () => {
    const now = await harness.agents
      .at('one')
      .status()
      .catch(() => undefined);
    return now !== undefined && now.generation.number > generation.number ? true : undefined;
  });
  await hasSaid('root.agents', 'one ended: agent-failed: on purpose');
  await hasChild('root.agents', 'one running');
  expect(await harness.agents.at('one').ask('total')).toBe(5);
  await harness.agents.at('one').stop();
  await until('it is forgotten', async () =>
    (await children('root.agents')).some((child) => child.startsWith('one')) ? undefined : true,
  );
  await harness.agents.start('child', 'one');
  await hasChild('root.agents', 'one running');
  // A death without a word is found by the sweep.
  await handle(harness.agents.at('one').workflowId).terminate('on purpose');
  await hasSaid('root.agents', 'one ended: killed');
  await hasChild('root.agents', 'one running');
  // The last one was started without arguments, the first with one.
  expect(await harness.agents.at('one').ask('total')).toBe(0);
});

test("a user's supervisor that gives up is begun again with its children; one that does so again and again is parked with its last word", async () => {
  const spec = {
    flags: { intensity: 0, periodSeconds: 5 },
    children: [{ id: 'fragile', start: { kind: 'agent', type: 'child' } }],
  };
  await harness.supervisors.start('weak', spec);
  await hasChild('root.supervisors', 'weak running');
  const generation = async (): Promise<number> => {
    const now = await at('weak')
      .status()
      .catch(() => undefined);
    return now?.life === 'running' ? now.generation.number : 0;
  };
  const fail = (why: string): Promise<unknown> =>
    until('the failure', () =>
      harness.agents
        .at('fragile')
        .tell('fail', why)
        .then(
          () => true as const,
          () => undefined,
        ),
    );
  for (let time = 1; time <= 5; time += 1) {
    const before = await generation();
    await isRunning('weak'); // before, the failure is one of its start
    await fail('on purpose');
    await until('another generation', async () => ((await generation()) > before ? true : undefined), 20_000);
  }
  await hasSaid('root.supervisors', 'weak ended: gave up: 1st restart in 5 s (fragile)');
  await isRunning('weak');
  await fail('for good');
  await hasChild('root.supervisors', 'weak quarantined');
  const { lastFailure } = await at('root.supervisors').view();
  expect(lastFailure).toMatchObject({ id: 'weak', text: 'gave up: 1st restart in 5 s (fragile)' });
  await at('root.supervisors').releaseChild('weak');
  await hasChild('root.supervisors', 'weak running');
  expect(await harness.agents.at('fragile').ask('total')).toBe(0);
  // One that is told to stop is let go.
  await at('weak').stop();
  await until('it is forgotten', async () =>
    (await children('root.supervisors')).some((child) => child.startsWith('weak')) ? undefined : true,
  );
});

test('a branch that is terminated in the server is started again, and finds what it had', async () => {
  await harness.agents.start('child', 'keeper');
  await hasChild('root.agents', 'keeper running');
  const before = await harness.agents.at('keeper').status();
  const branch = await at('root.agents').status();
  await handle(at('root.agents').workflowId).terminate('on purpose');
  await until('a new branch', async () => {
    const now = await at('root.agents')
      .status()
      .catch(() => undefined);
    return now !== undefined && now.generation.number > branch.generation.number ? true : undefined;
  });
  await hasChild('root.agents', 'keeper running');
  expect((await harness.agents.at('keeper').status()).generation).toEqual(before.generation);
});

test('an orphan of an earlier generation of a supervisor is stopped', async () => {
  const spec = (id: string) => ({ children: [{ id, start: { kind: 'agent', type: 'child' } }] });
  const owner = 'mabeam';
  const team = await harness.supervisors.start('orphaned', spec('left-behind'), { owner, sweepMs: SWEEP_MS });
  await handle(team.workflowId).terminate('on purpose');
  await harness.supervisors.start('orphaned', spec('newcomer'), { owner, sweepMs: SWEEP_MS });
  const orphan = harness.agents.at('left-behind').workflowId;
  await until('the end of the orphan', async () => ((await statusOf(orphan)) === 'COMPLETED' ? true : undefined));
  expect(await children('orphaned')).toEqual(['newcomer running']);
});

test("the names of the root and of what is below it are the space's own", async () => {
  for (const name of ['root', 'root.agents', 'root.mine'])
    await expect(harness.supervisors.start(name, { children: [] })).rejects.toMatchObject({ code: 'invalid-id' });
});

test('the stop of the root stops everything below it; one that was stopped so is not started again unasked', async () => {
  await harness.supervisors.at('root').stop();
  // What has ended hands its last events over still.
  for (const id of [harness.agents.at('late').workflowId, at('team').workflowId, at('root.variables').workflowId])
    await until(`the end of ${id}`, async () => ((await statusOf(id)) === 'COMPLETED' ? true : undefined));
  await until('the end of the root', async () =>
    (await statusOf(at('root').workflowId)) === 'COMPLETED' ? true : undefined,
  );
  await harness.supervisors.root({ unlessStopped: true });
  expect(await statusOf(at('root').workflowId)).toBe('COMPLETED');
});
