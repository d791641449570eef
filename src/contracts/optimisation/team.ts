import type { Stamp } from '../causality';
import type { Refusal } from '../errors';
import type { Objective, SamplerName, SamplerOptions } from './sampling';
import type { Configuration, SearchSpace } from './search-space';

/** The rules by which a team is asked, each named once. */
export const TEAM_RULES = ['fixed', 'hedge', 'bandit', 'auction'] as const;
/** One of TEAM_RULES. */
export type TeamRule = (typeof TEAM_RULES)[number];

/** What is said of every member. */
interface AnyMember {
  /** Its name in the study: of its account, and in `proposedBy` of its trials. */
  readonly name: string;
  /** What one of its proposals costs, in evaluations: 0 to MAX_PROPOSAL_COST. Its credits count per cost of a trial. Default 0. */
  readonly cost?: number;
}

/** A sampler of the platform. */
export interface NativeMember extends AnyMember {
  readonly sampler: SamplerName;
  readonly samplerOptions?: SamplerOptions;
}

/** An agent of the space that answers the ask `propose` with an OptimiserAnswer. */
export interface AgentMember extends AnyMember {
  /** The agent's name. */
  readonly agent: string;
  /** How long it may take for an answer, 100 to MAX_ASK_MS. Default ASK_MS. */
  readonly askMs?: number;
}

/** One optimiser of a team. */
export type TeamMember = NativeMember | AgentMember;

/** A team in the place of a sampler: who, and who of them is given the next evaluation. */
export interface TeamRequest {
  /** 1 to MAX_MEMBERS, each of another name. */
  readonly members: readonly TeamMember[];
  /** Default `fixed`. */
  readonly rule?: TeamRule;
}

/** The same with its rule. */
export interface TeamSpec extends TeamRequest {
  readonly rule: TeamRule;
}

/** Who proposed a trial, and why it was given the evaluation. */
export interface ProposedBy {
  /** A member's name; absent when no member could: the platform's sampler stood in. */
  readonly member?: string;
  readonly rule: TeamRule;
  /** In words. */
  readonly why: string;
  /** `hedge` and `bandit`: with which chance it was drawn. */
  readonly share?: number;
  /** `auction`: the credits that it bid for the trial, and those that it pays. */
  readonly bid?: number;
  readonly price?: number;
  /** What it was expected to earn, 0 to 1. */
  readonly expected?: number;
}

/** A member's credits: `minted = free + reserved + spent` after every event (ECO-2). */
export interface MemberAccount {
  readonly minted: number;
  readonly free: number;
  readonly reserved: number;
  readonly spent: number;
}

/** How a member stands. */
export interface MemberView {
  readonly name: string;
  readonly sampler?: SamplerName;
  readonly agent?: string;
  /** Trials that it proposed. */
  readonly proposed: number;
  /** Those of them that have ended, cancelled ones left out, and the credit that they earned together. */
  readonly ended: number;
  readonly earned: number;
  readonly account: MemberAccount;
  /** What it would be given the next evaluation by: a chance for `hedge` and `bandit`, a bid for `auction`. */
  readonly standing?: number;
  /** Asks that it had nothing for. */
  readonly passes: number;
  /** Asks that it failed, and the last of them. */
  readonly failures: number;
  readonly lastFailure?: MemberFailure;
}

/** A failure of a member: it costs it this ask. */
export interface MemberFailure {
  readonly member: string;
  readonly ask: number;
  readonly refusal: Refusal;
}

/** How a team stands. */
export interface TeamView {
  readonly rule: TeamRule;
  readonly members: readonly MemberView[];
}

/** A trial as an optimiser is told of it. */
export interface ToldTrial {
  readonly number: number;
  readonly configuration: Configuration;
  /** What the objective came to; absent for a trial that failed or was pruned. */
  readonly value?: number;
  /** Whether all bounds held. */
  readonly feasible: boolean;
}

/** What an agent is asked with: the argument of `propose`. */
export interface OptimiserQuestion {
  /** Workflow id of the study. */
  readonly study: string;
  /** Number of this ask; the same question is never another ask. */
  readonly ask: number;
  readonly space: SearchSpace;
  readonly objective: Objective;
  /** Trials that have ended. */
  readonly ended: number;
  /** The best that kept their bounds, the best first; at most TOLD. */
  readonly best: readonly ToldTrial[];
  /** The newest that have ended, the newest last; at most TOLD. */
  readonly recent: readonly ToldTrial[];
  /** What is being evaluated; at most TOLD. */
  readonly pending: readonly Configuration[];
}

/** What it answers. `null` passes: it has nothing now, and that is no failure. */
export type OptimiserAnswer = {
  readonly configuration: Configuration;
  /**
   * What it expects to earn with it, 0 to 1: 0 for a trial that will not be among the best quarter, 1 for the best of all. The
   * bid of an `auction`; a member that claims more than it earns is believed less. Default 0.5.
   */
  readonly bid?: number;
} | null;

/** What came of asking an agent: what it answered, or why there is no answer. */
export type OptimiserReply = {
  readonly member: number;
  /** What the agent knew when it answered. */
  readonly stamp?: Stamp;
} & ({ readonly answer: unknown } | { readonly refusal: Refusal });

/** Asks agents of a space for their proposals, all at once. */
export interface AskOptimisers {
  readonly space: string;
  readonly asked: readonly { readonly member: number; readonly agent: string; readonly askMs: number }[];
  readonly question: OptimiserQuestion;
  /** What the study knew; goes along with each message. */
  readonly stamp?: Stamp;
}

/** The activity on the queue of the study. The message to an agent has the same id at each attempt, so it answers once. */
export interface OptimiserActivities {
  askOptimisers(input: AskOptimisers): Promise<readonly OptimiserReply[]>;
}

/** Members of one team. */
export const MAX_MEMBERS = 16;
/** The most that a proposal may cost, in evaluations. */
export const MAX_PROPOSAL_COST = 1_000;
/** How long an agent may take when the member does not say. */
export const ASK_MS = 60_000;
/** The longest that an agent may be waited for. */
export const MAX_ASK_MS = 24 * 3_600_000;
/** Trials of each kind that an optimiser is told of. */
export const TOLD = 20;
/** The longest answer of an agent, as JSON. */
export const MAX_ANSWER_BYTES = 20_000;
