import { defineUpdate } from '@temporalio/workflow';
import { tellSignal } from '../../src/contracts/agent';
import { DEFAULT_LIMITS, MAILBOX_BYTES, renewSignal, type Message, type Reply } from '../../src/contracts/entity';
import { testActivities } from '../support/agents/activities';
import type { checked, enqueueing, worker } from '../support/agents/agents';
import { startHarness, until, type Harness } from '../support/kernel/harness';
import { heardQuery } from '../support/kernel/owner-workflow';

const control = testActivities();
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness('limits', '../agents/workflows.ts', control.activities);
});
afterAll(() => harness.close());

const held = (text: string): Promise<boolean> =>
  until(`${text} is held`, () => (control.isHeld(text) ? true : undefined));
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'none',
    (error: unknown) => (error as { readonly code?: string }).code ?? String(error),
  );

test('AGT-4 a flood at ten times the limit is refused visibly, nothing accepted is lost, and renewals still happen', async () => {
  // given an agent that takes 60 messages a minute and renews itself every 60 events
  const agent = await harness.agents.get<typeof worker>('worker', 'flooded', {
    limits: { messagesPerMinute: 60, renewAfterEvents: 60 },
  });
  // when 600 tells come within seconds, by two senders that await each send
  const senders = [0, 1];
  const flood = async (which: number): Promise<void> => {
    for (let n = 0; n < 300; n += 1) await agent.tell('note', `s${String(which)}-${String(n)}`);
  };
  await Promise.all(senders.map(flood));
  // then each of them had its effect or is a dead letter, and the agent was renewed meanwhile
  const { counts } = await until('all are accounted for', async () => {
    const found = await agent.status();
    return found.counts.accepted + found.counts.deadLetters === 600 ? found : undefined;
  });
  const lines = await agent.inspect('lines');
  expect(lines).toHaveLength(counts.accepted);
  expect(counts.accepted).toBeGreaterThanOrEqual(60);
  expect(counts.renewals).toBeGreaterThanOrEqual(2);
  expect(new Set((await agent.deadLetters()).map((letter) => letter.refusal.code))).toEqual(new Set(['rate-limited']));
  // in the order of each sender
  for (const which of senders) {
    const own = lines.filter((line) => line.startsWith(`s${String(which)}-`)).map((line) => Number(line.split('-')[1]));
    expect(own).toEqual([...own].sort((a, b) => a - b));
  }
});

test('AGT-3 AGT-1 the order of each sender holds over three renewals while others send, too', async () => {
  const agent = await harness.agents.get<typeof worker>('worker', 'ordered');
  const handle = harness.temporal.client.workflow.getHandle(agent.workflowId);
  const senders = [0, 1, 2];
  const send = async (which: number, round: number): Promise<void> => {
    for (let n = 20 * round; n < 20 * round + 20; n += 1) {
      await agent.tell('note', `s${String(which)}-${String(n)}`);
      if (which === 0 && n % 20 === 10) await handle.signal(renewSignal);
    }
  };
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(senders.map((which) => send(which, round)));
    await until('a renewal', async () => ((await agent.status()).counts.renewals > round ? true : undefined));
  }
  const lines = await until('all were taken', async () => {
    const found = await agent.inspect('lines');
    return found.length === 180 ? found : undefined;
  });
  for (const which of senders) {
    const own = lines.filter((line) => line.startsWith(`s${String(which)}-`));
    expect(own).toEqual(Array.from({ length: 60 }, (_each, n) => `s${String(which)}-${String(n)}`));
  }
});

