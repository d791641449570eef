import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { OutboxBatch } from '../../../src/contracts/envelope';
import { chanceOf } from '../../../src/simulation/chance';
import { startOf } from '../../../src/simulation/client';
import { Faults } from '../../../src/simulation/faults';
import { Sandbox } from '../../../src/simulation/sandbox';
import { Server, type Answer } from '../../../src/simulation/server';
import { bundleOf } from '../../support/kernel/bundle';

const BEGAN = Date.parse('2027-01-15T08:00:00Z');
const HOUR_MS = 3_600_000;

test('a session that expires in the task in which it renews itself tells nobody of an end that its next run does not know', async () => {
  const code = readFileSync(await bundleOf(resolve(__dirname, '../../../bench/simulation/workflows.ts')), 'utf8');
  const sandbox = new Sandbox(code);
  const play = (renewAfterEvents: number): string => {
    const chance = chanceOf(1);
    const server = new Server(sandbox, chance, new Faults(chance, () => 0, []), BEGAN, () => undefined);
    const lock = startOf(chance, 'lock', 'press', 'lockWorkflow', {});
    const session = startOf(
      chance,
      'session',
      'mine',
      'sessionWorkflow',
      { ttlMs: 2_000, label: 'test' },
      { limits: { renewAfterEvents } },
    );
    const seen: string[] = [];
    // nobody keeps it alive
    server.perform(({ type, args }, end) => {
      if (type === 'holdLease') {
        seen.push('leased');
        return;
      }
      const { events } = args[0] as OutboxBatch;
      end({ kind: 'done', value: { storedThrough: events.at(-1)?.sequence } });
    });
    server.onSignal = (_to, name) => {
      if (name === 'sessionEnded') seen.push('told');
    };
    server.start(lock);
    server.start(session);
    const message = { id: 'attach', args: { to: lock.workflowId }, sender: 'user:test' };
    server.update(session.workflowId, 'attach', 'attach', message, () => undefined);
    while (server.step(BEGAN + HOUR_MS));
    expect(server.isRunning(session.workflowId)).toBe(false);
    return seen.join(' ');
  };
  for (let renewAfterEvents = 10; renewAfterEvents < 40; renewAfterEvents += 1)
    expect(play(renewAfterEvents)).toMatch(/^(leased )+told$/);
});

test('who listens to a session that is just telling of its end is answered, and the session ends', async () => {
  const code = readFileSync(await bundleOf(resolve(__dirname, '../../../bench/simulation/workflows.ts')), 'utf8');
  const chance = chanceOf(1);
  const server = new Server(new Sandbox(code), chance, new Faults(chance, () => 0, []), BEGAN, () => undefined);
  const lock = startOf(chance, 'lock', 'press', 'lockWorkflow', {});
  const session = startOf(chance, 'session', 'mine', 'sessionWorkflow', { ttlMs: 2_000, label: 'test' });
  const answers: Answer[] = [];
  const call = (update: string, args: unknown): void => {
    const message = { id: update, args, sender: 'user:test' };
    server.update(session.workflowId, update, update, message, (answer) => answers.push(answer));
  };
  // nobody keeps it alive
  server.perform(({ type, args }, end) => {
    if (type === 'holdLease') return;
    const { events } = args[0] as OutboxBatch;
    end({ kind: 'done', value: { storedThrough: events.at(-1)?.sequence } });
  });
  // its end is told, and it does not know yet that it is
  server.onSignal = (_to, name) => {
    if (name === 'sessionEnded') call('notes', { after: 0, waitMs: 5_000 });
  };

  server.start(lock);
  server.start(session);
  call('attach', { to: lock.workflowId });
  while (server.step(BEGAN + HOUR_MS));

  expect(answers).toEqual([
    { kind: 'done', value: expect.objectContaining({ requestId: 'attach', value: { attached: true } }) as unknown },
    { kind: 'done', value: expect.objectContaining({ requestId: 'notes', value: [] }) as unknown },
  ]);
  expect(server.isRunning(session.workflowId)).toBe(false);
});
