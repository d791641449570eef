import type {
  ChildExit,
  ChildFailure,
  ChildSpec,
  Shutdown,
  SupervisorAnswer,
  SupervisorCommand,
  SupervisorFlags,
  SupervisorNote,
} from '../../contracts/supervisor';

/**
 * What a child's specification has at the moment: a process, none (OTP's `undefined`), a restart that waits (OTP's
 * `restarting`; with `dueAt` it waits for its back-off), or a place in quarantine. `since` is when it was started.
 */
export type Process =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly generation: number; readonly since: number }
  | { readonly kind: 'restarting'; readonly generation: number; readonly dueAt?: number }
  | { readonly kind: 'quarantined' };

/** One specification and what became of it. `args`: of a dynamic child. */
export interface Child {
  readonly spec: ChildSpec;
  readonly args?: unknown;
  readonly process: Process;
  readonly lastFailure?: ChildFailure;
  /** Seconds of its restarts, newest first: for the quarantine only. */
  readonly restarts?: readonly number[];
  /** Restarts in a row: for the back-off only. */
  readonly row?: number;
}

/** A message that waits because the supervisor is starting or stopping a child: OTP's mailbox. */
export type Waiting =
  | { readonly kind: 'command'; readonly request: string; readonly command: SupervisorCommand }
  | { readonly kind: 'exit'; readonly id: string; readonly generation: number; readonly reason: ChildExit }
  /** The turn of a failed start. Without a generation it is for whatever child of that id waits for a restart. */
  | { readonly kind: 'retry'; readonly id: string; readonly generation?: number }
  | { readonly kind: 'stop'; readonly reason: ChildExit };

/** How the supervisor ends: by a reason, or because its own start failed. */
export type Ending =
  | { readonly kind: 'exit'; readonly reason: ChildExit }
  | { readonly kind: 'start-failed'; readonly id: string; readonly reason: string };

/** What a procedure is for. */
export type Purpose =
  | { readonly kind: 'begin' }
  | { readonly kind: 'start-child'; readonly request: string; readonly child: Child }
  | { readonly kind: 'restart-child'; readonly request: string; readonly id: string }
  | { readonly kind: 'terminate-child'; readonly request: string; readonly id: string }
  | { readonly kind: 'restart'; readonly id: string }
  | { readonly kind: 'end'; readonly ending: Ending };

/** What a procedure waits for. `since` in milliseconds. */
export type Awaiting =
  | { readonly kind: 'start'; readonly id: string; readonly generation: number; readonly since: number }
  | { readonly kind: 'stop'; readonly since: number; readonly pending: readonly Incarnation[] };

/** One start of a child. */
export interface Incarnation {
  readonly id: string;
  readonly generation: number;
}

/** A procedure under way: first `stops`, one at a time, then `starts`. While it lasts, messages wait. */
export interface Work {
  readonly purpose: Purpose;
  readonly stops: readonly string[];
  readonly starts: readonly string[];
  readonly awaiting?: Awaiting;
}

/**
 * A supervisor between two events. Plain JSON, and bounded: at most MAX_CHILDREN children, MAX_WAITING_REQUESTS requests,
 * an exit per child, and `intensity + 1` restarts; so it travels over a renewal as it is, and the budget with it.
 */
export interface SupervisorState {
  readonly phase: 'starting' | 'running' | 'stopping' | 'ended';
  readonly flags: SupervisorFlags;
  /** Of `simple_one_for_one`: what every child is started from. */
  readonly template?: ChildSpec;
  /** In start order. */
  readonly children: readonly Child[];
  /** Whole seconds of the restarts in the window, newest first (SUP-5). */
  readonly restarts: readonly number[];
  readonly queue: readonly Waiting[];
  readonly work?: Work;
  readonly lastGeneration: number;
}

/** What the supervisor wants done. Performed in order; `start-child` and `stop-child` are answered by an event. */
export type SupervisorEffect =
  /** Answered by `started`, `ignored` or `start-failed`. */
  | {
      readonly kind: 'start-child';
      readonly id: string;
      readonly generation: number;
      readonly spec: ChildSpec;
      readonly args?: unknown;
    }
  /** Ask it to stop, wait for at most `shutdown`, then kill it. Answered by `stopped` or by `exited`. */
  | { readonly kind: 'stop-child'; readonly id: string; readonly generation: number; readonly shutdown: Shutdown }
  /** Answered by `retry-due` after the time. */
  | { readonly kind: 'retry-after'; readonly id: string; readonly generation: number; readonly ms: number }
  | { readonly kind: 'answer'; readonly request: string; readonly answer: SupervisorAnswer }
  /** All children were started: what OTP's `start_link` returns `{ok, Pid}` for. */
  | { readonly kind: 'ready' }
  /** The start failed and what had started is stopped: OTP's `{error, {shutdown, {failed_to_start_child, Id, Reason}}}`. */
  | { readonly kind: 'failed-to-start'; readonly id: string; readonly reason: string }
  /** All children are stopped: the supervisor ends with this reason. Nothing follows. */
  | { readonly kind: 'exit'; readonly reason: ChildExit }
  | { readonly kind: 'note'; readonly note: SupervisorNote };

/** What happens to a supervisor. */
export type SupervisorEvent =
  | { readonly kind: 'started'; readonly id: string; readonly generation: number }
  | { readonly kind: 'ignored'; readonly id: string; readonly generation: number }
  | { readonly kind: 'start-failed'; readonly id: string; readonly generation: number; readonly reason: string }
  /** A child ended, seen by its last act or by a sweep. A repetition or a report of an earlier generation changes nothing. */
  | { readonly kind: 'exited'; readonly id: string; readonly generation: number; readonly reason: ChildExit }
  /** A `stop-child` is done; `reason` if it is known. */
  | { readonly kind: 'stopped'; readonly id: string; readonly generation: number; readonly reason?: ChildExit }
  | { readonly kind: 'retry-due'; readonly id: string; readonly generation: number }
  | { readonly kind: 'command'; readonly request: string; readonly command: SupervisorCommand }
  /** The parent stops the supervisor. */
  | { readonly kind: 'stop'; readonly reason: ChildExit };
