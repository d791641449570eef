import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createHttpSubscriptions } from '../../src/client/http-subscriptions';
import { createSubscriptionsClient } from '../../src/client/subscriptions';
import { pages, ROOT, snippetsOf } from '../support/docs/pages';
import { startStack, type Stack } from '../support/facade/stack';
import { until } from '../support/kernel/harness';
import { misfits } from '../support/rest/document';
import { trainer } from '../support/sets/definitions';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack('facade');
  await Promise.all([
    stack.space.agents.get('counter', 'tally'),
    stack.space.agents.get('clerk', 'desk'),
    stack.space.agents.get('late', 'late-1'),
    stack.space.variables.get(trainer),
    stack.space.variables.start('board'),
    stack.space.variables.start('council'),
    stack.space.variables.start('dial'),
    stack.space.variables.start('lagging'),
  ]);
}, 180_000);
afterAll(() => stack.close());

const json = async (line: string): Promise<unknown> => JSON.parse((await stack.cli(`-o json ${line}`)).out) as unknown;
const key = (text: string) => ({ 'Idempotency-Key': text });

test('people vote through REST and CLI; the ballot, the decision and the reasons are the same at each door', async () => {
  const proposed = await stack.rest.post('/variableSets/board/proposals', {
    changes: { threshold: 0.93 },
    basedOn: 1,
    because: 'trial 57',
    proposer: 'trainer',
  });
  expect([proposed.status, proposed.body['kind']]).toEqual([202, 'pending']);
  const location = proposed.headers.get('Location') ?? '';
  expect((await stack.rest.get(location)).body).toMatchObject({ state: 'open', waitingFor: ['ann', 'bob', 'cid'] });
  const voted = await stack.rest.post(`${location}:vote`, {
    voter: 'ann',
    choice: 'yes',
    reason: 'tested',
    measured: { lost: 2 },
  });
  expect([voted.status, voted.body]).toEqual([200, { counted: true }]);
  expect(await stack.cli(['vote', 'board@1', 'bob', 'yes', '--reason', 'fine by me'])).toEqual({
    code: 0,
    out: 'counted: bob yes on board@1\n',
    err: '',
  });
  const shown = await json('ballot show board@1');
  expect(shown).toEqual((await stack.rest.get(location)).body);
  expect(misfits('Ballot', shown)).toEqual([]);
  expect(shown).toMatchObject({ state: 'decided', tally: { outcome: 'adopted', yes: 2 } });
  expect((await stack.cli('ballot show board@1')).out).toBe('ann\tyes\tupdate\ttested\nbob\tyes\tupdate\tfine by me\n');
  const record = await until('the decision', async () => {
    const { body } = await stack.rest.get('/variableSets/board/proposals/1');
    return (body['verdict'] as { kind: string }).kind === 'accepted' ? body : undefined;
  });
  expect(await json('proposal show board 1')).toEqual(record);
  expect(misfits('ProposalRecord', record)).toEqual([]);
  const why = await until('the read model', async () => {
    const { body } = await stack.rest.get('/variableSets/board/variables/threshold:why');
    return (body['proposal'] as { tally?: object } | undefined)?.tally === undefined ? undefined : body;
  });
  expect(misfits('Why', why)).toEqual([]);
  // each answer tells how far the store had come
  expect(await json('why board threshold')).toEqual({ ...why, position: expect.any(Number) as number });
  expect((await stack.cli('why board threshold')).out.replace(/\d+(\.\d+)? s/g, 'N s')).toMatch(
    /^threshold = 0\.93 {10}version 2, since \S+ \(N s\)\n {2}proposed {3}trainer: 0\.9 → 0\.93\n {13}trial 57\n {2}decided {4}accepted in N s: 2 of 3/,
  );
});