describe('each limit holds at its value and one past it', () => {
  test('messages in the mailbox', async () => {
    const limits = { mailboxMessages: 3 };
    const agent = await harness.agents.get<typeof enqueueing>('enqueueing', 'mailbox', { limits });
    await agent.tell('hold', 'mailbox');
    await held('mailbox');
    for (let n = 0; n < 3; n += 1) await agent.tell('note', { text: `n${String(n)}` });
    await until('three wait', async () => ((await agent.status()).mailbox === 3 ? true : undefined));
    expect(await codeOf(agent.ask('held', 'never'))).toBe('mailbox-full');
    expect((await agent.status()).counts.deadLetters).toBe(0);
    await agent.tell('note', { text: 'n3' });
    await until('a letter', async () => ((await agent.status()).counts.deadLetters === 1 ? true : undefined));
    control.release('mailbox');
  });

  test('bytes in the mailbox, so that what waits fits into a renewal', async () => {
    const agent = await harness.agents.get<typeof enqueueing>('enqueueing', 'heavy');
    await agent.tell('hold', 'heavy');
    await held('heavy');
    const text = 'x'.repeat(60_000);
    const fit = Math.floor(MAILBOX_BYTES / 60_300);
    for (let n = 0; n <= fit; n += 1) await agent.tell('note', { text });
    const { mailbox, counts } = await until('one too many', async () => {
      const found = await agent.status();
      return found.mailbox + found.counts.deadLetters === fit + 1 ? found : undefined;
    });
    expect({ mailbox, deadLetters: counts.deadLetters }).toEqual({ mailbox: fit, deadLetters: 1 });
    expect((await agent.deadLetters()).map((letter) => letter.refusal.code)).toEqual(['mailbox-full']);
    control.release('heavy');
  });

  test('bytes of a message, for the SDK and for the agent', async () => {
    const agent = await harness.agents.get<typeof worker>('worker', 'message', { limits: { messageBytes: 100 } });
    // {"name":"noted","arg":"…"} has 25 bytes beside the text
    expect(await agent.ask('noted', 'x'.repeat(75))).toHaveLength(75);
    expect(await codeOf(agent.ask('noted', 'x'.repeat(76)))).toBe('message-too-large');
    const roomy = await harness.agents.get<typeof worker>('worker', 'roomy');
    const most = DEFAULT_LIMITS.messageBytes - 25;
    expect(await roomy.ask('noted', 'x'.repeat(most))).toHaveLength(most);
    expect(await codeOf(roomy.ask('noted', 'x'.repeat(most + 1)))).toBe('message-too-large');
  });

  test('bytes of the state', async () => {
    const agent = await harness.agents.get<typeof checked>('checked', 'state', { limits: { stateBytes: 1_000 } });
    const beside = await until('its first version', async () => {
      const found = await agent.inspect('lines');
      return found.length > 0 ? found : undefined;
    });
    expect(beside).toEqual(['mail-filter@3']);
    const codes: string[] = [];
    for (let bytes = 850; bytes < 1_000; bytes += 1) codes.push(await codeOf(agent.ask('grow', bytes)));
    // up to one length each is taken, from the next on none is
    const last = codes.lastIndexOf('none');
    expect(codes.slice(0, last + 1).every((code) => code === 'none')).toBe(true);
    expect(codes.slice(last + 1).every((code) => code === 'state-too-large')).toBe(true);
    expect([last > 0, last < codes.length - 1]).toEqual([true, true]);
  });

  test('messages per minute', async () => {
    const agent = await harness.agents.get<typeof worker>('worker', 'minute', { limits: { messagesPerMinute: 3 } });
    for (let n = 0; n < 3; n += 1) expect(await agent.ask('noted', `n${String(n)}`)).toBe(`n${String(n)}`);
    await expect(agent.ask('noted', 'n3')).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfterMs: expect.any(Number) as number,
    });
  });

  test('effects in flight', async () => {
    const agent = await harness.agents.get<typeof worker>('worker', 'effects', { limits: { effectsInFlight: 3 } });
    expect(await agent.ask('many', 3)).toBe(3);
    expect(await codeOf(agent.ask('many', 4))).toBe('limit-reached');
    expect(await agent.ask('many', 3)).toBe(3);
  });
});

