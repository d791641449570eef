import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UNSETTLED_MS } from '../../../src/contracts/coordination/election';
import { OFFER_MS } from '../../../src/contracts/coordination/lock';
import type { OutboxBatch } from '../../../src/contracts/envelope';
import { chanceOf } from '../../../src/simulation/chance';
import { startOf } from '../../../src/simulation/client';
import { Faults } from '../../../src/simulation/faults';
import { Sandbox } from '../../../src/simulation/sandbox';
import { Server, type Answer } from '../../../src/simulation/server';
import { bundleOf } from '../../support/kernel/bundle';

const BEGAN = Date.parse('2027-01-15T08:00:00Z');
const HOUR_MS = 3_600_000;

/** Candidates that never take their turn, one after the other, from the moment when the leader is gone. */
async function play(candidates: number): Promise<readonly unknown[]> {
  const code = readFileSync(await bundleOf(resolve(__dirname, '../../../workflows/index.ts')), 'utf8');
  const chance = chanceOf(1);
  const server = new Server(new Sandbox(code), chance, new Faults(chance, () => 0, []), BEGAN, () => undefined);
  const told: unknown[] = [];
  server.perform(({ type, args }, end) => {
    if (type === 'holdLease') return;
    const { events } = args[0] as OutboxBatch;
    told.push(...events.filter((event) => event.type === 'election.unsettled').map(({ data }) => data));
    end({ kind: 'done', value: { storedThrough: events.at(-1)?.sequence } });
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
