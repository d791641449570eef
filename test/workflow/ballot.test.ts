import type { Cast } from '../../src/contracts/coordination/ballot';
import { until } from '../support/kernel/harness';
import {
  absent,
  brief,
  council,
  dial,
  type guard,
  hasty,
  own,
  people,
  type proposer,
  thinking,
} from '../support/sets/definitions';
import { codeOf, startSets, type SetsHarness } from '../support/sets/harness';

let harness: SetsHarness;
beforeAll(async () => {
  harness = await startSets('ballots');
}, 120_000);
afterAll(async () => {
  await harness.close();
});

test('BAL-1 BAL-4 thinking voters are asked once each, decide with reasons, and the set commits', async () => {
  await harness.startGuards(1, 5);
  const set = await harness.variables.get(thinking);
  const proposing = set.propose({ threshold: 0.93 }, { basedOn: 1, because: 'trial 57', proposer: 'trainer' });
  expect(await proposing.verdict).toMatchObject({ kind: 'pending', ballot: 'thinking@1' });
  const decided = await proposing.decided();
  expect(decided).toMatchObject({ kind: 'accepted', version: 2, tally: { outcome: 'adopted', because: 'threshold' } });
  const { tally } = await harness.ballots.get('thinking@1').view();
  expect(tally?.electorate.map((voter) => voter.id)).toEqual(['guard-1', 'guard-2', 'guard-3', 'guard-4', 'guard-5']);
  expect(tally?.electorateHash).toMatch(/^[0-9a-f]{64}$/);
  expect(tally?.casts.length).toBeGreaterThanOrEqual(3);
  expect(tally?.casts[0]).toMatchObject({
    choice: 'yes',
    reason: 'within bounds',
    measured: { lost: 2 },
    via: 'asked',
  });
  const lost = await set.propose({ threshold: 0.99 }, { basedOn: 2 }).decided();
  expect(lost).toMatchObject({ kind: 'refused', reasons: [{ code: 'ballot-lost' }] });
  expect(lost.kind === 'refused' && lost.reasons[0]?.message).toContain('would lose mail');
});

test('BAL-7 two of five voters that are not there hold nobody up: the other three decide at once', async () => {
  for (const at of [4, 5]) await harness.agents.at(`guard-${String(at)}`).stop();
  const set = await harness.variables.get(thinking);
  const { version } = await set.read();
  const began = Date.now();
  const decided = await set.propose({ threshold: 0.94 }, { basedOn: version }).decided();
  expect(decided).toMatchObject({ kind: 'accepted', tally: { yes: 3, eligible: 5 } });
  expect(Date.now() - began).toBeLessThan(10_000);
});

test('BAL-7 voters that are not there are lost, with evidence in the record, and are not waited for', async () => {
  const set = await harness.variables.get(absent);
  await set.propose({ threshold: 0.91 }, { basedOn: 1 }).verdict;
  const ballot = harness.ballots.get('absent@1');
  await until('only the person to be waited for', async () => {
    const waitingFor = await ballot.view().then(
      (view) => view.waitingFor.join(),
      () => '',
    );
    return waitingFor === 'ann' ? true : undefined;
  });
  await ballot.vote('ann', 'yes');
  const evidence = 'agent-not-found: no such agent is running';
  const lost = ['nobody-1', 'nobody-2'].map((voter) => ({ voter, evidence }));
  expect(await set.decided(1)).toMatchObject({ kind: 'accepted', tally: { yes: 3, eligible: 5, lost } });
});

test('BAL-5 BAL-4 a non-voter, a second vote and a late vote have their own codes; the same ballot again changes nothing', async () => {
  const set = await harness.variables.get(people);
  await set.propose({ threshold: 0.91 }, { basedOn: 1 }).verdict;
  const ballot = harness.ballots.get('people@1');
  await until('the ballot', async () => ((await codeOf(ballot.view())) === 'no refusal' ? true : undefined));
  await ballot.vote('ann', 'no', { reason: 'too soon' });
  const before = await ballot.view();
  await ballot.vote('ann', 'no', { reason: 'too soon' });
  expect(await codeOf(ballot.vote('ann', 'yes'))).toBe('already-voted');
  expect(await codeOf(ballot.vote('eve', 'yes'))).toBe('not-a-voter');
  expect(await codeOf(ballot.vote('bob', 'perhaps' as 'yes'))).toBe('invalid-message');
  const forged = ballot.vote('bob', 'yes', { sender: `${harness.temporal.space}:agent:eve` });
  expect(await codeOf(forged)).toBe('not-a-voter');
  expect(await ballot.view()).toEqual(before);
  expect(before).toMatchObject({ state: 'open', waitingFor: ['bob', 'cid'] });
  // a signal that cannot be counted is a dead letter with the same code
  await ballot.send('ann', 'yes');
  await ballot.send('cid', 'no');
  const letters = await until('the dead letter', async () => {
    const found = await ballot.deadLetters();
    return found.length > 0 ? found : undefined;
  });
  expect(letters.map((letter) => letter.refusal.code)).toEqual(['already-voted']);
  await until('the decision', async () => ((await ballot.view()).tally === undefined ? undefined : true));
  expect(await codeOf(ballot.vote('bob', 'yes'))).toBe('ballot-closed');
  await ballot.vote('ann', 'no', { reason: 'too soon' });
  await ballot.send('bob', 'yes');
  await until('the late dead letter', async () =>
    (await ballot.deadLetters()).some((letter) => letter.refusal.code === 'ballot-closed') ? true : undefined,
  );
  expect(await set.decided(1)).toMatchObject({ kind: 'refused', tally: { no: 2, because: 'rejected' } });
  const types = await until('the events', () => {
    const seen = harness.events(ballot.workflowId).map((event) => event.type);
    return seen.filter((type) => type === 'entity.deadLettered').length === 2 ? seen : undefined;
  });
  expect(types.filter((type) => type === 'ballot.decided')).toHaveLength(1);
});

