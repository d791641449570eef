import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createFanOutActivities, type SendUpdate } from '../../../activities/fan-out';
import type { Cast, FanOutActivities, Rule, Subject } from '../../../src/contracts/coordination/ballot';
import { refuse, type ErrorCode } from '../../../src/contracts/errors';

const subject: Subject = { title: 't', set: 'filter', proposal: 7, proposer: 'p', changes: {}, values: {} };
const rule: Rule = { threshold: { kind: 'majority' }, of: 'eligible', lost: 'count' };
const electorate = ['v1', 'v2', 'v3', 'v4', 'v5'].map((id) => ({ id, kind: 'agent' as const, weight: 1, veto: false }));
const soon = (ms = 5_000): string => new Date(Date.now() + ms).toISOString();
const ask = (more: Partial<Parameters<FanOutActivities['askVoters']>[0]> = {}) => ({
  ballot: 'filter@7',
  space: 'test',
  voters: electorate.map((voter) => voter.id),
  subject,
  deadline: soon(),
  ...more,
});

type Script = Readonly<Record<string, (attempt: number, signal: AbortSignal) => unknown>>;

/** Voters that do what a script says; who is not named says yes. */
function voters(script: Script): { readonly send: SendUpdate; readonly asked: string[]; readonly ids: string[] } {
  const asked: string[] = [];
  const ids: string[] = [];
  const send: SendUpdate = async ({ workflowId, message, signal }) => {
    const voter = workflowId.split(':')[2] ?? '';
    asked.push(voter);
    ids.push(message.id);
    const attempt = asked.filter((each) => each === voter).length;
    return (await script[voter]?.(attempt, signal)) ?? { choice: 'yes', reason: 'fine' };
  };
  return { send, asked, ids };
}

const failing = (code: ErrorCode): never => {
  throw Object.assign(new Error('update failed'), {
    cause: ApplicationFailure.nonRetryable(code, code, refuse(code, `because of ${code}`)),
  });
};
const never = (_attempt: number, signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('aborted'));
    });
  });

function environment(heartbeatDetails?: unknown): { readonly env: MockActivityEnvironment; readonly beats: unknown[] } {
  const env = new MockActivityEnvironment(heartbeatDetails === undefined ? {} : { heartbeatDetails });
  const beats: unknown[] = [];
  env.on('heartbeat', (details: unknown) => beats.push(JSON.parse(JSON.stringify(details))));
  return { env, beats };
}

type Answers = Awaited<ReturnType<FanOutActivities['askVoters']>>;
const asking = async (
  env: MockActivityEnvironment,
  send: SendUpdate,
  request: ReturnType<typeof ask>,
): Promise<Answers> =>
  await env.run<[typeof request], Answers, FanOutActivities['askVoters']>(
    createFanOutActivities(send).askVoters,
    request,
  );

test('every voter is asked once, and each heartbeat carries the answers received so far', async () => {
  const { send, asked, ids } = voters({});
  const { env, beats } = environment();
  const { casts, lost } = await asking(env, send, ask());
  expect(casts.map((cast) => [cast.voter, cast.choice, cast.via])).toEqual(
    electorate.map((voter) => [voter.id, 'yes', 'asked']),
  );
  expect(lost).toEqual([]);
  expect([...asked].sort()).toEqual(electorate.map((voter) => voter.id));
  expect(new Set(ids).size).toBe(5);
  expect(beats.map((beat) => (beat as { casts: readonly Cast[] }).casts.length)).toEqual([1, 2, 3, 4, 5]);
});

test('BAL-8 a standing vote that may be replaced settles nothing: all who think are asked, and it is not asked for', async () => {
  const { send, asked } = voters({});
  const { env } = environment();
  const stands = electorate
    .slice(0, 3)
    .map(({ id }): Cast => ({ voter: id, choice: 'yes', at: soon(0), via: 'standing' }));
  const settles = (by: Rule) => ({ electorate, rule: by, casts: stands, lost: [] });
  const thinking = ['v4', 'v5'];
  await asking(env, send, ask({ voters: thinking, settles: settles(rule) }));
  expect(asked).toEqual([]);
  await asking(env, send, ask({ voters: thinking, settles: settles({ ...rule, standing: 'replaceable' }) }));
  expect([...asked].sort()).toEqual(thinking);
});

test('BAL-8 an answer that the rule does not take is no vote: its voter is lost, with what was expected', async () => {
  const range = { variable: 'speed', present: 3, low: 0, high: 9, isWhole: true };
  const { send } = voters({
    v1: () => ({ choice: 'value', value: 99 }),
    v2: () => ({ choice: 'yes' }),
    v3: () => ({ choice: 'value', value: 4 }),
    v4: () => ({ choice: 'value', value: 4.5 }),
    v5: () => ({ choice: 'abstain' }),
  });
  const quorum = { numerator: 1, denominator: 2 };
  const settles = {
    electorate,
    rule: { ...rule, threshold: { kind: 'median' as const }, quorum },
    casts: [],
    lost: [],
  };
  const { env } = environment();
  const asked = ask({ subject: { ...subject, range }, settles: { ...settles, present: 3 } });
  const { casts, lost } = await asking(env, send, asked);
  expect(casts.map(({ voter, value }) => [voter, value])).toEqual([
    ['v3', 4],
    ['v5', undefined],
  ]);
  expect(lost).toEqual([
    { voter: 'v1', evidence: 'value-out-of-range: speed must lie in [0, 9]; got 99' },
    {
      voter: 'v2',
      evidence: 'invalid-message: filter@7 is decided by the median: vote a number in [0, 9] or abstain; got "yes"',
    },
    { voter: 'v4', evidence: 'wrong-kind: speed must be a whole number; got 4.5' },
  ]);
});

