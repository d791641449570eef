import { setTimeout as pause } from 'node:timers/promises';
import { renewSignal } from '../../src/contracts/entity';
import type { ClientName } from './clients';
import type { ColumnName } from './column';
import { agentOf } from './columns/agents';
import { questionOf } from './columns/ballots';
import { countersOf } from './columns/counters';
import { lockOf } from './columns/locks';
import { semaphoreOf } from './columns/semaphores';
import { valueOf } from './columns/values';
import type { Seen } from './log';
import { patiently, type Stage, type Way } from './stage';

/** Something that a fault has shown to be broken while it lasted. */
export interface Found {
  readonly column: ColumnName;
  readonly text: string;
}

/** One row of the matrix. */
export interface Fault {
  readonly name: string;
  readonly words: string;
  /**
   * Destroys, and heals.
   * @param row whose traffic goes on meanwhile
   * @param own what is held by order has this name, which no other fault has: the row, where it has one fault
   * @returns what was broken meanwhile
   */
  inflict(stage: Stage, row: string, own: string): Promise<readonly Found[]>;
  /** Columns whose primitive is made to forget by the fault itself: what rests on its memory is not promised, and not looked at. */
  readonly forgets?: readonly ColumnName[];
  /** A conflict of events is reported, as it must be. */
  readonly mayConflict?: true;
}

const SLOW_MS = 250;
const ROUNDS = 3;

/** What a client must say; else it is found. */
const expected = (seen: Seen, kind: string, text: string, column: ColumnName = 'locks'): readonly Found[] =>
  seen.kind === kind ? [] : [{ column, text: `${text}: it says ${JSON.stringify(seen)}` }];

const heldOf = (stage: Stage, row: string) => stage.deployment.space.locks.at(`${row}-held`);

/** Waits until so many wait for the held lock of a row. */
async function queued(stage: Stage, row: string, count: number): Promise<void> {
  await patiently(`${String(count)} in the queue`, async () =>
    (await heldOf(stage, row).view()).waiting.length >= count ? true : undefined,
  );
}

/** Who holds a lock, and who waits for it. */
interface Pair {
  readonly holder: ClientName;
  readonly waiter: ClientName;
}

/** One client holds a lock, and another one waits for it. @returns how much the waiter had said of it before */
async function heldAndWanted(
  stage: Stage,
  row: string,
  { holder, waiter }: Pair,
  order: 'hold' | 'keep' = 'hold',
): Promise<number> {
  for (;;) {
    await stage.ordered(holder, order, row, ['holds']);
    const before = stage.sights(waiter, row).length;
    // who waits keeps its session whatever the machine does: nothing else is to end its wait
    await stage.ordered(waiter, 'keep', row, ['waits']);
    const isWanted = await patiently('who holds to be waited for', async () => {
      if ((await heldOf(stage, row).view()).waiting.length > 0) return true;
      const has = stage.sights(waiter, row).slice(before);
      return has.some(({ kind }) => kind === 'holds') ? false : undefined;
    });
    if (isWanted) return before;
    // on a slow machine the session of who held it was over by then
    await freed(stage, row, holder, waiter);
  }
}

/** LCK-1, SES-4: the next one has the lock and has written; who held it knows that it may not act, and its write is fenced off. */
async function passedOn(
  stage: Stage,
  row: string,
  { holder, waiter, since, back }: Pair & { readonly since: number; readonly back: () => void },
): Promise<readonly Found[]> {
  await stage.says(waiter, row, ['holds'], since);
  const before = stage.sights(waiter, row).length;
  const may = await stage.ordered(waiter, 'act', row, ['may', 'may-not']);
  const wrote = await stage.says(waiter, row, ['written', 'stale', 'failed'], before);
  // given that the next one wrote, in the place of a resource that somebody has used since
  back();
  const told = stage.sights(holder, row).length;
  const old = await stage.ordered(holder, 'act', row, ['may', 'may-not']);
  const late = await stage.says(holder, row, ['written', 'stale', 'failed'], told);
  const didWrite = may.kind === 'may' && wrote.kind === 'written';
  return [
    ...expected(old, 'may-not', 'the old holder believes that it holds', 'sessions'),
    ...(didWrite ? expected(late, 'stale', 'the write of the old holder was not fenced off') : []),
  ];
}