test('BAL-8 a replaceable standing vote is not asked for, stands while its voter is silent, and gives way to one explicit vote', async () => {
  await harness.startGuards(1, 2);
  const asked = () => harness.agents.at<typeof guard>('guard-1').ask('count');
  const before = await asked();
  const set = await harness.variables.get(council);
  const proposing = set.propose({ threshold: 0.93 }, { basedOn: 1 });
  expect(await proposing.verdict).toMatchObject({ kind: 'pending', ballot: 'council@1' });
  const ballot = harness.ballots.get('council@1');
  const open = await until('the vote of who thinks', async () => {
    const view = await ballot.view();
    return view.waitingFor.length === 0 ? view : undefined;
  });
  expect(open.state).toBe('open');
  expect(open.casts.map(({ voter, choice, via }) => `${voter} ${choice} ${via}`)).toEqual([
    'ann yes standing',
    'bob yes standing',
    'guard-1 yes standing',
    'guard-2 yes asked',
  ]);
  await ballot.vote('bob', 'no', { reason: 'I looked' });
  expect(await codeOf(ballot.vote('bob', 'yes'))).toBe('already-voted');
  await ballot.vote('bob', 'no', { reason: 'I looked' });
  await ballot.vote('ann', 'yes');
  const replaced = await ballot.view();
  expect(replaced).toMatchObject({ state: 'open', casts: [{ voter: 'ann' }, { voter: 'bob' }, {}, {}] });
  expect(replaced.casts[1]).toMatchObject({ choice: 'no', via: 'update', replaces: { choice: 'yes' } });
  await ballot.vote('guard-1', 'yes', { sender: `${harness.temporal.space}:agent:guard-1` });
  expect(await proposing.decided()).toMatchObject({ kind: 'accepted', tally: { yes: 3, no: 1, early: false } });
  expect(await asked()).toEqual(before);
  const votes = await until('the events', () => {
    const seen = harness.events(ballot.workflowId);
    if (!seen.some(({ type }) => type === 'ballot.decided')) return undefined;
    return seen.filter(({ type }) => type === 'ballot.voteCast').map(({ data }) => data['cast'] as Cast);
  });
  expect(votes.filter(({ voter }) => voter === 'bob').map(({ choice, via }) => [choice, via])).toEqual([
    ['yes', 'standing'],
    ['no', 'update'],
  ]);
});

test('BAL-8 where all votes stand and may be replaced, the deadline decides', async () => {
  const set = await harness.variables.get(brief);
  const proposing = set.propose({ threshold: 0.93 }, { basedOn: 1 });
  expect(await proposing.verdict).toMatchObject({ kind: 'pending' });
  expect(await proposing.decided({ timeoutMs: 20_000 })).toMatchObject({
    kind: 'accepted',
    tally: { yes: 2, lost: [], early: false, casts: [{ via: 'standing' }, { via: 'standing' }] },
  });
});

