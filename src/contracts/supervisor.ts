import type { Beginning } from './entity';

/*
 * The vocabulary of supervision. What OTP names keeps OTP's spelling (`one_for_one`, `brutal_kill`, `already_started`),
 * so that its documentation can be read side by side; what is ours is kebab-case. Everything is plain JSON.
 */

/** Child specifications of one supervisor, dynamic children included; beyond that it is to be partitioned. */
export const MAX_CHILDREN = 1_000;
/** Partitions of one supervisor. */
export const MAX_PARTITIONS = 100;
/** The largest `intensity`: each restart in the window is kept as one number. */
export const MAX_INTENSITY = 1_000;
/** The largest `periodSeconds`: thirty days. */
export const MAX_PERIOD_SECONDS = 2_592_000;
/** Requests that wait while a supervisor starts or stops a child; the next is refused `busy`. */
export const MAX_WAITING_REQUESTS = 1_000;
/** The text of an abnormal end or of a failed start is cut here, in characters. */
export const MAX_EXIT_TEXT = 500;
/** What was started with more bytes of JSON is taken in by a supervisor, but not started again. */
export const MAX_TAKEN_IN_BYTES = 8_000;
/** The largest `start` or `args` of a child as JSON, in bytes. */
export const MAX_START_BYTES = 8_192;

/** What happens to the others when a child is restarted. OTP's `strategy`. */
export const STRATEGIES = ['one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one'] as const;
/** One of STRATEGIES. */
export type Strategy = (typeof STRATEGIES)[number];

/** Whether the end of significant children ends the supervisor. OTP's `auto_shutdown`. */
export const AUTO_SHUTDOWNS = ['never', 'any_significant', 'all_significant'] as const;
/** One of AUTO_SHUTDOWNS. */
export type AutoShutdown = (typeof AUTO_SHUTDOWNS)[number];

/** When a child that ended is started again: always; unless it ended normally; never. OTP's `restart`. */
export const RESTART_TYPES = ['permanent', 'transient', 'temporary'] as const;
/** One of RESTART_TYPES. */
export type RestartType = (typeof RESTART_TYPES)[number];

/** OTP's `type` of a child. */
export const CHILD_TYPES = ['worker', 'supervisor'] as const;
/** One of CHILD_TYPES. */
export type ChildType = (typeof CHILD_TYPES)[number];

/** How long a child may take to stop: milliseconds, for ever, or not at all. OTP's `shutdown`. */
export type Shutdown = number | 'infinity' | 'brutal_kill';

/**
 * Extension, off by default: a restart waits. The n-th of a row takes `initialMs * 2^(n-1)`, at most `maxMs`, more or less
 * by up to `jitter` (0 to 1) of itself; a child that ran for `resetMs` begins a new row. The wait is a pending retry: the
 * restart is counted, and its group stopped, when the wait is over.
 */
export interface BackOff {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly jitter: number;
  readonly resetMs: number;
  /** For the jitter: the same seed, child and attempt wait equally long. */
  readonly seed: number;
}

/**
 * Extension, off by default: a child that would be restarted more than `restarts` times in `periodSeconds` is parked with
 * its last failure instead. That failure does not count against the intensity; the others run on.
 */
export interface Quarantine {
  readonly restarts: number;
  readonly periodSeconds: number;
}

/**
 * OTP's `sup_flags()`. A supervisor is the group that shares a budget: `intensity` restarts in `periodSeconds` are allowed
 * to all of its children together, and nobody else's restarts count. For a budget of its own, give children a supervisor of
 * their own.
 */
export interface SupervisorFlags {
  readonly strategy: Strategy;
  /** Restarts allowed in the period; the next one is the end of the supervisor. OTP's `intensity` (MaxR). */
  readonly intensity: number;
  /** OTP's `period` (MaxT), whole seconds. */
  readonly periodSeconds: number;
  readonly autoShutdown: AutoShutdown;
  readonly backOff?: BackOff;
  readonly quarantine?: Quarantine;
  /** Extension: specifications that the supervisor takes at most. Default MAX_CHILDREN. */
  readonly maxChildren?: number;
}

