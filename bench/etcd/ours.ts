import type { Session } from '../../src/client/sessions';
import { connect, type Space } from '../../src/client';
import { openTemporal, type Temporal } from '../../src/client/temporal';
import { parseSpace } from '../../src/contracts/ids';
import { pause } from '../../src/client/waiting';
import { openStore } from '../../src/store/open';
import { historyOf, type Line } from '../history';
import { timed } from '../measure';
import type { Roles } from '../on-postgres';
import { standing, type keeper } from './definitions';
import { isSo, startLeader, valueOf, type Side } from './side';

/** After so long nothing waits for its hand-over to the store. */
const RESTED_MS = 2_500;
/**
 * So few events may wait for the store before a decision: some ten decisions. Each leaves 12 KB of them, and a set that has more than
 * 256 KB to hand over refuses: twenty within the second for which they gather.
 */
const WAITING_MOST = 30;

/** Where ours is measured. */
export interface Ground {
  readonly roles: Roles;
  readonly space: string;
  readonly address: string;
  readonly namespace: string;
}

/** Ours, and what its acts cost. */
export interface OurSide extends Side {
  /** Events of an uncontended acquire and release, of a write and of a ballot, hand-overs to the store not counted; tasks of the ballot. */
  costs(): Promise<Readonly<Record<'lock' | 'write' | 'ballot' | 'ballotTasks', number>>>;
}

const quiet = (): void => undefined;
const temporalOf = async ({ space, address, namespace }: Ground): Promise<Temporal> => {
  const name = parseSpace(space);
  if (typeof name !== 'string') throw new Error(name.message);
  return openTemporal(name, { address, namespace, queuePrefix: '' });
};

/** What is of the hand-over to the store: its activity, of which only the first event has the name, and the timer for which events gather. */
const OF_HAND_OVER: readonly string[] = ['activityTaskStarted', 'activityTaskCompleted', 'timerStarted'];
const isOfHandOver = ({ kind, name }: Line): boolean => name === 'appendEvents' || OF_HAND_OVER.includes(kind);

/** What an act has left in a history: the tasks that answered its calls, each with its events; hand-overs to the store are not counted. */
async function costOf(temporal: Temporal, id: string, act: () => Promise<unknown>): Promise<readonly Line[]> {
  const before = (await historyOf(temporal, id)).at(-1)?.id ?? 0;
  await act();
  const tasks: Line[][] = [];
  for (const line of await historyOf(temporal, id)) {
    if (line.id <= before) continue;
    if (line.kind === 'workflowTaskScheduled') tasks.push([]);
    tasks.at(-1)?.push(line);
  }
  const answering = tasks.filter((lines) => lines.some(({ kind }) => kind === 'workflowExecutionUpdateCompleted'));
  return answering.flat().filter((line) => !isOfHandOver(line));
}

class Ours implements OurSide {
  readonly #ground: Ground;
  readonly #space: Space;
  readonly #store: ReturnType<typeof openStore>;
  readonly #temporal: Temporal;
  readonly #sessions: readonly [Session, Session];
  readonly #watching = new AbortController();
  readonly #listening: Promise<void>;
  #see: (value: unknown) => void = quiet;
  #round = 0;
  #version = 1;

  constructor(
    ground: Ground,
    space: Space,
    store: ReturnType<typeof openStore>,
    temporal: Temporal,
    sessions: readonly [Session, Session],
  ) {
    this.#ground = ground;
    this.#space = space;
    this.#store = store;
    this.#temporal = temporal;
    this.#sessions = sessions;
    this.#listening = this.#listen();
  }