test('CNT-2 CNT-3 CNT-4 counters and shared values are the same at each door, and the lists follow', async () => {
  const seats = stack.space.counters.at('seats', { max: 10 });
  const first = await stack.rest.post('/counters/seats:add', { by: 7, spec: { max: 10 } });
  expect([first.status, first.body]).toEqual([200, { before: 0, value: 7, revision: 1 }]);
  expect(misfits('CounterChange', first.body)).toEqual([]);
  expect(await stack.cli('counter add seats')).toEqual({ code: 0, out: '8\n', err: '' });
  expect((await stack.cli('counter add seats -- -3')).out).toBe('5\n');
  const full = await stack.rest.post('/counters/seats:add', { by: 6 });
  expect([full.status, full.body['code']]).toEqual([409, 'bound-reached']);
  const refused = await stack.cli('counter add seats 6');
  expect([refused.code, refused.err]).toEqual([
    5,
    'refused: bound-reached (exit 5)\n  the counter goes from -9007199254740991 to 10; got 5 and 6\n',
  ]);
  const range = await stack.rest.post('/counters/seats:allocate', { count: 100 });
  expect(misfits('IdRange', range.body)).toEqual([]);
  const [from = 0, last = 0] = (await stack.cli('counter allocate seats 10')).out.split('\t').map(Number);
  expect([last - from, from >= (range.body['to'] as number)]).toEqual([9, true]);
  const shown = await json('counter show seats');
  expect(shown).toEqual((await stack.rest.get('/counters/seats')).body);
  expect(misfits('Counter', shown)).toEqual([]);
  expect((await stack.cli('counter show seats')).out).toBe('5, at most 10, 110 ids handed out\n');
  const cached = await stack.rest.get('/counters/seats?read=cached&maxAgeMs=60000');
  expect(cached.body).toEqual({ name: 'seats', value: 5, read: 'cached', ageMs: expect.any(Number) as number });
  expect(await seats.reset()).toMatchObject({ before: 5, value: 0 });
  expect((await stack.rest.post('/counters/hits:add', { by: 2, spec: { stripes: 4 } })).status).toBe(200);
  expect((await stack.rest.get('/counters/hits?stripes=4')).body).toMatchObject({ value: 2, read: 'summed' });
  const { version } = (await json('value set config {"rate":0.1}')) as { readonly version: number };
  const stale = await stack.rest.post('/values/config:compareAndSet', { version: version - 1, value: 1 });
  expect([stale.status, stale.body]).toEqual([200, { swapped: false, version, value: { rate: 0.1 } }]);
  expect(misfits('Compared', stale.body)).toEqual([]);
  const lost = await stack.cli(['value', 'cas', 'config', String(version - 1), '2']);
  expect([lost.code, lost.err]).toEqual([5, expect.stringContaining(`config has version ${String(version)}`)]);
  expect((await stack.cli(['value', 'cas', 'config', String(version), '"0.2"'])).code).toBe(0);
  expect((await stack.cli('value get config')).out).toBe('0.2\n');
  const value = (await stack.rest.get('/values/config')).body;
  expect(await json('value get config')).toEqual(value);
  expect(misfits('SharedValue', value)).toEqual([]);
  await until('the lists', async () => {
    const counters = (await stack.cli('counter list')).out;
    const values = (await stack.cli('value list')).out;
    return /^seats\trunning\t0, at most 10, 110 ids/m.test(counters) && values.includes('config\trunning\t"0.2", ')
      ? true
      : undefined;
  });
  expect((await stack.cli('value delete config')).code).toBe(2);
  expect((await stack.cli('value delete config --yes')).out).toBe('config deleted\n');
  expect((await stack.rest.get('/values/config')).body['code']).toBe('value-not-found');
  expect((await stack.cli('counter show nobody')).code).toBe(3);
});

