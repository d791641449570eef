import type { ChildFailure, ChildStatus, Strategy } from './supervisor';
import type { SupervisorView } from './supervision';

/** How often a worker process of ours tells the server that it lives. */
export const HEARTBEAT_MS = 2_000;
/** The identity of a worker of ours begins with it; of others it is not known how often they tell. */
export const WORKER_IDENTITY = 'mabeam:';
/** A worker that has missed so many of its heartbeats is silent: killed, stopped, or cut off. */
export const SILENT_BEATS = 3;
/** A worker that has missed so many is gone, and not told of any more. */
export const GONE_BEATS = 30;
/** A task that has waited this long on a queue says that nobody takes it. */
export const STUCK_MS = 10_000;
/** A message that has waited this long for its receiver: whoever asked has given up. */
export const OLD_MESSAGE_MS = 30_000;
/** Supervisors that an answer tells of one by one; those that are not well come first, the others are counted. */
export const MAX_TOLD = 100;
/** Children that do not run, told of one supervisor. */
export const MAX_DOWN = 20;
/** Queues of agents that are looked at; those beyond are not told of. */
export const MAX_PLACED_QUEUES = 50;
/** Children that are asked how long their messages wait, unless it is said otherwise. */
export const ASKED_CHILDREN = 200;

/** Something that was looked at, and in one line what was found. */
export interface Finding {
  readonly ok: boolean;
  readonly detail: string;
}

/** What is done by those that poll a queue. */
export type QueueUse = 'workflows' | 'events' | 'evaluations' | 'agents';

/** A queue on which agents are placed, by its name. */
export interface PlacedQueue {
  readonly name: string;
  /** That run; about, and a moment old. */
  readonly agents: number;
}

/** One worker as the server knows it: a process that polls a queue. */
export interface WorkerSeen {
  readonly identity: string;
  readonly host: string;
  readonly process: string;
  /** It has said that it is going to stop. */
  readonly isShuttingDown: boolean;
  /** Since its last heartbeat, in milliseconds. */
  readonly beatMs: number;
  /** Between its last two heartbeats; absent when it has told only once. */
  readonly betweenMs?: number;
  /** Since it took a task last, in milliseconds; absent when it has taken none. */
  readonly takenMs?: number;
  /** It has as much to do as it may have at once. */
  readonly isFull: boolean;
}

/** One queue as the server knows it. */
export interface QueueSeen {
  readonly queue: string;
  readonly use: QueueUse;
  /** Of workers that tell nothing about themselves: by their polls alone, which are remembered for minutes. */
  readonly pollers: number;
  /** Tasks that nobody has taken, about. */
  readonly waiting: number;
  /** Of the oldest of them, in milliseconds; 0 without any. */
  readonly oldestMs: number;
  readonly workers: readonly WorkerSeen[];
  /** Of a queue of agents. */
  readonly placed?: PlacedQueue;
}

/** It takes tasks; it ends what it has and takes no more; it tells nothing; it tells that it lives and takes nothing. */
export type WorkerState = 'working' | 'draining' | 'silent' | 'stuck';

/** How a worker is. */
export interface WorkerHealth extends Finding {
  readonly identity: string;
  readonly host: string;
  readonly process: string;
  readonly queue: string;
  readonly state: WorkerState;
  readonly beatMs: number;
}

/** How a queue is served. */
export interface QueueHealth extends Finding {
  readonly queue: string;
  readonly use: QueueUse;
  /** That take tasks. */
  readonly workers: number;
  readonly waiting: number;
  readonly oldestMs: number;
  /** Of a queue of agents: the name by which they are placed there, and how many run. */
  readonly placed?: PlacedQueue;
}

/** Queues and workers: of all spaces that a set of processes serves. */
export interface DeploymentHealth {
  readonly ok: boolean;
  readonly queues: readonly QueueHealth[];
  readonly workers: readonly WorkerHealth[];
}

/** A child that ought to run and does not. */
export interface ChildDown {
  readonly id: string;
  readonly status: ChildStatus;
  readonly lastFailure?: ChildFailure;
}

/** A supervisor as it was found. */
export interface SupervisorSeen {
  readonly name: string;
  readonly state: SupervisorView['phase'] | 'unknown';
  readonly strategy?: Strategy;
  /** Restarts that count now, of `intensity` in `periodSeconds`. */
  readonly restarts?: number;
  readonly intensity?: number;
  readonly periodSeconds?: number;
  readonly children: Partial<Record<ChildStatus, number>>;
  /** Children that are in quarantine or wait to be started again; the first MAX_DOWN. */
  readonly down: readonly ChildDown[];
  /** Why it does not answer: a code of the error table. */
  readonly problem?: string;
}

/** How a supervisor is. */
export interface SupervisorHealth extends Finding, SupervisorSeen {}

/** All that a space supervises. */
export interface SupervisionHealth extends Finding {
  /** Of all supervisors together. */
  readonly children: Partial<Record<ChildStatus, number>>;
  readonly supervisors: readonly SupervisorHealth[];
  /** Supervisors that are well and not told of. */
  readonly more: number;
}

/** One that has a message that waits. */
export interface MessageSeen {
  readonly name: string;
  readonly kind: string;
  /** Messages that wait. */
  readonly mailbox: number;
  /** Of the oldest, in milliseconds. */
  readonly oldestMs: number;
}

/** Messages that were accepted and that nobody has handled yet. */
export interface MessagesHealth extends Finding {
  readonly oldest?: MessageSeen;
  /** Children that were asked, and those that were not because there are too many. */
  readonly looked: number;
  readonly unlooked: number;
}

/** A worker that takes no trials any more, because it failed those of a study one after the other. */
export interface TakenOut extends Finding {
  readonly worker: string;
  readonly study: string;
}

/** How a space is, part by part; `reasons` says of each part that is not well why, in one line. */
export interface SpaceHealth {
  readonly ok: boolean;
  readonly reasons: readonly string[];
  readonly temporal: Finding;
  readonly store: Finding;
  readonly queues: readonly QueueHealth[];
  readonly workers: readonly WorkerHealth[];
  readonly supervision: SupervisionHealth;
  readonly messages: MessagesHealth;
  /** Absent when there are none. */
  readonly takenOut?: readonly TakenOut[];
}