test('BAL-5 a retry resumes from the heartbeat: who has answered is not asked again, and ids stay the same', async () => {
  const first = voters({});
  const deadline = soon();
  const { env, beats } = environment();
  await asking(env, first.send, ask({ deadline }));
  const second = voters({});
  const again = environment(beats[1]);
  const { casts } = await asking(again.env, second.send, ask({ deadline }));
  expect(casts).toHaveLength(5);
  expect(second.asked).toEqual(['v3', 'v4', 'v5']);
  expect(first.ids).toEqual(expect.arrayContaining(second.ids));
});

test('a voter that is busy is asked again with the same id; one that cannot vote is lost with the evidence', async () => {
  const { send, asked, ids } = voters({
    v1: (attempt) => (attempt < 3 ? failing('mailbox-full') : { choice: 'no' }),
    v2: () => failing('unknown-message'),
    v3: () => {
      throw new WorkflowNotFoundError('not found', 'test:agent:v3', undefined);
    },
    v4: (attempt) => {
      if (attempt < 2) throw new Error('14 UNAVAILABLE');
      return { choice: 'abstain' };
    },
  });
  const { env } = environment();
  const { casts, lost } = await asking(env, send, ask());
  expect(Object.fromEntries(casts.map((cast) => [cast.voter, cast.choice]))).toEqual({
    v1: 'no',
    v4: 'abstain',
    v5: 'yes',
  });
  expect([...lost].sort((a, b) => (a.voter < b.voter ? -1 : 1))).toEqual([
    { voter: 'v2', evidence: 'unknown-message: because of unknown-message' },
    { voter: 'v3', evidence: 'agent-not-found: no such agent is running' },
  ]);
  expect(asked.filter((voter) => voter === 'v1')).toHaveLength(3);
  expect(new Set(ids).size).toBe(5);
});

test('BAL-7 who has not answered by the deadline is neither a vote nor lost: the ballot decides on silence', async () => {
  const { send } = voters({ v2: never, v5: never });
  const { env } = environment();
  const { casts, lost } = await asking(env, send, ask({ deadline: soon(300) }));
  expect(casts.map((cast) => cast.voter)).toEqual(['v1', 'v3', 'v4']);
  expect(lost).toEqual([]);
});

test('BAL-3 asking ends as soon as no voter that is still thinking could change the outcome', async () => {
  const { send } = voters({ v4: never, v5: never });
  const { env } = environment();
  const began = Date.now();
  const settles = { electorate, rule, casts: [], lost: [] };
  const { casts } = await asking(env, send, ask({ deadline: soon(30_000), settles }));
  expect(casts).toHaveLength(3);
  expect(Date.now() - began).toBeLessThan(10_000);
});

test('VAR-5 an announcement brings the versions back and lists the laggards; a retry tells only those', async () => {
  const script: Script = {
    v1: () => ({ version: 4 }),
    v2: () => ({ version: 5 }),
    v3: never,
    v4: () => failing('stopped'),
  };
  const announcement = { space: 'test', set: 'filter', agents: ['v1', 'v2', 'v3', 'v4'], version: 4, values: {} };
  const { send } = voters(script);
  const { env, beats } = environment();
  const result = await env.run(createFanOutActivities(send).announce, { ...announcement, deadline: soon(300) });
  expect(result).toEqual({ acknowledged: { v1: 4, v2: 5 }, laggards: ['v3', 'v4'] });
  const again = voters({ ...script, v3: () => ({ version: 4 }) });
  const retry = environment(beats.at(-1));
  const second = await retry.env.run(createFanOutActivities(again.send).announce, {
    ...announcement,
    deadline: soon(),
  });
  expect(second).toEqual({ acknowledged: { v1: 4, v2: 5, v3: 4 }, laggards: ['v4'] });
  expect([...again.asked].sort()).toEqual(['v3', 'v4']);
});

test('the deadline holds, too, where a connection goes on waiting after it was told to stop', async () => {
  const deaf = (): Promise<never> => new Promise(() => undefined);
  const { send } = voters({ v5: deaf });
  const { env } = environment();
  const began = Date.now();
  const { casts } = await asking(env, send, ask({ deadline: soon(200) }));
  expect(casts.map((cast) => cast.voter)).toEqual(['v1', 'v2', 'v3', 'v4']);
  expect(Date.now() - began).toBeLessThan(3_000);
});
