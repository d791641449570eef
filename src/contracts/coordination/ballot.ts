import { defineQuery, defineUpdate, defineSignal } from '@temporalio/workflow';
import type { Stamp } from '../causality';
import type { Message, Reply } from '../entity';

/**
 * What a voter says. `abstain` counts for the quorum, and for nothing else. `value` comes with a number where the rule is a
 * median, `ranking` with names of options where the rule chooses one of several, `yes` and `no` under all other rules.
 */
export type Choice = 'yes' | 'no' | 'abstain' | 'value' | 'ranking';

/** Rules that choose one of several options from what voters rank. */
export const OPTION_RULES = ['plurality', 'approval', 'borda', 'copeland', 'schulze', 'instant-runoff'] as const;
/** One of them. */
export type OptionRule = (typeof OPTION_RULES)[number];

/** One voter. Weight is a positive integer. `standing` is a declared policy that is data, evaluated when the ballot opens. */
export interface Voter {
  readonly id: string;
  /** A person votes through REST, CLI or SDK and is never asked by the activity. */
  readonly kind: 'agent' | 'person';
  readonly weight: number;
  readonly veto: boolean;
  /** Votes for this one if it is lost and `lost` is `proxy`. */
  readonly proxy?: string;
  /** Has this one's vote from the opening on, with its weight, and perhaps hands it on; it has no vote of its own then. */
  readonly delegate?: string;
  readonly standing?: StandingVote;
}

/** Conditions on the subject's numbers and texts: all must hold for `yes`; a variable that is not named is accepted. */
export type StandingVote = Readonly<
  Record<
    string,
    {
      readonly accept: {
        readonly atMost?: number;
        readonly atLeast?: number;
        readonly oneOf?: readonly (string | number | boolean)[];
      };
    }
  >
>;

/** Who may vote, frozen when the ballot opens (BAL-1); at most MAX_VOTERS, in any order. */
export type Electorate = readonly Voter[];

/** An integer fraction; no floating point, so ties mean the same everywhere (BAL-6). */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

/**
 * When a proposal is adopted (BAL-6, BAL-8). Under `median` and `resilient-median` voters name numbers, under the rules of
 * OPTION_RULES they rank options; where a majority of the weight is not asked for, a quorum is mandatory.
 */
export interface Rule {
  readonly threshold:
    | { readonly kind: 'majority' }
    | { readonly kind: 'super-majority'; readonly share: Fraction }
    | { readonly kind: 'unanimity' }
    | { readonly kind: 'k-of-n'; readonly k: number }
    | { readonly kind: 'median' }
    /** Adopted by more than half of n + liars voters, each counted once: so many may lie (§ resilient of the reference). */
    | { readonly kind: 'resilient'; readonly liars: number }
    /** The median of what voters name, each counted once, if more than twice as many as may lie name one. */
    | { readonly kind: 'resilient-median'; readonly liars: number }
    | { readonly kind: OptionRule };
  /** What the share is taken of: all frozen weight (default), or the weight of yes and no. */
  readonly of: 'eligible' | 'cast';
  /** Share of the frozen weight that must have voted, abstentions included. */
  readonly quorum?: Fraction;
  readonly lost: 'count' | 'proxy' | 'exclude';
  /** Highest share of the total that one voter's weight counts for. */
  readonly cap?: Fraction;
  /** Whether an explicit vote takes the place of its voter's standing one until the decision (BAL-8). Default `final`. */
  readonly standing?: 'final' | 'replaceable';
  /** What becomes of options that win together: the present one is kept (default), or the first in the list is chosen. */
  readonly ties?: 'keep' | 'listed';
}

/** A cast ballot with its reason. `via` tells where it came from. */
export interface Cast {
  readonly voter: string;
  readonly choice: Choice;
  /** The number that a voter names: there when the choice is `value`. */
  readonly value?: number;
  /** The options that a voter names, the best first: there when the choice is `ranking`. */
  readonly ranking?: readonly string[];
  readonly reason?: string;
  /** What the voter measured before it voted: numbers by name. */
  readonly measured?: Readonly<Record<string, number>>;
  readonly at: string;
  readonly via: 'standing' | 'asked' | 'signal' | 'update' | 'proxy' | 'delegate';
  /** The standing vote that stood here until its voter voted. */
  readonly replaces?: Pick<Cast, 'choice' | 'reason' | 'at'>;
}

/** What a vote says, in a word: the choice, the number, or the options in their order. */
export function saidBy({ choice, value, ranking }: Pick<Cast, 'choice' | 'value' | 'ranking'>): string {
  if (ranking !== undefined) return ranking.join(' > ');
  return value === undefined ? choice : String(value);
}

/** Where a vote came from, in words: `update`, or `update, in place of a standing no`. */
export function originOf({ via, replaces }: Pick<Cast, 'via' | 'replaces'>): string {
  return replaces === undefined ? via : `${via}, in place of a standing ${replaces.choice}`;
}

