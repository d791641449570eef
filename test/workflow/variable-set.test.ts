import { defineUpdate } from '@temporalio/workflow';
import type { Message, Reply } from '../../src/contracts/entity';
import { until } from '../support/kernel/harness';
import {
  followed,
  type follower,
  hasty,
  type joiner,
  patient,
  people,
  standing,
  thinking,
  trainer,
} from '../support/sets/definitions';
import { codeOf, startSets, type SetsHarness } from '../support/sets/harness';

let harness: SetsHarness;
beforeAll(async () => {
  harness = await startSets('sets');
}, 120_000);
afterAll(async () => {
  harness.letGo();
  await harness.close();
});

test('VAR-1 several changes commit at once as one version, and a rollback is a new version with the old values', async () => {
  const set = await harness.variables.get(trainer);
  const first = await set.read();
  expect(first).toMatchObject({ version: 1, values: { features: 'words', hashBits: 18, learningRate: 0.1 } });
  expect(first.values).not.toHaveProperty('ngram');
  const verdict = await set.propose({ features: 'characters', hashBits: 20 }, { basedOn: 1, because: 'a test' })
    .verdict;
  expect(verdict).toEqual({ kind: 'accepted', proposal: 1, version: 2 });
  expect(await set.read()).toMatchObject({ version: 2, values: { features: 'characters', ngram: 3, hashBits: 20 } });
  const back = await set.restore(1, { because: 'slower' }).decided();
  expect(back).toMatchObject({ kind: 'accepted', version: 3 });
  expect(await set.read()).toMatchObject({ version: 3, values: first.values });
  expect((await set.view()).history.map((each) => [each.version, each.proposal])).toEqual([
    [1, 0],
    [2, 1],
    [3, 2],
  ]);
});

test('VAR-2 VAR-6 a stale base, a broken constraint and a locked variable are recorded verdicts with reasons', async () => {
  const set = await harness.variables.get(trainer);
  const { version } = await set.read();
  const stale = await set.propose({ hashBits: 13 }, { basedOn: version - 1 }).verdict;
  expect(stale).toMatchObject({ kind: 'refused', currentVersion: version, reasons: [{ code: 'stale-base' }] });
  const broken = await set.propose({ hashBits: 20, copies: 8 }, { basedOn: version }).verdict;
  expect(broken).toMatchObject({ kind: 'refused', reasons: [{ code: 'constraint-broken' }] });
  const locked = await set.propose({ seed: 3 }, { basedOn: version }).verdict;
  expect(locked).toMatchObject({ kind: 'refused', reasons: [{ code: 'variable-locked' }] });
  const view = await set.view();
  expect(view.version).toBe(version);
  expect(view.recent.slice(-3).map((each) => each.verdict.kind)).toEqual(['refused', 'refused', 'refused']);
});

test('a malformed proposal has its own code each and leaves no trace in the state', async () => {
  const set = await harness.variables.get(trainer);
  const before = await set.view();
  const basedOn = before.version;
  const wrong = (changes: object): Promise<string> => codeOf(set.propose(changes, { basedOn }).verdict);
  expect(await wrong({ nothing: 1 })).toBe('unknown-variable');
  expect(await wrong({ hashBits: 25 })).toBe('value-out-of-range');
  expect(await wrong({ hashBits: 'many' })).toBe('wrong-kind');
  expect(await wrong({ hashBits: 12.5 })).toBe('wrong-kind');
  expect(await wrong({ features: 'letters' })).toBe('value-out-of-range');
  expect(await wrong({ ngram: 2 })).toBe('inactive-variable');
  expect(await wrong({})).toBe('invalid-message');
  expect(await wrong({ hashBits: { deep: 1 } })).toBe('invalid-message');
  expect(await codeOf(set.propose({ hashBits: 13 }, { basedOn: 0 }).verdict)).toBe('invalid-message');
  expect(await codeOf(set.restore(99, { basedOn }).verdict)).toBe('not-found');
  expect(await codeOf(set.proposal(999))).toBe('proposal-not-found');
  expect(await set.view()).toEqual(before);
});

test('a repeated request gets the verdict of the first time and one version', async () => {
  const set = await harness.variables.get(trainer);
  const { version } = await set.read();
  const propose = (): Promise<unknown> =>
    set.propose({ copies: 2 }, { basedOn: version, requestId: 'copies-two' }).verdict;
  const first = await propose();
  expect(await Promise.all([propose(), propose(), propose(), propose()])).toEqual([first, first, first, first]);
  expect((await set.read()).version).toBe(version + 1);
});