test('who holds, who waits and what blocks whom are the same at each door; a lock that is broken is an alert', async () => {
  const { locks, sessions } = stack.space;
  const [ann, bob] = [await sessions.open({ label: 'ann' }), await sessions.open({ label: 'bob' })];
  const [one, two] = [locks.at('one'), locks.at('two')];
  await one.acquire({ session: ann });
  const held = await two.acquire({ session: bob });
  // each waits for the other's
  const waiting = [one.acquire({ session: bob }), two.acquire({ session: ann })];
  const shown = await until('both wait', async () => {
    const parties = [await one.view(), await two.view()].map(({ waiting: queue }) => queue.length);
    return parties.every((count) => count === 1) ? stack.rest.get('/coordination/lock/one') : undefined;
  });
  expect(await json('coordination show lock one')).toEqual(shown.body);
  expect(misfits('Coordination', shown.body)).toEqual([]);
  expect(shown.body).toMatchObject({
    state: 'held',
    parties: [
      { who: ann.name, does: 'holds' },
      { who: bob.name, does: 'waits' },
    ],
  });
  await until('the read model', async () => {
    const rows = (await json('coordination list --kind lock --status held')) as readonly { name: string }[];
    return rows.filter(({ name }) => name === 'one' || name === 'two').length === 2 ? true : undefined;
  });
  const blocking = await json('coordination blocks lock:one');
  expect((await stack.rest.get('/coordination:blocks?of=lock:one')).body).toEqual(blocking);
  expect(misfits('Blocking', blocking)).toEqual([]);
  expect(blocking).toMatchObject({ circle: [ann.name, bob.name] });
  expect((await stack.cli(`coordination blocks ${bob.name}`)).out).toContain('a deadlock: ');
  expect(await stack.cli('lock break one --reason deadlock --yes')).toMatchObject({ code: 0 });
  const [got] = await Promise.all(waiting.slice(0, 1));
  await Promise.all([got?.release(), held.release()]);
  await (await waiting[1])?.release();
  const alert = await until('the alert', async () => {
    const { out } = await stack.cli('alerts');
    return out.split('\n').find((line) => line.includes('lock-broken\tlock:one'));
  });
  expect(alert).toContain('deadlock\tdocs/how-to/runbooks.md#lock-broken');
  await Promise.all([ann.close(), bob.close()]);
});

test('lock run: a command alone under the lock, with its token; when it lasts longer than it said, readers and an alert say so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mabeam-lock-run-'));
  const [gate, said] = [join(folder, 'gate'), join(folder, 'said')];
  await promisify(execFile)('mkfifo', [gate]);
  const program = `echo "$MABEAM_LOCK $MABEAM_LOCK_TOKEN" > ${said}; cat ${gate}; exit 7`;
  const running = stack.cli(['lock', 'run', 'press', '--hold', '1', '--', 'sh', '-c', program]);
  const alert = await until('the alert', async () => {
    const { out } = await stack.cli('alerts');
    return out.split('\n').find((line) => line.includes('lock-overdue\tlock:press'));
  });
  expect(alert).toContain('docs/how-to/runbooks.md#lock-overdue');
  expect((await stack.cli('lock show press')).out).toContain('\toverdue\t');
  const other = await stack.cli(['lock', 'run', 'press', '--wait', '0', '--', 'rm', said]);
  expect([other.code, other.err]).toEqual([5, expect.stringContaining('lock-held')]);
  const [holder] = (await stack.space.locks.at('press').view()).holders;
  expect(await readFile(said, 'utf8')).toBe(`press ${String(holder?.token)}\n`);
  await writeFile(gate, '');
  expect((await running).code).toBe(7);
  expect((await stack.cli(['lock', 'run', 'press', '--', 'rm', said])).code).toBe(0);
  await rm(folder, { recursive: true });
});

