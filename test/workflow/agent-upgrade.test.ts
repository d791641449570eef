import { renewSignal } from '../../src/contracts/entity';
import { startHarness, until, type Harness } from '../support/kernel/harness';

const FIRST = '../versions/first/workflows.ts';
const SECOND = '../versions/second/workflows.ts';
const SENDERS = 3;
const EACH = 40;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness('agent-upgrade', FIRST);
});
afterAll(() => harness.close());

test('an agent whose code is changed under load lifts its state and loses nothing', async () => {
  const agent = await harness.agents.start('versioned', 'counts', { limits: { renewAfterEvents: 60 } });
  const status = () => agent.status();
  let sent = 0;
  let isHeld = () => false;
  const sender = async (): Promise<void> => {
    for (let at = 0; at < EACH; at += 1) {
      await agent.tell('add', 2);
      sent += 1;
      // With nobody there to take them, the tells go on for a while and wait in the server.
      if (at > EACH / 2 && !isHeld()) await until('the change of the code', () => isHeld() || undefined);
    }
  };
  const sending = Promise.all(Array.from({ length: SENDERS }, sender));
  await until('renewals of the first version', async () => ((await status()).counts.renewals > 0 ? true : undefined));
  await until('half of the tells', () => (sent > (SENDERS * EACH) / 3 ? true : undefined));
  const begin = await harness.holdWorkflows();
  isHeld = () => true;
  await begin(SECOND);
  await sending;
  await harness.temporal.client.workflow.getHandle(agent.workflowId).signal(renewSignal);
  const last = await until('all of it in the second version', async () => {
    const all = (await agent.ask('all')) as { readonly version: number; readonly messages: number };
    return all.messages === SENDERS * EACH ? all : undefined;
  });
  expect(last).toEqual({ version: 2, total: 2 * SENDERS * EACH, messages: SENDERS * EACH, lifted: 1 });
  const { counts, life } = await status();
  expect({ life, deadLetters: counts.deadLetters }).toEqual({ life: 'running', deadLetters: 0 });
});
