import type { AgentHandle } from '../../src/client/agents';
import type { Temporal } from '../../src/client/temporal';
import { renewSignal } from '../../src/contracts/entity';
import { testActivities } from '../support/agents/activities';
import type {
  checked,
  dropping,
  enqueueing,
  interrupting,
  merging,
  parking,
  rejecting,
  rollingBack,
  worker,
} from '../support/agents/agents';
import { startHarness, until, type Harness } from '../support/kernel/harness';

const control = testActivities();
let harness: Harness;
let temporal: Temporal;
beforeAll(async () => {
  harness = await startHarness('mailbox', '../agents/workflows.ts', control.activities);
  ({ temporal } = harness);
});
afterAll(() => harness.close());

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'no refusal';
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
}
const held = (text: string): Promise<boolean> =>
  until(`${text} is held`, () => (control.isHeld(text) ? true : undefined));
const lines = (agent: AgentHandle): Promise<readonly string[]> => agent.inspect('lines') as Promise<readonly string[]>;
const letters = async (agent: AgentHandle): Promise<readonly string[]> =>
  (await agent.deadLetters()).map((each) => each.refusal.code);
const linesAre = (agent: AgentHandle, count: number): Promise<readonly string[]> =>
  until(`${String(count)} lines`, async () => {
    const found = await lines(agent);
    return found.length >= count ? found : undefined;
  });

test('AGT-3 the messages of a sender that awaits each send are taken in their order, over renewals', async () => {
  const agent = await harness.agents.get<typeof worker>('worker', 'ordered');
  const handle = temporal.client.workflow.getHandle(agent.workflowId);
  for (let n = 0; n < 60; n++) {
    await agent.tell('note', `n${String(n)}`);
    if (n % 20 === 10) await handle.signal(renewSignal);
  }
  const found = await linesAre(agent, 60);
  expect(found).toEqual(Array.from({ length: 60 }, (_each, n) => `n${String(n)}`));
});

test('AGT-4 at most eight asks are in flight; the next is refused with a retry-after', async () => {
  const agent = await harness.agents.get<typeof enqueueing>('enqueueing', 'eight');
  const asks = [agent.ask('held', 'eight-0')];
  await held('eight-0');
  for (let n = 1; n < 8; n++) asks.push(agent.ask('held', `eight-${String(n)}`));
  await until('eight in flight', async () => ((await agent.status()).mailbox === 7 ? true : undefined));
  const ninth = agent.ask('held', 'eight-8');
  await expect(ninth).rejects.toMatchObject({ code: 'mailbox-full', retryAfterMs: expect.any(Number) as number });
  // asks that are sent at once come in any order
  const waiting = new Set(Array.from({ length: 8 }, (_each, n) => `eight-${String(n)}`));
  while (waiting.size > 0) {
    const text = await until('the next is held', () => [...waiting].find((each) => control.isHeld(each)));
    waiting.delete(text);
    control.release(text);
  }
  expect(await Promise.all(asks)).toEqual(Array.from({ length: 8 }, (_each, n) => `eight-${String(n)}`));
});

test('AGT-4 a full mailbox files surplus tells as dead letters, counted and replayable', async () => {
  const agent = await harness.agents.get<typeof enqueueing>('enqueueing', 'full', { limits: { mailboxMessages: 3 } });
  await agent.tell('hold', 'full');
  await held('full');
  for (let n = 0; n < 30; n++) await agent.tell('note', { text: `n${String(n)}` });
  await until('27 letters', async () => ((await agent.status()).counts.deadLetters === 27 ? true : undefined));
  expect(new Set(await letters(agent as AgentHandle))).toEqual(new Set(['mailbox-full']));
  control.release('full');
  await linesAre(agent, 4);
  await agent.replay(5);
  expect(await linesAre(agent as AgentHandle, 5)).toEqual(['full', 'n0', 'n1', 'n2', 'n7']);
});

