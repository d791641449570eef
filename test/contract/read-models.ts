import type { PlatformError } from '../../src/contracts/errors';
import type { ReadModels } from '../../src/contracts/read-models';
import type { Database } from '../../src/store/database';
import { createEventStore } from '../../src/store/event-store';
import { projectOnce, startProjection } from '../../src/store/read-models/projection';
import { createReadModels } from '../../src/store/read-models/reads';
import { rebuildReadModels } from '../../src/store/read-models/rebuild';
import { createReadModelRegistry } from '../../src/store/registry-backend';
import { trimEvents } from '../../src/store/retention';
import type { Kind, Name, Space } from '../../src/contracts/ids';
import { until } from '../support/kernel/harness';
import { dyingAt } from '../support/store/disturbed';
import { AT } from '../support/store/batches';
import { teller, tellStory } from '../support/store/story';

const TABLES = ['rm_rows', 'rm_proposals', 'rm_trials', 'rm_versions', 'rm_changes', 'rm_adoptions'] as const;
const upcasters = {};
const log = { info: () => undefined, error: () => undefined };
let spaces = 0;

/** What every set of read models promises. `open` gives the one migrated database of the suite. */
export function readModelsConformance(open: () => Database): void {
  let database: Database;
  let reads: ReadModels;
  let space: Space;
  beforeEach(async () => {
    database = open();
    reads = createReadModels(database, createEventStore(database));
    spaces += 1;
    space = `story-${String(spaces)}` as Space;
    await tellStory(createEventStore(database), space);
  });
  const project = async (of: Database = database): Promise<void> => {
    while ((await projectOnce(of, upcasters)) !== 0);
  };
  /** All rows of the live edition, without its number. */
  const content = async (): Promise<unknown> => {
    const { edition } = await database.db
      .selectFrom('editions')
      .select('edition')
      .where('is_live', '=', true)
      .executeTakeFirstOrThrow();
    const tables = TABLES.map(async (table) => {
      const rows = await database.db.selectFrom(table).selectAll().where('edition', '=', edition).execute();
      return rows.map(({ edition: _edition, ...row }) => JSON.stringify(row)).sort();
    });
    return Promise.all(tables);
  };

  test('lists show the newest life of each name, with the position that they reflect', async () => {
    expect(await reads.list({ space, kind: 'agent' })).toMatchObject({
      items: [],
      behindMs: expect.any(Number) as number,
    });
    await project();
    const { items, position, behindMs } = await reads.list({ space, kind: 'agent' });
    expect(items.map(({ name, status, summary }) => ({ name, status, summary }))).toEqual([
      { name: 'old', status: 'failed', summary: 's' },
      { name: 'tuner', status: 'running', summary: 'tunes' },
    ]);
    const { head } = await reads.state();
    expect({ position, behindMs }).toEqual({ position: head, behindMs: undefined });
    expect((await reads.list({ space, kind: 'ballot' })).items).toMatchObject([{ name: 'mail@2', status: 'decided' }]);
    expect((await reads.list({ space, kind: 'agent', status: 'failed' })).items).toHaveLength(1);
  });

  test('lists have pages that follow each other, and refuse what is no size', async () => {
    await project();
    const first = await reads.proposals({ space, set: 'mail', pageSize: 3 });
    expect(first.items.map((each) => each.number)).toEqual([1, 2, 3]);
    const second = await reads.proposals({ space, set: 'mail', pageSize: 3, pageToken: first.nextPageToken ?? '' });
    expect(second.items).toMatchObject([{ number: 4, verdict: 'pending' }]);
    expect(second.nextPageToken).toBeUndefined();
    const wrong = reads.list({ space, kind: 'agent', pageSize: 501 });
    await expect(wrong).rejects.toMatchObject({ code: 'invalid-request' });
  });

  test('a trial that has ended stays as it ended', async () => {
    await project();
    const { items } = await reads.trials({ space, study: 'digits' });
    expect(items.map(({ attributes }) => attributes)).toEqual([undefined, { note: 'é' }, undefined]);
    expect(items.map(({ number, state }) => [number, state])).toEqual([
      [0, 'failed'],
      [1, 'complete'],
      [2, 'running'],
    ]);
  });

  test('who has a trial outside stands in it, until its lease or the trial has ended', async () => {
    await project();
    const { items } = await reads.trials({ space, study: 'lab' });
    expect(items.map(({ number, state, lease }) => [number, state, lease?.attempt, lease?.client])).toEqual([
      [1, 'running', 2, 'bob'],
      [2, 'running', undefined, undefined],
      [3, 'complete', undefined, undefined],
      [4, 'running', undefined, undefined],
    ]);
  });

  test('a trial that waits at a rung stands so, and runs again from its promotion on', async () => {
    await project();
    const { items } = await reads.trials({ space, study: 'rungs' });
    expect(items.map(({ number, state, waits }) => [number, state, waits?.[0]?.until])).toEqual([
      [1, 'running', '2026-11-24T12:30:00.000Z'],
      [2, 'waiting', undefined],
    ]);
  });

  test('a study that was deleted is gone but for the evidence of proposals; a new one of its name stands alone; so after a rebuild', async () => {
    const deletedAt = Date.parse(AT) + 1;
    const by = (generation: number, name = 'digits', kind: Kind = 'study') =>
      teller(createEventStore(database), { space, kind, name, generation });
    const studies = async (): Promise<readonly unknown[]> =>
      (await reads.list({ space, kind: 'study' })).items.map(({ name, status }) => `${name} ${status}`);
    const why = async () => (await reads.why({ space, set: 'mail', variable: 'threshold' })).trials;
    const numbers = async (): Promise<readonly unknown[]> =>
      (await reads.trials({ space, study: 'digits' })).items.map(({ number, state }) => `${String(number)} ${state}`);
    await project();
    const evidence = await why();
    expect(evidence).toHaveLength(1);
    // when it is deleted, and older lives still say something
    await by(deletedAt)(['study.deleted', { by: 'ann' }]);
    await project();
    await by(2)(['entity.lost', {}]);
    const late = { study: 'digits', trials: [0] };
    await by(1, 'post', 'variables')(['set.proposed', { proposal: 1, changes: [], basedOn: 1, evidence: late }]);
    await project();
    // then
    expect([await studies(), await numbers(), await why()]).toEqual([['lab running', 'rungs running'], [], evidence]);
    const key = { space, kind: 'study' as const, name: 'digits' as Name };
    expect((await createReadModelRegistry(database).find(key)).registration).toBeUndefined();
    const left = database.db.selectFrom('rm_trials').select('number').where('study', '=', 'digits');
    expect((await left.where('space', '=', space).execute()).map(({ number }) => number)).toEqual([1]);
    // when another study takes the name
    const trial = { number: 1, configuration: {}, askedAt: AT };
    await by(deletedAt + 1)(
      ['entity.started', { owner: 'o', firstRunId: 'run-9', summary: 'new' }],
      ['study.asked', { trials: [trial] }],
    );
    await project();
    // then it is alone, and the evidence is still that of the first
    expect([await studies(), await numbers(), await why()]).toEqual([
      ['digits running', 'lab running', 'rungs running'],
      ['1 running'],
      evidence,
    ]);
    const live = await content();
    await rebuildReadModels(database, { upcasters, log });
    expect(await content()).toEqual(live);
  });

  test('why gives the chain from the live value to proposal, trials, adoption, what changed and what was refused', async () => {
    await project();
    expect(await reads.why({ space, set: 'mail', variable: 'threshold' })).toMatchObject({
      value: 0.95,
      version: 2,
      proposal: { number: 1, proposer: 'tuner', because: 'better', verdict: 'accepted', tally: { outcome: 'adopted' } },
      trials: [{ study: 'digits', number: 1, measures: { loss: 0.1 } }],
      adoption: [
        { agent: 'filter-1', version: 2 },
        { agent: 'filter-2', version: 2 },
      ],
      changedSince: [{ version: 3, changes: [{ variable: 'epochs', after: 5 }] }],
      refused: [{ number: 2, reasons: [{ code: 'ballot-lost', message: 'no' }] }],
    });
    const epochs = await reads.why({ space, set: 'mail', variable: 'epochs' });
    expect(epochs).toMatchObject({ value: 5, version: 3, adoption: [{ agent: 'filter-1', version: 3 }], refused: [] });
    const unknown = reads.why({ space, set: 'mail', variable: 'nope' });
    await expect(unknown).rejects.toMatchObject({ code: 'unknown-variable' });
    const noSet = reads.why({ space, set: 'nope', variable: 'x' });
    await expect(noSet).rejects.toMatchObject({ code: 'variable-set-not-found' });
  });

  test('why of a child: the last 20 decisions on it, in order, over the lives of its supervisor, and of no other', async () => {
    const store = createEventStore(database);
    const decided = (id: string, at: number, more = {}): readonly [string, Readonly<Record<string, unknown>>] => [
      'supervisor.decided',
      { text: `${id} ${String(at)}`, note: { kind: 'child-started', id, generation: at, ...more } },
    ];
    const life = (name: string, generation: number) => teller(store, { space, kind: 'supervisor', name, generation });
    await life('shop', 1)(decided('web', 1), decided('old', 1), ['entity.ended', {}]);
    const second = life('shop', 2);
    for (let at = 1; at <= 230; at += 10)
      await second(...Array.from({ length: 10 }, (_, n) => decided(n === 0 ? 'web' : 'db', at + n)));
    await second(decided('db', 231, { kind: 'restarting', group: ['web', 'db'] }));
    await life('shop2', 1)(decided('web', 9));
    await life('shop', 3)(['supervisor.decided', { reference: 'temporal:x', bytes: 9 }]);
    const { decisions, position } = await reads.whyChild({ space, supervisor: 'shop', child: 'web' });
    const first = Array.from({ length: 19 }, (_, n) => `web ${String(41 + 10 * n)}`);
    expect(decisions.map(({ text }) => text)).toEqual([...first, 'db 231']);
    expect(new Set(decisions.map(({ supervisor }) => supervisor))).toEqual(new Set([2]));
    expect(decisions.at(-1)).toMatchObject({ note: { kind: 'restarting' }, at: expect.stringMatching(/Z$/) as string });
    expect(position).toBe((await reads.state()).head);
    const only = await reads.whyChild({ space, supervisor: 'shop2', child: 'web' });
    expect(only.decisions).toHaveLength(1);
    const old = await reads.whyChild({ space, supervisor: 'shop', child: 'old' });
    expect(old.decisions).toMatchObject([{ text: 'old 1', supervisor: 1 }]);
    const nobody = reads.whyChild({ space, supervisor: 'shop', child: 'cache' });
    await expect(nobody).rejects.toMatchObject({ code: 'child-not-found' });
    const nowhere = reads.whyChild({ space, supervisor: 'sho', child: 'web' });
    await expect(nowhere).rejects.toMatchObject({ code: 'supervisor-not-found' });
  });

  test('CAU-4 the order of two stored events, by position or name, over lives and messages; what is not there is refused', async () => {
    const store = createEventStore(database);
    let ms = 1_795_521_600_000;
    const say = async (name: string, generation: number, sequence: number, ...follows: readonly string[]) => {
      ms += 1;
      const hlc = `${String(ms).padStart(15, '0')}.000000@${space}:agent:${name}`;
      const of = { space, kind: 'agent' as const, name: name as Name, generation: String(generation) };
      const stamp = { hlc, ...(follows.length === 0 ? {} : { follows }) };
      await store.append({ ...of, events: [{ type: 'x.said', data: {}, sequence, time: AT, ...stamp }] });
      return `agent:${name}~${String(generation)}/${String(sequence)}`;
    };
    const full = (id: string): string => `${space}:${id}`;
    const a1 = await say('a', 1, 1);
    const other = await say('c', 1, 1);
    const b1 = await say('b', 1, 1);
    const b2 = await say('b', 1, 2, full(a1));
    const b3 = await say('b', 2, 1); // a new life, which follows the one before
    const c2 = await say('c', 1, 2, full(b3));
    const answer = await reads.causality({ space, a: a1, b: c2 });
    expect(answer).toMatchObject({ order: 'before', certain: true, a: { id: full(a1), type: 'x.said', time: AT } });
    expect(answer.path.map(({ id, via }) => [id, via])).toEqual([
      [full(a1), undefined],
      [full(b2), 'message'],
      [full(b3), 'entity'],
      [full(c2), 'message'],
    ]);
    const positions = { a: String(answer.b.position), b: String(answer.a.position) };
    expect(await reads.causality({ space, ...positions })).toMatchObject({ order: 'after', path: answer.path });
    expect(await reads.causality({ space, a: a1, b: other })).toMatchObject({ order: 'concurrent', certain: true });
    expect(await reads.causality({ space, a: b1, b: a1 })).toMatchObject({ order: 'concurrent', path: [] });
    expect(await reads.causality({ space, a: b1, b: b1 })).toMatchObject({ order: 'equal' });
    const refused = (a: string) =>
      reads.causality({ space, a, b: b1 }).then(String, (error: unknown) => (error as PlatformError).code);
    expect(await refused('999999')).toBe('event-not-found');
    expect(await refused('agent:a~1/9')).toBe('event-not-found');
    expect(await refused('noon')).toBe('invalid-id');
    expect(await refused(`elsewhere:${a1}`)).toBe('invalid-id');
    const { position } = (await reads.causality({ space, a: a1, b: a1 })).a;
    const elsewhere = reads.causality({ space: 'elsewhere', a: String(position), b: String(position) });
    await expect(elsewhere).rejects.toMatchObject({ code: 'event-not-found' });
  });

  test('EVT-6 rows and checkpoint change together, wherever the projection dies', async () => {
    const before = await content();
    const { position } = await reads.state();
    let died = 0;
    const survives = (): Promise<boolean> =>
      projectOnce(dyingAt(database, died), upcasters).then(
        () => true,
        () => false,
      );
    while (!(await survives())) {
      died += 1;
      expect((await reads.state()).position).toBe(position);
      expect(await content()).toEqual(before);
    }
    expect(died).toBeGreaterThan(10);
    expect((await reads.state()).position).toBeGreaterThan(position);
    await project();
    expect((await reads.list({ space, kind: 'agent' })).items).toHaveLength(2);
  });

  test('EVT-6 a rebuild from zero equals what is live, is built beside it and swapped; one that died leaves nothing', async () => {
    await project();
    const live = await content();
    const { position } = await reads.state();
    await expect(rebuildReadModels(dyingAt(database, 30), { upcasters, log })).rejects.toThrow('died');
    expect(await content()).toEqual(live);
    const rebuilt = await rebuildReadModels(database, { upcasters, log });
    expect(rebuilt.position).toBe(position);
    expect(await content()).toEqual(live);
    expect(await database.db.selectFrom('editions').select('is_live').execute()).toEqual([{ is_live: true }]);
    expect(await projectOnce(database, upcasters)).toBe(0);
  });

  test('EVT-6 of two rebuilds at once one wins, and the models are whole', async () => {
    await project();
    const live = await content();
    const both = await Promise.allSettled([1, 2].map(() => rebuildReadModels(database, { upcasters, log })));
    expect(both.filter((each) => each.status === 'fulfilled')).toHaveLength(1);
    expect(await content()).toEqual(live);
  });

  test('EVT-6 a projection that runs follows appends, and of two processes one has the lead', async () => {
    const both = [1, 2].map(() => startProjection(database, { upcasters, log }));
    try {
      const tell = teller(createEventStore(database), { space, name: 'late' });
      await tell(['entity.started', { type: 'late', owner: 'o', firstRunId: 'r', summary: 's' }]);
      await until('the row', async () => {
        const { items } = await reads.list({ space, kind: 'agent' });
        return items.some((each) => each.name === 'late') ? true : undefined;
      });
    } finally {
      await Promise.all(both.map((each) => each.close()));
    }
  });

  test('REG-2 the registry of the read model answers the newest life with its generation, and takes in who was lost', async () => {
    await project();
    const registry = createReadModelRegistry(database);
    const key = { space, kind: 'agent' as const, name: 'tuner' as Name };
    const { registration } = await registry.find(key);
    expect(registration).toMatchObject({ generation: { firstRunId: 'run-1', number: 1 }, status: 'running' });
    expect((await registry.find({ ...key, name: 'old' as Name })).registration).toMatchObject({
      generation: { number: 2 },
      status: 'failed',
    });
    expect(await registry.open?.({ space, kind: 'agent', limit: 9 })).toEqual([registration]);
    if (registration === undefined) throw new Error('nobody is registered');
    for (const _twice of [1, 2]) await registry.lost?.(registration);
    await project();
    expect(await registry.open?.({ space, kind: 'agent', limit: 9 })).toEqual([]);
    expect((await registry.find(key)).registration?.status).toBe('failed');
    expect(await database.db.selectFrom('incidents').selectAll().execute()).toEqual([]);
  });

  test('EVT-5 retention holds before what the read models have not taken in; a rebuild after it says what is lost', async () => {
    const before = (await reads.state()).head + 1;
    const held = await trimEvents(database, { space, before });
    expect(held.heldBy?.reader).toMatch(/^read-models\//);
    await project();
    const kept = await reads.why({ space, set: 'mail', variable: 'threshold' });
    expect(await trimEvents(database, { space, before })).not.toHaveProperty('heldBy');
    expect(await reads.why({ space, set: 'mail', variable: 'threshold' })).toEqual(kept);
    await expect(rebuildReadModels(database, { upcasters, log })).rejects.toMatchObject({ code: 'limit-reached' });
    await rebuildReadModels(database, { upcasters, log, acceptLoss: true });
    await expect(reads.why({ space, set: 'mail', variable: 'threshold' })).rejects.toMatchObject({
      code: 'variable-set-not-found',
    });
  });
}
