import { createGroups, type Groups } from '../../src/client/groups';
import { createHttpReads } from '../../src/client/http-reads';
import type { Space } from '../../src/client/index';
import { MAX_MEMBERSHIPS, type GroupNews } from '../../src/contracts/groups';
import type { NewEvent } from '../../src/contracts/envelope';
import type { ReadModels } from '../../src/contracts/read-models';
import { openStore, type Store } from '../../src/store/open';
import { ended } from '../support/cli';
import { misfits } from '../support/rest/document';
import { serve, type Http } from '../support/rest/http';
import { freshScript, scriptedDeps } from '../support/rest/script';
import { batchOf, counted } from '../support/store/batches';
import { emptyDatabase } from '../support/store/template';

/** Groups of each agent: so many that no page of changes ends with an agent. */
const EACH = MAX_MEMBERSHIPS - 1;
let store: Store;
let http: Http & { close(): void };
let far: ReadModels;
let spaces = 0;
let space = '';

beforeAll(async () => {
  store = openStore({ template: await emptyDatabase(), log: { info: () => undefined, error: () => undefined } });
  await store.migrate();
  store.project();
  http = await serve({ ...scriptedDeps(freshScript()), reads: store.reads });
  far = createHttpReads(http.base);
});
afterAll(async () => {
  http.close();
  await store.close();
});
beforeEach(() => {
  spaces += 1;
  space = `groups-${String(spaces)}`;
});

const joined = (group: string, tags: readonly string[] = [], metadata: object = {}): NewEvent => ({
  type: 'agent.joined',
  data: { group, tags, metadata },
});
const say = (name: string, first: number, events: readonly NewEvent[]) =>
  store.events.append(batchOf({ space, name }, first, events));
const head = (): Promise<number> => store.events.head(space);
const groupsAt = (reads: ReadModels): Groups => createGroups({ space } as Parameters<typeof createGroups>[0], reads);
/** Waits until the groups reflect all that was said. */
const settled = async (): Promise<unknown> => groupsAt(store.reads).list({ atLeast: await head() });

/** What a watch hands out, until it is enough. */
async function handed(
  reads: ReadModels,
  request: Partial<Parameters<ReadModels['watchGroups']>[0]>,
  isEnough: (news: readonly GroupNews[]) => boolean,
): Promise<readonly GroupNews[]> {
  const gone = new AbortController();
  const news: GroupNews[] = [];
  for await (const each of reads.watchGroups({ space, signal: gone.signal, pollMs: 20, progressMs: 100, ...request })) {
    news.push(each);
    if (isEnough(news)) break;
  }
  gone.abort();
  return news;
}
const many =
  (count: number) =>
  (news: readonly GroupNews[]): boolean =>
    news.length >= count;

test('WAT-4 an agent that ends leaves all its groups at once, wherever a page of changes ends', async () => {
  const all = Array.from({ length: EACH }, (_each, at) => `g${String(at)}`);
  const names = Array.from({ length: 9 }, (_each, at) => `a${String(at)}`);
  for (const name of names)
    await say(name, 1, [{ type: 'entity.started', data: {} }, ...all.map((group) => joined(group))]);
  const before = await head();
  for (const name of names) await say(name, 100, [{ type: 'entity.ended', data: {} }]);
  await settled();
  const news = await handed(store.reads, { after: before }, many(names.length));
  expect(news.map((each) => (each.kind === 'changed' ? each.changes.length : each.kind))).toEqual(
    names.map(() => EACH),
  );
  expect((await groupsAt(store.reads).members()).items).toEqual([]);
  // a rebuild from the whole log changes nothing for whoever goes on
  await store.rebuild();
  expect(await handed(store.reads, { after: before }, many(names.length))).toEqual(news);
});

test('WAT-7 a position that is gone, or ahead of the log, is answered with `compacted` and the set, over HTTP, too', async () => {
  await say('anna', 1, [joined('one'), joined('two'), joined('one', ['x'])]);
  await settled();
  const now = await head();
  await store.trim({ space, before: now });
  for (const reads of [store.reads, far]) {
    const kinds = async (after: number): Promise<unknown> =>
      (await handed(reads, { group: 'one', after }, many(2))).map((each) => [
        each.kind,
        each.kind === 'set' && each.members.length,
      ]);
    const told = [
      ['compacted', false],
      ['set', 1],
    ];
    expect(await kinds(1)).toEqual(told);
    expect(await kinds(now + 1_000_000)).toEqual(told);
  }
  // what is kept goes on without a set, whoever asks
  const [first] = await handed(far, { group: 'one', after: now - 1 }, many(1));
  expect(first).toMatchObject({
    kind: 'changed',
    changes: [{ kind: 'updated', member: { agent: 'anna', tags: ['x'] } }],
  });
});

