import {
  electionQuery,
  proclaimUpdate,
  type CampaignArgs,
  type ElectionView,
  type LeaderView,
  type ProclaimArgs,
} from '../contracts/coordination/election';
import type { Acquired, LockInit } from '../contracts/coordination/lock';
import { isPlatformError } from '../contracts/errors';
import type { Name, WorkflowId } from '../contracts/ids';
import { isLater } from '../domain/coordination/election';
import { lookAt, notLeader, overBecause, watchedLead, WATCH_MS, type Leadership } from './leadership';
import { Lock, type AcquireOptions, type SharedByLocks } from './locks';
import { isOpenRun } from './runs';
import type { Session, Sessions } from './sessions';
import type { CallOptions, Temporal } from './temporal';
import { pauseOr } from './waiting';

const CAMPAIGN_MS = 60_000;
/** A candidate looks after its place once in so many looks of a leader. */
const PLACE_LOOKS = 5;

/** How somebody campaigns. */
export interface CampaignOptions
  extends
    Pick<AcquireOptions, 'session' | 'waitMs' | 'lockDelayMs' | 'requestId' | 'signal'>,
    Pick<CampaignArgs, 'value' | 'score'> {
  /** How often the leader looks whether it leads still, beside its session's own deadline. Default 1,000. */
  readonly everyMs?: number;
}

/** What an observer sees: who leads in which term, or that nobody does. */
export interface Observed {
  readonly term: number;
  readonly revision: number;
  readonly leader?: LeaderView;
}

/** What one request of a campaign is answered. */
export type Campaigned =
  | { readonly kind: 'elected'; readonly term: number; readonly request: string }
  | Extract<Acquired, { readonly kind: 'queued' }>;

/** One election. Nothing is sent until it is used. */
export interface ElectionHandle {
  readonly name: Name;
  readonly workflowId: WorkflowId;
  /**
   * Campaigns, and waits until it leads: who came first is first, a higher score before that (ELE-2, ELE-5).
   * @throws PlatformError `already-candidate`, `lock-held` for a try, `timeout` after `waitMs`, `session-in-doubt`, `queue-full`
   */
  campaign(options?: CampaignOptions): Promise<Leadership>;
  /**
   * Goes on with the lead of a session, if it leads still: after a doubtful connection, or, with `sessions.resume`, after a restart. It is
   * read again, never taken from memory; the term stays (ELE-2, ELE-3).
   * @throws PlatformError `not-leader`, `session-in-doubt`
   */
  resume(options: {
    readonly session: Session;
    readonly term?: number;
    readonly everyMs?: number;
  }): Promise<Leadership>;
  /** Who leads and who would. An election that nobody uses is vacant. */
  view(): Promise<ElectionView>;
  /** Each look that shows something newer: may skip terms, never goes back (ELE-2). Ends with the signal. */
  observe(options?: { readonly everyMs?: number; readonly signal?: AbortSignal }): AsyncIterable<Observed>;
  /** Takes the lead from whoever has it, in a new term, and lets who is next lead. */
  revoke(reason: string, how?: CallOptions): Promise<{ readonly revoked: number }>;
  /** One request of a session that is kept alive elsewhere, such as over HTTP: elected or queued, without waiting. */
  request(args: CampaignArgs, how?: CallOptions): Promise<Campaigned>;
  /** @throws PlatformError `not-leader` */
  proclaim(said: ProclaimArgs, how?: CallOptions): Promise<{ readonly revision: number }>;
  /** @throws PlatformError `not-leader` */
  resign(led: Pick<ProclaimArgs, 'session' | 'term'>, how?: CallOptions): Promise<void>;
  /** Ends a candidacy, and gives up the lead if it has become one. Safe to repeat. */
  withdraw(
    wait: { readonly session: string; readonly request: string },
    how?: CallOptions,
  ): Promise<{ readonly withdrawn: boolean }>;
}

/** A handle of an election. */
export class Election implements ElectionHandle {
  readonly name: Name;
  readonly workflowId: WorkflowId;
  readonly #temporal: Temporal;
  readonly #lock: Lock;
  readonly #sessions: Sessions;

  constructor(shared: SharedByLocks, name: string, init: LockInit) {
    this.#temporal = shared.temporal;
    this.#sessions = shared.sessions;
    this.#lock = new Lock(shared, 'election', name, init);
    this.name = this.#lock.name;
    this.workflowId = this.#lock.workflowId;
  }

