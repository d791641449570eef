import {
  MAX_OPTIONS,
  MAX_REASON,
  type Choice,
  type OptionList,
  type Rule,
  type Subject,
  type VoteArgs,
} from '../../contracts/coordination/ballot';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { describeInterval, numberRefusal } from '../number-range';
import { takesOf } from './rule';
import { isRecord } from '../record';

const CHOICES: readonly Choice[] = ['yes', 'no', 'abstain', 'value', 'ranking'];

/** Parses what a voter sent. @returns `invalid-message` that names the field. */
export function parseVote(
  value: unknown,
): { readonly ok: true; readonly args: VoteArgs } | { readonly ok: false; readonly refusal: Refusal } {
  const no = (message: string): { ok: false; refusal: Refusal } => ({
    ok: false,
    refusal: refuse('invalid-message', message),
  });
  if (typeof value !== 'object' || value === null)
    return no(`a vote is an object with voter and choice; got ${show(value)}`);
  const { voter, choice, value: named, ranking, reason: because, measured } = value as Record<string, unknown>;
  if (typeof voter !== 'string') return no(`the voter of a vote is a text; got ${show(voter)}`);
  const known = CHOICES.find((each) => each === choice);
  if (known === undefined) return no(`a vote is one of ${CHOICES.join(', ')}; got ${show(choice)}`);
  if (known === 'value' && (typeof named !== 'number' || !Number.isFinite(named)))
    return no(`the value of a vote is a number; got ${show(named)}`);
  if (known !== 'value' && named !== undefined) return no(`a vote for ${known} has no value; got ${show(named)}`);
  if (known === 'ranking' && !isRanking(ranking))
    return no(`the ranking of a vote is 1 to ${String(MAX_OPTIONS)} texts; got ${show(ranking)}`);
  if (known !== 'ranking' && ranking !== undefined)
    return no(`a vote for ${known} has no ranking; got ${show(ranking)}`);
  if (because !== undefined && (typeof because !== 'string' || because.length > MAX_REASON))
    return no(`the reason of a vote is a text of at most ${String(MAX_REASON)} characters; got ${show(because)}`);
  if (measured !== undefined && !isNumbers(measured))
    return no(`what a voter measured is numbers by name; got ${show(measured)}`);
  const more = {
    ...(known === 'value' ? { value: named as number } : {}),
    ...(isRanking(ranking) ? { ranking } : {}),
    ...(because === undefined ? {} : { reason: because }),
    ...(measured === undefined ? {} : { measured }),
  };
  return { ok: true, args: { voter, choice: known, ...more } };
}

const isRanking = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length >= 1 &&
  value.length <= MAX_OPTIONS &&
  value.every((each) => typeof each === 'string');

function isNumbers(value: unknown): value is Readonly<Record<string, number>> {
  return isRecord(value) && Object.values(value).every((each) => typeof each === 'number');
}

/** The name of a subject's ballot, as messages show it. */
export const nameOfBallot = ({ set, proposal, title }: Subject): string =>
  set === undefined || proposal === undefined ? `the ballot on ${title}` : `${set}@${String(proposal)}`;

/** What a voter said, whatever it is. */
interface SaidAnyhow {
  readonly choice?: unknown;
  readonly value?: unknown;
  readonly ranking?: unknown;
}

/**
 * Whether a rule takes what a voter says: a number of the range under a median, options of the list where one is chosen, else yes
 * or no; an abstention everywhere. Pure; whatever an agent answered may be asked.
 * @returns `invalid-message`, `wrong-kind` or `value-out-of-range` with what was expected; nothing when it fits.
 */
export function unfitVote(rule: Rule, subject: Subject, vote: SaidAnyhow): Refusal | undefined {
  const { choice, value } = vote;
  const takes = takesOf(rule);
  if (choice === 'abstain') return undefined;
  const name = nameOfBallot(subject);
  const said = choice === 'value' ? value : choice === 'ranking' ? vote.ranking : choice;
  const { range, options } = subject;
  if (takes === 'answer') {
    if (choice === 'yes' || choice === 'no') return undefined;
    return refuse('invalid-message', `${name} is decided by yes and no: vote yes, no or abstain; got ${show(said)}`);
  }
  if (takes === 'ranking') {
    if (choice === 'ranking' && options !== undefined) return unfitRanking(name, options, vote.ranking);
    const some = options === undefined ? 'options' : `one or more of ${options.names.join(', ')}`;
    return refuse('invalid-message', `${name} chooses one of several: vote ${some}, or abstain; got ${show(said)}`);
  }
  if (choice === 'value' && range !== undefined) return numberRefusal(range.variable, range, value);
  const numbers = range === undefined ? 'a number' : `a number in ${describeInterval(range)}`;
  return refuse('invalid-message', `${name} is decided by the median: vote ${numbers} or abstain; got ${show(said)}`);
}

function unfitRanking(name: string, { names }: OptionList, ranking: unknown): Refusal | undefined {
  const listed = names.join(', ');
  if (!isRanking(ranking))
    return refuse('invalid-message', `${name} takes one or more of ${listed}, the best first; got ${show(ranking)}`);
  const odd = ranking.find((each) => !names.includes(each));
  if (odd !== undefined) return refuse('value-out-of-range', `${name} has the options ${listed}; got ${show(odd)}`);
  const twice = ranking.find((each, at) => ranking.indexOf(each) < at);
  if (twice === undefined) return undefined;
  return refuse('invalid-message', `${name} takes each option once; got ${show(twice)} twice`);
}