test('VAR-4 a read that follows a verdict sees it, and concurrent proposals on one base commit once', async () => {
  const set = await harness.variables.get(trainer);
  const { version } = await set.read();
  const rates = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06];
  const verdicts = await Promise.all(
    rates.map((learningRate) => set.propose({ learningRate }, { basedOn: version }).verdict),
  );
  const won = verdicts.flatMap((verdict, at) => (verdict.kind === 'accepted' ? [rates[at]] : []));
  expect(won).toHaveLength(1);
  expect(await set.read()).toMatchObject({ version: version + 1, values: { learningRate: won[0] } });
});

test('VAR-4 a read sees a version from its commit on, while agents that are told of it are still busy', async () => {
  await harness.agents.get('slow', 'slow-1');
  const set = await harness.variables.get(patient);
  await set.subscribe('slow-1');
  expect(await set.propose({ other: 4 }, { basedOn: 1 }).verdict).toMatchObject({ kind: 'accepted', version: 2 });
  expect(await set.read()).toMatchObject({ version: 2, values: { other: 4 } });
  await until('the agent to be told', () => (harness.held.includes('slow-1') ? true : undefined));
  expect((await set.adoption()).done).toBe(false);
  harness.letGo();
});

test('a set of an unknown name, with another definition, or not started, is said to be so', async () => {
  const { variables } = harness;
  expect(await codeOf(variables.get('nobody'))).toBe('variable-set-not-found');
  expect(await codeOf(variables.start('nobody'))).toBe('unknown-definition');
  await variables.get(standing);
  expect(await codeOf(variables.get({ ...standing, hash: 'f'.repeat(64) }))).toBe('definition-mismatch');
  expect(await codeOf(variables.get({ ...hasty, hash: 'f'.repeat(64) }))).toBe('definition-mismatch');
  expect(await codeOf(variables.get('a:b'))).toBe('invalid-id');
  expect(await codeOf(harness.ballots.get('nobody@1').vote('ann', 'yes'))).toBe('ballot-not-found');
  expect(await codeOf(harness.ballots.get('nobody@1').view())).toBe('ballot-not-found');
});

test('a new definition that no worker has is refused, and the set stays as it is', async () => {
  const set = await harness.variables.get(trainer);
  const { version, hash } = await set.view();
  const verdict = await set.redefine({ hash: 'f'.repeat(64) }).decided();
  expect(verdict).toMatchObject({ kind: 'refused', reasons: [{ code: 'definition-mismatch' }] });
  expect(await set.view()).toMatchObject({ version, hash });
});

test('VAR-3 BAL-8 fifty standing votes decide inside the set: accepted with the tally, refused with the reasons', async () => {
  const set = await harness.variables.get(standing);
  const accepted = await set.propose({ threshold: 0.93 }, { basedOn: 1, because: 'trial 57' }).verdict;
  expect(accepted).toMatchObject({ kind: 'accepted', version: 2, tally: { outcome: 'adopted', yes: 50, no: 0 } });
  const refused = await set.propose({ threshold: 0.99, note: true }, { basedOn: 2 }).decided();
  expect(refused).toMatchObject({
    kind: 'refused',
    reasons: [{ code: 'ballot-lost' }],
    tally: { because: 'rejected' },
  });
  expect(await set.read()).toMatchObject({ version: 2, values: { threshold: 0.93, note: false } });
  expect((await set.propose({ note: true }, { basedOn: 2 }).verdict).kind).toBe('accepted');
  const stored = await until('the events', () => {
    const events = harness.events(set.workflowId);
    return events.some((event) => event.type === 'set.committed' && event.data['version'] === 3) ? events : undefined;
  });
  expect(stored.map((event) => event.type).filter((type) => type.startsWith('set.'))).toEqual([
    'set.created',
    ...['set.proposed', 'set.decided', 'set.committed'],
    ...['set.proposed', 'set.decided'],
    ...['set.proposed', 'set.decided', 'set.committed'],
  ]);
});

test('VAR-2 VAR-3 of several open proposals on one base at most one commits; the others are withdrawn and say so', async () => {
  const set = await harness.variables.get(people);
  const one = set.propose({ threshold: 0.91 }, { basedOn: 1 });
  expect(await one.verdict).toMatchObject({ kind: 'pending', ballot: 'people@1' });
  const two = set.propose({ threshold: 0.92 }, { basedOn: 1 });
  expect(await two.verdict).toMatchObject({ kind: 'pending', ballot: 'people@2' });
  expect(await set.read()).toMatchObject({ version: 1, values: { threshold: 0.9 } });
  const ballot = harness.ballots.get('people@2');
  await ballot.vote('ann', 'yes', { reason: 'why not' });
  await ballot.vote('cid', 'yes');
  expect(await two.decided()).toMatchObject({ kind: 'accepted', proposal: 2, version: 2, tally: { early: true } });
  expect(await one.decided()).toMatchObject({
    kind: 'refused',
    reasons: [{ code: 'proposal-withdrawn', details: { currentVersion: 2 } }],
  });
  expect(await set.read()).toMatchObject({ version: 2, values: { threshold: 0.92 } });
  const moot = await until('the moot ballot to close', async () => {
    const view = await harness.ballots.get('people@1').view();
    return view.state === 'decided' ? view : undefined;
  });
  expect(moot.tally).toMatchObject({ outcome: 'kept', because: 'withdrawn' });
});

