import type { Fraction, OptionRule, Rule, StandingVote, Voter } from '../src/contracts/coordination/ballot';

type RuleOptions = Partial<Pick<Rule, 'of' | 'quorum' | 'lost' | 'cap' | 'standing'>>;
/** A quorum is mandatory: without it one voter would decide for all. */
type WithQuorum = Pick<Rule, 'cap'> & { readonly quorum: Fraction } & Partial<Pick<Rule, 'lost'>>;
type OptionsRuleOptions = WithQuorum & Partial<Pick<Rule, 'ties'>>;
const ruleOf = (threshold: Rule['threshold'], options: RuleOptions): Rule => ({
  threshold,
  of: 'eligible',
  lost: 'count',
  ...options,
});

/** More than half of the weight. */
export function majority(options: RuleOptions = {}): Rule {
  return ruleOf({ kind: 'majority' }, options);
}

/** At least `numerator/denominator` of the weight, in whole numbers. */
export function superMajority(numerator: number, denominator: number, options: RuleOptions = {}): Rule {
  return ruleOf({ kind: 'super-majority', share: { numerator, denominator } }, options);
}

/** All of the weight. */
export function unanimity(options: RuleOptions = {}): Rule {
  return ruleOf({ kind: 'unanimity' }, options);
}

/** At least k voters, whatever their weight. */
export function kOfN(k: number, options: RuleOptions = {}): Rule {
  return ruleOf({ kind: 'k-of-n', k }, options);
}

/**
 * The weighted median of the numbers that voters name, for variables of the kinds `float` and `int`. `quorum` is the share of
 * the frozen weight that must have voted, abstentions included; without it one voter would decide for all.
 */
export function median(options: WithQuorum): Rule {
  return { ...ruleOf({ kind: 'median' }, options), of: 'cast' };
}

/**
 * More than half of n + `liars` voters, each counted once, whatever its weight. What is adopted was wanted by more than half of the
 * honest voters, if at most so many lie; and what all honest voters want is adopted. Needs 3 · liars + 1 voters.
 */
export function resilient(liars: number, options: Pick<RuleOptions, 'quorum'> = {}): Rule {
  return ruleOf({ kind: 'resilient', liars }, options);
}

/**
 * The median of what voters name, each counted once, if more than 2 · `liars` name a number. It lies within the numbers of the
 * honest voters, if at most so many lie. Needs 3 · liars + 1 voters.
 */
export function resilientMedian(liars: number, options: Pick<RuleOptions, 'quorum'> = {}): Rule {
  return { ...ruleOf({ kind: 'resilient-median', liars }, options), of: 'cast' };
}

const chooses =
  (kind: OptionRule) =>
  (options: OptionsRuleOptions): Rule => ({ ...ruleOf({ kind }, options), of: 'cast' });

/** The option that most weight puts first. */
export const plurality = chooses('plurality');
/** The option that most weight names at all. */
export const approval = chooses('approval');
/** The option with most points: one for each option below it on a ballot. */
export const borda = chooses('borda');
/** The option that beats most others, two by two. */
export const copeland = chooses('copeland');
/** The option that no other one beats by a stronger path of victories. */
export const schulze = chooses('schulze');
/** The option that is left when the one with the fewest first places is struck out again and again. */
export const instantRunoff = chooses('instant-runoff');

/** How a voter votes: weight (default 1), a veto, who votes for it when it is lost or always, a standing vote that is data. */
export interface VoterOptions {
  readonly weight?: number;
  readonly veto?: boolean;
  readonly proxy?: string;
  /** Has its vote from the opening on, and may hand it on. */
  readonly delegate?: string;
  readonly standing?: StandingVote;
}

const voterOf = (id: string, kind: Voter['kind'], options: VoterOptions): Voter => {
  const { weight = 1, veto = false, proxy, delegate, standing } = options;
  const more = {
    ...(proxy === undefined ? {} : { proxy }),
    ...(delegate === undefined ? {} : { delegate }),
    ...(standing === undefined ? {} : { standing }),
  };
  return { id, kind, weight, veto, ...more };
};

/** An agent of the space that votes. */
export function voter(agent: string, options: VoterOptions = {}): Voter {
  return voterOf(agent, 'agent', options);
}

/** A person who votes through REST, CLI or SDK. */
export function person(id: string, options: VoterOptions = {}): Voter {
  return voterOf(id, 'person', options);
}
