import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Message, Reply } from '../entity';
import type { AcquireArgs } from './lock';

/** What is asked of an election. It is a lock with a value: the messages are those of a lock, and the term is the token. */
export interface CampaignArgs extends Pick<AcquireArgs, 'request' | 'session' | 'waitMs' | 'lockDelayMs'> {
  /** What the candidate says when it leads: any JSON of at most MAX_SAID_BYTES; default null. */
  readonly value?: unknown;
  /** Who has a higher one is elected first. As it is at the campaign; equal ones in the order of campaigns. Default 0. */
  readonly score?: number;
}

/** What a leader says from now on. */
export interface ProclaimArgs {
  readonly session: string;
  readonly term: number;
  readonly value: unknown;
}

/** Who leads, as the view of an election shows it. */
export interface LeaderView {
  readonly session: string;
  readonly term: number;
  /** What it said last: at its campaign, or since. */
  readonly value: unknown;
  readonly since: string;
}

/** Who would lead. */
export interface CandidateView {
  readonly request: string;
  readonly session: string;
  readonly value: unknown;
  readonly score: number;
  readonly since: string;
  readonly until: string;
  /** Its turn has come, and it has until then to accept. */
  readonly offered?: { readonly term: number; readonly until: string };
}

/** An election as its query shows it. */
export interface ElectionView {
  readonly state: 'led' | 'vacant' | 'delayed';
  /** Of the leader. While nobody leads: this one and all before it are over. */
  readonly term: number;
  /** How often the leader has said something new in its term. */
  readonly revision: number;
  readonly leader?: LeaderView;
  /** In the order in which they will lead. */
  readonly candidates: readonly CandidateView[];
  /** Nobody leads before: the session of the last leader has expired. */
  readonly delayedUntil?: string;
  /** The last term that was taken from its leader, and why. */
  readonly revoked?: { readonly term: number; readonly reason: string };
}

/** Length of what a candidate or leader says, as JSON, bytes. */
export const MAX_SAID_BYTES = 1_024;
/** The highest score; the lowest is its negative. */
export const MAX_SCORE = 1_000_000_000;

/** Says something new in the name of the leader. Refused: `not-leader`. Safe to repeat. */
export const proclaimUpdate = defineUpdate<Reply<{ readonly revision: number }>, [Message<ProclaimArgs>]>('proclaim');
/** The election as it is. */
export const electionQuery = defineQuery<ElectionView>('election');
/** So long nobody may lead while somebody would, until an event says so: the longest delay after a leader, and three who did not take their turn. */
export const UNSETTLED_MS = 90_000;
