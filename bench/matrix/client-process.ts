import { createInterface } from 'node:readline';
import { appendFileSync } from 'node:fs';
import { connect } from '../../src/client';
import type { HeldLock } from '../../src/client/locks';
import { isPlatformError } from '../../src/contracts/errors';
import type { OwnSession } from '../../src/client/sessions';
import { openTemporal } from '../../src/client/temporal';
import { parseSpace } from '../../src/contracts/ids';
import { pause } from '../../src/client/waiting';
import { numbers } from '../../test/support/store/disturbed';
import { TRAFFIC } from './columns/all';
import { LOCK_DELAY_MS, LOOK_MS } from './columns/holdings';
import type { ClientOptions, Order } from './clients';
import { FencedTable, Party, type Process } from './party';

/*
 * usage: tsx client-process.ts OPTIONS, as clients.ts starts it. One client of all primitives: takes orders, a line of JSON each, from its standard input,
 * and writes what it does and hears into its log.
 */

const HELD = 'held';
const WAIT_MS = 60_000;
const AGAIN_MS = 200;
/** Of the session of who is to hold whatever the machine does. */
const KEPT_MS = 60_000;

/** A lock that is taken, looked at and given back by order. */
class Holder {
  readonly #process: Process;
  readonly #held = new Map<string, HeldLock>();

  constructor(process: Process) {
    this.#process = process;
  }

  #party(row: string): Party {
    return new Party(this.#process, { row, column: HELD }, Math.random);
  }

  /** Takes it, in its turn; again, at the end of the queue, when its session is lost before. @param ttlMs of its session */
  async hold(row: string, ttlMs = this.#process.ttlMs): Promise<void> {
    const party = this.#party(row);
    const key = `${row}-held`;
    const { locks, sessions } = this.#process.space;
    for (;;) {
      let session: OwnSession | undefined;
      try {
        session = await sessions.open({ ttlMs });
        party.see(key, { kind: 'waits' });
        const lock = locks.at(key, { lookMs: LOOK_MS });
        const held = await lock.acquire({ session, waitMs: WAIT_MS, lockDelayMs: LOCK_DELAY_MS });
        this.#held.set(row, held);
        party.see(key, { kind: 'holds', token: held.token });
        return;
      } catch (error) {
        party.see(key, { kind: 'fails', code: isPlatformError(error) ? error.code : String(error) });
        // what it may hold without knowing it is held by nobody
        await session?.close().catch(() => undefined);
        await pause(AGAIN_MS);
      }
    }
  }

  /** Says whether it may act; and writes to the resource whatever the answer is, as who was frozen between the two does. */
  async act(row: string): Promise<void> {
    const party = this.#party(row);
    const key = `${row}-held`;
    const held = this.#held.get(row);
    if (held === undefined) return;
    let kind = 'may';
    try {
      held.check();
    } catch {
      kind = 'may-not';
    }
    party.see(key, { kind, token: held.token });
    party.see(key, { kind: await this.#process.fence.write(key, held.token), token: held.token });
  }

  /** Says what its wall clock shows. */
  clock(row: string): void {
    this.#party(row).see(`${row}-held`, { kind: 'clock', wall: Date.now() });
  }

  async free(row: string): Promise<void> {
    const held = this.#held.get(row);
    this.#held.delete(row);
    await held?.session.close().catch(() => undefined);
    this.#party(row).see(`${row}-held`, { kind: 'frees' });
  }
}

async function main(words: readonly string[]): Promise<void> {
  const options = JSON.parse(words[0] ?? '') as ClientOptions;
  const { client, number, life, address, log, ttlMs, seed } = options;
  const space = parseSpace(options.space);
  if (typeof space !== 'string') throw new Error(space.message);
  const temporal = await openTemporal(space, { address, queuePrefix: '' });
  const process: Process = {
    ...{ client, number, life, log, ttlMs, temporal },
    space: await connect({ space, client: temporal.client, queuePrefix: '' }),
    fence: new FencedTable(options.fenceUrl, client),
  };
  const holder = new Holder(process);
  const rows = new Map<string, { readonly parties: readonly Party[]; readonly done: Promise<unknown> }>();
  const begin = (row: string): void => {
    const parties = TRAFFIC.map(
      ({ name }, at) => new Party(process, { row, column: name }, numbers(seed + 100 * number + at)),
    );
    const using = TRAFFIC.map(async ({ use }, at) => {
      const party = parties[at];
      if (party === undefined) return;
      await use(party).catch((error: unknown) => party.wrong(String(error)));
      await party.end();
    });
    rows.set(row, { parties, done: Promise.all(using) });
  };
  const end = async (row: string): Promise<void> => {
    const found = rows.get(row);
    for (const party of found?.parties ?? []) party.stop();
    await found?.done;
    rows.delete(row);
    appendFileSync(log, `${JSON.stringify({ kind: 'ended', row })}\n`);
  };
  const orders: Readonly<Record<Order['order'], (row: string) => unknown>> = {
    begin,
    end,
    hold: (row) => holder.hold(row),
    keep: (row) => holder.hold(row, KEPT_MS),
    act: (row) => holder.act(row),
    free: (row) => holder.free(row),
    clock: (row) => holder.clock(row),
    leave: async () => {
      await process.fence.close();
      await process.space.close();
      await temporal.close();
      globalThis.process.exit(0); // a row that did not come to its end goes on otherwise
    },
  };
  const lines = createInterface({ input: globalThis.process.stdin });
  lines.on('line', (line) => {
    const { order, row } = JSON.parse(line) as Order;
    void orders[order](row);
  });
  appendFileSync(log, `${JSON.stringify({ kind: 'ready' })}\n`);
}

void main(process.argv.slice(2));
