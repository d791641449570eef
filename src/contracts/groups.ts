import { defineUpdate } from '@temporalio/workflow';
import type { Message, Reply } from './entity';

/** Groups that one life of an agent may belong to at once. */
export const MAX_MEMBERSHIPS = 50;
/** Tags of one membership. */
export const MAX_TAGS = 20;
/** Metadata of one membership, as JSON. */
export const MAX_METADATA_BYTES = 2_048;
/** Members that a watch begins with; more are refused. */
export const MAX_WATCHED = 10_000;

/** Values that a member is found by, compared as text. */
export type Metadata = Readonly<Record<string, string | number | boolean>>;
/** What a member says of itself in a group; tags are names to find it by. */
export interface Marks {
  readonly tags?: readonly string[];
  readonly metadata?: Metadata;
}
/** Joins a group, or changes the marks of a membership. */
export interface JoinRequest extends Marks {
  readonly group: string;
}
/** The groups that an agent belongs to, by name. */
export type Memberships = Readonly<Record<string, Marks>>;

/** How a call to join ended; one that changed nothing is `already`. */
export interface Joined {
  readonly group: string;
  readonly kind: 'joined' | 'updated' | 'already';
}
/** How a call to leave ended; `absent`: it was not in the group. */
export interface Left {
  readonly group: string;
  readonly kind: 'left' | 'absent';
}

/** Joins a group; the membership ends with this life of the agent. */
export const joinUpdate = defineUpdate<Reply<Joined>, [Message<JoinRequest>]>('join');
/** Leaves a group. */
export const leaveUpdate = defineUpdate<Reply<Left>, [Message<{ readonly group: string }>]>('leave');

/** An agent in a group. It belongs to one life of the agent: another life joins anew. */
export interface Member {
  readonly group: string;
  readonly agent: string;
  /** Number of the generation of the agent that joined. */
  readonly generation: number;
  readonly tags: readonly string[];
  readonly metadata: Metadata;
  /** ISO-8601: when it joined. */
  readonly since: string;
  /** Position of the event that this membership reflects. */
  readonly position: number;
}

/** A group as a list shows it. Without members there is none. */
export interface GroupRow {
  readonly name: string;
  readonly members: number;
  /** Position of its newest member. */
  readonly position: number;
}

/** Which members. All that is said must hold. */
export interface MemberFilter {
  readonly group?: string;
  readonly agent?: string;
  /** It has all of them. */
  readonly tags?: readonly string[];
  /** Its metadata have these values, compared as text. */
  readonly where?: Metadata;
}

/**
 * What happened to one membership. `left` says why: by its own word, with the end of its life, found gone by the sweep, or
 * because the agent was begun anew.
 */
export type GroupChange =
  | { readonly kind: 'joined' | 'updated'; readonly member: Member }
  | { readonly kind: 'left'; readonly member: Member; readonly why: 'left' | 'ended' | 'lost' | 'replaced' };

/**
 * What a watch hands out. `set`: all members as of a position; what was known before is void (WAT-8). `changed`: everything
 * that one event changed, never split (WAT-4). `progress`: everything up to the position was handed out (WAT-6). `compacted`:
 * what lay between the position that was asked for and this one is no longer kept; a `set` follows (WAT-7).
 */
export type GroupNews =
  | { readonly kind: 'set'; readonly position: number; readonly members: readonly Member[] }
  | { readonly kind: 'changed'; readonly position: number; readonly changes: readonly GroupChange[] }
  | { readonly kind: 'progress'; readonly position: number }
  | { readonly kind: 'compacted'; readonly position: number };