async function freed(stage: Stage, row: string, ...clients: readonly ClientName[]): Promise<void> {
  await Promise.all(clients.map((client) => stage.ordered(client, 'free', row, ['frees'])));
}

/** The arbiters of a row that can be renewed, terminated and reset. */
function arbiters(stage: Stage, row: string): Readonly<Record<'lock' | 'semaphore' | 'sum' | 'ids' | 'value', string>> {
  const { name } = stage.deployment.space;
  const { sum, ids } = countersOf(row);
  return {
    lock: `${name}:lock:${lockOf(row)}`,
    semaphore: `${name}:semaphore:${semaphoreOf(row)}`,
    sum: `${name}:counter:${sum}`,
    ids: `${name}:counter:${ids}`,
    value: `${name}:value:${valueOf(row)}`,
  };
}

async function renew(stage: Stage, row: string): Promise<void> {
  const { name } = stage.deployment.space;
  const ids = [...Object.values(arbiters(stage, row)), `${name}:variables:settings`, `${name}:agent:${agentOf(row)}`];
  const run = async (id: string): Promise<string> => (await stage.client.workflow.getHandle(id).describe()).runId;
  await Promise.all(
    ids.map(async (id) => {
      const before = await run(id);
      await stage.client.workflow.getHandle(id).signal(renewSignal);
      await patiently(`the renewal of ${id}`, async () => (await run(id)) !== before || undefined);
    }),
  );
}

/** Resets a workflow to the middle of what it has done: a new run goes on from there. */
async function reset(stage: Stage, workflowId: string): Promise<void> {
  const { client } = stage;
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const { runId } = await client.workflow.getHandle(workflowId).describe();
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: tasks.at(Math.floor(tasks.length / 2))?.eventId ?? null,
    reason: 'on purpose',
    requestId: globalThis.crypto.randomUUID(),
  });
}

/** Cuts a way for longer than a session lives. */
function cutting(way: Exclude<Way, 'client'>): Fault['inflict'] {
  return async (stage) => {
    stage.ways[way].cut();
    await pause(1.5 * stage.ttlMs);
    stage.ways[way].heal();
    return [];
  };
}

const none: Fault = {
  name: 'none',
  words: 'nothing',
  inflict: () => Promise.resolve([]),
};

const clientKilled: Fault = {
  name: 'client-killed',
  words: 'a client killed (SIGKILL) that holds, and another one started',
  inflict: async (stage, _row, own) => {
    const since = await heldAndWanted(stage, own, { holder: 'bob', waiter: 'cleo' });
    await stage.at('bob').kill();
    const next = await stage.says('cleo', own, ['holds'], since);
    await stage.startClient('bob');
    await freed(stage, own, 'cleo');
    return expected(next, 'holds', 'nobody got the lock of a client that was killed');
  },
};

const clientPaused: Fault = {
  name: 'client-paused',
  words: 'a client that holds stopped (SIGSTOP) beyond its time to live, then let on',
  inflict: async (stage, _row, own) => {
    const since = await heldAndWanted(stage, own, { holder: 'bob', waiter: 'cleo' });
    stage.at('bob').signal('SIGSTOP');
    const back = (): unknown => stage.at('bob').signal('SIGCONT');
    const found = await passedOn(stage, own, { holder: 'bob', waiter: 'cleo', since, back });
    await freed(stage, own, 'bob', 'cleo');
    return found;
  },
};

const clientCut: Fault = {
  name: 'client-cut',
  words: 'the network between a client that holds and the server cut beyond its time to live',
  inflict: async (stage, _row, own) => {
    const since = await heldAndWanted(stage, own, { holder: 'bob', waiter: 'cleo' });
    stage.ways.client.cut();
    // still cut: it must know by itself
    const found = await passedOn(stage, own, { holder: 'bob', waiter: 'cleo', since, back: () => undefined });
    stage.ways.client.heal();
    await freed(stage, own, 'bob', 'cleo');
    return found;
  },
};

