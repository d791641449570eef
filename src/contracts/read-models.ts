import type { Causality } from './causality';
import type { Tally } from './coordination/ballot';
import type { StoredEvent } from './event-store';
import type { GroupNews, GroupRow, Member, MemberFilter } from './groups';
import type { Kind } from './ids';
import type { Trial } from './optimisation/study';
import type { SupervisorNote } from './supervisor';
import type { Value } from './variable';
import type { Change, Evidence } from './variable-set';

/** The part of an AbortSignal that a reader needs; contracts know no Node types. */
export interface Cancel {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** One line of a list. `position` is the event the row reflects. */
export interface Row {
  readonly space: string;
  readonly kind: Kind;
  readonly name: string;
  readonly status: string;
  readonly owner: string;
  readonly type?: string;
  /** Of an agent that is placed. */
  readonly queue?: string;
  readonly summary: string;
  readonly updatedAt: string;
  readonly position: number;
}

/** One page of a list. Without `nextPageToken` it is the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
  /** Position of the event store that the page reflects. */
  readonly position: number;
  /** Only on an answer that is behind the event store: for how long already, in milliseconds. */
  readonly behindMs?: number;
}

/** One page of a list. Without `nextPageToken` it is the last one. */
export interface PageRequest {
  readonly space: string;
  /** 1 to 500, default 50. */
  readonly pageSize?: number;
  readonly pageToken?: string;
}

/** A proposal as the read model knows it: behind the set by what is not yet projected. */
export interface ProposalRow {
  readonly set: string;
  readonly number: number;
  readonly proposer: string;
  readonly changes: readonly Change[];
  readonly basedOn: number;
  readonly because?: string;
  readonly evidence?: Evidence;
  readonly verdict: 'accepted' | 'pending' | 'refused';
  readonly version?: number;
  readonly reasons?: readonly { readonly code: string; readonly message: string }[];
  readonly tally?: Tally;
  readonly proposedAt: string;
  readonly decidedAt?: string;
}

/** The answer to "why is the value what it is?" */
export interface Why {
  readonly set: string;
  readonly variable: string;
  readonly value: Value | null;
  readonly version: number;
  readonly since: string;
  /** Absent for the default of the definition. */
  readonly proposal?: ProposalRow;
  readonly trials: readonly (Trial & { readonly study: string })[];
  readonly adoption: readonly { readonly agent: string; readonly version: number; readonly at: string }[];
  /** What was committed on the same set since the evidence was measured. */
  readonly changedSince: readonly { readonly version: number; readonly changes: readonly Change[] }[];
  /** Refused proposals on this variable since, newest first. */
  readonly refused: readonly ProposalRow[];
  readonly position: number;
  /** Only on an answer that is behind the event store: for how long already, in milliseconds. */
  readonly behindMs?: number;
}

/** What a supervisor decided on one of its children. */
export interface ChildDecision {
  readonly position: number;
  readonly at: string;
  /** Number of the supervisor's own generation: it grows when the supervisor itself is started again. */
  readonly supervisor: number;
  /** In one line, such as `restarted b: 2 of 3 in 10 s`. */
  readonly text: string;
  readonly note: SupervisorNote;
  /** Id of the message that caused it. */
  readonly causedBy?: string;
}

/** The answer to "what happened to this child, and who decided what?" */
export interface ChildWhy {
  readonly supervisor: string;
  readonly child: string;
  /** Oldest first, the last KEPT_DECISIONS. */
  readonly decisions: readonly ChildDecision[];
  readonly position: number;
}

/** What the reads rest on, and how old it is. */
export interface ReadState {
  /** `postgres`, `pglite`, or the address of a facade. */
  readonly source: string;
  /** Position of the event store that the read models reflect. */
  readonly position: number;
  /** Highest position of the event store. */
  readonly head: number;
  readonly migrations: 'up-to-date' | 'behind';
  /** Events that are kept. */
  readonly events: number;
  /** Age of the oldest event that the read models do not reflect, in milliseconds; 0 when there is none. */
  readonly behindMs: number;
  /** When the newest event was stored, ISO-8601; absent without events. */
  readonly newest?: string;
}

/** Reads that need the store. Plugged by the process that owns the database; everywhere else an HTTP reader. */
export interface ReadModels {
  list(request: PageRequest & { readonly kind: Kind; readonly status?: string }): Promise<Page<Row>>;
  proposals(request: PageRequest & { readonly set: string; readonly after?: number }): Promise<Page<ProposalRow>>;
  trials(request: PageRequest & { readonly study: string }): Promise<Page<Trial>>;
  why(request: { readonly space: string; readonly set: string; readonly variable: string }): Promise<Why>;
  /** From the events themselves. @throws PlatformError `supervisor-not-found`, `child-not-found` */
  whyChild(request: { readonly space: string; readonly supervisor: string; readonly child: string }): Promise<ChildWhy>;
  /**
   * Whether event `a` happened before event `b`; each is named by its position, by `<kind>:<name>~<generation>/<number>`, or by source and
   * id. From the events themselves. @throws PlatformError `invalid-id`, `event-not-found`
   */
  causality(request: { readonly space: string; readonly a: string; readonly b: string }): Promise<Causality>;
  /** Catch-up from a position, then live, gap-free and resumable. Ends when the signal aborts. */
  feed(request: {
    readonly space: string;
    readonly after: number;
    readonly types?: readonly string[];
    readonly signal?: Cancel;
    /** Events before this position are gone, by retention: never a silent gap (EVT-5). Called before the next event. */
    readonly onResync?: (start: number) => void;
    /** Everything up to this position was handed out; what follows is live. */
    readonly onCaughtUp?: (position: number) => void;
  }): AsyncIterable<StoredEvent>;
  /** The groups of agents that have members. */
  groups(request: PageRequest): Promise<Page<GroupRow>>;
  /** Members of groups, by group and agent. */
  members(request: PageRequest & MemberFilter): Promise<Page<Member>>;
  /**
   * The members of a group, or of all, then every change; from `after` on without the set. Ends when the signal aborts, and fails
   * when the store goes away: whoever reads goes on from the last position that it was handed, or without one after `compacted`.
   */
  watchGroups(request: {
    readonly space: string;
    readonly group?: string;
    readonly after?: number;
    /** How long nothing is said while nothing changes, until a progress mark; default 5 s. */
    readonly progressMs?: number;
    /** How long to sleep when nothing wakes; default 1 s. */
    readonly pollMs?: number;
    readonly signal?: Cancel;
  }): AsyncIterable<GroupNews>;
  /** What the reader rests on and how old it is; for health and degraded answers. */
  state(): Promise<ReadState>;
}
