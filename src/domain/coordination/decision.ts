import type { BallotSoFar, Cast, Rule, Tally } from '../../contracts/coordination/ballot';
import { medianOf, numbersOf, settledMedian } from './median';
import { adopts, choicesOf, count, reason, settled } from './tally';

/** What a ballot decides; `value` where it is a number. */
export interface Decision {
  readonly outcome: Tally['outcome'];
  readonly value?: number;
}

/** Whether a vote of its voter may still take the place of this one. */
export function isReplaceable(rule: Rule, cast: Pick<Cast, 'via'>): boolean {
  return rule.standing === 'replaceable' && cast.via === 'standing';
}

const lostOf = ({ lost }: BallotSoFar): ReadonlySet<string> => new Set(lost.map((each) => each.voter));
const onNumber = (value: number, present: number): Decision => ({
  outcome: value === present ? 'kept' : 'adopted',
  value,
});

/** What a ballot decides whatever may still come; `undefined` while it depends on that (BAL-3). */
export function certainDecision(ballot: BallotSoFar): Decision | undefined {
  const { electorate, rule, casts, present } = ballot;
  if (present !== undefined) {
    const value = settledMedian(electorate, rule, numbersOf(casts), lostOf(ballot), present);
    return value === undefined ? undefined : onNumber(value, present);
  }
  const replaceable = new Set(casts.filter((cast) => isReplaceable(rule, cast)).map((cast) => cast.voter));
  const outcome = settled(electorate, rule, choicesOf(casts), lostOf(ballot), replaceable);
  return outcome === undefined ? undefined : { outcome };
}

/** What the ballots that are there, and nothing more, decide, and why. `certain` is what is known to be decided anyhow. */
export function decisionOf(
  ballot: BallotSoFar,
  certain?: Decision,
): Decision & Pick<Tally, 'because'> & { readonly weight?: number } {
  const { electorate, rule, casts, present } = ballot;
  const lost = lostOf(ballot);
  if (present !== undefined) {
    const { isQuorate, weight, value } = medianOf(electorate, rule, numbersOf(casts), lost, present);
    const decision = onNumber(certain?.value ?? value, present);
    return { ...decision, because: isQuorate ? 'median' : 'no-quorum', weight };
  }
  const choices = choicesOf(casts);
  const counted = count(electorate, rule, choices, lost);
  const saved = new Map([...choices, ...[...lost].map((voter) => [voter, 'yes'] as const)]);
  const couldStill = lost.size > 0 && adopts(rule, count(electorate, rule, saved, new Set()));
  const outcome = certain?.outcome ?? (adopts(rule, counted) ? 'adopted' : 'kept');
  return { outcome, because: outcome === 'adopted' ? 'threshold' : reason(rule, counted, couldStill) };
}

/** Decides again from the record alone (BAL-4). A withdrawn ballot is kept whatever was cast. */
export function recompute(tally: Tally): Decision {
  const present = tally.median?.present;
  const onPresent = present === undefined ? {} : { present };
  if (tally.because === 'withdrawn') return { outcome: 'kept', ...(present === undefined ? {} : { value: present }) };
  const own = { ...tally, casts: tally.casts.filter((cast) => cast.via !== 'proxy'), ...onPresent };
  const certain = certainDecision(own);
  if (certain !== undefined) return certain;
  const { outcome, value } = decisionOf(own);
  return { outcome, ...(value === undefined ? {} : { value }) };
}