test('BAL-8 a ballot of its own is opened, voted on, decided and asked again under another rule at each door', async () => {
  const opened = await stack.rest.post('/ballots', {
    name: 'lunch',
    title: 'Where do we eat?',
    options: ['pizza', 'thai', 'salad'],
    present: 'pizza',
    electorate: [
      { id: 'ann', kind: 'person', weight: 2 },
      { id: 'bob', kind: 'person' },
      { id: 'cid', delegate: 'ann' },
    ],
    rule: { threshold: { kind: 'schulze' }, quorum: { numerator: 1, denominator: 2 } },
    deadlineMs: 60_000,
  });
  expect([opened.status, opened.body['state']]).toEqual([201, 'open']);
  expect(misfits('Ballot', opened.body)).toEqual([]);
  const location = opened.headers.get('Location') ?? '';
  const early = await stack.rest.post(`${location}:whatIf`, {});
  expect([early.status, early.body['code']]).toEqual([409, 'not-decided']);
  const odd = await stack.rest.post(`${location}:vote`, { voter: 'bob', ranking: ['sushi'] });
  expect([odd.status, odd.body['code']]).toEqual([422, 'value-out-of-range']);
  expect((await stack.rest.post(`${location}:vote`, { voter: 'bob', ranking: ['pizza', 'salad'] })).status).toBe(200);
  expect((await stack.cli('vote lunch ann thai,pizza --reason near')).out).toBe('counted: ann thai > pizza on lunch\n');
  const shown = await json('ballot show lunch');
  expect(shown).toEqual((await stack.rest.get(location)).body);
  expect(misfits('Ballot', shown)).toEqual([]);
  expect(shown).toMatchObject({
    tally: { outcome: 'adopted', because: 'winner', chosen: { option: 'thai', weight: 4 } },
  });
  const asked = await stack.rest.post(`${location}:whatIf`, { threshold: { kind: 'approval' } });
  expect(misfits('WhatIf', asked.body)).toEqual([]);
  expect(asked.body).toEqual(await json('ballot whatif lunch --rule approval'));
  expect((await stack.cli('ballot whatif lunch --rule approval')).out).toBe(
    'lunch was decided by schulze: adopted thai (winner)\nunder approval: kept pizza (winner)\n',
  );
  expect((await stack.cli('ballot whatif lunch --rule lottery')).code).toBe(2);
  const question = '--person ann --person bob --person cid --deadline 60s';
  expect((await stack.cli(`ballot open go ${question} --rule super-majority:2/3`)).out).toBe('open: go\n');
  expect((await stack.cli(`ballot open go ${question}`)).code).toBe(5);
  expect((await stack.cli(`ballot open stay --person ann --person ann`)).err).toContain('invalid-electorate');
  for (const by of ['ann', 'bob']) await stack.space.ballots.get('go').vote(by, 'yes');
  expect((await stack.cli('ballot whatif go --rule unanimity')).out).toBe(
    'go was decided by super-majority: adopted (threshold)\nunder unanimity: open: it would have waited for cid\n',
  );
  const named = await stack.cli('ballot open rate --person ann --low 0 --high 1 --present 0.5 --rounds 3 --spread 0.1');
  expect([named.code, named.out]).toEqual([0, 'open: rate\n']);
  expect(await json('vote rate ann 0.7')).toEqual({ counted: true });
  const rate = await json('ballot show rate');
  expect(misfits('Ballot', rate)).toEqual([]);
  expect(rate).toMatchObject({ tally: { outcome: 'adopted', median: { value: 0.7 }, rounds: [] } });
  await until('the ballots in the list', async () => {
    const { items } = (await stack.rest.get('/ballots?status=decided')).body as { items: { name: string }[] };
    return ['go', 'lunch', 'rate'].every((name) => items.some((item) => item.name === name)) ? true : undefined;
  });
});

test('BAL-8 each door shows which vote stood, what it was replaced by, and that there is one vote of each voter', async () => {
  const proposed = await stack.rest.post('/variableSets/council/proposals', {
    changes: { threshold: 0.93 },
    basedOn: 1,
  });
  expect([proposed.status, proposed.body['kind']]).toEqual([202, 'pending']);
  const location = proposed.headers.get('Location') ?? '';
  const open = (await stack.rest.get(location)).body;
  expect(misfits('Ballot', open)).toEqual([]);
  expect(open).toMatchObject({
    state: 'open',
    waitingFor: ['cid'],
    rule: { standing: 'replaceable' },
    casts: [
      { voter: 'ann', choice: 'yes', via: 'standing' },
      { voter: 'bob', choice: 'yes', via: 'standing' },
    ],
  });
  const voted = await stack.rest.post(`${location}:vote`, { voter: 'bob', choice: 'no', reason: 'I looked' });
  expect([voted.status, voted.body]).toEqual([200, { counted: true }]);
  const again = await stack.rest.post(`${location}:vote`, { voter: 'bob', choice: 'yes' });
  expect([again.status, again.body['code']]).toEqual([409, 'already-voted']);
  expect((await stack.cli('ballot show council@1')).out).toBe(
    'ann\tyes\tstanding\taccepts threshold\nbob\tno\tupdate, in place of a standing yes\tI looked\ncid\twaited for\t\t\n',
  );
  expect((await stack.cli('vote council@1 ann yes')).code).toBe(0);
  expect((await stack.cli('vote council@1 cid yes')).code).toBe(0);
  const decided = (await stack.rest.get(location)).body;
  expect(misfits('Ballot', decided)).toEqual([]);
  expect(decided).toMatchObject({ tally: { outcome: 'adopted', yes: 2, no: 1, casts: [{}, { choice: 'no' }, {}] } });
  const why = await until('the read model', async () => {
    const { out } = await stack.cli('why council threshold');
    return out.includes('adopted') && out.includes('decided') ? out : undefined;
  });
  expect(why).toMatch(/ann {2}yes {6}– \(update, in place of a standing yes\)\n/);
  expect(why).toMatch(/bob {2}no {7}I looked \(update, in place of a standing yes\)\n/);
  // the store has both votes of bob, the lists one ballot
  const listed = await until('the ballot in the list', async () => {
    const { items } = (await stack.rest.get('/ballots?status=decided')).body as { items: { name: string }[] };
    const found = items.filter(({ name }) => name === 'council@1');
    return found.length > 0 ? found : undefined;
  });
  expect(listed).toHaveLength(1);
});