test('AGT-4 with drop-oldest the oldest waiting tell becomes the dead letter', async () => {
  const agent = await harness.agents.get<typeof dropping>('dropping', 'dropping');
  await agent.tell('hold', 'dropping');
  await held('dropping');
  for (let n = 0; n < 4; n++) await agent.tell('note', { text: `n${String(n)}` });
  await until('two letters', async () => ((await agent.status()).counts.deadLetters === 2 ? true : undefined));
  control.release('dropping');
  expect(await linesAre(agent as AgentHandle, 3)).toEqual(['dropping', 'n2', 'n3']);
});

test('AGT-4 with park as many tells again wait aside before one is refused', async () => {
  const agent = await harness.agents.get<typeof parking>('parking', 'parking');
  await agent.tell('hold', 'parking');
  await held('parking');
  for (let n = 0; n < 5; n++) await agent.tell('note', { text: `n${String(n)}` });
  await until('one letter', async () => ((await agent.status()).counts.deadLetters === 1 ? true : undefined));
  control.release('parking');
  expect(await linesAre(agent as AgentHandle, 5)).toEqual(['parking', 'n0', 'n1', 'n2', 'n3']);
});

test('AGT-4 a message during a step is refused where the agent says reject', async () => {
  const agent = await harness.agents.get<typeof rejecting>('rejecting', 'rejecting');
  const first = agent.ask('held', 'rejecting');
  await held('rejecting');
  expect(await codeOf(agent.ask('held', 'other'))).toBe('mailbox-full');
  await agent.tell('note', { text: 'no' });
  await until('a letter', async () => ((await letters(agent as AgentHandle)).length === 1 ? true : undefined));
  control.release('rejecting');
  expect(await first).toBe('rejecting');
});

test('AGT-4 a newer message interrupts the step where the agent says so; the interrupted tell is a dead letter', async () => {
  const agent = await harness.agents.get<typeof interrupting>('interrupting', 'interrupting');
  await agent.tell('hold', 'interrupted');
  await held('interrupted');
  await agent.tell('note', { text: 'newer' });
  expect(await linesAre(agent as AgentHandle, 1)).toEqual(['newer']);
  expect(await letters(agent as AgentHandle)).toEqual(['interrupted']);
  const ask = codeOf(agent.ask('held', 'interrupted-ask'));
  await held('interrupted-ask');
  await agent.tell('note', { text: 'newest' });
  expect(await ask).toBe('interrupted');
});

test('AGT-4 with rollback the running tell is as if it had never come', async () => {
  const agent = await harness.agents.get<typeof rollingBack>('rolling-back', 'rollback');
  await agent.tell('hold', 'rolled-back');
  await held('rolled-back');
  await agent.tell('note', { text: 'newer' });
  expect(await linesAre(agent as AgentHandle, 1)).toEqual(['newer']);
  expect(await letters(agent as AgentHandle)).toEqual([]);
});

test('AGT-4 with merge the waiting tells of one name become one', async () => {
  const agent = await harness.agents.get<typeof merging>('merging', 'merging');
  await agent.tell('hold', 'merging');
  await held('merging');
  for (let n = 0; n < 5; n++) await agent.tell('note', { text: `n${String(n)}` });
  control.release('merging');
  expect(await linesAre(agent as AgentHandle, 2)).toEqual(['merging', 'n4']);
});

test('a renewal waits for the running step and loses neither it nor what waits', async () => {
  const agent = await harness.agents.get<typeof enqueueing>('enqueueing', 'renewed');
  const ask = agent.ask('held', 'renewed');
  await held('renewed');
  await temporal.client.workflow.getHandle(agent.workflowId).signal(renewSignal);
  await agent.tell('note', { text: 'waits' });
  expect((await agent.status()).counts.renewals).toBe(0);
  control.release('renewed');
  expect(await ask).toBe('renewed');
  await until('the renewal', async () => ((await agent.status()).counts.renewals === 1 ? true : undefined));
  expect(await linesAre(agent as AgentHandle, 2)).toEqual(['renewed', 'waits']);
});

