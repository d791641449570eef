import { isRefusal } from '../../src/contracts/errors';
import { renewSignal, type EntityInput } from '../../src/contracts/entity';
import { parseName, workflowId, type Name } from '../../src/contracts/ids';
import { testActivities } from '../support/agents/activities';
import type { counter, enqueueing, failing, worker } from '../support/agents/agents';
import type { aged, asker, clock, parent, slow, wonderer } from '../support/agents/teams';
import { startHarness, until, type Harness } from '../support/kernel/harness';

const control = testActivities();
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness('teams', '../agents/workflows.ts', control.activities);
});
afterAll(() => harness.close());

const held = (text: string): Promise<boolean> =>
  until(`${text} is held`, () => (control.isHeld(text) ? true : undefined));
const renew = async (agent: { workflowId: string; status(): Promise<{ counts: { renewals: number } }> }) => {
  const { renewals } = (await agent.status()).counts;
  await harness.temporal.client.workflow.getHandle(agent.workflowId).signal(renewSignal);
  await until('a renewal', async () => ((await agent.status()).counts.renewals > renewals ? true : undefined));
};

describe('agents ask agents', () => {
  const get = (name: string) => harness.agents.get<typeof asker>('asker', name);

  test('AGT-5 an ask goes through a chain of agents and each answer finds its question', async () => {
    const [first] = await Promise.all(['a1', 'a2', 'a3', 'a4'].map(get));
    expect(await first?.ask('chain', ['a2', 'a3', 'a4'])).toBe('a4');
    // answers carry the id of their question: eight at once, each gets its own
    const names = await Promise.all(
      Array.from({ length: 8 }, async (_each, n) =>
        first?.ask('errand', { to: `a${String(2 + (n % 3))}`, message: 'who' }),
      ),
    );
    const sender = workflowId(harness.temporal.space, 'agent', 'a1' as Name);
    expect(names).toEqual(Array.from({ length: 8 }, (_each, n) => ({ sender, name: `a${String(2 + (n % 3))}` })));
  });

  test('AGT-5 a request cycle is seen from the chain and fails as a deadlock, however long it is', async () => {
    const [first] = await Promise.all(['c1', 'c2', 'c3'].map(get));
    for (const names of [['c1'], ['c2', 'c1'], ['c2', 'c3', 'c1'], ['c2', 'c3', 'c2']]) {
      await expect(first?.ask('chain', names)).rejects.toMatchObject({ code: 'deadlock' });
    }
    // nobody is stuck afterwards
    expect(await first?.ask('chain', ['c2', 'c3'])).toBe('c3');
  });

  test('AGT-5 an ask has a deadline; its late answer reaches nobody', async () => {
    const callee = await harness.agents.get<typeof enqueueing>('enqueueing', 'late');
    const caller = await get('impatient');
    await caller.ask('chain', []);
    await callee.inspect('lines');
    const asked = caller.ask('errand', { to: 'late', message: 'held', arg: 'late', deadlineMs: 1_500 });
    await expect(asked).rejects.toMatchObject({ code: 'timeout' });
    await held('late');
    control.release('late');
    await until('the late answer', async () => ((await callee.inspect('lines')).length === 1 ? true : undefined));
    expect(await caller.ask('chain', [])).toBe('impatient');
    expect((await caller.status()).counts).toMatchObject({ deadLetters: 0, refused: 1 });
  });

  test('AGT-5 an agent that is not there, a message it does not have and its own refusal are answered with their codes', async () => {
    const caller = await get('curious');
    await harness.agents.get<typeof worker>('worker', 'colleague');
    const code = (to: string, message: string): Promise<string> =>
      caller.ask('errand', { to, message }).then(
        () => 'none',
        (error: unknown) => (isRefusal(error) ? error.code : String(error)),
      );
    expect(await code('nobody', 'who')).toBe('agent-not-found');
    expect(await code('colleague', 'dance')).toBe('unknown-message');
    expect(await code('colleague', 'refused')).toBe('invalid-message');
  });

  test('AGT-4 AGT-5 an ask that a full mailbox cannot take is refused at once, not at its deadline', async () => {
    const callee = await harness.agents.get<typeof enqueueing>('enqueueing', 'crowded', {
      limits: { mailboxMessages: 1 },
    });
    await callee.tell('hold', 'crowded');
    await held('crowded');
    await callee.tell('note', { text: 'waits' });
    const caller = await get('refused');
    const asked = caller.ask('errand', { to: 'crowded', message: 'held', arg: 'x', deadlineMs: 600_000 });
    await expect(asked).rejects.toMatchObject({ code: 'mailbox-full' });
    control.release('crowded');
    expect((await callee.deadLetters()).map((letter) => letter.refusal.code)).toEqual(['mailbox-full']);
  });

  test('an interrupted ask gives its place back: the limit of effects in flight is not used up', async () => {
    const sleeper = await harness.agents.get<typeof enqueueing>('enqueueing', 'sleeper');
    const agent = await harness.agents.get<typeof wonderer>('wonderer', 'wonderer');
    for (let n = 0; n < 4; n += 1) {
      await agent.tell('wonder', { to: 'sleeper', message: 'held', arg: `sleep-${String(n)}`, deadlineMs: 600_000 });
      await until('it is asked', async () => ((await sleeper.status()).mailbox === n ? true : undefined));
      await held('sleep-0');
    }
    expect(await agent.ask('echo', 'awake')).toBe('echo awake');
    expect((await agent.deadLetters()).map((letter) => letter.refusal.code)).toEqual(
      Array.from({ length: 4 }, () => 'interrupted'),
    );
    for (let n = 0; n < 4; n += 1) {
      const text = `sleep-${String(n)}`;
      await held(text);
      control.release(text);
    }
  });
});

