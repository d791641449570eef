import { ERRORS, isPlatformError, type ErrorCode } from '../../src/contracts/errors';
import type { SetView, Verdict } from '../../src/contracts/variable-set';
import { startStack, type Stack } from '../support/facade/stack';
import { until } from '../support/kernel/harness';
import { misfits } from '../support/rest/document';
import { trainer } from '../support/sets/definitions';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack('bad-input');
  await Promise.all([
    stack.space.agents.get('counter', 'tally'),
    stack.space.agents.get('clerk', 'desk'),
    stack.space.variables.get(trainer),
    stack.space.variables.start('board'),
  ]);
  await settled();
}, 180_000);
afterAll(() => stack.close());

const WATCHED = ['agent:tally', 'agent:desk', 'variables:trainer', 'variables:board'];

/** How long each history is: what left no trace added nothing. */
async function lengths(): Promise<readonly number[]> {
  const { client } = stack;
  const ids = WATCHED.map((each) => `${stack.space.name}:${each}`);
  return Promise.all(ids.map(async (id) => (await client.workflow.getHandle(id).describe()).historyLength));
}

/** Everything that the watched things say of themselves. */
async function states(): Promise<unknown> {
  const { agents, variables } = stack.space;
  return Promise.all([
    agents.at('tally').status(),
    agents.at('tally').deadLetters(),
    agents.at('desk').inspect('lines'),
    variables.at('trainer').view(),
    variables.at('board').view(),
  ]);
}

/** Waits until events are handed over and nothing happens by itself. */
async function settled(): Promise<void> {
  let before: readonly number[] = [];
  await until('nothing happens any more', async () => {
    const now = await lengths();
    const isStill = now.every((length, at) => length === before[at]);
    before = now;
    if (isStill) return true;
    await new Promise((wake) => setTimeout(wake, 400)); // longer than one look apart
    return undefined;
  });
}

interface Case {
  readonly code: ErrorCode;
  readonly says: RegExp;
  readonly sdk?: (space: Stack['space']) => Promise<unknown>;
  readonly rest?: readonly [path: string, body: unknown, headers?: Record<string, string>];
  readonly cli?: string;
}

const proposal = (code: ErrorCode, says: RegExp, name: string, value: string | number, basedOn = 1): Case => ({
  code,
  says,
  sdk: ({ variables }) => variables.at('trainer').propose({ [name]: value }, { basedOn }).verdict,
  rest: ['/variableSets/trainer/proposals', { changes: { [name]: value }, basedOn }],
  cli: `propose trainer ${name}=${String(value)} --based-on ${String(basedOn)}`,
});

