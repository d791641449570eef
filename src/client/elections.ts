import type { LockInit } from '../contracts/coordination/lock';
import type { Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import { candidacy, type CandidacyOptions } from './candidacy';
import { Election, type CampaignOptions, type ElectionHandle } from './election-handle';
import { createLatch, type Latch } from './latch';
import type { Leadership } from './leadership';
import type { SharedByLocks } from './locks';
import { readerOf } from './reader';
import { settled, type Sessions } from './sessions';
import type { Temporal } from './temporal';
import { createTurns } from './turns';
import { pause } from './waiting';

const AGAIN_MS = 200;

/** What is done by the leader. Its signal is aborted when the lead is over or in doubt, or whoever began it has ended it. */
export type Act<T> = (term: number, signal: AbortSignal, leadership: Leadership) => Promise<T>;

/** To lead again and again, from the end of the queue, until the signal. */
export interface LeadAgain extends CandidacyOptions {
  readonly requeue: true;
  readonly signal: AbortSignal;
}

/** The elections of a space. */
export interface Elections {
  /** An election by name. @throws PlatformError `invalid-id` */
  at(name: string, options?: Pick<LockInit, 'lookMs'>): ElectionHandle;
  /** Leads whenever it can, until it is closed; listeners hear of each change. */
  latch(name: string, options?: CandidacyOptions): Latch;
  /**
   * Campaigns, acts as the leader, resigns: whatever becomes of the act.
   * @throws PlatformError what `campaign` throws; `not-leader`, `session-in-doubt` when the lead was lost before the act was done
   */
  lead<T>(name: string, act: Act<T>, options?: CampaignOptions): Promise<T>;
  /** The same again and again: after an act, and after a lost lead. An act that fails while it leads ends it with its error. */
  lead(name: string, act: Act<unknown>, options: LeadAgain): Promise<void>;
  list(options?: Omit<PageRequest, 'space'> & { readonly status?: string }): Promise<Page<Row>>;
}

/** Gives up the lead, as often as nobody answers. */
async function givenUp(leadership: Leadership): Promise<void> {
  while (leadership.isLeader) {
    try {
      await leadership.resign();
    } catch {
      await pause(AGAIN_MS);
    }
  }
}

async function leadOnce<T>(election: ElectionHandle, act: Act<T>, options: CampaignOptions): Promise<T> {
  const leadership = await election.campaign(options);
  const { session, term } = leadership;
  const { signal: given } = options;
  const signal = given === undefined ? leadership.signal : AbortSignal.any([leadership.signal, given]);
  try {
    const done = await act(term, signal, leadership);
    // one that is done must learn that it was not alone
    leadership.check();
    return done;
  } finally {
    await givenUp(leadership);
    // what is in doubt is given up as soon as it is known again
    if (session.standing === 'doubtful')
      void settled(session, session.ended)
        .then(() => election.resign({ session: session.name, term }))
        .catch(() => undefined);
  }
}

async function leadAgain(election: ElectionHandle, sessions: Sessions, act: Act<unknown>, how: LeadAgain) {
  for await (const event of candidacy({ ...how, election, sessions })) {
    if (event.kind !== 'elected') continue;
    const { term, leadership } = event;
    try {
      await act(term, AbortSignal.any([leadership.signal, how.signal]), leadership);
    } catch (error) {
      // one that broke off because it led no more leads again
      if (leadership.isLeader && !how.signal.aborted) throw error;
    } finally {
      await givenUp(leadership);
    }
  }
}

/** The elections of a space. */
export function createElections(
  temporal: Temporal,
  sessions: Sessions,
  reads: ReadModels | undefined,
): Elections & { /** Closes its latches. */ readonly dispose: () => Promise<void> } {
  const shared: SharedByLocks = { temporal, sessions, turns: createTurns() };
  const latches = new Set<Latch>();
  const at = (name: string, options: Pick<LockInit, 'lookMs'> = {}): ElectionHandle =>
    new Election(shared, name, options);
  function lead<T>(name: string, act: Act<T>, options?: CampaignOptions): Promise<T>;
  function lead(name: string, act: Act<unknown>, options: LeadAgain): Promise<void>;
  function lead(name: string, act: Act<unknown>, options: CampaignOptions | LeadAgain = {}): Promise<unknown> {
    return 'requeue' in options ? leadAgain(at(name), sessions, act, options) : leadOnce(at(name), act, options);
  }
  return {
    at,
    lead,
    latch: (name, options = {}) => {
      const latch = createLatch(at(name), sessions, options);
      latches.add(latch);
      void latch.closed.then(() => latches.delete(latch));
      return latch;
    },
    list: async (options = {}) => readerOf(reads).list({ ...options, space: temporal.space, kind: 'election' }),
    dispose: async () => {
      await Promise.allSettled([...latches].map((latch) => latch.close()));
    },
  };
}
