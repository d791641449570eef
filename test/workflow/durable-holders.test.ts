import { Client } from 'pg';
import { FENCE_TABLE, heldToken, withFence } from '../../src/index';
import { durableHolder } from '../../src/contracts/coordination/lock';
import { renewSignal, statusQuery } from '../../src/contracts/entity';
import type { AgentHandle } from '../../src/client/agents';
import type { LockHandle } from '../../src/client/locks';
import type { holder } from '../support/holders/agents';
import { startCoordination, type CoordinationHarness } from '../support/coordination/harness';
import { until } from '../support/kernel/harness';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server';
import { gate } from '../support/studies/gates';
import { codeOf } from '../support/sets/harness';

type Holder = AgentHandle<NonNullable<(typeof holder)['shape']>>;

let harness: CoordinationHarness;
let postgres: PostgresServer;
let sql: Client;
/** What `work` was told, and what lets it go on. */
const working = new Map<string, () => void>();

function tokenOrWhy(lock?: string): string {
  try {
    return String(heldToken(lock));
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}
const write = (text: string): Promise<string> =>
  withFence(sql, { resource: 'ledger' }, async () => {
    await sql.query('INSERT INTO ledger VALUES ($1)', [text]);
    return `wrote ${text}`;
  });

beforeAll(async () => {
  postgres = await startPostgresServer();
  sql = new Client({ connectionString: await postgres.database('ledger') });
  await sql.connect();
  await sql.query(FENCE_TABLE);
  await sql.query('CREATE TABLE ledger (text text)');
  harness = await startCoordination('holders', '../holders/workflows.ts', {
    carried: (lock: string) => Promise.resolve(tokenOrWhy(lock === '' ? undefined : lock)),
    carriedAll: (names: readonly string[]) => Promise.resolve(names.map(tokenOrWhy).join(' ')),
    write,
    work: async (text: string) => {
      const mine = gate();
      working.set(text.split(' ')[0] ?? '', mine.open);
      await mine.opened;
      return `${text} carries ${tokenOrWhy()}, ${await write(text).catch((error: unknown) => (error as { code: string }).code)}`;
    },
  });
}, 120_000);
afterAll(async () => {
  await harness.close();
  await sql.end();
  await postgres.close();
});

const agent = (name: string): Promise<Holder> => harness.agents.get<typeof holder>('holder', name);
const atWork = (name: string): Promise<() => void> => until(`${name} at work`, () => working.get(name));
const waiters = (lock: LockHandle, count: number): Promise<true> =>
  until(`${String(count)} to wait`, async () => ((await lock.view()).waiting.length === count ? true : undefined));
const holders = async (lock: LockHandle): Promise<readonly string[]> =>
  (await lock.view()).holders.map(({ session }) => session);
const done = (of: Holder, count: number): Promise<readonly string[]> =>
  until(`${String(count)} acts of ${of.name}`, async () => {
    const lines = await of.inspect('done');
    return lines.length === count ? lines : undefined;
  });
const lifeOf = async ({ workflowId }: Holder): Promise<string> => {
  const { generation } = await harness.temporal.look(workflowId, statusQuery);
  return durableHolder(workflowId, generation.number);
};
const terminate = async ({ workflowId }: Holder): Promise<void> => {
  await harness.temporal.client.workflow.getHandle(workflowId).terminate('a test');
};
/** A lock that looks often, and that nobody holds. */
const watched = async (name: string): Promise<LockHandle> => {
  const lock = harness.locks.at(name, { lookMs: 300 });
  await (await lock.acquire()).release();
  return lock;
};

const TTL_MS = 5_000;
const untilOf = async (lock: LockHandle): Promise<number> => Date.parse((await lock.view()).holders[0]?.until ?? '');
/** Held by an agent with a time to live. @returns until when, if it says nothing */
async function keepBriefly(name: string, lock: LockHandle): Promise<number> {
  await (await agent(name)).ask('keep', { lock: lock.name, ttlMs: TTL_MS, lockDelayMs: 0 });
  return untilOf(lock);
}
/** What is to happen within the time to live happens while the other tests run. */
let firstUntil = 0;
beforeAll(async () => {
  firstUntil = await keepBriefly('gus', harness.locks.at('brief'));
  // whom nobody hears
  const severed = harness.locks.at('severed');
  await keepBriefly('hal', severed);
  await harness.temporal.client.workflow.getHandle(severed.workflowId).terminate('a test');
  // who says nothing
  const session = await lifeOf(await agent('kim'));
  await harness.locks.at('silent').request({ request: 'kept', session, waitMs: 0, ttlMs: TTL_MS, lockDelayMs: 0 });
});

test('LCK-1 LCK-4 LCK-7 agents and processes hold one lock in turn; what an agent does under it carries the token', async () => {
  const [ann, ben] = [await agent('ann'), await agent('ben')];
  const lock = harness.locks.at('desk');
  await ann.tell('work', { lock: 'desk' });
  const letAnn = await atWork('ann');
  expect(await holders(lock)).toEqual([await lifeOf(ann)]);
  await ben.tell('work', { lock: 'desk' });
  await waiters(lock, 1);
  const mine = lock.acquire();
  await waiters(lock, 2);
  letAnn();
  const letBen = await atWork('ben');
  expect(await holders(lock)).toEqual([await lifeOf(ben)]);
  letBen();
  const held = await mine;
  const [line = ''] = [...(await done(ann, 1)), ...(await done(ben, 1))];
  const [first, second] = [line, (await done(ben, 1))[0] ?? ''].map((each) => Number(each.split(' ')[1]));
  expect(line).toBe(`ann ${String(first)} carries ${String(first)}, wrote ann ${String(first)}`);
  expect(second).toBeGreaterThan(first ?? Infinity);
  expect(held.token).toBeGreaterThan(second ?? Infinity);
  expect(await ann.ask('carried', '')).toBe('not-holder');
  expect(await codeOf(ann.ask('keep', { lock: 'desk', waitMs: 0 }))).toBe('lock-held');
  expect(await codeOf(ann.ask('keep', { lock: 'desk', waitMs: 200 }))).toBe('timeout');
  expect((await lock.view()).waiting).toEqual([]);
  await held.release();
});

test('LCK-2 SES-3 what an agent keeps it has over renewals, and its activities carry it; an ordered end gives it back at once', async () => {
  const [cas, lock] = [await agent('cas'), harness.locks.at('kept')];
  const token = await cas.ask('keep', { lock: 'kept' });
  const permit = await cas.ask('keep', { lock: 'pool', of: 2 });
  await harness.temporal.client.workflow.getHandle(cas.workflowId).signal(renewSignal);
  await until('the renewal', async () =>
    (await harness.temporal.look(cas.workflowId, statusQuery)).counts.renewals > 0 ? true : undefined,
  );
  expect(await cas.ask('held', { lock: 'kept' })).toBe(token);
  expect(await cas.ask('carried', 'kept')).toBe(String(token));
  expect(await cas.ask('carried', 'semaphore:pool')).toBe(String(permit));
  expect(await cas.ask('carried', '')).toBe('invalid-request');
  expect(await codeOf(cas.ask('keep', { lock: 'kept' }))).toBe('deadlock');
  await cas.ask('give', { lock: 'pool', of: 2 });
  expect(await codeOf(cas.ask('give', { lock: 'pool', of: 2 }))).toBe('not-holder');
  // a step that is refused keeps nothing
  expect(await codeOf(cas.ask('keepNothing', { lock: 'other' }))).toBe('invalid-message');
  await (await harness.locks.at('other').acquire()).release();
  const next = lock.acquire();
  await waiters(lock, 1);
  await cas.stop('a test');
  const held = await next;
  expect(held.token).toBeGreaterThan(token);
  expect((await lock.view()).delayedUntil).toBeUndefined();
  await held.release();
});

test('LCK-3 LCK-6 SES-3 the lock of an agent that was terminated is found, and free after the delay, also when its name lives again', async () => {
  const [gone, back] = [await agent('gone'), await agent('back')];
  const [one, two] = [await watched('haunted'), await watched('twice')];
  const tokens = [
    await gone.ask('keep', { lock: 'haunted', lockDelayMs: 400 }),
    await back.ask('keep', { lock: 'twice', lockDelayMs: 400 }),
  ];
  const next = [one.acquire(), two.acquire()];
  await Promise.all([waiters(one, 1), waiters(two, 1)]);
  await Promise.all([terminate(gone), terminate(back)]);
  const again = await agent('back');
  const held = await Promise.all(next);
  for (const [at, { token }] of held.entries()) expect(token).toBeGreaterThan(tokens[at] ?? Infinity);
  for (const lock of [one, two]) {
    await until('it is told', () =>
      harness.events(lock.workflowId).some(({ type }) => type === 'lock.expired') ? true : undefined,
    );
  }
  expect(await again.ask('held', { lock: 'twice' })).toBe(0);
  await Promise.all(held.map((each) => each.release()));
});

test('LCK-3 an agent that ended in the queue is passed by; one that failed loses what it held, after the delay', async () => {
  const [dan, eve] = [await agent('dan'), await agent('eve')];
  const lock = harness.locks.at('queue');
  const first = await lock.acquire();
  await dan.tell('work', { lock: 'queue' });
  await waiters(lock, 1);
  await eve.tell('work', { lock: 'queue' });
  await waiters(lock, 2);
  await terminate(dan);
  await first.release();
  (await atWork('eve'))();
  await done(eve, 1);
  await eve.ask('keep', { lock: 'queue', lockDelayMs: 300 });
  const next = lock.acquire();
  await waiters(lock, 1);
  await eve.tell('fail');
  await (await next).release();
  await until('it is told', () =>
    harness.events(lock.workflowId).some(({ type }) => type === 'lock.expired') ? true : undefined,
  );
});

test('LCK-2 a fenced write refuses the old token that comes with the activity of an agent', async () => {
  const [old, young] = [await agent('old'), await agent('young')];
  const lock = harness.locks.at('ledger');
  await old.tell('work', { lock: 'ledger' });
  const go = await atWork('old');
  expect(await lock.break('it takes too long')).toEqual({ broken: 1 });
  const token = await young.ask('keep', { lock: 'ledger' });
  expect(await young.ask('write', 'by the new one')).toBe('wrote by the new one');
  go();
  // its step ends as not-holder, and what it did is not remembered
  const [letter] = await until('the end of the old one', async () => {
    const letters = await old.deadLetters();
    return letters.length > 0 ? letters : undefined;
  });
  expect(letter?.refusal.code).toBe('not-holder');
  const { rows } = await sql.query<{ text: string }>(
    "SELECT text FROM ledger WHERE text LIKE 'old%' OR text LIKE 'by%'",
  );
  expect(rows).toEqual([{ text: 'by the new one' }]);
  expect(await young.ask('held', { lock: 'ledger' })).toBe(token);
  await young.ask('give', { lock: 'ledger' });
});

test('LCK-5 SES-3 what the lock has for an agent that knows nothing of it is given back at the next look', async () => {
  const fay = await agent('fay');
  const lock = await watched('orphan');
  const session = await lifeOf(fay);
  const asked = { request: 'lost on the way', session, waitMs: 0 };
  expect(await lock.request(asked)).toMatchObject({ kind: 'held' });
  await (await lock.acquire()).release();
});

test('LCK-8 LCK-9 several locks are held together: in the order of their names, all or nothing, within one deadline', async () => {
  const { locks } = harness;
  const [a, b, c] = ['all-a', 'all-b', 'all-c'].map((name) => locks.at(name)) as [LockHandle, LockHandle, LockHandle];
  const holding = await a.acquire();
  const all = ['all-c', 'all-a', 'all-b'];
  const waiting = locks.withAll(all, async (tokens, { locks: held }) => {
    expect(held.map(({ name, token }) => [name, token])).toEqual(Object.entries(tokens));
    expect(await Promise.all([a, b, c].map(async (lock) => (await lock.view()).state))).toEqual([
      'held',
      'held',
      'held',
    ]);
    return Object.keys(tokens);
  });
  await waiters(a, 1);
  // who waits for the first one has none of the others
  for (const free of [b, c]) await (await free.acquire({ waitMs: 0 })).release();
  await holding.release();
  expect(await waiting).toEqual(all.toSorted());
  const last = await c.acquire();
  expect(await codeOf(locks.acquireAll(all, { waitMs: 0 }))).toBe('lock-held');
  expect(await codeOf(locks.acquireAll(all, { waitMs: 300 }))).toBe('timeout');
  for (const free of [a, b]) await (await free.acquire({ waitMs: 0 })).release();
  // agents do the same, and each of their activities carries all the tokens
  const ida = await agent('ida');
  await ida.tell('workUnder', { locks: all, waitMs: 300 });
  await until('it gave up', async () => ((await ida.deadLetters()).length === 1 ? true : undefined));
  for (const free of [a, b]) await (await free.acquire({ waitMs: 0 })).release();
  await waiters(c, 0);
  await ida.tell('workUnder', { locks: all });
  await waiters(c, 1);
  expect((await a.view()).holders).toMatchObject([{ session: await lifeOf(ida) }]);
  await last.release();
  const [line = ''] = await done(ida, 1);
  expect(
    line
      .split(' ')
      .map(Number)
      .filter((token) => token > 0),
  ).toHaveLength(3);
  await until('all to be free', async () => {
    const states = await Promise.all([a, b, c].map(async (lock) => (await lock.view()).state));
    return states.every((state) => state === 'free') ? true : undefined;
  });
  expect(await codeOf(locks.acquireAll(['all-a', 'all-a']))).toBe('invalid-request');
});

test('LCK-8 a holder is asked and must agree: a process by its callback, an agent by a message', async () => {
  const lock = harness.locks.at('wanted');
  const reasons: string[] = [];
  const onRevoke = (reason: string): boolean => reasons.push(reason) > 1;
  const held = await lock.acquire({ onRevoke });
  expect(await lock.revoke('first')).toEqual({ asked: 1 });
  await until('a refusal', () =>
    harness.events(lock.workflowId).some(({ type }) => type === 'lock.revocationRefused') ? true : undefined,
  );
  held.check();
  expect((await lock.view()).holders).toMatchObject([{ token: held.token, revocable: true }]);
  const lea = await agent('lea');
  const keeping = lea.ask('keep', { lock: 'wanted' });
  await waiters(lock, 1);
  await lock.revoke('second');
  const token = await keeping;
  expect(token).toBeGreaterThan(held.token);
  expect(reasons).toEqual(['first', 'second']);
  expect(() => {
    held.check();
  }).toThrow(/given back/);
  expect(await held.release()).toEqual({ left: 0 });
  // the agent
  await lock.revoke('not now');
  await done(lea, 1);
  expect(await lea.ask('held', { lock: 'wanted' })).toBe(token);
  const next = lock.acquire();
  await waiters(lock, 1);
  await lock.revoke('please');
  const last = await next;
  expect(last.token).toBeGreaterThan(token);
  expect(await done(lea, 2)).toEqual([`not now: wanted ${String(token)}`, `please: wanted ${String(token)}`]);
  expect(await lea.ask('carried', '')).toBe('not-holder');
  // who has not said that it can be asked is not
  expect(await codeOf(lock.revoke('now'))).toBe('not-revocable');
  await last.release();
});

test('SES-1 SES-4 with a time to live an agent holds as long as it can say so; past it, it does nothing in the name of the lock', async () => {
  const brief = harness.locks.at('brief');
  const [gus, hal] = [await agent('gus'), await agent('hal')];
  await until('it is held still', async () => {
    // on a machine that stood still for seconds it is lost
    if ((await gus.ask('held', { lock: 'brief' })) === 0) firstUntil = await keepBriefly('gus', brief);
    return (await untilOf(brief)) > firstUntil ? true : undefined;
  });
  await until('it is held no more', async () =>
    (await hal.ask('held', { lock: 'severed' })) === 0 ? true : undefined,
  );
  expect(await hal.ask('carried', 'severed')).toBe('not-holder');
  const silent = harness.locks.at('silent');
  await (await silent.acquire()).release();
  await until('it is told', () =>
    harness.events(silent.workflowId).some(({ type }) => type === 'lock.expired') ? true : undefined,
  );
});
