import { createGroups } from '../../../src/client/groups';
import { createHttpReads } from '../../../src/client/http-reads';
import type { Space } from '../../../src/client/index';
import type { GroupNews } from '../../../src/contracts/groups';
import { PlatformError, refuse } from '../../../src/contracts/errors';
import type { ReadModels } from '../../../src/contracts/read-models';
import { ended } from '../../support/cli';
import { misfits } from '../../support/rest/document';
import { serve, type Http } from '../../support/rest/http';
import { freshScript, scriptedDeps, type Script } from '../../support/rest/script';

let script: Script;
let http: Http & { close(): void };
beforeEach(async () => {
  script = freshScript();
  http = await serve(scriptedDeps(script));
});
afterEach(() => http.close());

test('an agent joins and leaves over HTTP; the key of the request is the id of the message', async () => {
  script.outcome = () => ({ group: 'scorers', kind: 'joined' });
  const marks = { tags: ['gpu'], metadata: { zone: 'eu', tier: 1, spare: false } };
  const joined = await http.post('/v1/spaces/demo/groups/scorers:join', { agent: 'anna', ...marks });
  expect([joined.status, misfits('Joined', joined.body)]).toEqual([200, []]);
  expect(script.told).toEqual([
    { message: 'join', arg: { group: 'scorers', agent: 'anna', ...marks }, id: expect.any(String) as string },
  ]);
  script.outcome = () => ({ group: 'scorers', kind: 'absent' });
  const left = await http.post('/v1/spaces/demo/groups/scorers:leave', { agent: 'anna' });
  expect([left.status, misfits('Left', left.body)]).toEqual([200, []]);
  const odd = await http.post('/v1/spaces/demo/groups/scorers:join', { agent: 'anna', metadata: { deep: {} } });
  expect(odd.body).toMatchObject({ code: 'invalid-request' });
});

test('WAT-7 after `compacted` a stream takes its last id back: who comes back then begins with the set', async () => {
  const text = async (headers: Record<string, string>): Promise<string> =>
    (await fetch(`${http.base}/v1/spaces/demo/groups/scorers/watch`, { headers })).text();
  expect(await text({ 'Last-Event-ID': '1' })).toContain(
    'id: \nevent: compacted\ndata: {"kind":"compacted","position":3}\n\n',
  );
  expect(await text({})).toContain('id: 3\nevent: set\ndata: {"kind":"set","position":3,"members":[]}\n\n');
  // our own client does so: the stream ends after each word here, and it comes back
  const news: GroupNews[] = [];
  for await (const each of createHttpReads(http.base).watchGroups({ space: 'demo', after: 1 })) {
    news.push(each);
    if (news.length === 2) break;
  }
  expect(news.map(({ kind }) => kind)).toEqual(['compacted', 'set']);
});

test('WAT-5 a watch goes on where it was when the store was away, and from nothing after `compacted`', async () => {
  const asked: (number | undefined)[] = [];
  const away = (): never => {
    throw new PlatformError(refuse('reads-unavailable', 'the database does not answer'));
  };
  const set: GroupNews = { kind: 'set', position: 4, members: [] };
  const reads = {
    watchGroups: async function* ({ after }: { readonly after?: number }): AsyncGenerator<GroupNews> {
      asked.push(after);
      if (asked.length === 1) yield set;
      if (asked.length === 3) yield { kind: 'compacted', position: 9 };
      if (asked.length === 4) yield { ...set, position: 9 };
      away();
    },
  } as unknown as ReadModels;
  const groups = createGroups({ space: 'demo' } as Parameters<typeof createGroups>[0], reads);
  for await (const each of groups.watch()) if (each.position === 9 && each.kind === 'set') break;
  expect(asked).toEqual([undefined, 4, 4, undefined]);
  // the first time it must be there
  const never = { watchGroups: away } as unknown as ReadModels;
  const watch = createGroups({ space: 'demo' } as Parameters<typeof createGroups>[0], never).watch();
  await expect(watch[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'reads-unavailable' });
});

test('the shell joins with tags and metadata, and leaves', async () => {
  const told: unknown[] = [];
  const groups = {
    join: (...what: readonly unknown[]) => {
      told.push(what.slice(0, 3));
      return Promise.resolve({ group: 'scorers', kind: 'updated' });
    },
    leave: () => Promise.resolve({ group: 'scorers', kind: 'left' }),
  };
  const connect = () => Promise.resolve({ groups, close: () => Promise.resolve() } as unknown as Space);
  const shell = (line: string) => ended(line.split(' '), { connect });
  const joined = await shell('group join scorers anna --tag gpu a100 --meta zone=eu --meta tier=1');
  expect(joined).toMatchObject({ code: 0, out: 'anna\tupdated\tscorers\n' });
  expect(told).toEqual([['scorers', 'anna', { tags: ['gpu', 'a100'], metadata: { zone: 'eu', tier: 1 } }]]);
  expect(await shell('group leave scorers anna')).toMatchObject({ code: 0, out: 'anna\tleft\tscorers\n' });
});
