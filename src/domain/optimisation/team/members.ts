import type { Trial } from '../../../contracts/optimisation/study';
import type { MemberFailure, ProposedBy, TeamMember, TeamSpec } from '../../../contracts/optimisation/team';
import { importanceWeighted } from '../../economics/bandit';
import { emptyLedger, fund, reserve, settle, type Ledger } from '../../economics/ledger';

/** Credits are counted in millionths, so that sums are exact. */
const MICROS = 1_000_000;
/** Credits that a member begins with: what two best trials earn. */
const ENDOWMENT = 2;
/** What a trial that ended earlier still counts, in the record of its member, when another of its trials ends. */
const KEPT = 0.9;
/** Trials that an expectation weighs when there is no record yet. */
const PRIOR_TRIALS = 2;
/** What is expected of a member before its first trial: of the one that the written rule names, and of others. */
const PRIOR = { favourite: 0.6, other: 0.3 };

/** What a study carries of one member. Plain JSON; its size does not grow with its trials. */
export interface MemberData {
  /** Its credits, in millionths. */
  readonly ledger: Ledger;
  readonly proposed: number;
  readonly ended: number;
  /** What its trials have earned, in sum. */
  readonly earned: number;
  /** The same with earlier trials counting less, how many trials that is, and what it had claimed for them. */
  readonly recent: { readonly earned: number; readonly trials: number; readonly claimed: number };
  /** What the rule has learnt of it: forecast gains for `hedge`, importance-weighted ones for `bandit`; in sum. */
  readonly gain: number;
  readonly passes: number;
  readonly failures: number;
  readonly lastFailure?: MemberFailure;
}

/** What a study carries of its team. */
export interface TeamData {
  /** In the order of the spec. */
  readonly members: readonly MemberData[];
  /** Gains that the rule has learnt from: asks for `hedge`, trials that ended for `bandit`. */
  readonly rounds: number;
}

function endowed(): Ledger {
  return fund(emptyLedger, ENDOWMENT * MICROS) ?? emptyLedger;
}

/** A team before its first ask. */
export function newTeam({ members }: TeamSpec): TeamData {
  const member: MemberData = {
    ledger: endowed(),
    proposed: 0,
    ended: 0,
    earned: 0,
    recent: { earned: 0, trials: 0, claimed: 0 },
    gain: 0,
    passes: 0,
    failures: 0,
  };
  return { members: members.map(() => member), rounds: 0 };
}

/** Credits as people read them. */
export const inCredits = (micros: number): number => micros / MICROS;
const inMicros = (credits: number): number => Math.round(credits * MICROS);

/** What a member may bid at most. */
export function freeCredits({ ledger }: MemberData): number {
  return inCredits(ledger.balance);
}

/** What credits of a member count: what a trial and its proposal cost together is 1 for a trial alone. */
export function perCost({ cost = 0 }: TeamMember, credit: number): number {
  return credit / (1 + cost);
}

/** What the next trial of a member is expected to earn, 0 to 1, by its own record. */
export function expectation({ recent }: MemberData, isFavourite: boolean): number {
  const prior = isFavourite ? PRIOR.favourite : PRIOR.other;
  return (recent.earned + PRIOR_TRIALS * prior) / (recent.trials + PRIOR_TRIALS);
}

/** What a claim is worth, 0 to 1: who claimed more than it earned is believed in proportion. */
export function believed({ recent }: MemberData, claim: number): number {
  return claim * Math.min(1, (recent.earned + 1) / (recent.claimed + 1));
}

function changed(team: TeamData, at: number, change: (member: MemberData) => MemberData): TeamData {
  return { ...team, members: team.members.map((member, place) => (place === at ? change(member) : member)) };
}

/** The team when a trial is asked for: its price is set aside. */
export function withTrialAsked(team: TeamData, spec: TeamSpec, number: number, by: ProposedBy): TeamData {
  const at = spec.members.findIndex(({ name }) => name === by.member);
  return changed(team, at, (member) => ({
    ...member,
    proposed: member.proposed + 1,
    ledger: reserve(member.ledger, number, inMicros(by.price ?? 0)) ?? member.ledger,
  }));
}

/** The team when members had nothing, or failed an ask. */
export function withMissed(
  team: TeamData,
  missed: readonly { readonly place: number; readonly failure?: MemberFailure }[],
): TeamData {
  return missed.reduce(
    (after, { place, failure }) =>
      changed(after, place, (member) =>
        failure === undefined
          ? { ...member, passes: member.passes + 1 }
          : { ...member, failures: member.failures + 1, lastFailure: failure },
      ),
    team,
  );
}

/** The team with one gain more for each member. */
export function withGains(team: TeamData, gains: readonly number[]): TeamData {
  const members = team.members.map((member, at) => ({ ...member, gain: member.gain + (gains[at] ?? 0) }));
  return { members, rounds: team.rounds + 1 };
}

/**
 * The team when a trial has ended: what its proposal was to pay is paid, what it has earned is put into its account, at most
 * one credit a trial. A trial that was cancelled says nothing: its price is free again.
 *
 * @param credit what it has earned, 0 to 1
 */
export function withTrialEnded(team: TeamData, spec: TeamSpec, trial: Trial, credit: number): TeamData {
  const { proposedBy: by, number } = trial;
  const at = spec.members.findIndex(({ name }) => name === by?.member);
  const of = spec.members[at];
  if (by === undefined || of === undefined) return team;
  if (trial.state === 'cancelled')
    return changed(team, at, (member) => ({ ...member, ledger: settle(member.ledger, number, 0) }));
  const earned = perCost(of, credit);
  const isBandit = spec.rule === 'bandit' && by.share !== undefined;
  const after = changed(team, at, (member) => {
    const paid = settle(member.ledger, number, inMicros(by.price ?? 0));
    const { recent } = member;
    return {
      ...member,
      ledger: fund(paid, paid.minted + inMicros(earned)) ?? paid,
      ended: member.ended + 1,
      earned: member.earned + earned,
      recent: {
        earned: KEPT * recent.earned + credit,
        trials: KEPT * recent.trials + 1,
        claimed: KEPT * recent.claimed + (by.expected ?? 0),
      },
      gain: member.gain + (isBandit ? importanceWeighted(earned, by.share) : 0),
    };
  });
  return isBandit ? { ...after, rounds: after.rounds + 1 } : after;
}