test('BAL-8 people name numbers through REST and CLI; the median is committed, and why shows who named what', async () => {
  const propose = (changes: object) => stack.rest.post('/variableSets/dial/proposals', { changes, basedOn: 1 });
  const several = await propose({ threshold: 0.93, other: 3 });
  expect([several.status, several.body['code']]).toEqual([422, 'invalid-message']);
  const proposed = await propose({ threshold: 0.99 });
  expect([proposed.status, proposed.body['kind']]).toEqual([202, 'pending']);
  const location = proposed.headers.get('Location') ?? '';
  const vote = async (body: object): Promise<unknown[]> => {
    const answer = await stack.rest.post(`${location}:vote`, { voter: 'ann', ...body });
    return [answer.status, answer.body['code'] ?? answer.body];
  };
  expect(await vote({ value: 3 })).toEqual([422, 'value-out-of-range']);
  expect(await vote({ choice: 'yes' })).toEqual([422, 'invalid-message']);
  expect(await vote({ value: '0.93' })).toEqual([400, 'invalid-request']);
  expect(await vote({ value: 0.93, choice: 'yes' })).toEqual([400, 'invalid-request']);
  expect(await vote({})).toEqual([400, 'invalid-request']);
  expect(await vote({ value: 0.93, reason: 'a little' })).toEqual([200, { counted: true }]);
  const wrong = await stack.cli('vote dial@1 bob -1');
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/threshold must lie in \[0\.5, 0\.999\]; got -1/)]);
  expect(await stack.cli('vote dial@1 bob fast')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/vote a number in \[0\.5, 0\.999\] or abstain; got \["fast"\]/) as string,
  });
  expect((await stack.cli('vote dial@1 bob 0.92')).out).toBe('counted: bob 0.92 on dial@1\n');
  expect((await stack.cli('ballot show dial@1')).out).toBe(
    'ann\t0.93\tupdate\ta little\nbob\t0.92\tupdate\t\ncid\twaited for\t\t\n',
  );
  expect((await stack.cli('vote dial@1 cid 0.5')).code).toBe(0);
  const decided = (await stack.rest.get(location)).body;
  expect(misfits('Ballot', decided)).toEqual([]);
  const median = { variable: 'threshold', present: 0.9, value: 0.92, weight: 3 };
  expect(decided).toMatchObject({ state: 'decided', tally: { outcome: 'adopted', because: 'median', median } });
  const why = await until('the read model', async () => {
    const { body } = await stack.rest.get('/variableSets/dial/variables/threshold:why');
    return (body['proposal'] as { tally?: object } | undefined)?.tally === undefined ? undefined : body;
  });
  expect(misfits('Why', why)).toEqual([]);
  expect(why).toMatchObject({ value: 0.92, version: 2, proposal: { tally: { median } } });
  const told = (await stack.cli('why dial threshold')).out;
  expect(told).toMatch(/proposed {3}\S+: 0\.9 → 0\.99\n/);
  expect(told).toMatch(/accepted in .* s: 0\.92, the median of what 3 of 3 named\n/);
  expect(told).toMatch(/ann {2}0\.93 {5}a little\n\s+bob {2}0\.92 {5}–\n\s+cid {2}0\.5 {6}–\n/);
});