const traceless: readonly Case[] = [
  proposal('unknown-variable', /nope/, 'nope', 1),
  proposal('value-out-of-range', /copies.*\[1, 8\].*99/, 'copies', 99),
  proposal('wrong-kind', /copies.*many/, 'copies', 'many'),
  proposal('inactive-variable', /ngram/, 'ngram', 2),
  {
    code: 'agent-not-found',
    says: /agent:nobody/,
    sdk: ({ agents }) => agents.at('nobody').ask('drain'),
    rest: ['/agents/nobody:ask', { message: 'drain' }],
    cli: 'agent ask nobody drain',
  },
  {
    code: 'agent-not-found',
    says: /agent:nobody/,
    sdk: ({ agents }) => agents.at('nobody').tell('add', 1),
    rest: ['/agents/nobody:tell', { message: 'add', arg: 1 }],
    cli: 'agent tell nobody add 1',
  },
  {
    code: 'already-exists',
    says: /tally/,
    sdk: ({ agents }) => agents.start('counter', 'tally'),
    rest: ['/agents', { type: 'counter', name: 'tally' }],
    cli: 'agent start counter tally',
  },
  {
    code: 'message-too-large',
    says: /65536 bytes; got 7\d{4}/,
    sdk: ({ agents }) => agents.at('desk').ask('say', 'x'.repeat(70_000)),
    rest: ['/agents/desk:ask', { message: 'say', arg: 'x'.repeat(70_000) }],
    cli: `agent ask desk say ${'x'.repeat(70_000)}`,
  },
  {
    code: 'invalid-message',
    says: /a text was expected; got 5/,
    sdk: ({ agents }) => agents.at('desk').ask('say', 5),
    rest: ['/agents/desk:ask', { message: 'say', arg: 5 }],
    cli: 'agent ask desk say 5',
  },
  {
    code: 'unknown-message',
    says: /nope.*drain/,
    sdk: ({ agents }) => agents.at('tally').ask('nope'),
    rest: ['/agents/tally:ask', { message: 'nope' }],
    cli: 'agent ask tally nope',
  },
  {
    code: 'unknown-message',
    says: /nope/,
    sdk: ({ agents }) => agents.at('tally').inspect('nope'),
    rest: ['/agents/tally:inspect', { message: 'nope' }],
    cli: 'agent inspect tally nope',
  },
  {
    code: 'invalid-id',
    says: /Not!Good/,
    sdk: async ({ agents }) => agents.at('Not!Good').tell('add', 1),
    rest: ['/agents/Not!Good:tell', { message: 'add', arg: 1 }],
    cli: 'agent tell Not!Good add 1',
  },
  {
    code: 'variable-set-not-found',
    says: /variables:nowhere/,
    sdk: ({ variables }) => variables.at('nowhere').propose({ a: 1 }, { basedOn: 1 }).verdict,
    rest: ['/variableSets/nowhere/proposals', { changes: { a: 1 }, basedOn: 1 }],
    cli: 'propose nowhere a=1 --based-on 1',
  },
  {
    code: 'ballot-not-found',
    says: /ballot:board@99/,
    sdk: ({ ballots }) => ballots.get('board@99').vote('ann', 'yes'),
    rest: ['/ballots/board@99:vote', { voter: 'ann', choice: 'yes' }],
    cli: 'vote board@99 ann yes',
  },
  {
    code: 'unknown-definition',
    says: /ghost/,
    sdk: ({ agents }) => agents.start('ghost', 'casper', { begunMs: 5_000 }),
    rest: ['/agents', { type: 'ghost', name: 'casper' }],
    cli: 'agent start ghost casper',
  },
  {
    code: 'unknown-definition',
    says: /variables "unheard"/,
    sdk: ({ variables }) => variables.start('unheard'),
    rest: ['/variableSets', { name: 'unheard' }],
    cli: 'set start unheard',
  },
  {
    code: 'definition-mismatch',
    says: /trainer/,
    sdk: ({ variables }) => variables.get({ ...trainer, hash: 'f'.repeat(64) }),
  },
  {
    code: 'not-found',
    says: /versions 1; got 7/,
    sdk: ({ variables }) => variables.at('trainer').restore(7).verdict,
    rest: ['/variableSets/trainer/proposals', { restore: 7, basedOn: 1 }],
    cli: 'set restore trainer 7',
  },
  {
    code: 'precondition-failed',
    says: /version 1, not 6/,
    sdk: ({ variables }) => variables.at('trainer').redefine({ hash: 'h' }, { basedOn: 6 }).verdict,
    rest: ['/variableSets/trainer:redefine', { hash: 'h' }, { 'If-Match': '"6"' }],
    cli: 'set redefine trainer h --based-on 6',
  },
  { code: 'precondition-required', says: /If-Match/, rest: ['/variableSets/trainer:redefine', { hash: 'h' }] },
  { code: 'invalid-json', says: /JSON/, rest: ['/agents/tally:ask', '{"message":'] },
  { code: 'unknown-field', says: /colour/, rest: ['/agents/tally:ask', { message: 'drain', colour: 1 }] },
  { code: 'unknown-field', says: /colour/, rest: ['/agents/tally:ask?colour=1', { message: 'drain' }] },
  { code: 'invalid-request', says: /\/message/, rest: ['/agents/tally:ask', { message: 5 }] },
  {
    code: 'unsupported-media-type',
    says: /application\/json; got .text\/plain/,
    rest: ['/agents/tally:ask', '{"message":"drain"}', { 'Content-Type': 'text/plain' }],
  },
  {
    code: 'idempotency-key-missing',
    says: /Idempotency-Key/,
    rest: ['/agents/tally:ask', { message: 'drain' }, { 'Idempotency-Key': '' }],
  },
];

/** What the SDK said: a thrown code, or the first reason of a refused verdict. */
async function said(call: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    const verdict = (await call) as Verdict | undefined;
    return verdict?.kind === 'refused' && verdict.reasons[0] !== undefined
      ? verdict.reasons[0]
      : { code: 'none', message: '' };
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    return error;
  }
}