test('AGT-6 undecodable payloads by raw gRPC: signal, update, query and input; none kills or sticks the agent', async () => {
  const agent = await harness.agents.get<typeof worker>('worker', 'poisoned');
  const { client, queues, space } = harness.temporal;
  const { namespace } = client.options;
  const service = client.workflowService;
  const bad = { payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"id":') }] };
  const workflowExecution = { workflowId: agent.workflowId };
  await service.signalWorkflowExecution({ namespace, workflowExecution, signalName: tellSignal.name, input: bad });
  await service.signalWorkflowExecution({ namespace, workflowExecution, signalName: 'childExited', input: bad });
  await service.signalWorkflowExecution({ namespace, workflowExecution, signalName: tellSignal.name });
  const updated = await service.updateWorkflowExecution({
    namespace,
    workflowExecution,
    waitPolicy: { lifecycleStage: 3 },
    request: { meta: { updateId: 'bad-update' }, input: { name: 'ask', args: bad } },
  });
  expect(updated.outcome?.failure?.applicationFailureInfo?.type).toBe('undecodable');
  const queried = service.queryWorkflow({
    namespace,
    execution: workflowExecution,
    query: { queryType: 'inspect', queryArgs: bad },
  });
  await expect(queried).rejects.toThrow(/undecodable/);
  const letters = await until('three letters', async () => {
    const found = await agent.deadLetters();
    return found.length === 3 ? found : undefined;
  });
  expect(letters.map((letter) => letter.refusal.code)).toEqual(['undecodable', 'undecodable', 'invalid-message']);
  expect(await agent.ask('noted', 'alive')).toBe('alive');
  // an agent whose very input cannot be read fails, and says why
  const workflowId = `${space}:agent:garbled`;
  await service.startWorkflowExecution({
    namespace,
    workflowId,
    workflowType: { name: 'workerAgentWorkflow' },
    taskQueue: { name: queues.main },
    requestId: 'garbled',
    input: bad,
  });
  await expect(client.workflow.getHandle(workflowId).result()).rejects.toMatchObject({
    cause: { type: 'undecodable' },
  });
});

test('AGT-6 wrongly typed payloads of each kind are refused or buried, and leave no trace in the state', async () => {
  const agent = await harness.agents.get<typeof worker>('worker', 'mistyped');
  const { temporal } = harness;
  const update = defineUpdate<Reply, [Message]>('ask');
  const call = (args: unknown): Promise<string> => codeOf(temporal.call(agent.workflowId, update, args));
  for (const args of [null, 'text', 7, [], {}, { name: 7 }]) expect(await call(args)).toBe('invalid-message');
  expect(await call({ name: 'toString' })).toBe('unknown-message');
  const handle = temporal.client.workflow.getHandle(agent.workflowId);
  const poison: unknown[] = [null, 'text', 7, [], {}, { id: '' }, { id: 'i', chain: 'x' }, { id: 'j', deadline: 7 }];
  for (const message of poison) await handle.signal('tell', message);
  await handle.signal('tell', { id: 'k', args: { name: 'constructor' } });
  const letters = await until('the letters', async () => {
    const found = await agent.deadLetters();
    return found.length === poison.length + 1 ? found : undefined;
  });
  expect(letters.map((letter) => letter.refusal.code)).toEqual([
    ...poison.map(() => 'invalid-message'),
    'unknown-message',
  ]);
  expect(await agent.inspect('lines')).toEqual([]);
});

test('an owner that is any workflow hears that its agent has started, and how it ended, once each', async () => {
  const { client, queues, space } = harness.temporal;
  const owner = `${space}-owner`;
  const handle = await client.workflow.start('ownerWorkflow', { workflowId: owner, taskQueue: queues.main });
  const names = ['orderly', 'broken'] as const;
  const [orderly, broken] = await Promise.all(
    names.map((name) => harness.agents.start<typeof worker>('worker', name, { owner })),
  );
  expect((await orderly?.status())?.owner).toBe(owner);
  await orderly?.stop('enough');
  await broken?.tell('fail');
  await handle.result();
  const heard = await handle.query(heardQuery);
  const of = (word: string, name: string) =>
    heard.filter((each) => each.word === word && each.report.child === `${space}:agent:${name}`);
  for (const name of names) expect([of('started', name).length, of('exited', name).length]).toEqual([1, 1]);
  expect(of('exited', 'orderly')[0]?.report.reason).toEqual({ kind: 'shutdown', term: 'enough' });
  expect(of('exited', 'broken')[0]?.report.reason).toMatchObject({ kind: 'failed', refusal: { code: 'agent-failed' } });
});
