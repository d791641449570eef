import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Electorate, Rule, Tally } from './coordination/ballot';
import type { Message, Reply } from './entity';
import type { Refusal } from './errors';
import type { Value, Values, VariableSpec } from './variable';

/** The declarative part of a definition: plain data, hashed. Constraint functions live in the bundle under these names. */
export interface VariableSetSpec {
  readonly name: string;
  readonly variables: Readonly<Record<string, VariableSpec>>;
  readonly constraints: readonly { readonly name: string; readonly on: readonly string[] }[];
  readonly electorate: Electorate;
  readonly rule: Rule;
  /** How long a ballot may last. */
  readonly deadlineMs: number;
  /** How long agents may take to acknowledge an announced version. */
  readonly announceMs: number;
}

/** A joint constraint: pure, true when the values of the variables it named may stand together; inactive ones are absent. */
export type ConstraintFunction = (values: Values) => boolean;

/**
 * What `defineVariables` makes: data with a name and a hash, and the functions that live in the bundle. `V` is the
 * type of the values, for callers.
 */
export interface VariableSetDefinition<V = Values> {
  readonly kind: 'variables';
  readonly name: string;
  readonly hash: string;
  readonly spec: VariableSetSpec;
  readonly constraints: Readonly<Record<string, ConstraintFunction>>;
  /** Never there at run time. */
  readonly values?: V;
}

/** Input of a set: the worker finds the definition by name and refuses another hash (`definition-mismatch`). */
export interface VariableSetInit {
  readonly definition: string;
  /** Absent: whatever definition the worker has under that name. */
  readonly hash?: string;
}

/** Why a proposal should be adopted: what `why` shows later. */
export interface Evidence {
  readonly study?: string;
  readonly trials?: readonly number[];
  /** Predicted change of a measure, with a 95 % interval where it is known. */
  readonly effect?: {
    readonly measure: string;
    readonly before: number;
    readonly after: number;
    readonly interval?: readonly [number, number];
  };
  /** The version of the set that the evidence was measured on. */
  readonly measuredOn?: number;
}

/** A change of one or more values of a set, on the version that its proposer saw. Plain JSON. */
export interface Proposal {
  readonly proposer: string;
  /** Several at once commit atomically; `restore` takes all values of an old version instead. */
  readonly changes: Values;
  readonly restore?: number;
  readonly basedOn: number;
  /**
   * The variables that it rests on, beside those that it changes: only another value of one of these since `basedOn` is a
   * conflict. Absent: any newer version is.
   */
  readonly reads?: readonly string[];
  /** The token of the lease that the proposer holds; needed while the set is leased. */
  readonly lease?: number;
  readonly because?: string;
  readonly evidence?: Evidence;
  /** Hash of the definition that takes the place of the present one; the changes follow from it. */
  readonly redefine?: string;
}

/** A verdict is a value: accepted (committed), pending (a ballot is open), refused with reasons. Recorded and replayed. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly proposal: number; readonly version: number; readonly tally?: Tally }
  | { readonly kind: 'pending'; readonly proposal: number; readonly ballot: string }
  | {
      readonly kind: 'refused';
      readonly proposal?: number;
      readonly reasons: readonly Refusal[];
      readonly currentVersion: number;
      readonly tally?: Tally;
    };

/** A proposal and its verdict as the set remembers it. A verdict that is not `pending` never changes. */
export interface ProposalRecord {
  readonly number: number;
  readonly requestId: string;
  readonly at: string;
  readonly proposal: Proposal;
  readonly before: Values;
  readonly verdict: Verdict;
  readonly decidedAt?: string;
}

/** One committed state of all values; versions have no gap and begin at 1 (VAR-2). */
export interface Version {
  readonly version: number;
  readonly values: Values;
  readonly at: string;
  /** Number of the proposal that made it; 0 for the defaults. */
  readonly proposal: number;
}

/** Who was told of the newest version, who has it, who is late. */
export interface Adoption {
  readonly version: number;
  readonly acknowledged: Readonly<Record<string, { readonly version: number; readonly at: string }>>;
  readonly laggards: readonly string[];
  readonly done: boolean;
}

/** Who experiments with the set alone, and until when. */
export interface SetLease {
  readonly holder: string;
  /** Grows from lease to lease of a set, and never repeats (as LCK-2). */
  readonly token: number;
  readonly since: string;
  readonly until: string;
  readonly because?: string;
}