async function held({ code, says, sdk, rest, cli }: Case): Promise<void> {
  if (sdk !== undefined) {
    const answer = await said(sdk(stack.space));
    expect([answer.code, answer.message]).toEqual([code, expect.stringMatching(says)]);
  }
  if (rest !== undefined) {
    const answer = await stack.rest.post(...rest);
    expect([answer.body['code'], answer.body['detail']]).toEqual([code, expect.stringMatching(says)]);
    expect(answer.status).toBe(ERRORS[code].status);
    expect(misfits('Problem', answer.body).filter((each) => !each.includes('unevaluated'))).toEqual([]);
  }
  if (cli !== undefined) {
    const ended = await stack.cli(cli);
    expect(ended.err).toMatch(says);
    expect(ended.err).toContain(`refused: ${code} (exit ${String(ERRORS[code].exitCode)})`);
    expect(ended).toMatchObject({ code: ERRORS[code].exitCode, out: '' });
  }
}

test('each bad input has its own code through SDK, REST and CLI, says what came, and leaves no trace', async () => {
  const before = await states();
  const length = await lengths();
  for (const each of traceless) await held(each);
  expect(await states()).toEqual(before);
  expect(await lengths()).toEqual(length);
});

test('a verdict of refusal is recorded, through each door, and changes no value', async () => {
  const set = stack.space.variables.at('trainer');
  const before = await set.view();
  const recorded: readonly Case[] = [
    proposal('stale-base', /version 1, not 9/, 'copies', 2, 9),
    proposal('constraint-broken', /fitsInMemory/, 'hashBits', 24),
    proposal('variable-locked', /seed/, 'seed', 3),
    {
      code: 'definition-mismatch',
      says: /trainer.*got f{64}/,
      sdk: ({ variables }) => variables.at('trainer').redefine({ hash: 'f'.repeat(64) }).verdict,
      rest: ['/variableSets/trainer:redefine', { hash: 'f'.repeat(64) }, { 'If-Match': '"1"' }],
      cli: `set redefine trainer ${'f'.repeat(64)}`,
    },
  ];
  for (const each of recorded) await held(each);
  const after = await set.view();
  const kept = ({ version, values, hash, open, history }: SetView) => ({ version, values, hash, open, history });
  expect(kept(after)).toEqual(kept(before));
  expect(after.recent.length - before.recent.length).toBe(3 * recorded.length);
  expect(after.recent.every(({ verdict }) => verdict.kind === 'refused')).toBe(true);
});

test('a key that comes again with another request is refused through each door, and the first effect stays', async () => {
  const { agents } = stack.space;
  const first = agents.at('desk').with({ requestId: 'sdk-key' });
  expect(await first.ask('say', 'one')).toBe('one');
  await expect(first.ask('say', 'two')).rejects.toMatchObject({ code: 'idempotency-key-reused' });
  const key = { 'Idempotency-Key': 'rest-key' };
  expect((await stack.rest.post('/agents/desk:ask', { message: 'say', arg: 'three' }, key)).status).toBe(200);
  const again = await stack.rest.post('/agents/desk:ask', { message: 'say', arg: 'four' }, key);
  expect(again).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  expect(await stack.cli('--idempotency-key cli-key agent ask desk say five')).toMatchObject({
    code: 0,
    out: 'five\n',
  });
  expect(await stack.cli('--idempotency-key cli-key agent ask desk say six')).toMatchObject({
    code: 2,
    err: expect.stringContaining('idempotency-key-reused') as string,
  });
  expect(await agents.at('desk').inspect('lines')).toEqual(['one', 'three', 'five']);
});