/** The record of a decision; it suffices to recompute it (BAL-4). Voters are listed in the electorate's order. */
export interface Tally {
  readonly outcome: 'adopted' | 'kept';
  readonly because:
    'threshold' | 'rejected' | 'tie' | 'no-quorum' | 'veto' | 'expired' | 'withdrawn' | 'median' | 'winner';
  readonly rule: Rule;
  readonly electorate: Electorate;
  readonly electorateHash: string;
  readonly casts: readonly Cast[];
  readonly lost: readonly { readonly voter: string; readonly evidence: string }[];
  readonly yes: number;
  readonly no: number;
  readonly abstained: number;
  readonly eligible: number;
  /** Where numbers were voted on: the value that was there, the one that is decided, the weight of those who named one. */
  readonly median?: {
    readonly variable: string;
    readonly present: number;
    readonly value: number;
    readonly weight: number;
  };
  /** Where options were voted on: how they stand, and the one that is decided. */
  readonly chosen?: OptionList & {
    /** Those that win under the rule: several in a tie, none without a quorum. */
    readonly winners: readonly string[];
    /** The one that is decided; absent where none is, and there was none before. */
    readonly option?: string;
    /** Weight of those who named an option. */
    readonly weight: number;
    /** What the rule counts, by option: weight of first places, approvals, twice the points, or options beaten. */
    readonly scores: Readonly<Record<string, number>>;
  };
  /** Where voters named numbers in several rounds: those before the last. */
  readonly rounds?: readonly Round[];
  /** Decided before the deadline because no remaining vote, nor one in place of a standing vote, could change it. */
  readonly early: boolean;
  readonly openedAt: string;
  readonly decidedAt: string;
}

/** What is known of a ballot before its decision. `present` is the value that the median may move. */
export type BallotSoFar = Pick<Tally, 'electorate' | 'rule' | 'casts' | 'lost'> & {
  readonly present?: number;
  readonly options?: OptionList;
};

/** The options of a ballot, in a fixed order. `present` is the one that is there, and is kept unless another one wins. */
export interface OptionList {
  readonly names: readonly string[];
  readonly present?: string;
}

/** How rounds of naming a number end: after `most` of them, or when half of the weight lies within `spread`. */
export interface RoundPlan {
  readonly most: number;
  readonly spread: number;
}