test('BAL-8 people and agents name numbers, and the weighted median becomes the value of the next version', async () => {
  await harness.startGuards(1, 1);
  await harness.agents.get('namer', 'namer-1');
  const set = await harness.variables.get(dial);
  const proposing = set.propose({ threshold: 0.99 }, { basedOn: 1, proposer: 'trainer' });
  expect(await proposing.verdict).toMatchObject({ kind: 'pending', ballot: 'dial@1' });
  const ballot = harness.ballots.get('dial@1');
  const open = await until('only people to be waited for', async () => {
    const view = await ballot.view();
    return view.waitingFor.join() === 'ann,bob' ? view : undefined;
  });
  expect(open.subject.range).toEqual({ variable: 'threshold', present: 0.9, low: 0.5, high: 0.999, isWhole: false });
  expect(open.casts).toMatchObject([{ voter: 'namer-1', choice: 'value', value: 0.95, reason: 'as measured' }]);
  for (const [wrong, code] of [
    [3, 'value-out-of-range'],
    ['yes', 'invalid-message'],
    ['0.93' as 'yes', 'invalid-message'],
    [NaN, 'invalid-message'],
  ] as const)
    expect([wrong, await codeOf(ballot.vote('ann', wrong))]).toEqual([wrong, code]);
  await ballot.vote('ann', 0.93, { reason: 'a little' });
  await ballot.vote('ann', 0.93, { reason: 'a little' });
  expect(await codeOf(ballot.vote('ann', 0.94))).toBe('already-voted');
  expect(await ballot.view()).toMatchObject({ state: 'open', waitingFor: ['bob'] });
  await ballot.send('bob', 0.5);
  const decided = await proposing.decided();
  // an agent that says yes where a number is asked for is lost, like one that is not there, and nobody waits for it
  expect(decided).toMatchObject({
    kind: 'accepted',
    version: 2,
    tally: {
      because: 'median',
      median: { variable: 'threshold', present: 0.9, value: 0.93, weight: 3 },
      lost: [
        {
          voter: 'guard-1',
          evidence: expect.stringMatching(/^invalid-message: dial@1 is decided by the median/) as string,
        },
        { voter: 'nobody-1' },
      ],
    },
  });
  expect((await set.read()).values).toMatchObject({ threshold: 0.93, copies: 2 });
});

test('BAL-8 a median is taken of whole numbers too, needs its quorum, and of one number only', async () => {
  const set = harness.variables.at('dial');
  const both = set.propose({ threshold: 0.91, copies: 3 }, { basedOn: 2 }).verdict;
  await expect(both).rejects.toMatchObject({
    code: 'invalid-message',
    message: expect.stringMatching(/threshold, copies/) as string,
  });
  const proposing = set.propose({ copies: 3 }, { basedOn: 2 });
  expect(await proposing.verdict).toMatchObject({ kind: 'pending', ballot: 'dial@2' });
  const ballot = harness.ballots.get('dial@2');
  await ballot.vote('ann', 'abstain');
  expect(await codeOf(ballot.vote('bob', 2.5))).toBe('wrong-kind');
  await ballot.vote('bob', 'abstain');
  const decided = await proposing.decided();
  expect(decided).toMatchObject({ kind: 'accepted', tally: { median: { value: 7, weight: 1 }, abstained: 2 } });
  expect((await set.read()).values).toMatchObject({ copies: 7 });
});

test('an agent that proposes hears pending at once, votes on its own proposal, and is told the decision', async () => {
  await harness.variables.get(own);
  const agent = await harness.agents.get<typeof proposer>('proposer', 'proposer-1');
  const verdict = await agent.ask('propose', { set: 'own', threshold: 0.95 });
  expect(verdict).toMatchObject({ kind: 'pending', ballot: 'own@1' });
  const ballot = harness.ballots.get('own@1');
  await until('its own vote', async () => ((await ballot.view()).casts.length === 1 ? true : undefined));
  await ballot.vote('ann', 'yes');
  const heard = await until('the decision', async () => {
    const lines = await agent.inspect('heard');
    return lines.length > 1 ? lines : undefined;
  });
  expect(heard).toEqual(['pending', 'own@1 accepted']);
});

test('BAL-7 silence is no consent: at the deadline the values are kept, and who was silent is named', async () => {
  const set = await harness.variables.get(hasty);
  const decided = await set.propose({ threshold: 0.91 }, { basedOn: 1 }).decided({ timeoutMs: 20_000 });
  expect(decided).toMatchObject({
    kind: 'refused',
    tally: { because: 'expired', lost: [{ voter: 'ann' }, { voter: 'bob' }, { voter: 'cid' }] },
  });
});

test('BAL-4 a proposal whose ballot was terminated is refused when its time is over, once', async () => {
  const set = await harness.variables.get(hasty);
  const proposing = set.propose({ threshold: 0.92 }, { basedOn: 1 });
  const verdict = await proposing.verdict;
  const ballot = verdict.kind === 'pending' ? harness.ballots.get(verdict.ballot) : undefined;
  await until('the ballot to open', async () => {
    try {
      await harness.temporal.client.workflow.getHandle(ballot?.workflowId ?? '').terminate('killed by a test');
      return true;
    } catch {
      return undefined;
    }
  });
  const decided = await proposing.decided({ timeoutMs: 50_000 });
  expect(decided).toMatchObject({
    kind: 'refused',
    reasons: [{ code: 'ballot-lost', details: { because: 'expired' } }],
  });
}, 60_000);
