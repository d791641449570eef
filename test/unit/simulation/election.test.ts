import { UNSETTLED_MS } from '../../../src/contracts/coordination/election';
import { OFFER_MS } from '../../../src/contracts/coordination/lock';
import { startOf } from '../../../src/simulation/client';
import type { Answer } from '../../../src/simulation/server';
import { BEGAN, calmServer, chance, HOUR_MS, sandboxOf } from '../../support/simulation/calm';

/** Candidates that never take their turn, one after the other, from the moment when the leader is gone. */
async function play(candidates: number): Promise<readonly unknown[]> {
  const told: unknown[] = [];
  const server = calmServer(await sandboxOf('workflows/index.ts'), {
    told: (events) => told.push(...events.filter(({ type }) => type === 'election.unsettled').map(({ data }) => data)),
  });
  const election = startOf(chance, 'election', 'boss', 'electionWorkflow', {}, { limits: {} });
  const call = (to: string, update: string, id: string, args: unknown): void => {
    const answers: Answer[] = [];
    server.update(to, update, id, { id, args, sender: 'user:test' }, (answer) => answers.push(answer));
    while (answers.length === 0 && server.step(BEGAN + HOUR_MS));
    expect(answers).toMatchObject([{ kind: 'done' }]);
  };
  server.start(election);
  for (let number = 0; number <= candidates; number += 1) {
    const name = `of-${String(number)}`;
    const session = startOf(
      chance,
      'session',
      name,
      'sessionWorkflow',
      { ttlMs: 600_000, label: name },
      { limits: {} },
    );
    server.start(session);
    call(session.workflowId, 'attach', `attach-${name}`, { to: election.workflowId });
    call(election.workflowId, 'acquire', name, { request: name, session: name, waitMs: 600_000 });
  }
  call(election.workflowId, 'break', 'break', { reason: 'a test' });
  while (server.step(BEGAN + HOUR_MS));
  return told;
}

test('an election in which nobody takes the lead for too long says so, once', async () => {
  const inTime = Math.floor(UNSETTLED_MS / OFFER_MS) - 1;
  expect(await play(inTime)).toEqual([]);
  expect(await play(inTime + 6)).toEqual([
    { since: expect.any(String) as unknown, candidates: expect.any(Number) as unknown },
  ]);
});
