import type { ElectionHandle } from '../../../../src/client/election-handle';
import type { OwnSession, Sessions } from '../../../../src/client/sessions';
import { SESSION_TTL_MS } from '../../../../src/contracts/coordination/session';
import type { ElectionInput, ElectionOutput } from '../models/election';
import type { Recorder } from '../recorder';
import { hasCode, isLate, LONG_MS, type Use } from './chance';

/** A campaign that can be sent again. */
export type Campaign = Omit<Extract<ElectionInput, { readonly kind: 'campaign' }>, 'kind' | 'candidate'> & {
  readonly request: string;
};

/** What one session does in one election. An error that `isLate` leaves open what was done. */
export interface ElectionDoor {
  readonly candidate: string;
  campaign(ask: Campaign, waitMs: number): Promise<ElectionOutput>;
  proclaim(term: number, value: string, withinMs: number): Promise<ElectionOutput>;
  resign(term: number, withinMs: number): Promise<ElectionOutput>;
  observe(): Promise<ElectionOutput>;
}

/** The refusal as the answer that it is. */
const or =
  (code: 'lock-held' | 'not-leader', kind: 'withdrawn' | 'not-leader') =>
  (error: unknown): ElectionOutput => {
    if (!hasCode(error, code)) throw error;
    return { kind };
  };

/** An election of a real server, by a session of its own. After an expiry there is no delay. */
export function doorTo(election: ElectionHandle, session: OwnSession): ElectionDoor {
  const { name: candidate } = session;
  return {
    candidate,
    campaign: ({ request, value }, waitMs) =>
      election
        .campaign({ session, requestId: request, value, waitMs, lockDelayMs: 0, everyMs: 60_000 })
        .then(({ term }): ElectionOutput => ({ kind: 'elected', term }), or('lock-held', 'withdrawn')),
    proclaim: (term, value, timeoutMs) =>
      election
        .proclaim({ session: candidate, term, value }, { timeoutMs })
        .then((): ElectionOutput => ({ kind: 'proclaimed' }), or('not-leader', 'not-leader')),
    resign: (term, timeoutMs) =>
      election
        .resign({ session: candidate, term }, { timeoutMs })
        .then((): ElectionOutput => ({ kind: 'resigned' }), or('not-leader', 'not-leader')),
    observe: async () => {
      const { leader } = await election.view();
      if (leader === undefined) return { kind: 'no-leader' };
      return { kind: 'leader', term: leader.term, candidate: leader.session, value: String(leader.value) };
    },
  };
}

/** A candidate with its door: each of its acts is noted. */
export interface Candidate {
  /** @returns the term; `undefined` when it was refused, or has waited for too long */
  campaign(ask: Campaign, waitMs?: number): Promise<number | undefined>;
  proclaim(term: number, value: string, withinMs?: number): Promise<unknown>;
  resign(term: number, withinMs?: number): Promise<ElectionOutput | undefined>;
  observe(): Promise<unknown>;
}

/** It was given up; or it was too slow to take up its turn. */
const isUnheard = (error: unknown): boolean => isLate(error) || hasCode(error, 'not-leader');

/** Notes what a candidate does at a door. */
export function candidateAt(
  door: ElectionDoor,
  recorder: Recorder<ElectionInput, ElectionOutput>,
  { client, key }: { readonly client: string; readonly key: string },
): Candidate {
  const run = (input: ElectionInput, act: () => Promise<ElectionOutput>): Promise<ElectionOutput | undefined> =>
    recorder.run({ client, key, input }, act, isUnheard);
  const { candidate } = door;
  return {
    campaign: async (ask, waitMs = LONG_MS) => {
      const mark = recorder.mark();
      const output = await run({ kind: 'campaign', candidate, ...ask }, () => door.campaign(ask, waitMs));
      // whoever gave up gave back what it may have got
      if (output === undefined) recorder.note({ client, key, input: { kind: 'lose', of: ask } }, mark);
      return output?.kind === 'elected' ? output.term : undefined;
    },
    proclaim: (term, value, ms = LONG_MS) =>
      run({ kind: 'proclaim', candidate, term, value }, () => door.proclaim(term, value, ms)),
    resign: (term, ms = LONG_MS) => run({ kind: 'resign', candidate, term }, () => door.resign(term, ms)),
    observe: () => run({ kind: 'observe' }, () => door.observe()),
  };
}

/**
 * One candidate that campaigns, says something and resigns at random. Some campaigns are only tries, some are sent again when they have led to a
 * term, some terms are given back twice, and something is said in terms that are over.
 */
export async function useElection(at: Candidate, { client, rounds, random, patienceMs }: Use): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    const request = `${client}/${String(round)}`;
    // with little patience it does only what can be given up
    if (patienceMs() < LONG_MS) await at.proclaim(1, request, patienceMs());
    else if (random() < 0.3) await at.observe();
    const term = await at.campaign({ request, value: request }, random() < 0.2 ? 0 : LONG_MS);
    if (term === undefined) continue;
    if (random() < 0.3) await at.campaign({ request, value: 'again' });
    if (random() < 0.5) await at.proclaim(term, `${request}, said`, patienceMs());
    if (random() < 0.5) await at.observe();
    const resigned = await at.resign(term, patienceMs());
    if (resigned === undefined || random() < 0.3) await at.resign(term);
    if (random() < 0.2) await at.proclaim(term, `${request}, late`);
  }
}

/** What each kind of answer comes of, one act after the other: nothing of it depends on who is faster. */
export async function showElection([ann, ben]: readonly [Candidate, Candidate]): Promise<void> {
  const ask = (request: string): Campaign => ({ request, value: request });
  await ben.observe();
  const first = (await ann.campaign(ask('ann/1'))) ?? 0;
  await ann.campaign(ask('ann/1'));
  const tried = await ben.campaign(ask('ben/try'), 0);
  await ben.observe();
  await ann.proclaim(first, 'said');
  await ben.observe();
  await ben.proclaim(first, 'not mine');
  await ben.resign(tried ?? first);
  await ann.resign(first);
  await ben.observe();
  const second = (await ben.campaign(ask('ben/1'))) ?? 0;
  await ann.proclaim(first, 'late');
  await ann.observe();
  await ben.resign(second);
  await ann.observe();
}

/**
 * A session that campaigns and is kept alive no longer, whether it leads or waits. Its end is noted: from before its last keep-alive was sent it
 * may happen.
 */
export async function expireIn(
  sessions: Sessions,
  election: ElectionHandle,
  recorder: Recorder<ElectionInput, ElectionOutput>,
  { client, key }: { readonly client: string; readonly key: string },
): Promise<void> {
  const alive = recorder.mark();
  const { name } = await sessions.start({ ttlMs: SESSION_TTL_MS.least, label: client });
  const request = `${client}/expires`;
  const ask = { request, session: name, value: request, waitMs: 3 * LONG_MS, lockDelayMs: 0 };
  const act = async (): Promise<ElectionOutput> => {
    const campaigned = await election.request(ask);
    // what waits never accepts its turn
    return campaigned.kind === 'elected' ? { kind: 'elected', term: campaigned.term } : { kind: 'withdrawn' };
  };
  const input: ElectionInput = { kind: 'campaign', candidate: name, value: request, request };
  const isOpen = (error: unknown): boolean => isLate(error) || hasCode(error, 'session-not-found', 'stopped');
  await recorder.run({ client, key, input }, act, isOpen);
  recorder.note({ client: 'server', key, input: { kind: 'lose', of: { request } } }, alive);
}
