import { defineQuery, defineUpdate } from '@temporalio/workflow';
import type { Message, Reply } from '../entity';

/**
 * How a barrier counts: `cyclic` lets a number of parties go on together; `double` does that, and lets them leave together, too; a
 * `phaser` waits for those that are registered with it at the time.
 */
export type BarrierForm = 'cyclic' | 'double' | 'phaser';

/** What a barrier is made of. It may change only while nobody is in it. */
export interface BarrierSpec {
  readonly form: BarrierForm;
  /** So many go on together; of a phaser none is named. */
  readonly parties?: number;
  /**
   * What the death of a session means for those that wait with it: `leave` (default), its place has to be filled again, or it is no
   * longer registered; `break`, the barrier breaks for all.
   */
  readonly onDeath?: 'leave' | 'break';
  /** Longest time from the first entry to the release, and from the first leave to the last; then it breaks for all. Default: none. */
  readonly deadlineMs?: number;
}

/** What a barrier is started with. */
export interface BarrierInit extends BarrierSpec {
  /** How often it looks whether the sessions in it are there: the bound for one that was terminated. Default LOOK_MS. */
  readonly lookMs?: number;
}

/** Who is meant: a participant, and the request by which it entered. */
export interface Participation {
  /** Entering twice is one entry: participants are a set (BAR-2). */
  readonly participant: string;
  readonly request: string;
}

/** What an entry, or an arrival at a phaser, says. */
export interface EnterArgs extends BarrierSpec, Participation {
  /** Name of the session that it lives by. */
  readonly session: string;
  /** Longest wait, then it is withdrawn (BAR-5). Without it, at a phaser alone, it arrives and does not wait. */
  readonly waitMs?: number;
  /** Enters that generation alone; one that is over answers how it ended. */
  readonly generation?: number;
}

/** What who leaves says. */
export interface LeaveArgs extends Participation {
  readonly session: string;
  /** How long it wants to be told that all have left. It has left in any case. */
  readonly waitMs: number;
}

/** What a registration says. */
export interface RegisterArgs extends BarrierSpec {
  readonly participant: string;
  readonly session: string;
}

/** Why a generation broke: its time was over, somebody broke it, a participant died. */
export type BreakReason = 'deadline' | 'cancelled' | 'death';

/** How a generation ended, the same for all who were in it (BAR-3). */
export type GenerationEnd =
  | { readonly kind: 'released'; readonly generation: number }
  | {
      readonly kind: 'broken';
      readonly generation: number;
      readonly reason: BreakReason;
      /** In words: who died, or why it was broken. */
      readonly because?: string;
    };

/** How it stands with an entry or a leave. */
export type Standing =
  | GenerationEnd
  /** So many of its generation are there; its end is told to the session. */
  | { readonly kind: 'waiting'; readonly generation: number; readonly entered: number; readonly parties: number }
  /** It is not in the barrier: withdrawn, too late, or never there. */
  | { readonly kind: 'none' };

/** What a registration answers. */
export interface Registered {
  /** The generation that it takes part in. */
  readonly generation: number;
  /** So many are registered. */
  readonly parties: number;
}

/** Who waits, as the view shows it. */
export interface EnteredView {
  readonly participant: string;
  readonly session: string;
  readonly since: string;
  /** It is withdrawn then. */
  readonly until?: string;
}

/** A generation that is over, as the view shows it. */
export interface PastView {
  readonly generation: number;
  readonly kind: 'released' | 'broken';
  readonly reason?: BreakReason;
  readonly because?: string;
  readonly participants: number;
  readonly at: string;
}

/** A barrier as its query shows it. */
export interface BarrierView extends BarrierSpec {
  readonly state: 'open' | 'entering' | 'inside' | 'leaving';
  /** The one that can be entered. */
  readonly generation: number;
  /** How many it takes: of a phaser, those that are registered. */
  readonly parties: number;
  /** In the order in which they came. */
  readonly entered: readonly EnteredView[];
  /** It breaks then. */
  readonly breaksAt?: string;
  /** Of a phaser. */
  readonly registered?: readonly { readonly participant: string; readonly arrived: boolean }[];
  /** Of a double barrier: those who went on and have not all left. */
  readonly inside?: {
    readonly generation: number;
    readonly participants: readonly { readonly participant: string; readonly left: boolean }[];
    readonly breaksAt?: string;
  };
  /** How the newest generation ended. */
  readonly last?: PastView;
}

/** Most parties of a barrier, and registrations of a phaser. */
export const MAX_PARTIES = 500;
/** So many requests wait in one barrier. */
export const MAX_ENTRIES = 1_000;
/** Longest wait in a barrier, and longest deadline of one: a day. */
export const MAX_BARRIER_WAIT_MS = 86_400_000;
/** So many entries of generations that are over are remembered, so that who asks late hears how it ended. */
export const KEPT_ENTRIES = 2_000;
/** Longest name of a participant or a request, characters. */
export const MAX_PARTICIPANT = 100;
/** A barrier in which nobody was for so long ends; the next entry starts it again, at generation 1. */
export const BARRIER_IDLE_MS = 600_000;

/** By what name the session of who leaves is told that all have left. */
export const leaveOf = (request: string): string => `${request}:leave`;

/**
 * Enters, or arrives at a phaser. Refused: `session-not-found` for a session that the barrier does not know, `definition-mismatch`
 * while others are in it by another specification, `not-a-party` at a phaser that it is not registered with and for a generation that it
 * was not in, `queue-full`. Safe to repeat: the same request has the same answer.
 */
export const enterUpdate = defineUpdate<Reply<Standing>, [Message<EnterArgs>]>('enter');
/** Leaves a double barrier. Refused: `not-a-party` for one that is not inside. Safe to repeat. */
export const leaveUpdate = defineUpdate<Reply<Standing>, [Message<LeaveArgs>]>('leave');
/** Ends the wait of a request. @returns `none` when it is out, else how the generation had ended. Safe to repeat. */
export const withdrawEntryUpdate = defineUpdate<Reply<Standing>, [Message<Participation>]>('withdraw');
/** Registers with a phaser, for its present phase on. Refused: as `enter`, and `limit-reached`. Safe to repeat. */
export const registerUpdate = defineUpdate<Reply<Registered>, [Message<RegisterArgs>]>('register');
/** Takes a registration back, with its arrival. Refused: `not-a-party`. */
export const deregisterUpdate = defineUpdate<Reply<Registered>, [Message<{ readonly participant: string }>]>(
  'deregister',
);
/** Breaks what waits, for all. @returns how many waited or were inside. Safe to repeat. */
export const breakBarrierUpdate = defineUpdate<
  Reply<{ readonly broken: number }>,
  [Message<{ readonly reason: string }>]
>('break');
/** The barrier as it is. */
export const barrierQuery = defineQuery<BarrierView>('barrier');
/** How it stands with an entry, or with the leave that belongs to it. */
export const standingQuery = defineQuery<Standing, [Participation & { readonly of: 'entry' | 'leave' }]>('standing');