  async campaign({ everyMs, ...options }: CampaignOptions = {}): Promise<Leadership> {
    const { waitMs = CAMPAIGN_MS, requestId = globalThis.crypto.randomUUID(), signal } = options;
    const session = options.session ?? (await this.#sessions.own());
    const deadline = performance.now() + waitMs;
    for (let leftMs = waitMs; ; leftMs = Math.max(1, Math.ceil(deadline - performance.now()))) {
      const forgotten = this.#forgotten(session.name, everyMs);
      const over = signal === undefined ? forgotten.signal : AbortSignal.any([signal, forgotten.signal]);
      try {
        const how = { session, requestId, waitMs: leftMs, signal: over, isRepeatable: options.requestId !== undefined };
        const { token } = await this.#lock.acquire({ ...options, ...how });
        return this.#led(session, token, everyMs);
      } catch (error) {
        if (!forgotten.signal.aborted || signal?.aborted === true) throw error;
      } finally {
        forgotten.abort();
      }
    }
  }

  /** Aborted when a candidate has no place, as after a terminate or a reset of the election. Abort it to end the looks. */
  #forgotten(session: string, everyMs = WATCH_MS): AbortController {
    const controller = new AbortController();
    const { signal } = controller;
    const watch = async (): Promise<void> => {
      // at the first look it may not have got its place yet
      for (let missed = 0; !signal.aborted;) {
        await pauseOr(PLACE_LOOKS * everyMs, signal);
        const isMissing = await this.#knows(session).then(
          (isThere) => !isThere,
          () => false, // what is out of reach says nothing
        );
        missed = isMissing ? missed + 1 : 0;
        if (missed > 1) controller.abort();
      }
    };
    void watch();
    return controller;
  }

  async #knows(session: string): Promise<boolean> {
    if (!isOpenRun(await this.#temporal.client.workflow.getHandle(this.workflowId).describe())) return false;
    const { leader, candidates } = await lookAt(this.#temporal, this.workflowId);
    return leader?.session === session || candidates.some((each) => each.session === session);
  }

  async resume({ session, term, everyMs }: Parameters<ElectionHandle['resume']>[0]): Promise<Leadership> {
    session.check();
    const view = await this.view();
    const { leader } = view;
    const isSame = leader?.session === session.name && leader.term === (term ?? leader.term);
    if (isSame) return this.#led(session, leader.term, everyMs);
    const asked = term ?? view.term;
    throw notLeader(this.workflowId, asked, overBecause(view, asked));
  }

  #led(session: Session, term: number, everyMs = WATCH_MS): Leadership {
    const who = { session: session.name, term };
    return watchedLead({
      temporal: this.#temporal,
      workflowId: this.workflowId,
      name: this.name,
      session,
      term,
      everyMs,
      proclaim: (value, how) => this.proclaim({ ...who, value }, how),
      resign: (how) => this.resign(who, how),
    });
  }

  view(): Promise<ElectionView> {
    return orVacant(() => this.#temporal.look(this.workflowId, electionQuery));
  }

  async *observe({
    everyMs = WATCH_MS,
    signal,
  }: { readonly everyMs?: number; readonly signal?: AbortSignal } = {}): AsyncIterable<Observed> {
    let seen: ElectionView | undefined;
    while (signal?.aborted !== true) {
      // what is out of reach is looked at again
      const view = await orVacant(() => lookAt(this.#temporal, this.workflowId)).catch(() => undefined);
      if (view !== undefined && isLater(view, seen)) {
        seen = view;
        const { term, revision, leader } = view;
        yield { term, revision, ...(leader === undefined ? {} : { leader }) };
      }
      await pauseOr(everyMs, signal);
    }
  }

  async revoke(reason: string, how?: CallOptions): Promise<{ readonly revoked: number }> {
    return { revoked: (await this.#lock.break(reason, how)).broken };
  }

  async request(args: CampaignArgs, how?: CallOptions): Promise<Campaigned> {
    const acquired = await this.#lock.request(args, how);
    if (acquired.kind === 'queued') return acquired;
    return { kind: 'elected', term: acquired.token, request: acquired.request };
  }

  async proclaim(said: ProclaimArgs, how?: CallOptions): Promise<{ readonly revision: number }> {
    return (await this.#temporal.call(this.workflowId, proclaimUpdate, said, how)).value;
  }

  async resign({ session, term }: Pick<ProclaimArgs, 'session' | 'term'>, how?: CallOptions): Promise<void> {
    await this.#lock.release({ session, token: term }, how);
  }

  withdraw(
    wait: { readonly session: string; readonly request: string },
    how?: CallOptions,
  ): Promise<{ readonly withdrawn: boolean }> {
    return this.#lock.withdraw(wait, how);
  }
}

/** An election that nobody has used for a while has ended: nobody leads. */
async function orVacant(look: () => Promise<ElectionView>): Promise<ElectionView> {
  try {
    return await look();
  } catch (error) {
    const isNobody = isPlatformError(error) && (error.code === 'election-not-found' || error.code === 'stopped');
    if (!isNobody) throw error;
    return { state: 'vacant', term: 0, revision: 0, candidates: [] };
  }
}