test('an old version comes back by proposal through REST and CLI', async () => {
  const values = { changes: { copies: 2 }, basedOn: 1 };
  expect((await stack.rest.post('/variableSets/trainer/proposals', values)).body).toMatchObject({ version: 2 });
  const restored = await stack.rest.post('/variableSets/trainer/proposals', { restore: 1, basedOn: 2 });
  expect([restored.status, restored.headers.get('ETag')]).toEqual([201, '"3"']);
  expect((await stack.cli('propose trainer copies=4')).out).toBe('accepted: trainer version 4 (proposal 3)\n');
  expect((await stack.cli('set restore trainer 1 --because slower')).out).toBe(
    'accepted: trainer version 5 (proposal 4)\n',
  );
  expect((await stack.rest.get('/variableSets/trainer/values')).body).toMatchObject({
    version: 5,
    values: { copies: 1 },
  });
});

test('If-None-Match is the cheap poll; If-Match is compared by the set itself, and a repetition is answered as before', async () => {
  const { headers } = await stack.rest.get('/variableSets/lagging');
  const etag = headers.get('ETag') ?? '';
  for (const path of ['/variableSets/lagging', '/variableSets/lagging/values']) {
    expect((await stack.rest.get(path, { 'If-None-Match': etag })).status).toBe(304);
    expect((await stack.rest.get(path, { 'If-None-Match': `W/${etag}` })).status).toBe(200);
  }
  const { hash } = await stack.space.variables.at('lagging').view();
  const redefine = (match: string, name: string) =>
    stack.rest.post('/variableSets/lagging:redefine', { hash }, { 'If-Match': match, ...key(name) });
  expect((await redefine('"9"', 'a')).body).toMatchObject({ code: 'precondition-failed', currentVersion: 1 });
  expect((await redefine('"9"', 'a')).headers.get('ETag')).toBe('"1"');
  const accepted = await redefine('"1"', 'a');
  expect([accepted.status, accepted.headers.get('ETag')]).toEqual([201, '"2"']);
  await stack.restartFacade();
  const again = await redefine('"1"', 'a');
  expect([again.status, again.body]).toEqual([201, accepted.body]);
  expect((await redefine('"1"', 'b')).status).toBe(412);
});

test('who is late is listed at each door', async () => {
  const set = stack.space.variables.at('lagging');
  await set.subscribe('late-1');
  await set.propose({ speed: 7 }, { basedOn: (await set.read()).version }).verdict;
  await until('the deadline of the announcement', async () =>
    (await set.adoption()).laggards.length === 1 ? true : undefined,
  );
  const adoption = await json('set adoption lagging');
  expect(adoption).toEqual((await stack.rest.get('/variableSets/lagging/adoption')).body);
  expect(misfits('SetAdoption', adoption)).toEqual([]);
  expect(adoption).toMatchObject({ name: 'lagging', laggards: ['late-1'] });
  expect((await stack.cli('set adoption lagging')).out).toMatch(/^late-1\t.*\tlate$/m);
  stack.letGo('late-1');
});

test('IDM-1 IDM-5 five requests of one key at once, and more after a restart of the facade and a renewal, have one effect and one answer', async () => {
  const say = () => stack.rest.post('/agents/desk:ask', { message: 'say', arg: 'once' }, key('five'));
  const answers = await Promise.all(Array.from({ length: 5 }, say));
  expect(answers.map(({ status, body }) => [status, body])).toEqual(Array(5).fill([200, { reply: 'once' }]));
  expect(answers.filter(({ headers }) => headers.get('Idempotency-Replayed') === 'true')).toHaveLength(4);
  await stack.restartFacade();
  expect((await say()).body).toEqual({ reply: 'once' });
  const desk = stack.space.agents.at('desk');
  const { renewals } = (await desk.status()).counts;
  await stack.client.workflow.getHandle(desk.workflowId).signal('renew');
  await until('the renewal', async () => ((await desk.status()).counts.renewals > renewals ? true : undefined));
  await stack.restartFacade();
  expect((await say()).body).toEqual({ reply: 'once' });
  expect(await desk.inspect('lines')).toEqual(['once']);
});

test('IDM-5 an agent that has ended answers what it was asked before its last renewal as it did then, after a restart, too', async () => {
  const gone = await stack.space.agents.get('clerk', 'gone');
  const say = (which: string, text = which) =>
    stack.rest.post('/agents/gone:ask', { message: 'say', arg: text }, key(which));
  const answered = [await say('of an earlier run'), await say('of the same run')];
  await stack.client.workflow.getHandle(gone.workflowId).signal('renew');
  await until('the renewal', async () => ((await gone.status()).counts.renewals > 0 ? true : undefined));
  answered.push(await say('of the last run'));
  await gone.stop();
  await stack.restartFacade();
  const again = [await say('of an earlier run'), await say('of the same run'), await say('of the last run')];
  expect(again.map(({ status, body }) => [status, body])).toEqual(answered.map(({ status, body }) => [status, body]));
  await stack.restartFacade();
  expect((await say('of an earlier run', 'another')).body).toMatchObject({ code: 'idempotency-key-reused' });
  expect((await say('never asked')).body).toMatchObject({ code: 'stopped' });
});