test('WAT-7 a rebuild from a log that is not whole is told to whoever watches', async () => {
  await say('anna', 1, [{ type: 'entity.started', data: {} }, joined('one')]);
  await settled();
  const watching = async (act: () => Promise<unknown>): Promise<readonly unknown[]> => {
    let acted = false;
    const news: GroupNews[] = [];
    const gone = new AbortController();
    for await (const each of store.reads.watchGroups({ space, signal: gone.signal, pollMs: 20, progressMs: 0 })) {
      news.push(each);
      if (!acted) await act();
      acted = true;
      if (each.kind === 'changed' || news.filter(({ kind }) => kind === 'set').length === 2) break;
    }
    gone.abort();
    return news
      .filter(({ kind }) => kind !== 'progress')
      .map((each) => [each.kind, each.kind === 'set' && each.members.length]);
  };
  // what is left of the log is younger: the rebuild does not go back
  await store.events.append(batchOf({ space: `${space}-other` }, 1, counted(1, 1)));
  await settled();
  const rebuild = async (): Promise<unknown> => store.rebuild({ acceptLoss: true });
  await store.trim({ space, before: (await head()) + 1 });
  expect(await watching(rebuild)).toEqual([
    ['set', 1],
    ['compacted', false],
    ['set', 0],
  ]);
});

test('REG-4 the facade and the shell answer groups, members and a watch, as of a position', async () => {
  await say('anna', 1, [joined('scorers', ['gpu'], { zone: 'eu', tier: 1 })]);
  await say('bert', 1, [joined('scorers', [], { zone: 'us' }), joined('others')]);
  const now = await head();
  const path = `/v1/spaces/${space}/groups`;
  const list = await http.get(`${path}?atLeast=${String(now)}`);
  expect([list.status, misfits('Groups', list.body)]).toEqual([200, []]);
  expect(list.body).toMatchObject({
    items: [
      { name: 'others', members: 1 },
      { name: 'scorers', members: 2 },
    ],
  });
  const members = await http.get(`${path}/-/members?pageSize=2`);
  expect([members.status, misfits('Members', members.body)]).toEqual([200, []]);
  const next = await http.get(
    `${path}/-/members?pageSize=2&pageToken=${encodeURIComponent(String(members.body['nextPageToken']))}`,
  );
  expect(next.body).toMatchObject({ items: [{ group: 'scorers', agent: 'bert' }] });
  const late = await http.get(`${path}/scorers/members?atLeast=${String(now + 1_000_000)}&withinMs=50`);
  expect(late.body).toMatchObject({ code: 'timeout' });
  for (const wrong of ['scorers/members?where=[1]', 'Scorers/members', 'No/watch', '-/watch?after=x']) {
    expect((await http.get(`${path}/${wrong}`)).status).toBe(400);
  }
  const groups = groupsAt(far);
  const found = await groups.members({ group: 'scorers', tags: ['gpu'], where: { zone: 'eu', tier: 1 } });
  expect(found.items.map(({ agent }) => agent)).toEqual(['anna']);
  const connect = () => Promise.resolve({ groups, close: () => Promise.resolve() } as unknown as Space);
  const shell = async (line: string): Promise<string> => (await ended(line.split(' '), { connect })).out;
  expect(await shell('group list')).toBe(`others\t1\t${String(now)}\nscorers\t2\t${String(now - 1)}\n`);
  expect(await shell('group show scorers --where zone=us')).toMatch(/^bert\t\[\]\t\{"zone":"us"\}\t/);
  expect(await shell(`group show --tag gpu --at-least ${String(now)} -o jsonl`)).toContain('"agent":"anna"');
});

test('WAT-5 WAT-6 WAT-8 the shell watches: the set, changes, and a mark from which it can go on', async () => {
  await say('anna', 1, [joined('scorers', ['gpu'], { zone: 'eu' })]);
  await settled();
  const now = await head();
  const gone = new AbortController();
  const groups = groupsAt(far);
  const watch: Groups['watch'] = (options) => groups.watch({ ...options, signal: gone.signal, progressMs: 100 });
  const connect = () =>
    Promise.resolve({ groups: { ...groups, watch }, close: () => Promise.resolve() } as unknown as Space);
  let said = '';
  const out = (text: string): void => {
    said += text;
    if (said.endsWith(`set\t1\n${String(now)}\tmember\tscorers\tanna\tgpu zone=eu\n`)) {
      void say('anna', 2, [joined('scorers'), { type: 'agent.left', data: { group: 'scorers' } }]).then(() =>
        say('idle', 1, counted(1, 1)),
      );
    }
    if (said.endsWith('progress\n')) gone.abort();
  };
  expect((await ended(['group', 'watch', 'scorers'], { connect, out })).code).toBe(0);
  const [one, two, three] = [now + 1, now + 2, now + 3].map(String);
  expect(said.split('\n').slice(2, -1)).toEqual([
    `${String(one)}\tupdated\tscorers\tanna`,
    `${String(two)}\tleft\tscorers\tanna\tleft`,
    `${String(three)}\tprogress`,
  ]);
});
