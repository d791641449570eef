import { MAX_REASON, type Choice, type Rule, type Subject, type VoteArgs } from '../../contracts/coordination/ballot';
import { refuse, type Refusal } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import { describeInterval, numberRefusal } from '../number-range';

const CHOICES: readonly Choice[] = ['yes', 'no', 'abstain', 'value'];

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
  const { voter, choice, value: named, reason: because, measured } = value as Record<string, unknown>;
  if (typeof voter !== 'string') return no(`the voter of a vote is a text; got ${show(voter)}`);
  const known = CHOICES.find((each) => each === choice);
  if (known === undefined) return no(`a vote is one of ${CHOICES.join(', ')}; got ${show(choice)}`);
  if (known === 'value' && (typeof named !== 'number' || !Number.isFinite(named)))
    return no(`the value of a vote is a number; got ${show(named)}`);
  if (known !== 'value' && named !== undefined) return no(`a vote for ${known} has no value; got ${show(named)}`);
  if (because !== undefined && (typeof because !== 'string' || because.length > MAX_REASON))
    return no(`the reason of a vote is a text of at most ${String(MAX_REASON)} characters; got ${show(because)}`);
  if (measured !== undefined && !isNumbers(measured))
    return no(`what a voter measured is numbers by name; got ${show(measured)}`);
  const more = {
    ...(known === 'value' ? { value: named as number } : {}),
    ...(because === undefined ? {} : { reason: because }),
    ...(measured === undefined ? {} : { measured }),
  };
  return { ok: true, args: { voter, choice: known, ...more } };
}

function isNumbers(value: unknown): value is Readonly<Record<string, number>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((each) => typeof each === 'number')
  );
}

/** The name of a subject's ballot, as messages show it. */
export const nameOfBallot = ({ set, proposal }: Subject): string => `${set}@${String(proposal)}`;

/**
 * Whether a rule takes what a voter says: a number of the range or an abstention under the median, else yes, no or an
 * abstention. Pure; whatever an agent answered may be asked.
 * @returns `invalid-message`, `wrong-kind` or `value-out-of-range` with what was expected; nothing when it fits.
 */
export function unfitVote(
  rule: Rule,
  subject: Subject,
  { choice, value }: { readonly choice?: unknown; readonly value?: unknown },
): Refusal | undefined {
  const { range } = subject;
  const name = nameOfBallot(subject);
  const said = choice === 'value' ? value : choice;
  if (rule.threshold.kind !== 'median') {
    if (choice === 'yes' || choice === 'no' || choice === 'abstain') return undefined;
    return refuse('invalid-message', `${name} is decided by yes and no: vote yes, no or abstain; got ${show(said)}`);
  }
  if (choice === 'abstain') return undefined;
  if (choice === 'value' && range !== undefined) return numberRefusal(range.variable, range, value);
  const numbers = range === undefined ? 'a number' : `a number in ${describeInterval(range)}`;
  return refuse('invalid-message', `${name} is decided by the median: vote ${numbers} or abstain; got ${show(said)}`);
}
