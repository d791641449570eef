import { createTemporalRegistry } from '../../src/client/registry-backend';
import { createGroups, type Groups } from '../../src/client/groups';
import { renewSignal } from '../../src/contracts/entity';
import type { GroupNews } from '../../src/contracts/groups';
import { sweep } from '../../src/registry/sweep';
import { openStore, type Store } from '../../src/store/open';
import type { member } from '../support/agents/agents';
import { startHarness, until, type Harness } from '../support/kernel/harness';
import { emptyDatabase } from '../support/store/template';

const quiet = { info: () => undefined, error: () => undefined };
let harness: Harness;
let store: Store;
let groups: Groups;

beforeAll(async () => {
  store = openStore({ log: quiet, template: await emptyDatabase() });
  await store.migrate();
  store.project();
  harness = await startHarness('groups', '../agents/workflows.ts', {}, async (batch) => {
    await store.events.append(batch);
    return { storedThrough: batch.events.at(-1)?.sequence ?? 0 };
  });
  groups = createGroups(harness.temporal, store.reads);
});
afterAll(async () => {
  await harness.close();
  await store.close();
});

const start = (name: string) => harness.agents.start<typeof member>('member', name);
const terminate = (id: string) => harness.temporal.client.workflow.getHandle(id).terminate();

/** A watch that is read in the background: what it said of an agent, as `joined scorers`, `left scorers: ended`. */
function watching(group: string): {
  saw(agent: string, word: string): Promise<unknown>;
  news: GroupNews[];
  end(): void;
} {
  const gone = new AbortController();
  const news: GroupNews[] = [];
  const reading = (async () => {
    for await (const each of groups.watch({ group, signal: gone.signal })) news.push(each);
  })();
  reading.catch(() => undefined);
  const words = (agent: string): readonly string[] =>
    news.flatMap((each) =>
      each.kind !== 'changed'
        ? []
        : each.changes
            .filter((change) => change.member.agent === agent)
            .map((change) => (change.kind === 'left' ? `left: ${change.why}` : change.kind)),
    );
  return {
    news,
    saw: (agent, word) => until(`${agent} ${word}`, () => words(agent).includes(word) || undefined),
    end: () => gone.abort(),
  };
}
const groupsOf = async (agent: string): Promise<readonly string[]> =>
  (await groups.members({ agent })).items.map(({ group }) => group);
const belongs = (agent: string, to: readonly string[]) =>
  until(`${agent} in ${to.join(', ')}`, async () => ((await groupsOf(agent)).join() === to.join() ? true : undefined));

test('WAT-8 an agent belongs to the groups of its definition for as long as it lives; a watch says so, the set first', async () => {
  const early = await start('early');
  await belongs('early', ['everyone', 'scorers']);
  const watch = watching('scorers');
  await until('the set', () => watch.news.length > 0 || undefined);
  expect(watch.news[0]).toMatchObject({
    kind: 'set',
    members: [{ agent: 'early', tags: ['gpu'], metadata: { zone: 'eu', tier: 1 } }],
  });
  const late = await start('late');
  await watch.saw('late', 'joined');
  // one that ends in order, and one that is terminated and found by the sweep
  await early.stop();
  await watch.saw('early', 'left: ended');
  await terminate(late.workflowId);
  const { space, client } = harness.temporal;
  await until('the sweep', async () => {
    const { lost } = await sweep(store.registry, createTemporalRegistry(client), { space, kinds: ['agent'] });
    return lost === 1 ? true : undefined;
  });
  await watch.saw('late', 'left: lost');
  expect(await groupsOf('late')).toEqual([]);
  watch.end();
});