/** A set as its query shows it. Reading it changes nothing. */
export interface SetView {
  readonly definition: string;
  readonly hash: string;
  readonly spec: VariableSetSpec;
  readonly version: number;
  readonly values: Values;
  readonly since: string;
  readonly interested: readonly string[];
  readonly open: readonly ProposalRecord[];
  readonly recent: readonly ProposalRecord[];
  readonly history: readonly Version[];
  readonly adoption: Adoption;
  readonly lease?: SetLease;
}

/** Proposals of one set that may be pending at once; the next is `limit-reached`. */
export const MAX_OPEN_PROPOSALS = 20;
/** So many decided proposals a set remembers; the store has all of them. */
export const KEPT_PROPOSALS = 50;
/** So many versions a set remembers; the store has all of them. */
export const KEPT_VERSIONS = 50;
/** Agents that one set tells of its versions. */
export const MAX_INTERESTED = 1_000;
/** Longest `because`, in characters. */
export const MAX_BECAUSE = 2_000;
/** How long after its deadline a ballot may still report (as long again, within these bounds); then it has expired. */
export const BALLOT_GRACE_MS = { least: 3_000, most: 30_000 } as const;

/** The order to take the worker's definition of that hash. */
export interface Redefinition {
  readonly hash: string;
  readonly proposer: string;
  readonly basedOn?: number;
  readonly lease?: number;
}

/** Shortest lease of a set in milliseconds. */
export const MIN_SET_LEASE_MS = 1_000;
/** Longest lease of a set in milliseconds, unless it is renewed. */
export const MAX_SET_LEASE_MS = 7 * 24 * 3_600_000;

/** The wish to experiment with a set alone. */
export interface LeaseArgs {
  readonly holder: string;
  readonly forMs: number;
  readonly because?: string;
  /** Renews the lease of that token. */
  readonly token?: number;
}

/** The end of a lease: by its token, or broken by somebody else, who says why. */
export type LeaseEnd = { readonly token: number } | { readonly broken: string };

/** Propose changes. Safe to repeat with the same message id: the same verdict comes back. */
export const proposeUpdate = defineUpdate<Reply<Verdict>, [Message<Proposal>]>('propose');
/** An agent wants to be told of versions; answers the current one (VAR-5: pull at start). */
export const subscribeUpdate = defineUpdate<
  Reply<{ readonly version: number; readonly values: Values }>,
  [Message<{ readonly agent: string; readonly interested: boolean }>]
>('subscribe');
/**
 * The new definition becomes a version by proposal; refused if the current values break it. `basedOn` is a precondition
 * (`precondition-failed`, no trace), unlike that of a proposal, whose staleness is a verdict.
 */
export const redefineUpdate = defineUpdate<Reply<Verdict>, [Message<Redefinition>]>('redefine');
/**
 * Leases the set: until the lease ends proposals of others are refused as `set-leased`, also those whose ballot ends meanwhile. It
 * is renewed by asking with its token. Refused: `set-leased` while it is leased; `not-holder` for the token of a lease that has
 * ended. Safe to repeat with the same message id.
 */
export const leaseUpdate = defineUpdate<Reply<SetLease>, [Message<LeaseArgs>]>('lease');
/** Ends a lease. Refused: `not-holder` for an old token, and when there is nothing to break. */
export const endLeaseUpdate = defineUpdate<Reply<{ readonly ended: SetLease }>, [Message<LeaseEnd>]>('endLease');
/** The set as it stands. */
export const setQuery = defineQuery<SetView>('set');
/** The current values alone: what a reader needs, a fraction of the whole view. */
export const valuesQuery = defineQuery<Pick<SetView, 'values' | 'version' | 'since'>>('values');
/** Who has the newest version: what one waits for after a commit. */
export const adoptionQuery = defineQuery<Adoption>('adoption');
/** The record of one proposal, or `null` when the set keeps none of that number. */
export const proposalQuery = defineQuery<ProposalRecord | null, [{ readonly number: number }]>('proposal');
/** What a ballot reports. `generation` is that of the set that opened it: another one's report changes nothing. */
export interface BallotReport {
  readonly proposal: number;
  readonly tally: Tally;
  readonly generation?: number;
}
/** The ballot's last act towards its set. */
export const decidedSignal = defineSignal<[Message<BallotReport>]>('ballotDecided');

/** What the set tells an interested agent; the agent applies only newer versions and answers what it has. */
export interface Announcement {
  readonly set: string;
  readonly version: number;
  readonly values: Values;
}

/** One explicit name for a changed value, used in events and in `why`. */
export interface Change {
  readonly variable: string;
  readonly before: Value | null;
  readonly after: Value | null;
}