const clockStepped: Fault = {
  name: 'clock-stepped',
  words:
    'the clock of a client that holds set an hour ahead and back (libfaketime), and the client stopped beyond its time to live',
  inflict: async (stage, row, own) => {
    const hour = 3_600_000;
    const setTo = async (step: string, ms: number): Promise<void> => {
      stage.setClock(step);
      await patiently(`a clock at ${step}`, async () => {
        const { wall } = await stage.ordered('cleo', 'clock', own, ['clock']);
        return Math.abs(Number(wall) - Date.now() - ms) < hour / 10 ? true : undefined;
      });
    };
    await setTo('+1h', hour);
    await stage.flows(row);
    const since = await heldAndWanted(stage, own, { holder: 'cleo', waiter: 'bob' });
    await setTo('-1h', -hour);
    stage.at('cleo').signal('SIGSTOP');
    const back = (): unknown => stage.at('cleo').signal('SIGCONT');
    const found = await passedOn(stage, own, { holder: 'cleo', waiter: 'bob', since, back });
    await stage.flows(row);
    await setTo('+0', 0);
    await freed(stage, own, 'bob', 'cleo');
    return found;
  },
};

const workerKilled: Fault = {
  name: 'worker-killed',
  words: 'the worker killed (SIGKILL), and another one started',
  inflict: async (stage) => {
    await stage.replace('worker');
    return [];
  },
};

const workerPaused: Fault = {
  name: 'worker-paused',
  words: 'the worker stopped (SIGSTOP) beyond the time to live of sessions, then let on',
  inflict: async (stage) => {
    const worker = stage.current('worker');
    stage.deployment.signal(worker, 'SIGSTOP');
    await pause(1.5 * stage.ttlMs);
    stage.deployment.signal(worker, 'SIGCONT');
    return [];
  },
};

const storeKilled: Fault = {
  name: 'store-killed',
  words: 'the process of the store killed (SIGKILL), and another one started',
  inflict: async (stage) => {
    await stage.replace('store');
    return [];
  },
};

const allKilled: Fault = {
  name: 'all-killed',
  words: 'the worker, the store and a client killed at once, then started',
  inflict: async (stage) => {
    const { deployment } = stage;
    const roles = [deployment.kill(stage.current('worker')), deployment.kill(stage.current('store'))];
    await Promise.all([...roles, stage.at('bob').kill()]);
    await Promise.all([stage.spawn('worker'), stage.spawn('store'), stage.startClient('bob')]);
    return [];
  },
};

const serverRestarted: Fault = {
  name: 'server-restarted',
  words: 'the Temporal server killed, and started again on its file',
  inflict: async (stage) => {
    await stage.deployment.crashTemporal();
    return [];
  },
};

const databaseRestarted: Fault = {
  name: 'database-restarted',
  words: 'the database of the store crashed, and started again',
  inflict: async ({ deployment: { database } }) => {
    await database.crash();
    await pause(500);
    await database.start();
    return [];
  },
};

const slow: Fault = {
  name: 'network-slow',
  words: `all ways slower by ${String(SLOW_MS)} ms`,
  inflict: async (stage, row) => {
    for (const way of Object.values(stage.ways)) way.delay(SLOW_MS);
    await stage.flows(row);
    for (const way of Object.values(stage.ways)) way.delay(0);
    return [];
  },
};

const duplicates: Fault = {
  name: 'duplicates',
  words: 'each request sent twice at once, and once more later',
  inflict: async (stage, row) => {
    await stage.flows(row);
    return [];
  },
};

const renewals: Fault = {
  name: 'renewals',
  words: `${String(ROUNDS)} renewals of every arbiter, set and agent while all goes on`,
  inflict: async (stage, row) => {
    for (let round = 0; round < ROUNDS; round += 1) await renew(stage, row);
    return [];
  },
};