test('an agent that is never idle renews itself between two steps, and takes what waits along', async () => {
  const agent = await harness.agents.get<typeof enqueueing>('enqueueing', 'never-idle');
  for (const text of ['busy-0', 'busy-1', 'busy-2']) await agent.tell('hold', text);
  await held('busy-0');
  await temporal.client.workflow.getHandle(agent.workflowId).signal(renewSignal);
  control.release('busy-0');
  await held('busy-1');
  expect((await agent.status()).counts.renewals).toBe(1);
  control.release('busy-1');
  await held('busy-2');
  control.release('busy-2');
  expect(await linesAre(agent as AgentHandle, 3)).toEqual(['busy-0', 'busy-1', 'busy-2']);
});

test('the limit of messages per minute refuses asks with a retry-after and files tells', async () => {
  const agent = await harness.agents.get<typeof worker>('worker', 'rate', { limits: { messagesPerMinute: 3 } });
  for (let n = 0; n < 3; n++) await agent.ask('noted', `n${String(n)}`);
  await expect(agent.ask('noted', 'n3')).rejects.toMatchObject({ code: 'rate-limited' });
  await agent.tell('note', 'n4');
  expect(await until('a letter', async () => (await letters(agent as AgentHandle))[0])).toBe('rate-limited');
  expect(await lines(agent as AgentHandle)).toEqual(['n0', 'n1', 'n2']);
});

test('the limit of message bytes is enforced by the SDK and by the agent', async () => {
  const agent = await harness.agents.get<typeof worker>('worker', 'bytes', { limits: { messageBytes: 100 } });
  expect(await codeOf(agent.ask('noted', 'x'.repeat(200)))).toBe('message-too-large');
  expect(await codeOf(agent.tell('note', 'x'.repeat(70_000)))).toBe('message-too-large');
  await agent.tell('note', 'x'.repeat(200));
  expect(await until('a letter', async () => (await letters(agent as AgentHandle))[0])).toBe('message-too-large');
  expect(await codeOf(agent.tell('note', new Map() as unknown as string))).toBe('invalid-message');
});

test('the limit of state bytes refuses the message and keeps the state', async () => {
  const agent = await harness.agents.get<typeof checked>('checked', 'state', { limits: { stateBytes: 1_000 } });
  expect(await agent.ask('grow', 500)).toBe(500);
  expect(await codeOf(agent.ask('grow', 5_000))).toBe('state-too-large');
  expect((await lines(agent as AgentHandle))[0]).toHaveLength(500);
});

test('the limit of effects in flight refuses one more', async () => {
  const agent = await harness.agents.get<typeof worker>('worker', 'effects', { limits: { effectsInFlight: 3 } });
  expect(await agent.ask('many', 3)).toBe(3);
  expect(await codeOf(agent.ask('many', 4))).toBe('limit-reached');
  expect(await agent.ask('many', 3)).toBe(3);
});

test("AGT-6 what a definition's own validator refuses is a dead letter or a refusal, with its words", async () => {
  const agent = await harness.agents.get<typeof checked>('checked', 'validated');
  await harness.agents.at(agent.name).tell('say', 7);
  await agent.tell('say', '  trimmed  ');
  await until('said', async () => ((await lines(agent as AgentHandle)).includes('trimmed') ? true : undefined));
  const [letter] = await agent.deadLetters();
  expect(letter?.refusal).toMatchObject({ code: 'invalid-message', message: 'say: a text was expected; got 7' });
});

test('while the store is down events wait, renewals go on, and then each event is there once and in order', async () => {
  harness.setStoreDown(true);
  const agent = await harness.agents.get<typeof worker>('worker', 'outbox');
  for (let n = 0; n < 3; n++) await harness.agents.at('outbox').tell('unknown', n);
  const handle = temporal.client.workflow.getHandle(agent.workflowId);
  await handle.signal(renewSignal);
  await until('the renewal', async () => ((await agent.status()).counts.renewals === 1 ? true : undefined));
  expect((await agent.status()).outbox).toBe(4);
  harness.setStoreDown(false);
  await until('handed over', async () => ((await agent.status()).outbox === 0 ? true : undefined), 40_000);
  const events = harness.events(agent.workflowId);
  expect(events.map((event) => event.sequence)).toEqual([1, 2, 3, 4]);
  expect(events.map((event) => event.type)).toEqual([
    'entity.started',
    ...Array.from({ length: 3 }, () => 'entity.deadLettered'),
  ]);
});
