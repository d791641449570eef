import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Stamp } from './causality';
import type { Message, Reply, Supervised } from './entity';
import type { Kind } from './ids';
import type {
  ChildCounts,
  ChildExit,
  ChildFailure,
  ChildSpec,
  ChildStart,
  ChildView,
  Shutdown,
  SupervisorAnswer,
  SupervisorCommand,
  SupervisorFlags,
  SupervisorSpec,
} from './supervisor';

/** How often a supervisor's children are looked at for deaths that ran no code: the bound of their detection. */
export const SWEEP_MS = 5_000;
/** The shortest sweep interval. */
export const MIN_SWEEP_MS = 100;
/** Decisions that the view of a supervisor tells, the newest last. */
export const KEPT_DECISIONS = 20;

/** What a supervisor is started with: specifications, or the name of a definition that the worker has. */
export interface SupervisorInit {
  readonly definition?: string;
  readonly spec?: SupervisorSpec;
  /** MIN_SWEEP_MS or more. Default SWEEP_MS. */
  readonly sweepMs?: number;
  /** Takes in those of this kind that name it as their owner, and forgets them when they have ended for good. */
  readonly adopts?: Kind;
}

/** A supervisor of a definition file: what a user wrote, checked. */
export interface SupervisorDefinition {
  readonly kind: 'supervisor';
  readonly name: string;
  readonly spec: SupervisorSpec;
}

/** A request to a supervisor. What OTP answers with `{error, Reason}` is a value here, too. Safe to repeat. */
export const superviseUpdate = defineUpdate<Reply<SupervisorAnswer>, [Message<SupervisorCommand>]>('supervise');
/** Everything a supervisor knows; no history. */
export const supervisorQuery = defineQuery<SupervisorView>('supervisor');
/** The children that have a process now: what the sweep compares with the server. */
export const incarnationsQuery = defineQuery<Incarnations>('incarnations');
/** The sweep found that a child is gone. */
export const childGoneSignal =
  defineSignal<[Message<Omit<LiveChild, 'workflowId'> & { readonly reason: ChildExit }>]>('childGone');

/** A child that runs, and where. */
export interface LiveChild extends Supervised {
  readonly workflowId: string;
  /** Of one that was taken in: the first run of its chain, for it carries no `supervised` of its own. */
  readonly firstRunId?: string;
}

/** What the sweep compares with the server. */
export interface Incarnations {
  /** Number of the supervisor's own generation. */
  readonly supervisor: number;
  /** It takes in those of this kind that name it as their owner. */
  readonly adopts?: Kind;
  readonly children: readonly LiveChild[];
}

/** A child of a supervisor, as its view tells: its specification, how it stands, and where it is. */
export interface SupervisedChild extends ChildView, ChildSpec {
  readonly workflowId: string;
}

/** A supervisor as its query shows it. Reading it changes nothing. */
export interface SupervisorView {
  readonly definition?: string;
  readonly phase: 'starting' | 'running' | 'stopping' | 'ended';
  readonly flags: SupervisorFlags;
  readonly children: readonly SupervisedChild[];
  readonly counts: ChildCounts;
  /** Restarts that count now, of `flags.intensity`. */
  readonly restarts: number;
  readonly lastFailure?: ChildFailure & { readonly id: string };
  readonly decisions: readonly { readonly at: string; readonly text: string }[];
}

/** What `startChild` is to start. */
export interface StartOrder {
  readonly space: string;
  /** Of the child. */
  readonly workflowId: string;
  /** Workflow id of the supervisor. */
  readonly owner: string;
  readonly supervised: Supervised;
  readonly start: ChildStart;
  /** Of a dynamic child of `simple_one_for_one`: it goes before the arguments of the template. */
  readonly args?: unknown;
  /** It was there before: what it kept is handed to it. */
  readonly isRestart?: true;
  /** Of one that was taken in: the first run of the chain that has ended. */
  readonly previousRunId?: string;
  /** How long an orphan of that name may take to stop before it is killed. */
  readonly shutdown: Shutdown;
  /** What the supervisor knew. */
  readonly stamp?: Stamp;
}

/** How a start went: OTP's `{ok, Pid}`, `ignore`, `{error, Reason}`. */
export type StartOutcome =
  | { readonly kind: 'started'; readonly stamp?: Stamp }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'start-failed'; readonly reason: string };

/** What `stopChild` is to stop. */
export interface StopOrder extends LiveChild {
  readonly shutdown: Shutdown;
  /** ISO-8601: of a `shutdown` in milliseconds. Then it is killed. */
  readonly deadline?: string;
  /** What the supervisor knew. */
  readonly stamp?: Stamp;
}

/** The activities of supervisors. Each may be tried again: a start finds the child that it has started before. */
export interface SupervisionActivities {
  startChild(order: StartOrder): Promise<StartOutcome>;
  stopChild(order: StopOrder): Promise<{ readonly reason: ChildExit; readonly stamp?: Stamp }>;
  /**
   * Looks at the children of a supervisor again and again: tells it of those that are gone and, when it takes in others, of
   * those that it does not know; stops orphans, the children of an earlier generation of it. Ends with it.
   */
  sweepChildren(order: { readonly supervisor: string; readonly everyMs: number }): Promise<void>;
}