test('IDM-2 another body under a used key is refused, after a restart and a renewal, too', async () => {
  await stack.restartFacade();
  const other = await stack.rest.post('/agents/desk:ask', { message: 'say', arg: 'other' }, key('five'));
  expect([other.status, other.body['code']]).toEqual([422, 'idempotency-key-reused']);
});

test('IDM-1 a request that was given up is joined by its repetition: one effect, and its answer', async () => {
  const held = (timeoutMs: number) =>
    stack.space.agents.at('desk').with({ requestId: 'given-up', timeoutMs }).ask('held', 'slowly');
  await expect(held(300)).rejects.toMatchObject({ code: 'timeout' });
  const late = await stack.rest.post(
    '/agents/desk:ask',
    { message: 'say', arg: 'in turn', timeoutMs: 300 },
    key('turn'),
  );
  expect([late.status, late.body['code'], late.headers.get('Retry-After')]).toEqual([504, 'timeout', '1']);
  const again = held(30_000);
  stack.letGo('slowly');
  expect(await again).toBe('slowly');
  const body = { message: 'say', arg: 'in turn', timeoutMs: 300 };
  expect((await stack.rest.post('/agents/desk:ask', body, key('turn'))).body).toEqual({ reply: 'in turn' });
  expect(await stack.space.agents.at('desk').inspect('lines')).toEqual(['once', 'slowly', 'in turn']);
});

test('IDM-3 IDM-4 a start is done once for its key, also after a restart, a renewal and the end of the agent; another key finds the name taken', async () => {
  const start = (name: string, which: string) => stack.rest.post('/agents', { type: 'counter', name }, key(which));
  const first = await start('born', 's1');
  expect([first.status, first.body]).toEqual([201, { type: 'counter', name: 'born' }]);
  await stack.restartFacade();
  expect(await start('born', 's1')).toMatchObject({ status: 201, body: first.body });
  expect((await start('born', 's2')).body).toMatchObject({ code: 'already-exists', status: 409 });
  const other = await stack.rest.post('/agents', { type: 'clerk', name: 'born' }, key('s1'));
  expect(other.body['code']).toBe('idempotency-key-reused');
  const born = stack.space.agents.at('born');
  await stack.client.workflow.getHandle(born.workflowId).signal('renew');
  await until('the renewal', async () => ((await born.status()).counts.renewals === 1 ? true : undefined));
  await stack.restartFacade();
  expect((await start('born', 's1')).status).toBe(201);
  expect((await born.status()).counts.renewals).toBe(1);
  await born.stop();
  await stack.restartFacade();
  expect((await start('born', 's1')).status).toBe(201);
  expect((await born.status()).life).toBe('stopped');
  expect((await start('born', 's3')).status).toBe(201);
  expect((await born.status()).life).toBe('running');
});

