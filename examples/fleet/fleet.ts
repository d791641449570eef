import type { Space } from 'mabeam';
import { Crew } from './crew';
import { judge, type Order, type Verdict } from './judge';
import { Killer, type Strike, type Target } from './kill';
import { Warehouse } from './warehouse';

/** What a fleet is sent out to do. */
export interface Sent extends Order {
  readonly space: Space;
  /** What a worker is told to reach the space. */
  readonly env: Readonly<Record<string, string>>;
  readonly ttlMs: number;
  readonly isFenced: boolean;
  readonly strikes: readonly Strike[];
  /** Rejects when what must run has ended. */
  readonly failed: Promise<never>;
  say(text: string): void;
}

/** What came of it. */
export interface Returned extends Verdict {
  readonly struck: readonly Strike[];
}

/** Lets a fleet do its rounds while it is struck, and judges. Leaves nothing running. */
export async function sendOut(sent: Sent): Promise<Returned> {
  const { space, rounds, workers, ttlMs, say } = sent;
  const killer = new Killer(sent.strikes, say);
  const warehouse: Warehouse = new Warehouse(sent, sent.isFenced, (asked) => killer.at(asked, target));
  const args = [await warehouse.open(), workers.join(','), String(ttlMs)];
  const crew = new Crew(workers, args, sent.env, say);
  const target: Target = {
    crew,
    warehouse,
    ttlMs,
    waiting: async (round) => {
      const barrier = space.barriers.at(`round-${String(round)}`, { parties: workers.length });
      const view = await barrier.view().catch(() => undefined); // nobody has come to it yet
      return view?.entered.map(({ participant }) => participant) ?? [];
    },
  };
  try {
    for (const name of workers) crew.start(name);
    const last = (worker: string): Promise<unknown> =>
      warehouse.has((entry) => entry.kind === 'passed' && entry.round === rounds && entry.worker === worker);
    const end = Promise.all(workers.map(last)).then(() => killer.settled());
    await Promise.race([end, crew.failed, sent.failed]);
    await crew.ended();
  } finally {
    await crew.killAll();
    warehouse.close();
  }
  return { ...judge(warehouse.journal, sent), struck: killer.done };
}