test('votes: a stranger, a second vote and a late one are refused through each door and change nothing', async () => {
  const { ballots, variables } = stack.space;
  const set = variables.at('board');
  const vote = (code: ErrorCode, says: RegExp, ballot: string, voter: string, choice: 'yes' | 'no'): Case => ({
    code,
    says,
    sdk: () => ballots.get(ballot).vote(voter, choice),
    rest: [`/ballots/${ballot}:vote`, { voter, choice }],
    cli: `vote ${ballot} ${voter} ${choice}`,
  });
  const pending = await set.propose({ threshold: 0.93 }, { basedOn: 1 }).verdict;
  const name = pending.kind === 'pending' ? pending.ballot : 'none';
  await ballots.get(name).vote('ann', 'yes');
  const before = await ballots.get(name).view();
  await held(vote('not-a-voter', /"zoe" is not in the electorate/, name, 'zoe', 'yes'));
  await held(vote('already-voted', /ann voted yes/, name, 'ann', 'no'));
  expect((await stack.rest.post(`/ballots/${name}:vote`, { voter: 'bob', choice: 'perhaps' })).body['code']).toBe(
    'invalid-request',
  );
  expect(await stack.cli(`vote ${name} bob perhaps`)).toMatchObject({ code: 2, out: '' });
  expect(await ballots.get(name).view()).toEqual(before);
  await ballots.get(name).vote('bob', 'yes');
  await held(vote('ballot-closed', /board@\d+ was decided|is decided and closed/, name, 'cid', 'no'));
  expect((await ballots.get(name).view()).tally).toMatchObject({ outcome: 'adopted', yes: 2, no: 0 });

  // A vote by signal cannot be answered: it is a letter, with the same code, whoever asks for it.
  await ballots.get(name).send('cid', 'no');
  const letters = await ballots.get(name).deadLetters();
  expect(letters.map(({ refusal, name: signal }) => [signal, refusal.code])).toEqual([['voted', 'ballot-closed']]);
  expect((await stack.rest.get(`/ballots/${name}/deadLetters`)).body).toEqual({ items: letters });
  expect(JSON.parse((await stack.cli(`ballot letters ${name} -o json`)).out)).toEqual({ items: letters });
  expect(await stack.cli(`ballot replay ${name} 1`)).toMatchObject({ code: 0 });
  expect((await ballots.get(name).deadLetters()).map(({ number, refusal }) => [number, refusal.code])).toEqual([
    [2, 'ballot-closed'],
  ]);
});

test('a full mailbox refuses asks through each door; tells become letters that each door lists and takes back once', async () => {
  const desk = stack.space.agents.at('desk');
  const lines = (await desk.inspect('lines')) as readonly string[];
  const holding = desk.ask('held', 'held');
  await until('the step is running', async () =>
    (await desk.status()).effectsInFlight >= 0 && (await busy()) ? true : undefined,
  );
  const waiting: Promise<unknown>[] = [];
  for (const text of ['w1', 'w2']) {
    waiting.push(desk.ask('say', text));
    await until(`${text} waits`, async () => ((await desk.status()).mailbox === waiting.length ? true : undefined));
  }
  await held({
    code: 'mailbox-full',
    says: /at most 2 messages and \d+ bytes wait/,
    sdk: ({ agents }) => agents.at('desk').ask('say', 'no room'),
    rest: ['/agents/desk:ask', { message: 'say', arg: 'no room' }],
    cli: 'agent ask desk say x',
  });
  const refused = await stack.rest.post('/agents/desk:ask', { message: 'say', arg: 'no room' });
  expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
  for (const letter of ['a', 'b', 'c']) await desk.tell('note', letter);
  const letters = await until('three letters', async () => {
    const found = await desk.deadLetters();
    return found.length === 3 ? found : undefined;
  });
  expect(letters.map(({ refusal }) => refusal.code)).toEqual(Array(3).fill('mailbox-full'));
  expect((await stack.rest.get('/agents/desk/deadLetters')).body).toEqual({ items: letters });
  expect(JSON.parse((await stack.cli('agent letters desk -o json')).out)).toEqual({ items: letters });
  stack.letGo('held');
  await Promise.all([holding, ...waiting]);
  const [first, second, third] = letters.map(({ number }) => number);
  await desk.replay(first ?? 0);
  expect((await stack.rest.post('/agents/desk:replayDeadLetter', { number: second })).status).toBe(200);
  expect((await stack.cli(`agent replay desk ${String(third)}`)).code).toBe(0);
  await expect(desk.replay(first ?? 0)).rejects.toMatchObject({ code: 'not-found' });
  expect(await desk.inspect('lines')).toEqual([...lines, 'held', 'w1', 'w2', 'a', 'b', 'c']);
});

/** Whether the desk is in the middle of a step: its details say so. */
async function busy(): Promise<boolean> {
  const handle = stack.client.workflow.getHandle(`${stack.space.name}:agent:desk`);
  const { raw } = await handle.describe();
  return (raw.pendingActivities ?? []).length > 0;
}