test('what each command prints as json is what the API answers, by the schema of the document', async () => {
  await until('the read model', async () => {
    const { body } = await stack.rest.get('/agents');
    return (body['items'] as object[]).length === 5 ? true : undefined;
  });
  const same: readonly (readonly [string, string, string])[] = [
    ['agent list', '/agents?pageSize=500', 'Rows'],
    ['agent show tally', '/agents/tally', 'Agent'],
    ['agent letters tally', '/agents/tally/deadLetters', 'DeadLetters'],
    ['set list', '/variableSets?pageSize=500', 'Rows'],
    ['set show trainer', '/variableSets/trainer', 'VariableSet'],
    ['set read trainer', '/variableSets/trainer/values', 'Reading'],
    ['set adoption trainer', '/variableSets/trainer/adoption', 'SetAdoption'],
    ['proposal list trainer', '/variableSets/trainer/proposals?pageSize=500', 'ProposalRows'],
    ['ballot list', '/ballots?pageSize=500', 'Rows'],
    ['lookup agent tally --strong', '/registry/agent/tally?consistency=strong', 'Lookup'],
  ];
  for (const [line, path, schema] of same) {
    const printed = await json(line);
    expect([line, misfits(schema, printed)]).toEqual([line, []]);
    expect([line, printed]).toEqual([line, (await stack.rest.get(path)).body]);
  }
  const changes: readonly (readonly [string, string, unknown])[] = [
    ['agent start counter fresh', 'Started', { type: 'counter', name: 'fresh' }],
    ['agent tell fresh add 3', 'Told', { messageId: expect.any(String) as string }],
    ['agent inspect fresh total', 'Reply', { reply: 3 }],
    ['agent ask fresh drain', 'Reply', { reply: 3 }],
    ['set start trainer', 'VariableSet', expect.objectContaining({ name: 'trainer', version: 5 })],
    ['propose trainer copies=8', 'Verdict', { kind: 'accepted', proposal: 5, version: 6 }],
    ['agent stop fresh', 'Stopped', { stopped: true }],
  ];
  for (const [line, schema, expected] of changes) {
    const printed = await json(line);
    expect([line, printed]).toEqual([line, expected]);
    expect([line, misfits(schema, printed)]).toEqual([line, []]);
  }
  const events = (await stack.cli('events -o jsonl')).out.trim().split('\n');
  expect(events.flatMap((each) => misfits('StoredEvent', JSON.parse(each)))).toEqual([]);
  expect(events.length).toBeGreaterThan(10);
  expect(misfits('ReadModels', (await stack.rest.get('/v1/readModels')).body)).toEqual([]);
});

test('EVT-4 a group that a program consumes as the page shows is the same at each door; it is replayed and removed from the shell', async () => {
  const page = pages().find(({ path }) => path === 'docs/reference/events.md');
  const snippet = page === undefined ? undefined : snippetsOf(page).find(({ file }) => file === 'mailers.mts');
  const folder = join(ROOT, '.test', stack.space.name);
  const file = join(folder, 'mailers.mts');
  await mkdir(folder, { recursive: true });
  await writeFile(file, snippet?.text ?? '');
  try {
    const env = { ...process.env, MABEAM_URL: stack.rest.base, MABEAM_SPACE: stack.space.name };
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], { cwd: ROOT, env });
    expect(stdout).toMatch(/^entity\.started of \S+, attempt 1\nlag \d+, parked 0, under way\n$/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  // The facade of the stack has been started again since, at another address.
  const subscriptions = createSubscriptionsClient(stack.space.name, createHttpSubscriptions(stack.rest.base));
  const gone = new AbortController();
  await subscriptions.consume(
    'mailers',
    () => {
      gone.abort();
      return { action: 'park', reason: 'no address' };
    },
    { signal: gone.signal },
  );
  const same: readonly (readonly [string, string, string])[] = [
    ['subscription list', '/subscriptions', 'Subscriptions'],
    ['subscription show mailers', '/subscriptions/mailers', 'Subscription'],
    ['subscription parked mailers', '/subscriptions/mailers/parked', 'ParkedMessages'],
  ];
  for (const [line, path, schema] of same) {
    const printed = await json(line);
    expect([line, misfits(schema, printed)]).toEqual([line, []]);
    expect([line, printed]).toEqual([line, (await stack.rest.get(path)).body]);
  }
  const shown = /^mailers: running, at \d+ of \d+\n {2}0 in flight, 0 waiting, 1 parked, \d+ not handed out yet\n$/;
  expect((await stack.cli('subscription show mailers')).out).toMatch(shown);
  const [parked] = (await subscriptions.parked('mailers')).items;
  const replay = `subscription replay mailers --position ${String(parked?.position)}`;
  expect((await stack.cli(replay)).out).toBe('replayed: 1 messages of mailers\n');
  expect((await stack.cli('subscription replay mailers')).out).toBe('replayed: 0 messages of mailers\n');
  expect(await json('subscription resume mailers')).toMatchObject({ state: 'running', waiting: 1 });
  expect(await stack.cli('subscription remove mailers')).toMatchObject({ code: 0, out: 'removed: mailers\n' });
  expect(await stack.cli('subscription show mailers')).toMatchObject({ code: 3 });
});
