import {
  saidBy,
  type BallotInit,
  type BallotSoFar,
  type BallotView,
  type Cast,
  type Electorate,
  type Round,
  type RoundPlan,
  type Rule,
  type Subject,
  type Tally,
  type VoteArgs,
  type Voter,
} from '../../contracts/coordination/ballot';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { certainDecision, decisionOf, isReplaceable, type Decision } from './decision';
import { speakerOf, speakersOf } from './delegation';
import { electorateHash, voterOf } from './electorate';
import { feedbackOf, isLastRound } from './rounds';
import { takesOf } from './rule';
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
  /** Of the ballot, or of the round that goes on. */
  readonly deadline: number;
  /** Rounds of naming a number, each as long as the first: those that are over. */
  readonly rounds?: { readonly plan: RoundPlan; readonly roundMs: number; readonly closed: readonly Round[] };
  /** One ballot per voter, in order of arrival: its first, or the one that took the place of a standing vote. */
  readonly casts: readonly Cast[];
  readonly lost: Tally['lost'];
  /** Set once, never changed (BAL-4). */
  readonly tally?: Tally;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** Opens a ballot: freezes the electorate, records standing votes, decides at once if they settle it. Pure. */
export function openBallot(
  init: Pick<BallotInit, 'subject' | 'electorate' | 'rule' | 'deadlineMs' | 'rounds'>,
  now: number,
): BallotState {
  const { subject, electorate, rule, deadlineMs, rounds: plan } = init;
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
      ...(plan === undefined ? {} : { rounds: { plan, roundMs: deadlineMs, closed: [] } }),
      casts,
      lost: [],
    },
    now,
  );
}

/**
 * Voters whose vote is waited for: neither voted nor lost. Who has a standing vote is not, even if it may be replaced, nor is who
 * has given its vote to another one.
 */
export function outstanding(ballot: Pick<BallotState, 'electorate' | 'casts' | 'lost'>): Electorate {
  const gone = new Set([...ballot.casts.map((cast) => cast.voter), ...ballot.lost.map((each) => each.voter)]);
  return ballot.electorate.filter((voter) => voter.delegate === undefined && !gone.has(voter.id));
}

/** The number of the round that goes on, from 1; `undefined` where there are no rounds. */
export function roundOf({ rounds }: Pick<BallotState, 'rounds'>): number | undefined {
  return rounds === undefined ? undefined : rounds.closed.length + 1;
}

/** Whether another round may follow the one that goes on: nobody is then spared, whatever the others say. */
export function mayGoOn({ rounds }: Pick<BallotState, 'rounds'>): boolean {
  return rounds !== undefined && rounds.closed.length + 1 < rounds.plan.most;
}

const mayStillVote = (ballot: BallotState): boolean =>
  outstanding(ballot).length > 0 || ballot.casts.some((cast) => isReplaceable(ballot.rule, cast));

/**
 * Whether a vote may be counted. A repetition of the voter's own ballot is no error (BAL-5).
 * @returns `not-a-voter`, `already-voted`, `ballot-closed`, what `unfitVote` says, or nothing.
 */
export function voteRefusal(ballot: BallotState, vote: VoteArgs): Refusal | undefined {
  const name = nameOfBallot(ballot.subject);
  const voter = voterOf(ballot.electorate, vote.voter);
  if (voter === undefined) {
    return refuse(
      'not-a-voter',
      `${show(vote.voter)} is not in the electorate of ${name}, which was frozen when it opened`,
    );
  }
  if (voter.delegate !== undefined)
    return refuse('not-a-voter', `${voter.id} gave its vote to ${voter.delegate} when ${name} opened`);
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
  return closing({ ...ballot, lost: [...ballot.lost, ...silent] }, now);
}

/** Ends a round, and begins the next one unless it was the last: who was lost is asked again, what was named stays in its round. */
function closing(ballot: BallotState, now: number): BallotState {
  const { rounds, electorate, rule, casts, lost, subject } = ballot;
  if (rounds === undefined) return decide(ballot, undefined, now);
  const round = rounds.closed.length + 1;
  const feedback = feedbackOf(electorate, rule, casts, round);
  const closed: Round = { casts: castsInOrder(ballot), lost, ...(feedback === undefined ? {} : { feedback }) };
  if (feedback === undefined || isLastRound(rounds.plan, round, closed)) return decide(ballot, undefined, now);
  return {
    ...ballot,
    subject: { ...subject, feedback: [...(subject.feedback ?? []), feedback] },
    rounds: { ...rounds, closed: [...rounds.closed, closed] },
    deadline: now + rounds.roundMs,
    casts: [],
    lost: [],
  };
}

