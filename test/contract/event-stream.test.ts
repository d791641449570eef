import { createReadModels } from '../../src/store/read-models/reads';
import { openStore, type Store } from '../../src/store/open';
import { openStream, type StreamReader } from '../support/rest/event-stream';
import { until } from '../support/kernel/harness';
import { serve, type Http } from '../support/rest/http';
import { freshScript, scriptedDeps } from '../support/rest/script';
import { batchOf, counted } from '../support/store/batches';
import { emptyDatabase } from '../support/store/template';

const HEARTBEAT_MS = 50;
const SLOW_MS = 300;
/** More than the system keeps of a connection that nobody reads: 4 MiB to send and what the receiver begins with. */
const LARGE = { events: 160, bytes: 100_000 };

let store: Store;
let http: Http & { close(): void };
/** Readers that the store would wake. */
let subscribed = 0;
/** Positions at which a slow client was let go. */
const letGo: number[] = [];
/** What a request waits for before the stream begins, and how many have come that far. */
let gate: Promise<void> = Promise.resolve();
let asked = 0;
/** Requests that are over, for the facade. */
let over = 0;
const open: StreamReader[] = [];

beforeAll(async () => {
  store = openStore({ template: await emptyDatabase(), log: { info: () => undefined, error: () => undefined } });
  await store.migrate();
  const { onAppend } = store.events;
  const reads = createReadModels(store.database, {
    ...store.events,
    onAppend: (wake) => {
      const leave = onAppend(wake);
      subscribed += 1;
      return () => {
        subscribed -= 1;
        leave();
      };
    },
  });
  http = await serve({
    ...scriptedDeps(freshScript()),
    reads: {
      ...reads,
      state: async () => {
        asked += 1;
        await gate;
        return reads.state();
      },
    },
    log: {
      info: (line, text) => {
        if (text === 'request') over += 1;
        if ('position' in line) letGo.push(Number(line.position));
      },
      error: () => undefined,
    },
    heartbeatMs: HEARTBEAT_MS,
    slowMs: SLOW_MS,
    maxStreams: 6,
  });
});
afterAll(async () => {
  http.close();
  await store.close();
});
afterEach(async () => {
  for (const each of open.splice(0)) each.leave();
  await nobody();
});

const nobody = () => until('no subscription', () => subscribed === 0 || undefined);
const urlOf = (space: string): string => `${http.base}/v1/spaces/${space}/events`;

/** A reader that reads, or one that does not yet. */
async function reader(space: string, lastId?: number, reads = true): Promise<StreamReader> {
  const made = await openStream(urlOf(space), lastId);
  open.push(made);
  if (reads) made.read();
  return made;
}

/** Appends to a space. @returns the positions of what was appended */
async function tell(space: string, first: number, count: number): Promise<readonly number[]> {
  await store.events.append(batchOf({ space }, first, counted(first, count)));
  const all = await store.events.read({ space, after: 0, limit: 1_000 });
  return all.slice(-count).map(({ position }) => position);
}

const saw = (stream: StreamReader, positions: readonly number[]) =>
  until('the events', () => stream.positions().length >= positions.length || undefined);

test('a reader catches up from its last id and goes on live: no gap, nothing twice, nothing of another space', async () => {
  const before = await tell('live', 1, 5);
  await tell('elsewhere', 1, 3);
  const [, two = 0] = before;
  const late = await reader('live', two);
  expect(await late.saw('caughtUp')).toBeGreaterThanOrEqual(before[4] ?? 0);
  const more = await tell('live', 6, 1);
  await tell('elsewhere', 4, 1);
  const last = await tell('live', 7, 250);
  const due = [...before.slice(2), ...more, ...last];
  await saw(late, due);
  expect(late.positions()).toEqual(due);
  const all = await reader('live');
  await all.saw('caughtUp');
  expect(all.positions()).toEqual([...before, ...more, ...last]);
});

