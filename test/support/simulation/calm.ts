import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { OutboxBatch } from '../../../src/contracts/envelope';
import { chanceOf } from '../../../src/simulation/chance';
import { Faults } from '../../../src/simulation/faults';
import { Sandbox } from '../../../src/simulation/sandbox';
import { Server } from '../../../src/simulation/server';
import { bundleOf } from '../kernel/bundle';

/** When simulations begin. */
export const BEGAN = Date.parse('2027-01-15T08:00:00Z');
export const HOUR_MS = 3_600_000;
/** For what has to be chosen at random. */
export const chance = chanceOf(1);

/** The workflows of a file, named from the root of the repository, in a simulated worker. */
export async function sandboxOf(workflows: string): Promise<Sandbox> {
  return new Sandbox(readFileSync(await bundleOf(resolve(__dirname, '../../..', workflows)), 'utf8'));
}

/** What a test hears of. */
interface Ears {
  readonly leased?: () => void;
  readonly told?: (events: OutboxBatch['events']) => void;
}

/** A simulated server on which nothing fails. Events are stored at once; nobody keeps sessions alive. */
export function calmServer(sandbox: Sandbox, { leased, told }: Ears = {}): Server {
  const server = new Server(sandbox, chance, new Faults(chance, () => 0, []), BEGAN, () => undefined);
  server.perform(({ type, args }, end) => {
    if (type === 'holdLease') {
      leased?.();
      return;
    }
    const { events } = args[0] as OutboxBatch;
    told?.(events);
    end({ kind: 'done', value: { storedThrough: events.at(-1)?.sequence } });
  });
  return server;
}