/** What voters learn of a round: numbers without names. Quartiles are of the weight of those who named one. */
export interface Feedback {
  readonly round: number;
  readonly named: number;
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

/** A round that is over. */
export interface Round {
  readonly casts: readonly Cast[];
  readonly lost: Tally['lost'];
  /** Absent when nobody named a number. */
  readonly feedback?: Feedback;
}

/** The number that a ballot under the median decides on: what it is now, and what a voter may name. */
export interface NumberRange {
  readonly variable: string;
  readonly present: number;
  readonly low: number;
  readonly high: number;
  readonly step?: number;
  readonly isWhole: boolean;
}

/** What is voted on: the set's proposal, or the question of a ballot that somebody opened. Shown to the voters. */
export interface Subject {
  readonly title: string;
  /** Absent in a ballot of its own, which no set has opened. */
  readonly set?: string;
  readonly proposal?: number;
  readonly proposer: string;
  readonly changes: Readonly<
    Record<
      string,
      { readonly before: string | number | boolean | null; readonly after: string | number | boolean | null }
    >
  >;
  /** All values as they would be after the commit. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  readonly because?: string;
  readonly evidence?: unknown;
  /** There when the rule is a median: voters name a number of this range, and what was proposed is one of them. */
  readonly range?: NumberRange;
  /** There when the rule chooses one of several: voters name some of them, the best first. */
  readonly options?: OptionList;
  /** What the rounds before this one have shown, oldest first. */
  readonly feedback?: readonly Feedback[];
}

/** What a ballot is started with, by a set or by hand: everything it needs, so that it asks nobody for more. */
export interface BallotInit {
  readonly subject: Subject;
  readonly electorate: Electorate;
  readonly rule: Rule;
  readonly deadlineMs: number;
  /** Rounds of naming a number, of `deadlineMs` each. */
  readonly rounds?: RoundPlan;
  /** Workflow id that is told the tally by the signal `ballotDecided`; absent for a ballot of its own. */
  readonly reportTo?: string;
  /** Comes back in the report: the generation of whoever opened the ballot. */
  readonly generation?: number;
  /** How long a decided ballot stays to answer late votes; default BALLOT_LINGER_MS. */
  readonly lingerMs?: number;
}

/** What somebody asks for who opens a ballot of its own. All but the title and the electorate has a default. */
export interface BallotRequest {
  readonly title: string;
  /** Names of agents, or voters, with weight 1 and no veto unless they say so. */
  readonly electorate: readonly (string | (Partial<Voter> & Pick<Voter, 'id'>))[];
  /** Default: Schulze for options, the median for a number, each with a quorum of one half; else a majority. */
  readonly rule?: Partial<Rule>;
  /** What is chosen among: 2 to MAX_OPTIONS names. */
  readonly options?: readonly string[];
  /** The option that is there: kept unless another one wins. */
  readonly present?: string;
  /** The number that is decided: what it is now, and what it may be. */
  readonly number?: Omit<NumberRange, 'variable' | 'isWhole'> & Partial<Pick<NumberRange, 'isWhole'>>;
  /** How long the ballot, or each round of it, may last, such as `'5m'` or milliseconds. Default one hour. */
  readonly deadline?: string | number;
  readonly rounds?: RoundPlan;
  readonly because?: string;
  readonly evidence?: unknown;
  /** Default: the sender, else `sdk`. */
  readonly opener?: string;
}

/** How long a decided ballot answers `ballot-closed` before its workflow ends. */
export const BALLOT_LINGER_MS = 5_000;
/** Agents are asked for this long at most; a longer ballot waits for their votes as signals. */
export const ASK_MAX_MS = 3_600_000;

/** A ballot as its query and the facade show it. Reading it changes nothing. */
export interface BallotView {
  readonly subject: Subject;
  readonly state: 'open' | 'decided';
  readonly openedAt: string;
  readonly deadline: string;
  readonly rule: Rule;
  readonly electorate: Electorate;
  readonly casts: readonly Cast[];
  /** While rounds go on nobody sees who named what: casts have no numbers and no reasons then. */
  readonly rounds?: { readonly plan: RoundPlan; readonly round: number };
  readonly waitingFor: readonly string[];
  readonly tally?: Tally;
}

/** What a ballot would have decided under another rule. */
export interface WhatIf {
  readonly rule: Rule;
  /** `open`: it depends on voters who were not heard because the ballot was decided before they voted. */
  readonly outcome: Tally['outcome'] | 'open';
  readonly because?: Tally['because'];
  readonly value?: number;
  readonly option?: string;
  /** On whom it would depend. */
  readonly waitingFor: readonly string[];
  /** What was decided. */
  readonly was: Pick<Tally, 'outcome' | 'because' | 'rule'> & { readonly value?: number; readonly option?: string };
}

/**
 * One vote, sent as an update. The same vote again is answered as before; another one is `already-voted`, unless it is the
 * voter's first own one and the rule lets it take the place of a standing vote.
 */
export interface VoteArgs {
  readonly voter: string;
  readonly choice: Choice;
  readonly value?: number;
  readonly ranking?: readonly string[];
  readonly reason?: string;
  readonly measured?: Readonly<Record<string, number>>;
}

/** An electorate is at most this large. */
export const MAX_VOTERS = 1_000;
/** Longest reason of a vote or of a ballot, in characters. */
export const MAX_REASON = 500;
/** A ballot has at most so many options. */
export const MAX_OPTIONS = 10;
/** A number is named in at most so many rounds. */
export const MAX_ROUNDS = 20;
/** A ballot, or a round of it, lasts at most so long: 366 days. */
export const MAX_DEADLINE_MS = 31_622_400_000;
/** Longest title of a ballot, in characters. */
export const MAX_TITLE = 300;

/**
 * A vote that wants an answer. Refused: `not-a-voter`, `already-voted`, `ballot-closed`; what the rule does not take is
 * `invalid-message`, `wrong-kind` or `value-out-of-range`. Safe to repeat.
 */
export const voteUpdate = defineUpdate<Reply<{ readonly counted: true }>, [Message<VoteArgs>]>('vote');
/** A vote that wants none; what cannot be counted is a dead letter. */
export const voteSignal = defineSignal<[Message<VoteArgs>]>('voted');
/** The set tells a ballot that its subject was overtaken: the current value is kept and nobody need vote any more. */
export const withdrawnSignal = defineSignal<[Message<{ readonly proposal: number }>]>('withdrawn');
/** The ballot as it stands. */
export const ballotQuery = defineQuery<BallotView>('ballot');

/**
 * One heartbeating activity asks all thinking voters by update (id = ballot + voter) and returns what they answered.
 * `lost` are those that cannot vote, with the evidence; who has not answered by the deadline is in neither list.
 */
export interface FanOutActivities {
  askVoters(ask: {
    readonly ballot: string;
    readonly space: string;
    readonly voters: readonly string[];
    readonly subject: Subject;
    readonly deadline: string;
    /** What is known already: asking ends as soon as no voter that is still thinking could change the outcome. */
    readonly settles?: BallotSoFar;
    /** What the ballot knew; goes along with each message. */
    readonly stamp?: Stamp;
    /** More rounds may come: everybody is asked, whatever the others say. */
    readonly all?: true;
  }): Promise<{
    readonly casts: readonly Cast[];
    readonly lost: readonly { readonly voter: string; readonly evidence: string }[];
    /** What those knew who have answered. */
    readonly stamp?: Stamp;
  }>;
  /** Announces by update (id = set + version + agent) and returns the acknowledgements. */
  announce(announcement: {
    readonly space: string;
    readonly set: string;
    readonly agents: readonly string[];
    readonly version: number;
    readonly values: Readonly<Record<string, string | number | boolean>>;
    readonly deadline: string;
    readonly stamp?: Stamp;
  }): Promise<{
    readonly acknowledged: Readonly<Record<string, number>>;
    readonly laggards: readonly string[];
    readonly stamp?: Stamp;
  }>;
}