  async #listen(): Promise<void> {
    const events = this.#space.events({ types: ['value.changed'], signal: this.#watching.signal });
    for await (const { event } of events) this.#see((event.data as { readonly value?: unknown }).value);
  }

  lock(): Promise<number> {
    return timed(async () => {
      const held = await this.#space.locks.at('alone').acquire({ session: this.#sessions[0] });
      await held.release();
    });
  }

  async handOver(): Promise<number> {
    const lock = this.#space.locks.at('wanted');
    const [mine, other] = this.#sessions;
    const held = await lock.acquire({ session: mine });
    const waiting = lock.acquire({ session: other });
    await isSo(async () => (await lock.view()).waiting.length === 1);
    const ms = await timed(() => Promise.all([held.release(), waiting]));
    await (await waiting).release();
    return ms;
  }

  write(): Promise<number> {
    return timed(() => this.#space.values.at('written').set(valueOf((this.#round += 1))));
  }

  watch(): Promise<number> {
    const value = String((this.#round += 1));
    const seen = new Promise<void>((resolve) => {
      this.#see = (each) => {
        if (each === value) resolve();
      };
    });
    return timed(() => Promise.all([this.#space.values.at('watched').set(value), seen]));
  }

  async ballot(): Promise<number> {
    const threshold = (this.#round += 1) % 2 === 0 ? 0.4 : 0.6;
    const set = await this.#space.variables.get(standing);
    await isSo(async () => (await set.status()).outbox <= WAITING_MOST);
    return timed(async () => {
      const verdict = await set.propose({ threshold }, { basedOn: this.#version }).verdict;
      if (verdict.kind !== 'accepted') throw new Error(`fifty that agree did not decide: ${JSON.stringify(verdict)}`);
      this.#version = verdict.version;
    });
  }

  async elect(ttlMs: number, afterMs: number): Promise<number> {
    const { address, namespace, space, roles } = this.#ground;
    const name = `election-${String((this.#round += 1))}`;
    const leader = await startLeader(['mabeam', address, namespace, space, name, String(ttlMs)], roles.env);
    const election = this.#space.elections.at(name);
    const campaign = election.campaign({ session: this.#sessions[0] });
    await isSo(async () => (await election.view()).candidates.length === 1);
    await pause(afterMs);
    const ms = await timed(() => {
      leader.kill();
      return campaign;
    });
    await (await campaign).resign();
    return ms;
  }

  async keeps(_ttlMs: number, afterMs: number): Promise<boolean> {
    const agent = await this.#space.agents.get<typeof keeper>('keeper', 'keeper');
    const token = await agent.ask('keep', 'kept');
    const startAnother = await this.#ground.roles.killWorker();
    await pause(afterMs);
    await startAnother();
    const { holders } = await this.#space.locks.at('kept').view();
    return holders.some((holder) => holder.token === token);
  }

  async costs(): ReturnType<OurSide['costs']> {
    const { locks, values, variables } = this.#space;
    const set = await variables.get(standing);
    const kinds = [
      [locks.at('alone').workflowId, () => this.lock()],
      [values.at('written').workflowId, () => this.write()],
      [set.workflowId, () => this.ballot()],
    ] as const;
    await pause(RESTED_MS);
    const all: (readonly Line[])[] = [];
    for (const [id, act] of kinds) all.push(await costOf(this.#temporal, id, act));
    const [lock = [], write = [], ballot = []] = all;
    const ballotTasks = ballot.filter(({ kind }) => kind === 'workflowTaskCompleted').length;
    return { lock: lock.length, write: write.length, ballot: ballot.length, ballotTasks };
  }

  async close(): Promise<void> {
    this.#watching.abort();
    await this.#listening;
    await this.#space.close();
    await this.#temporal.close();
    await this.#store.close();
  }
}

/** Our side: locks, values, sets and the event feed, as a program uses them. */
export async function startOurs(ground: Ground): Promise<OurSide> {
  const { space: name, address, namespace, roles } = ground;
  const store = openStore({ url: roles.databaseUrl, connections: 2, log: { info: quiet, error: quiet } });
  const space = await connect({ space: name, address, namespace, queuePrefix: '', reads: store.reads });
  const { sessions } = space;
  const both = await Promise.all([sessions.open(), sessions.open()]);
  return new Ours(ground, space, store, await temporalOf(ground), both);
}
