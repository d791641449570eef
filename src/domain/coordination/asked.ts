import type { BallotInit, BallotRequest, Rule, Subject, Voter } from '../../contracts/coordination/ballot';
import { durationMs } from '../duration';

const DEFAULT_DEADLINE = '1h';
const HALF = { numerator: 1, denominator: 2 };

/** The rule where none is named: Schulze for options, the median for numbers, each with a quorum of one half, else a majority. */
function thresholdFor({ options, number }: BallotRequest): Rule['threshold'] {
  if (options !== undefined) return { kind: 'schulze' };
  return { kind: number === undefined ? 'majority' : 'median' };
}

function ruleFor(request: BallotRequest): Rule {
  const { rule = {}, options, number } = request;
  const isAnswer = options === undefined && number === undefined;
  const quorum = isAnswer || request.rule !== undefined ? {} : { quorum: HALF };
  return { threshold: thresholdFor(request), of: isAnswer ? 'eligible' : 'cast', lost: 'count', ...quorum, ...rule };
}

const voterFrom = (voter: BallotRequest['electorate'][number]): Voter => ({
  kind: 'agent',
  weight: 1,
  veto: false,
  ...(typeof voter === 'string' ? { id: voter } : voter),
});

function subjectOf(name: string, request: BallotRequest): Subject {
  const { title, options, present, number, because, evidence, opener = 'sdk' } = request;
  return {
    title,
    proposer: opener,
    changes: {},
    values: {},
    ...(because === undefined ? {} : { because }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(options === undefined ? {} : { options: { names: options, ...(present === undefined ? {} : { present }) } }),
    ...(number === undefined ? {} : { range: { variable: name, isWhole: false, ...number } }),
  };
}

/** What a ballot of its own is started with, from what was asked for: defaults are filled in, nothing is checked. Pure. */
export function initOf(name: string, request: BallotRequest): BallotInit {
  const { electorate, deadline = DEFAULT_DEADLINE, rounds } = request;
  return {
    subject: subjectOf(name, request),
    electorate: electorate.map(voterFrom),
    rule: ruleFor(request),
    deadlineMs: durationMs(deadline) ?? NaN,
    ...(rounds === undefined ? {} : { rounds }),
  };
}
