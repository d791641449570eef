import type { BallotRequest, Tally } from '../../src/contracts/coordination/ballot';
import { recompute } from '../../src/domain/coordination/decision';
import { borda, majority, person, resilient, schulze, voter } from '../../workflows/door';
import { until } from '../support/kernel/harness';
import { codeOf, startSets, type SetsHarness } from '../support/sets/harness';

const half = { numerator: 1, denominator: 2 };

let harness: SetsHarness;
beforeAll(async () => {
  harness = await startSets('opened');
  const tasters = [1, 2].map((at) => harness.agents.get('taster', `taster-${String(at)}`));
  const listeners = [0.2, 0.4, 0.9].map((own, at) =>
    harness.agents.get('listener', `listener-${String(at)}`, { args: own }),
  );
  await Promise.all([...tasters, ...listeners]);
}, 120_000);
afterAll(() => harness.close());

const decided = (name: string): Promise<Tally> =>
  until(`the decision on ${name}`, async () => (await harness.ballots.get(name).view()).tally);
const typesOf = (name: string): string[] =>
  harness.events(harness.ballots.get(name).workflowId).map(({ type }) => type);

test('BAL-8 people and agents choose one of three options; the record says who and why, and gives the same again (BAL-4)', async () => {
  const lunch = await harness.ballots.open('lunch', {
    title: 'Where do we eat?',
    options: ['pizza', 'thai', 'salad'],
    present: 'pizza',
    electorate: ['taster-1', 'taster-2', person('ann', { weight: 2 }), person('bob', { delegate: 'ann' })],
    rule: schulze({ quorum: half }),
    deadline: '60s',
  });
  const waiting = await until('the agents', async () => {
    const view = await lunch.view();
    return view.waitingFor.join() === 'ann' ? view : undefined;
  });
  expect(waiting.casts.map(({ voter: by, ranking, via }) => [by, ranking?.join(), via]).sort()).toEqual([
    ['taster-1', 'salad,thai,pizza', 'asked'],
    ['taster-2', 'salad,thai,pizza', 'asked'],
  ]);
  expect(await codeOf(lunch.vote('bob', ['thai']))).toBe('not-a-voter');
  expect(await codeOf(lunch.vote('ann', ['sushi']))).toBe('value-out-of-range');
  expect(await codeOf(lunch.vote('ann', ['thai', 'thai']))).toBe('invalid-message');
  expect(await codeOf(lunch.vote('ann', 'yes'))).toBe('invalid-message');
  expect(await codeOf(lunch.whatIf({ threshold: { kind: 'borda' } }))).toBe('not-decided');
  await lunch.vote('ann', ['thai', 'pizza'], { reason: 'close by' });
  const tally = await decided('lunch');
  expect(tally).toMatchObject({
    outcome: 'adopted',
    because: 'winner',
    chosen: { option: 'thai', winners: ['thai'], weight: 5 },
    casts: [
      {},
      {},
      { voter: 'ann', reason: 'close by' },
      { voter: 'bob', via: 'delegate', ranking: ['thai', 'pizza'] },
    ],
  });
  expect(recompute(JSON.parse(JSON.stringify(tally)) as Tally)).toEqual({ outcome: 'adopted', option: 'thai' });
  expect(await lunch.whatIf(borda({ quorum: half }))).toMatchObject({ outcome: 'adopted', option: 'thai' });
  expect(await lunch.whatIf({ threshold: { kind: 'approval' } })).toMatchObject({ outcome: 'kept', because: 'tie' });
  expect(await codeOf(lunch.whatIf(majority()))).toBe('invalid-rule');
  expect(await codeOf(lunch.whatIf({ threshold: { kind: 'lottery' as 'borda' } }))).toBe('unknown-rule');
  // one name, one decision: also when the ballot has ended
  expect(await codeOf(harness.ballots.open('lunch', { title: 'again', electorate: ['ann'] }))).toBe('already-exists');
  await until('the events', () => (typesOf('lunch').includes('ballot.decided') ? true : undefined));
  expect(typesOf('lunch').filter((type) => type.startsWith('ballot.'))).toEqual([
    'ballot.opened',
    'ballot.voteCast',
    'ballot.voteCast',
    'ballot.voteCast',
    'ballot.decided',
  ]);
});