test('events that are appended while a reader catches up come once, wherever the last id was', async () => {
  let told = await tell('busy', 1, 20);
  let next = 21;
  const appending = (async () => {
    for (; next <= 420; next += 20) told = [...told, ...(await tell('busy', next, 20))];
  })();
  const seen: number[] = [];
  let lastId = 0;
  while (lastId === 0 || seen.length < 420) {
    const stream = await reader('busy', lastId);
    await until('some events', () => stream.positions().length > 0 || undefined);
    stream.leave(); // in the middle of whatever was on the way
    await stream.ended();
    seen.push(...stream.positions());
    lastId = seen.at(-1) ?? 0;
  }
  await appending;
  expect(seen).toEqual(told);
});

test('a comment comes again and again while nothing happens', async () => {
  await tell('quiet', 1, 1);
  const stream = await reader('quiet');
  await stream.saw('caughtUp');
  await stream.beats(3);
  expect(stream.positions()).toHaveLength(1);
});

test('who does not read is cut off, delays nobody else, and goes on from its last id without loss', async () => {
  const filler = 'x'.repeat(LARGE.bytes);
  const events = Array.from({ length: LARGE.events }, (_each, at) => ({ type: 'odd.large', data: { at, filler } }));
  const slow = await reader('large', undefined, false);
  const quick = await reader('large');
  await quick.saw('caughtUp');
  await store.events.append(batchOf({ space: 'large' }, 1, events));
  const all = (await store.events.read({ space: 'large', after: 0, limit: 1_000 })).map(({ position }) => position);
  await saw(quick, all);
  await until('the cut', () => letGo.length > 0 || undefined);
  await until('the end of its subscription', () => subscribed === 1 || undefined);
  expect(quick.positions()).toEqual(all);
  slow.read(); // what the system still had for it
  await slow.ended();
  const had = slow.positions();
  expect(had.length).toBeGreaterThan(0);
  expect(had.length).toBeLessThan(all.length);
  expect(letGo).toEqual([expect.any(Number)]);
  const again = await reader('large', had.at(-1));
  await again.saw('caughtUp');
  expect([...had, ...again.positions()]).toEqual(all);
});

test('who leaves gives its place and its subscription back, whenever it leaves', async () => {
  await tell('leaving', 1, 3);
  const streams = await Promise.all([reader('leaving'), reader('leaving'), reader('leaving')]);
  for (const stream of streams) await stream.saw('caughtUp');
  expect(subscribed).toBe(3);
  await expect(reader('leaving')).rejects.toThrow('the stream answered 429');
  streams[0].leave();
  await until('two subscriptions', () => subscribed === 2 || undefined);
  await (await reader('leaving')).saw('caughtUp');
});

test('BPR-2 a space that opens streams until it is refused leaves places for others, who miss nothing', async () => {
  const modest = ['one', 'two', 'three'];
  for (const space of ['greedy', ...modest]) await tell(space, 1, 2);
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => reader('greedy')));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  const streams = await Promise.all(modest.map((space) => reader(space)));
  for (const stream of streams) {
    await stream.saw('caughtUp');
    expect(stream.positions()).toHaveLength(2);
  }
});

test('who leaves before the stream has begun leaves nothing behind', async () => {
  const [head = 0] = await tell('early', 1, 1);
  let letIn = (): void => undefined;
  gate = new Promise((resolve) => {
    letIn = resolve;
  });
  const before = { asked, over };
  const gone = new AbortController();
  const url = `${urlOf('early')}?after=${String(head)}`;
  const refused = Promise.allSettled([1, 2, 3].map(() => fetch(url, { signal: gone.signal })));
  await until('three requests', () => asked === before.asked + 3 || undefined);
  gone.abort();
  await refused;
  await until('the facade to know', () => over === before.over + 3 || undefined);
  letIn();
  const next = await until('a place', () => reader('early').catch(() => undefined), 5_000);
  await next.saw('caughtUp');
  expect(subscribed).toBe(1);
});
