import { startOf } from '../../../src/simulation/client';
import type { Answer } from '../../../src/simulation/server';
import { BEGAN, calmServer, chance, HOUR_MS, sandboxOf } from '../../support/simulation/calm';

const WORKFLOWS = 'bench/simulation/workflows.ts';

test('a session that expires in the task in which it renews itself tells nobody of an end that its next run does not know', async () => {
  const sandbox = await sandboxOf(WORKFLOWS);
  const play = (renewAfterEvents: number): string => {
    const seen: string[] = [];
    const server = calmServer(sandbox, { leased: () => seen.push('leased') });
    const lock = startOf(chance, 'lock', 'press', 'lockWorkflow', {});
    const session = startOf(
      chance,
      'session',
      'mine',
      'sessionWorkflow',
      { ttlMs: 2_000, label: 'test' },
      { limits: { renewAfterEvents } },
    );
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
  const server = calmServer(await sandboxOf(WORKFLOWS));
  const lock = startOf(chance, 'lock', 'press', 'lockWorkflow', {});
  const session = startOf(chance, 'session', 'mine', 'sessionWorkflow', { ttlMs: 2_000, label: 'test' });
  const answers: Answer[] = [];
  const call = (update: string, args: unknown): void => {
    const message = { id: update, args, sender: 'user:test' };
    server.update(session.workflowId, update, update, message, (answer) => answers.push(answer));
  };
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