/** OTP's defaults, SUP-1. */
export const DEFAULT_FLAGS: SupervisorFlags = {
  strategy: 'one_for_one',
  intensity: 1,
  periodSeconds: 5,
  autoShutdown: 'never',
};

/** What to start, opaque to the rule: the kind of thing, its definition, its options. OTP's `start` (an MFA). */
export interface ChildStart {
  readonly kind: string;
  readonly type: string;
  readonly options?: unknown;
  /** Of what was taken in: how it was begun. It is begun again just so; `type` and `options` say nothing then. */
  readonly again?: Beginning;
}

/** What the `options` of a child that is an agent may say. */
export interface AgentChildOptions {
  /** Argument of the definition's `state` and `init`. */
  readonly args?: unknown;
  /** Where it is placed, at every start. */
  readonly queue?: string;
}

/** The queue on which a child is placed: as it was begun when it was taken in, else as its specification says. */
export function placeOf({ kind, options, again }: ChildStart): string | undefined {
  if (again !== undefined) return again.queue;
  return kind === 'agent' ? (options as AgentChildOptions | undefined)?.queue : undefined;
}

/** OTP's `child_spec()` with every default filled in (SUP-2): what the rule keeps and `get_childspec` answers. */
export interface ChildSpec {
  readonly id: string;
  readonly start: ChildStart;
  readonly restart: RestartType;
  readonly significant: boolean;
  readonly shutdown: Shutdown;
  readonly type: ChildType;
}

/** What a user writes: `id` and `start` are mandatory. */
export type ChildSpecInput = Pick<ChildSpec, 'id' | 'start'> & Partial<ChildSpec>;

/** What a supervisor is made of: OTP's return value of `init/1`. `simple_one_for_one` takes exactly one, the template. */
export interface SupervisorSpec {
  readonly flags?: Partial<SupervisorFlags>;
  readonly children: readonly ChildSpecInput[];
}

/**
 * Why a child ended. `shutdown` with a term is OTP's `{shutdown, Term}`; `abnormal` is any other reason, as a short text. A
 * supervisor that gives up ends with `shutdown`, as in OTP; `gaveUp` is its last word on that, which OTP only logs.
 */
export type ChildExit =
  | { readonly kind: 'normal' }
  | { readonly kind: 'shutdown'; readonly term?: string; readonly gaveUp?: string }
  | { readonly kind: 'killed' }
  | { readonly kind: 'abnormal'; readonly text: string };

/** What is wrong with flags or a specification: where, what was expected and came, and the error of OTP (`none`: OTP takes it). */
export interface SpecProblem {
  readonly field: string;
  readonly message: string;
  /** The Erlang term as text, such as `{duplicate_child_name,a}`. */
  readonly otp: string;
}

/** A request to a supervisor; each is answered once. `adopt`, `release` are ours, the others OTP's. */
export type SupervisorCommand =
  /** For `simple_one_for_one`: `id` and `args` of the new child; without an id it is `<template>-<generation>`. */
  | { readonly kind: 'start_child'; readonly spec: ChildSpecInput }
  | { readonly kind: 'start_child'; readonly id?: string; readonly args?: unknown }
  /** Takes in a child that runs already: as `start_child`, but nothing is started. */
  | { readonly kind: 'adopt'; readonly spec: ChildSpecInput }
  | { readonly kind: 'adopt'; readonly id: string; readonly args?: unknown }
  | { readonly kind: 'restart_child'; readonly id: string }
  | { readonly kind: 'delete_child'; readonly id: string }
  | { readonly kind: 'terminate_child'; readonly id: string }
  /** Starts a child that is in quarantine; its row of failures is forgotten. */
  | { readonly kind: 'release'; readonly id: string }
  | { readonly kind: 'which_children' }
  | { readonly kind: 'count_children' }
  | { readonly kind: 'get_childspec'; readonly id: string }
  /** New flags and list without side effects (SUP-11): what OTP's `code_change` does. */
  | { readonly kind: 'change'; readonly spec: SupervisorSpec };