test('VAR-3 a free commit withdraws what waits for a ballot on the same base', async () => {
  const set = await harness.variables.get(people);
  const waiting = set.propose({ threshold: 0.8 }, { basedOn: 2 });
  await waiting.verdict;
  expect(await set.propose({ other: 5 }, { basedOn: 2 }).verdict).toMatchObject({ kind: 'accepted', version: 3 });
  expect(await waiting.decided()).toMatchObject({ kind: 'refused', reasons: [{ code: 'proposal-withdrawn' }] });
});

test('VAR-5 a version is announced to who asked for it; a dead agent is listed and blocks nobody', async () => {
  await harness.startGuards(1, 3);
  const set = await harness.variables.get(thinking);
  for (const agent of ['guard-1', 'guard-2', 'guard-3', 'nobody-there']) {
    expect(await set.subscribe(agent)).toMatchObject({ version: 1, values: { threshold: 0.9 } });
  }
  expect(await set.propose({ other: 4 }, { basedOn: 1 }).verdict).toMatchObject({ kind: 'accepted', version: 2 });
  await expect(set.adopted(3, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'timeout' });
  const adoption = await set.adopted(2);
  expect(adoption.version).toBe(2);
  expect(adoption.laggards).toEqual(['nobody-there']);
  expect(Object.entries(adoption.acknowledged).map(([agent, { version }]) => [agent, version])).toEqual([
    ['guard-1', 2],
    ['guard-2', 2],
    ['guard-3', 2],
    ['nobody-there', 1],
  ]);
  // an announcement that comes late, or twice, takes nobody back
  const guard = harness.agents.at('guard-2');
  const announce = defineUpdate<Reply<{ version: number }>, [Message]>('announce');
  for (const version of [1, 2]) {
    const told = await harness.temporal.call(guard.workflowId, announce, { set: 'thinking', version, values: {} });
    expect(told.value).toEqual({ version: 2 });
  }
  expect(await guard.inspect('version')).toBe(2);
  // who comes late reads the current version
  expect(await set.subscribe('nobody-there')).toMatchObject({ version: 2 });
  expect((await set.adoption()).laggards).toEqual([]);
});

test('VAR-4 two sets are two units: the new version of one may be read beside the old one of the other', async () => {
  const [one, two] = [await harness.variables.get(trainer), await harness.variables.get(people)];
  const before = { one: await one.read(), two: await two.read() };
  await one.propose({ copies: 3 }, { basedOn: before.one.version }).verdict;
  const between = { one: await one.read(), two: await two.read() };
  await two.propose({ other: 9 }, { basedOn: before.two.version }).verdict;
  expect(between.one.version).toBe(before.one.version + 1);
  expect(between.two.version).toBe(before.two.version);
});

test('VAR-5 agents that begin, and one that begins anew after a commit, read the current version', async () => {
  const set = await harness.variables.get(followed);
  const { agents } = harness;
  const all = await Promise.all([
    agents.get<typeof follower>('follower', 'f1'),
    agents.get<typeof follower>('follower', 'f2'),
    agents.get<typeof joiner>('joiner', 'j1'),
    agents.get<typeof joiner>('joiner', 'j2'),
  ]);
  const everybodyHas = async (version: number): Promise<void> => {
    for (const agent of all) {
      await until(`${agent.name} to have version ${String(version)}`, async () =>
        (await agent.inspect('version').catch(() => 0)) === version ? true : undefined,
      );
    }
  };
  await everybodyHas(1);
  expect([...(await set.view()).interested].sort()).toEqual(['f1', 'f2', 'j1', 'j2']);
  await set.propose({ speed: 2 }, { basedOn: 1 }).verdict;
  await everybodyHas(2);
  // two die, a version is committed, they begin anew under their names
  await Promise.all([all[0].stop(), all[2].stop()]);
  await set.propose({ speed: 3 }, { basedOn: 2 }).verdict;
  await agents.get<typeof follower>('follower', 'f1');
  await agents.get<typeof joiner>('joiner', 'j1');
  await everybodyHas(3);
});