/** Ends a ballot whose subject was overtaken: the current value is kept. */
export function withdrawBallot(ballot: BallotState, now: number): BallotState {
  if (ballot.tally !== undefined) return ballot;
  const { tally, ...rest } = decide(ballot, undefined, now);
  if (tally === undefined) return rest;
  const { median, chosen, ...others } = tally;
  const kept = {
    ...(median === undefined ? {} : { median: { ...median, value: median.present } }),
    ...(chosen === undefined ? {} : { chosen: keptOption(chosen) }),
  };
  return { ...rest, tally: { ...others, ...kept, outcome: 'kept', because: 'withdrawn' } };
}

function keptOption({ option: _won, present, ...list }: NonNullable<Tally['chosen']>): NonNullable<Tally['chosen']> {
  return { ...list, ...(present === undefined ? {} : { present, option: present }) };
}

function decideIfSettled(ballot: BallotState, now: number): BallotState {
  if (mayGoOn(ballot)) return outstanding(ballot).length === 0 ? closing(ballot, now) : ballot;
  const certain = certainDecision(soFar(ballot));
  return certain === undefined ? ballot : decide(ballot, certain, now);
}

/** What a decision is made of: the value that a median may move, and the options, count where the rule asks for them. */
export function soFar(ballot: Pick<BallotState, 'electorate' | 'rule' | 'casts' | 'lost' | 'subject'>): BallotSoFar {
  const { electorate, rule, casts, lost, subject } = ballot;
  const { range, options } = subject;
  const takes = takesOf(rule);
  return {
    electorate,
    rule,
    casts,
    lost,
    ...(takes === 'number' && range !== undefined ? { present: range.present } : {}),
    ...(takes === 'ranking' && options !== undefined ? { options } : {}),
  };
}

/** `certain` is what every completion of the outstanding ballots gives; without it the ballots that are there decide. */
function decide(ballot: BallotState, certain: Decision | undefined, now: number): BallotState {
  const { electorate, rule, subject } = ballot;
  const lost = new Set(ballot.lost.map((each) => each.voter));
  const counted = count(speakersOf(electorate), rule, choicesOf(ballot.casts), lost);
  const { outcome, because, value, weight = 0, chosen } = decisionOf(soFar(ballot), certain);
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
    ...(chosen === undefined ? {} : { chosen }),
    ...(ballot.rounds === undefined ? {} : { rounds: ballot.rounds.closed }),
    early: certain !== undefined && mayStillVote(ballot),
    openedAt: iso(ballot.openedAt),
    decidedAt: iso(now),
  };
  return { ...ballot, tally };
}

/** Casts in the order of the electorate; what another one said for a voter, as its delegate or its proxy, is shown as its cast. */
function castsInOrder(ballot: BallotState): Cast[] {
  const { electorate, rule } = ballot;
  const own = new Map(ballot.casts.map((cast) => [cast.voter, cast]));
  const lost = new Set(ballot.lost.map((each) => each.voter));
  /** Of one who speaks for itself: its own, or that of its proxy. */
  const spoken = (voter: Voter): Cast | undefined => {
    const cast = own.get(voter.id);
    if (cast !== undefined || voter.proxy === undefined) return cast;
    const proxy = lost.has(voter.id) && rule.lost === 'proxy' ? own.get(voter.proxy) : undefined;
    return proxy === undefined ? undefined : insteadOf(voter, proxy, 'proxy');
  };
  return electorate.flatMap((voter): Cast[] => {
    const speaker = speakerOf(electorate, voter);
    const cast = spoken(speaker);
    if (cast === undefined) return [];
    return [speaker === voter ? cast : insteadOf(voter, cast, 'delegate')];
  });
}

function insteadOf({ id }: Voter, { voter, choice, value, ranking, at }: Cast, via: 'proxy' | 'delegate'): Cast {
  const named = { ...(value === undefined ? {} : { value }), ...(ranking === undefined ? {} : { ranking }) };
  return { voter: id, choice, ...named, reason: `as its ${via} ${voter}`, at, via };
}

/** Casts as they are shown: while rounds go on, who has voted, and not what. */
export function shownCasts({ casts, rounds, tally }: Pick<BallotState, 'casts' | 'rounds' | 'tally'>): readonly Cast[] {
  if (rounds === undefined || tally !== undefined) return casts;
  return casts.map(({ voter, at, via }) => ({ voter, choice: 'value', at, via }));
}

/** What a looker-on sees. */
export function ballotView(ballot: BallotState): BallotView {
  const { rounds } = ballot;
  const round = roundOf(ballot);
  return {
    subject: ballot.subject,
    state: ballot.tally === undefined ? 'open' : 'decided',
    openedAt: iso(ballot.openedAt),
    deadline: iso(ballot.deadline),
    rule: ballot.rule,
    electorate: ballot.electorate,
    casts: shownCasts(ballot),
    ...(round === undefined || rounds === undefined ? {} : { rounds: { plan: rounds.plan, round } }),
    waitingFor: ballot.tally === undefined ? outstanding(ballot).map((voter) => voter.id) : [],
    ...(ballot.tally === undefined ? {} : { tally: ballot.tally }),
  };
}