/** Why a request was refused. The first eight are OTP's. */
export type SupervisorRefusal =
  | 'already_started'
  | 'already_present'
  | 'running'
  | 'restarting'
  | 'not_found'
  | 'simple_one_for_one'
  | 'failed'
  | 'invalid'
  | 'quarantined'
  | 'not-quarantined'
  | 'max-children'
  | 'stopped'
  | 'busy';

/** What a request is answered with. */
export type SupervisorAnswer =
  | { readonly kind: 'ok' }
  /** OTP's `{ok, Pid}`. */
  | { readonly kind: 'started'; readonly id: string; readonly generation: number }
  /** OTP's `{ok, undefined}`. */
  | { readonly kind: 'ignored'; readonly id: string }
  | { readonly kind: 'children'; readonly children: readonly ChildView[] }
  | { readonly kind: 'counts'; readonly counts: ChildCounts }
  | { readonly kind: 'childspec'; readonly spec: ChildSpec }
  | {
      readonly kind: 'refused';
      readonly error: SupervisorRefusal;
      /** What was expected, what came, and which id. */
      readonly message: string;
      /** For `already_started` and `running`. */
      readonly generation?: number;
      /** For `invalid`. */
      readonly problem?: SpecProblem;
    };

/** Where a child may stand: OTP's pid, `undefined` and `restarting`; `quarantined` is ours. */
export const CHILD_STATUSES = ['running', 'none', 'restarting', 'quarantined'] as const;
/** One of CHILD_STATUSES. */
export type ChildStatus = (typeof CHILD_STATUSES)[number];

/** What `which_children` tells of one child, in start order (OTP lists them the other way round). */
export interface ChildView {
  readonly id: string;
  readonly status: ChildStatus;
  readonly type: ChildType;
  /** Of the process that runs; it grows with every start. */
  readonly generation?: number;
  readonly lastFailure?: ChildFailure;
}

/** The last abnormal end or failed start of a child. */
export interface ChildFailure {
  /** Workflow milliseconds. */
  readonly at: number;
  readonly generation: number;
  readonly text: string;
}

/** OTP's `count_children`: specifications, children that live, and how many of either type, alive or not. */
export interface ChildCounts {
  readonly specs: number;
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
}

/** What a supervisor decided, for its event log. `restarts` of `intensity` in `periodSeconds` include the one told. */
export type SupervisorNote =
  | { readonly kind: 'child-started'; readonly id: string; readonly generation: number }
  | { readonly kind: 'child-ignored'; readonly id: string; readonly generation: number }
  | { readonly kind: 'start-failed'; readonly id: string; readonly generation: number; readonly reason: string }
  | { readonly kind: 'child-exited'; readonly id: string; readonly generation: number; readonly reason: ChildExit }
  | { readonly kind: 'child-stopped'; readonly id: string; readonly generation: number; readonly reason: ChildExit }
  | {
      readonly kind: 'restarting';
      readonly id: string;
      /** Everything that is started again, in start order. */
      readonly group: readonly string[];
      readonly restarts: number;
      readonly intensity: number;
      readonly periodSeconds: number;
    }
  | { readonly kind: 'retry-waits'; readonly id: string; readonly afterMs: number }
  | {
      readonly kind: 'gave-up';
      readonly id: string;
      readonly restarts: number;
      readonly intensity: number;
      readonly periodSeconds: number;
    }
  | { readonly kind: 'auto-shutdown'; readonly id: string; readonly autoShutdown: AutoShutdown }
  | { readonly kind: 'quarantined'; readonly id: string; readonly failure: ChildFailure }
  | { readonly kind: 'child-added'; readonly id: string }
  | { readonly kind: 'child-removed'; readonly id: string }
  | { readonly kind: 'changed'; readonly added: readonly string[]; readonly dropped: readonly string[] };
