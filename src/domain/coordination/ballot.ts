import {
  saidBy,
  type BallotInit,
  type BallotSoFar,
  type BallotView,
  type Cast,
  type Electorate,
  type Rule,
  type Subject,
  type Tally,
  type VoteArgs,
} from '../../contracts/coordination/ballot';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { certainDecision, decisionOf, isReplaceable, type Decision } from './decision';
import { electorateHash, voterOf } from './electorate';
import { standingBallot } from './standing-vote';
import { choicesOf, count } from './tally';
import { nameOfBallot, unfitVote } from './vote';

/** A ballot as it stands. Times are workflow milliseconds; the electorate is the frozen copy (BAL-1). */
export interface BallotState {
  readonly subject: Subject;
  readonly electorate: Electorate;
  readonly electorateHash: string;
  readonly rule: Rule;
  readonly openedAt: number;
  readonly deadline: number;
  /** One ballot per voter, in order of arrival: its first, or the one that took the place of a standing vote. */
  readonly casts: readonly Cast[];
  readonly lost: Tally['lost'];
  /** Set once, never changed (BAL-4). */
  readonly tally?: Tally;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** Opens a ballot: freezes the electorate, records standing votes, decides at once if they settle it. Pure. */
export function openBallot(
  init: Pick<BallotInit, 'subject' | 'electorate' | 'rule' | 'deadlineMs'>,
  now: number,
): BallotState {
  const { subject, electorate, rule, deadlineMs } = init;
  const at = iso(now);
  const casts = electorate.flatMap((voter): Cast[] =>
    voter.standing === undefined
      ? []
      : [{ voter: voter.id, ...standingBallot(voter.standing, subject.values), at, via: 'standing' }],
  );
  return decideIfSettled(
    {
      subject,
      electorate,
      electorateHash: electorateHash(electorate),
      rule,
      openedAt: now,
      deadline: now + deadlineMs,
      casts,
      lost: [],
    },
    now,
  );
}

/** Voters whose vote is waited for: neither voted nor lost. Who has a standing vote is not, even if it may be replaced. */
export function outstanding(ballot: BallotState): Electorate {
  const gone = new Set([...ballot.casts.map((cast) => cast.voter), ...ballot.lost.map((each) => each.voter)]);
  return ballot.electorate.filter((voter) => !gone.has(voter.id));
}

const mayStillVote = (ballot: BallotState): boolean =>
  outstanding(ballot).length > 0 || ballot.casts.some((cast) => isReplaceable(ballot.rule, cast));

/**
 * Whether a vote may be counted. A repetition of the voter's own ballot is no error (BAL-5).
 * @returns `not-a-voter`, `already-voted`, `ballot-closed`, what `unfitVote` says, or nothing.
 */
export function voteRefusal(ballot: BallotState, vote: VoteArgs): Refusal | undefined {
  const name = nameOfBallot(ballot.subject);
  if (voterOf(ballot.electorate, vote.voter) === undefined) {
    return refuse(
      'not-a-voter',
      `${show(vote.voter)} is not in the electorate of ${name}, which was frozen when it opened`,
    );
  }
  const unfit = unfitVote(ballot.rule, ballot.subject, vote);
  if (unfit !== undefined) return unfit;
  const first = ballot.casts.find((cast) => cast.voter === vote.voter);
  const isFinal = first !== undefined && !isReplaceable(ballot.rule, first);
  if (isFinal && isRepetition(first, vote)) return undefined;
  if (isFinal)
    return refuse('already-voted', `${vote.voter} voted ${saidBy(first)} on ${name}; the first ballot is final`);
  if (ballot.tally !== undefined)
    return refuse('ballot-closed', `${name} was decided at ${ballot.tally.decidedAt}: ${ballot.tally.outcome}`);
  return undefined;
}

const isRepetition = (cast: Cast, vote: VoteArgs): boolean =>
  saidBy(cast) === saidBy(vote) && (vote.reason === undefined || vote.reason === cast.reason);

/**
 * Counts a vote that `voteRefusal` lets pass, and decides if it settles the ballot. A repetition changes nothing; a vote
 * that takes the place of a standing one stands where that stood, and says so (BAL-8).
 */
export function castVote(ballot: BallotState, vote: VoteArgs, via: Cast['via'], now: number): BallotState {
  return settledBy(ballot, counting(ballot, vote, via, now), now);
}

/** Counts votes that came at once, but for those that `voteRefusal` refuses, and decides if they settle the ballot. */
export function castVotes(ballot: BallotState, votes: readonly VoteArgs[], via: Cast['via'], now: number): BallotState {
  const next = votes.reduce(
    (before, vote) => (voteRefusal(before, vote) === undefined ? counting(before, vote, via, now) : before),
    ballot,
  );
  return settledBy(ballot, next, now);
}

const settledBy = (before: BallotState, after: BallotState, now: number): BallotState =>
  after === before ? before : decideIfSettled(after, now);

function counting(ballot: BallotState, vote: VoteArgs, via: Cast['via'], now: number): BallotState {
  const place = ballot.casts.findIndex((cast) => cast.voter === vote.voter);
  const standing = ballot.casts[place];
  if (ballot.tally !== undefined || (standing !== undefined && !isReplaceable(ballot.rule, standing))) return ballot;
  const cast: Cast = { ...vote, at: iso(now), via };
  if (standing !== undefined) {
    const { choice, reason: because, at } = standing;
    const replaces = { choice, ...(because === undefined ? {} : { reason: because }), at };
    return { ...ballot, casts: ballot.casts.with(place, { ...cast, replaces }) };
  }
  const lost = ballot.lost.filter((each) => each.voter !== vote.voter);
  return { ...ballot, casts: [...ballot.casts, cast], lost };
}

/** Records voters as lost, with evidence (BAL-7): only such as have not voted. Decides if that settles the ballot. */
export function loseVoters(ballot: BallotState, lost: Tally['lost'], now: number): BallotState {
  if (ballot.tally !== undefined) return ballot;
  const open = new Set(outstanding(ballot).map((voter) => voter.id));
  const news = lost.filter((each, at) => open.has(each.voter) && lost.findIndex((e) => e.voter === each.voter) === at);
  return decideIfSettled({ ...ballot, lost: [...ballot.lost, ...news] }, now);
}

/** Closes at the deadline: who has not voted by now is lost; what the rule then says is the decision. */
export function closeBallot(ballot: BallotState, now: number): BallotState {
  if (ballot.tally !== undefined) return ballot;
  const evidence = `no vote by the deadline ${iso(ballot.deadline)}`;
  const silent = outstanding(ballot).map((voter) => ({ voter: voter.id, evidence }));
  return decide({ ...ballot, lost: [...ballot.lost, ...silent] }, undefined, now);
}

/** Ends a ballot whose subject was overtaken: the current value is kept. */
export function withdrawBallot(ballot: BallotState, now: number): BallotState {
  if (ballot.tally !== undefined) return ballot;
  const { tally, ...rest } = decide(ballot, undefined, now);
  if (tally === undefined) return rest;
  const { median, ...others } = tally;
  const kept = median === undefined ? {} : { median: { ...median, value: median.present } };
  return { ...rest, tally: { ...others, ...kept, outcome: 'kept', because: 'withdrawn' } };
}

function decideIfSettled(ballot: BallotState, now: number): BallotState {
  const certain = certainDecision(soFar(ballot));
  return certain === undefined ? ballot : decide(ballot, certain, now);
}

/** The value that the median may move counts where the rule is the median, and only there. */
function soFar({ electorate, rule, casts, lost, subject }: BallotState): BallotSoFar {
  const isMedian = rule.threshold.kind === 'median' && subject.range !== undefined;
  return { electorate, rule, casts, lost, ...(isMedian ? { present: subject.range.present } : {}) };
}

/** `certain` is what every completion of the outstanding ballots gives; without it the ballots that are there decide. */
function decide(ballot: BallotState, certain: Decision | undefined, now: number): BallotState {
  const { electorate, rule, subject } = ballot;
  const lost = new Set(ballot.lost.map((each) => each.voter));
  const counted = count(electorate, rule, choicesOf(ballot.casts), lost);
  const { outcome, because, value, weight = 0 } = decisionOf(soFar(ballot), certain);
  const { range } = subject;
  const tally: Tally = {
    outcome,
    because,
    rule,
    electorate,
    electorateHash: ballot.electorateHash,
    casts: castsInOrder(ballot),
    lost: electorate.flatMap((voter) => ballot.lost.filter((each) => each.voter === voter.id)),
    yes: counted.yes,
    no: counted.no,
    abstained: counted.abstained,
    eligible: counted.eligible,
    ...(range === undefined || value === undefined
      ? {}
      : { median: { variable: range.variable, present: range.present, value, weight } }),
    early: certain !== undefined && mayStillVote(ballot),
    openedAt: iso(ballot.openedAt),
    decidedAt: iso(now),
  };
  return { ...ballot, tally };
}

/** Casts in the order of the electorate; a lost voter's proxy is shown as its cast where the rule says so. */
function castsInOrder(ballot: BallotState): Cast[] {
  const own = new Map(ballot.casts.map((cast) => [cast.voter, cast]));
  const lost = new Set(ballot.lost.map((each) => each.voter));
  return ballot.electorate.flatMap((voter): Cast[] => {
    const cast = own.get(voter.id);
    if (cast !== undefined) return [cast];
    const proxy = lost.has(voter.id) && voter.proxy !== undefined ? own.get(voter.proxy) : undefined;
    if (proxy === undefined || ballot.rule.lost !== 'proxy') return [];
    const { choice, value, at } = proxy;
    const named = value === undefined ? {} : { value };
    return [{ voter: voter.id, choice, ...named, reason: `as its proxy ${proxy.voter}`, at, via: 'proxy' }];
  });
}

/** What a looker-on sees. */
export function ballotView(ballot: BallotState): BallotView {
  return {
    subject: ballot.subject,
    state: ballot.tally === undefined ? 'open' : 'decided',
    openedAt: iso(ballot.openedAt),
    deadline: iso(ballot.deadline),
    rule: ballot.rule,
    electorate: ballot.electorate,
    casts: ballot.casts,
    waitingFor: ballot.tally === undefined ? outstanding(ballot).map((voter) => voter.id) : [],
    ...(ballot.tally === undefined ? {} : { tally: ballot.tally }),
  };
}