test('AGT-1 timers ring on over renewals: every so often, and once', async () => {
  const agent = await harness.agents.get<typeof clock>('clock', 'clock');
  await agent.tell('set', 400);
  for (let n = 0; n < 3; n += 1) await renew(agent);
  const { rings } = await agent.inspect('seen');
  await until('the alarm', async () => ((await agent.inspect('seen')).alarms > 0 ? true : undefined));
  const later = await until('it rings on', async () => {
    const seen = await agent.inspect('seen');
    return seen.rings > rings + 2 ? seen : undefined;
  });
  expect(later.alarms).toBe(1);
  expect((await agent.status()).counts.renewals).toBe(3);
});

test('an owner hears of the end of its children, and why: ordered, and failed', async () => {
  const owner = await harness.agents.get<typeof parent>('parent', 'mother');
  const id = await owner.ask('spawn', { type: 'counter', name: 'daughter' });
  expect(await owner.ask('spawn', { type: 'counter', name: 'daughter' })).toBe(id);
  await owner.ask('spawn', { type: 'worker', name: 'son' });
  const daughter = harness.agents.at<typeof counter>('daughter');
  expect((await daughter.status()).owner).toBe(owner.workflowId);
  await daughter.stop();
  await harness.agents.at<typeof worker>('son').tell('fail');
  const lines = await until('both ends', async () => {
    const found = await owner.inspect('lines');
    return found.length === 2 ? found : undefined;
  });
  expect([...lines].sort()).toEqual(['daughter shutdown', 'son failed agent-failed']);
  expect((await owner.status()).counts.deadLetters).toBe(0);
});

test('the states of life are visible: starting, running, draining, stopped', async () => {
  const agent = await harness.agents.get<typeof slow>('slow', 'slow', { args: { hold: 'slow' } });
  const { client } = harness.temporal;
  const shown = async (): Promise<string> => {
    const { typedSearchAttributes } = await client.workflow.getHandle(agent.workflowId).describe();
    return String(typedSearchAttributes.getAll().find(({ key }) => key.name === 'MabeamStatus')?.value);
  };
  const isShown = (state: string): Promise<true> =>
    until(state, async () => ((await shown()) === state ? (true as const) : undefined));
  await agent.tell('note', 'early');
  await held('slow');
  expect((await agent.status()).life).toBe('starting');
  await isShown('starting');
  control.release('slow');
  await isShown('running');
  expect(await agent.inspect('lines')).toEqual(['slow', 'early']);
  const stopping = agent.stop('enough');
  await held('slow-end');
  expect((await agent.status()).life).toBe('draining');
  await isShown('draining');
  await expect(harness.agents.at<typeof counter>('slow').ask('drain')).rejects.toMatchObject({ code: 'stopped' });
  control.release('slow-end');
  await stopping;
  await isShown('stopped');
  expect((await agent.status()).reason).toEqual({ kind: 'shutdown', term: 'enough' });
});

test('a behaviour that fails ends its agent as failed with the reason, and what waited is a dead letter', async () => {
  const agent = await harness.agents.get<typeof worker>('worker', 'fragile');
  await agent.tell('fail');
  await until('failed', async () => ((await agent.status()).life === 'failed' ? true : undefined));
  const { reason } = await agent.status();
  expect(reason).toMatchObject({ kind: 'failed', refusal: { code: 'agent-failed', message: 'the behaviour gave up' } });
  expect((await agent.deadLetters()).map((letter) => letter.refusal.code)).toEqual(['agent-failed']);
  await expect(agent.ask('noted', 'late')).rejects.toMatchObject({ code: 'agent-failed' });
  const broken = await harness.agents.get<typeof failing>('failing', 'failing');
  await until('failed', async () => ((await broken.status()).life === 'failed' ? true : undefined));
});

test('a state of an older schema is lifted when its agent begins a new run', async () => {
  const { space, queues, client } = harness.temporal;
  const name = parseName('agent', 'aged') as Name;
  const id = workflowId(space, 'agent', name);
  const zero = { accepted: 3, repeated: 0, refused: 0, deadLetters: 0, renewals: 1 };
  const input: EntityInput = {
    space,
    kind: 'agent',
    name,
    owner: `${space}:supervisor:root.agents`,
    queues,
    init: { type: 'aged' },
    // what an agent of the first schema has handed to its next run
    snapshot: {
      schema: 1,
      state: { user: { text: 'one two' }, timers: [], timersSet: 0, versions: {} },
      generation: { firstRunId: 'first', number: 1 },
      mailbox: [
        { via: 'notice', name: 'tell', since: 1, message: { id: 'waiting', args: { name: 'note', arg: 'three' } } },
      ],
      remembered: [],
      outbox: [],
      sequence: 0,
      effects: [],
      deadLetters: [],
      counts: zero,
    },
  };
  await client.workflow.start('agedAgentWorkflow', { workflowId: id, taskQueue: queues.main, args: [input] });
  const agent = harness.agents.at<typeof aged>('aged');
  await until('lifted', async () => ((await agent.inspect('lines')).length === 3 ? true : undefined));
  await renew(agent);
  expect(await agent.inspect('lines')).toEqual(['one', 'two', 'three']);
  expect((await agent.status()).counts).toMatchObject({ accepted: 4, renewals: 2 });
});