test('REG-2 a life that begins anew takes the place of the one before, with a higher generation', async () => {
  const first = await start('twice');
  await groups.join('extra', 'twice');
  await belongs('twice', ['everyone', 'extra', 'scorers']);
  const [before] = (await groups.members({ agent: 'twice' })).items;
  const watch = watching('extra');
  await until('the set', () => watch.news.length > 0 || undefined);
  await terminate(first.workflowId);
  await start('twice');
  await watch.saw('twice', 'left: replaced');
  await belongs('twice', ['everyone', 'scorers']);
  expect((await groups.members({ agent: 'twice' })).items[0]?.generation).toBeGreaterThan(
    before?.generation ?? Infinity,
  );
  watch.end();
});

test('an agent joins and leaves in its handlers, unless they are refused; a renewal changes nothing', async () => {
  const agent = await start('busy');
  await agent.ask('join', 'teams');
  await belongs('busy', ['everyone', 'scorers', 'teams']);
  await expect(agent.ask('thinkBetter', 'others')).rejects.toMatchObject({ code: 'invalid-message' });
  await expect(agent.ask('join', 'No Name')).rejects.toMatchObject({ code: 'invalid-id' });
  await harness.temporal.client.workflow.getHandle(agent.workflowId).signal(renewSignal);
  await until('renewed', async () => ((await agent.status()).counts.renewals === 1 ? true : undefined));
  expect(await groups.join('teams', 'busy', { tags: ['asked'] })).toEqual({ group: 'teams', kind: 'already' });
  await agent.ask('leave', 'scorers');
  await belongs('busy', ['everyone', 'teams']);
});

test('REG-4 members are found by tags and metadata; an answer says which position it reflects, and one is waited for', async () => {
  await start('found');
  expect(
    await groups.join('experts', 'found', { tags: ['gpu', 'a100'], metadata: { zone: 'us', spare: true } }),
  ).toEqual({
    group: 'experts',
    kind: 'joined',
  });
  await belongs('found', ['everyone', 'experts', 'scorers']);
  const named = async (filter: Parameters<Groups['members']>[0]): Promise<readonly string[]> =>
    (await groups.members({ agent: 'found', ...filter })).items.map(({ group }) => group);
  expect(await named({ tags: ['gpu'] })).toEqual(['experts', 'scorers']);
  expect(await named({ tags: ['gpu', 'a100'] })).toEqual(['experts']);
  expect(await named({ where: { zone: 'eu', tier: 1 } })).toEqual(['scorers']);
  expect(await named({ where: { spare: true } })).toEqual(['experts']);
  expect(await named({ tags: ['gp'] })).toEqual([]);
  expect(await groups.join('experts', 'found', { tags: ['b200'] })).toMatchObject({ kind: 'updated' });
  expect(await groups.leave('experts', 'found')).toEqual({ group: 'experts', kind: 'left' });
  expect(await groups.leave('experts', 'found')).toEqual({ group: 'experts', kind: 'absent' });
  await belongs('found', ['everyone', 'scorers']);
  const head = await store.events.head(harness.temporal.space);
  const list = await groups.list({ atLeast: head });
  expect(list.position).toBeGreaterThanOrEqual(head);
  expect(list.items.map(({ name }) => name)).toContain('scorers');
  const ahead = { atLeast: head + 1_000_000, withinMs: 60 };
  await expect(groups.list(ahead)).rejects.toMatchObject({ code: 'timeout' });
  await expect(groups.members(ahead)).rejects.toMatchObject({ code: 'timeout' });
});

test('who is not there joins nothing, and no group has a name that is none', async () => {
  await expect(groups.join('a', 'nobody')).rejects.toMatchObject({ code: 'agent-not-found' });
  await expect(groups.leave('a', 'nobody')).rejects.toMatchObject({ code: 'agent-not-found' });
  await expect(groups.join('A', 'nobody')).rejects.toMatchObject({ code: 'invalid-id' });
  await expect(groups.join('a', 'nobody', { tags: ['x y'] })).rejects.toMatchObject({ code: 'invalid-id' });
  expect(() => groups.watch({ group: '-' })).toThrow('a group is 1 to 100 of');
});