const terminated: Fault = {
  name: 'terminated',
  words: 'arbiters, a counter, a value and the session of a holder terminated',
  forgets: ['locks', 'semaphores'],
  inflict: async (stage, row, own) => {
    const since = await heldAndWanted(stage, own, { holder: 'bob', waiter: 'cleo' });
    const [holder] = (await heldOf(stage, own).view()).holders;
    const { name } = stage.deployment.space;
    const ids = [...Object.values(arbiters(stage, row)), `${name}:session:${holder?.session ?? ''}`];
    await Promise.all(ids.map((id) => stage.client.workflow.getHandle(id).terminate('on purpose')));
    const found = await passedOn(stage, own, { holder: 'bob', waiter: 'cleo', since, back: () => undefined });
    await freed(stage, own, 'bob', 'cleo');
    return found;
  },
};

const resetRow: Fault = {
  name: 'reset',
  words: 'lock, semaphore, ids and value reset to the middle of what they have done',
  forgets: ['locks', 'semaphores', 'counters', 'values'],
  mayConflict: true,
  inflict: async (stage, row) => {
    const { lock, semaphore, ids, value } = arbiters(stage, row);
    await Promise.all([lock, semaphore, ids, value].map((id) => reset(stage, id)));
    return [];
  },
};

const deployed: Fault = {
  name: 'deployed',
  words: 'another worker started and the old one drained, in mid-queue and mid-ballot; then a renewal',
  inflict: async (stage, row, own) => {
    const { space } = stage.deployment;
    const since = await heldAndWanted(stage, own, { holder: 'ann', waiter: 'bob' }, 'keep');
    await stage.ordered('cleo', 'keep', own, ['waits']);
    await queued(stage, own, 2);
    const ballot = await space.ballots.open(`${own}-mid`, questionOf(own, 60_000));
    await ballot.vote('ann', 'yes');
    const before = await ballot.view();
    const old = stage.current('worker');
    await stage.spawn('worker');
    await stage.deployment.drain(old);
    const held = [heldOf(stage, own).workflowId, ballot.workflowId];
    await Promise.all(held.map((id) => stage.client.workflow.getHandle(id).signal(renewSignal)));
    await renew(stage, row);
    await ballot.vote('bob', 'yes');
    const { tally } = await patiently('the decision', async () => {
      const view = await ballot.view();
      return view.tally === undefined ? undefined : view;
    });
    await freed(stage, own, 'ann');
    const second = await stage.says('bob', own, ['holds'], since);
    const early = stage.sights('cleo', own).filter(({ kind }) => kind === 'holds');
    await freed(stage, own, 'bob');
    const third = await stage.says('cleo', own, ['holds']);
    await freed(stage, own, 'cleo');
    const isSame =
      tally?.outcome === 'adopted' &&
      JSON.stringify([tally.rule, tally.electorate]) === JSON.stringify([before.rule, before.electorate]);
    return [
      ...expected(second, 'holds', 'the second in the queue did not get it second'),
      ...expected(third, 'holds', 'the third in the queue did not get it third'),
      ...(early.length > 0
        ? [{ column: 'locks' as const, text: 'the third in the queue got it before the second' }]
        : []),
      ...(isSame ? [] : [{ column: 'ballots' as const, text: `the ballot in the middle: ${JSON.stringify(tally)}` }]),
    ];
  },
};

/** All rows, in the order of the page. */
export const FAULTS: readonly Fault[] = [
  none,
  clientKilled,
  workerKilled,
  storeKilled,
  clientPaused,
  workerPaused,
  allKilled,
  serverRestarted,
  databaseRestarted,
  clientCut,
  { name: 'worker-cut', words: 'the network between the worker and the server cut', inflict: cutting('worker') },
  { name: 'store-cut', words: 'the network between the store and the server cut', inflict: cutting('store') },
  { name: 'database-cut', words: 'the network between the store and its database cut', inflict: cutting('database') },
  slow,
  duplicates,
  renewals,
  terminated,
  resetRow,
  deployed,
  clockStepped,
];