test('BAL-8 a number in rounds: nobody sees who named what before the end, and it ends when half of the weight agrees', async () => {
  const dial = await harness.ballots.open('dial-in', {
    title: 'threshold',
    number: { present: 0.5, low: 0, high: 1 },
    electorate: ['listener-0', 'listener-1', 'listener-2', person('ann')],
    deadline: '60s',
    rounds: { most: 5, spread: 0.1 },
  });
  const round = (number: number) =>
    until(`round ${String(number)}`, async () => {
      const view = await dial.view();
      return view.rounds?.round === number && view.waitingFor.join() === 'ann' ? view : undefined;
    });
  const first = await round(1);
  expect(first.casts.every(({ value, reason }) => value === undefined && reason === undefined)).toBe(true);
  expect(first.casts).toHaveLength(3);
  await dial.vote('ann', 0.6);
  const second = await round(2);
  expect(second.subject.feedback).toEqual([{ round: 1, named: 4, lower: 0.2, median: 0.4, upper: 0.6 }]);
  await dial.vote('ann', 0.6);
  const tally = await decided('dial-in');
  expect(tally).toMatchObject({ outcome: 'adopted', median: { value: 0.4 } });
  expect(tally.rounds?.map(({ casts }) => casts.map(({ value }) => value))).toEqual([[0.2, 0.4, 0.9, 0.6]]);
  expect(recompute(tally)).toEqual({ outcome: 'adopted', value: 0.4 });
  await until('the events', () => (typesOf('dial-in').includes('ballot.decided') ? true : undefined));
  expect(typesOf('dial-in').filter((type) => type.startsWith('ballot.'))).toEqual([
    'ballot.opened',
    'ballot.roundClosed',
    'ballot.decided',
  ]);
});

test('BAL-6 a ballot that nobody answers expires and keeps what is there; what it would have been is open only for who was not heard', async () => {
  const question: BallotRequest = { title: 'Shall we?', electorate: [person('ann'), person('bob'), person('cid')] };
  await harness.ballots.open('late', { ...question, deadline: '300ms' });
  expect(await decided('late')).toMatchObject({ outcome: 'kept', because: 'expired', lost: [{}, {}, {}] });
  const early = await harness.ballots.open('early', question);
  for (const by of ['ann', 'bob']) await early.vote(by, 'yes');
  expect(await decided('early')).toMatchObject({ outcome: 'adopted', early: true });
  expect(await early.whatIf({ threshold: { kind: 'unanimity' } })).toMatchObject({
    outcome: 'open',
    waitingFor: ['cid'],
    was: { outcome: 'adopted' },
  });
  expect(await early.whatIf({ threshold: { kind: 'k-of-n', k: 2 } })).toMatchObject({ outcome: 'adopted' });
});

test('a question that contradicts itself has its code, and nothing is there afterwards', async () => {
  const two = [person('ann'), person('bob')];
  const asked = { title: 'x', electorate: two };
  const code = (request: BallotRequest) => codeOf(harness.ballots.open('odd', request));
  expect(await code({ ...asked, rule: { threshold: { kind: 'lottery' as 'borda' } } })).toBe('unknown-rule');
  expect(await code({ ...asked, electorate: [person('ann'), person('ann')] })).toBe('invalid-electorate');
  expect(await code({ ...asked, electorate: [person('ann', { weight: 0 })] })).toBe('invalid-electorate');
  const circle = [person('ann', { delegate: 'bob' }), person('bob', { delegate: 'ann' })];
  expect(await code({ ...asked, electorate: circle })).toBe('invalid-electorate');
  expect(await code({ ...asked, electorate: [] })).toBe('invalid-electorate');
  expect(await code({ ...asked, rule: resilient(1) })).toBe('invalid-rule');
  expect(await code({ ...asked, rule: schulze({ quorum: half }) })).toBe('invalid-rule');
  expect(await code({ ...asked, options: ['a', 'a'] })).toBe('invalid-message');
  expect(await code({ ...asked, title: '' })).toBe('invalid-message');
  expect(await code({ ...asked, deadline: 'soon' })).toBe('invalid-message');
  expect(await codeOf(harness.ballots.open('odd@1', asked))).toBe('invalid-id');
  expect(await codeOf(harness.ballots.get('odd').view())).toBe('ballot-not-found');
});

test('BAL-9 of four voters one lies: what is adopted was wanted by more than half of the others', async () => {
  const electorate = [1, 2, 3, 4]
    .map((at) => person(`p${String(at)}`))
    .concat(voter('nobody-9'))
    .slice(0, 4);
  const ballot = await harness.ballots.open('brave', { title: 'Deploy?', electorate, rule: resilient(1) });
  for (const by of ['p1', 'p2']) await ballot.vote(by, 'yes');
  expect((await ballot.view()).state).toBe('open');
  await ballot.vote('p3', 'yes');
  expect(await decided('brave')).toMatchObject({ outcome: 'adopted', because: 'threshold' });
  expect(await ballot.whatIf({ threshold: { kind: 'unanimity' } })).toMatchObject({ outcome: 'open' });
});
