import type { BallotSoFar, Cast, OptionList, Rule, Tally } from '../../contracts/coordination/ballot';
import { speakersOf } from './delegation';
import { medianOf, numbersOf, settledMedian } from './median';
import { chosenOf, isSettled, rankingsOf } from './options/choose';
import { adopts, choicesOf, count, reason, settled } from './tally';

/** What a ballot decides; `value` where it is a number, `option` where it is one of several. */
export interface Decision {
  readonly outcome: Tally['outcome'];
  readonly value?: number;
  readonly option?: string;
}

/** A decision with its reason and the numbers behind it. */
interface Reasoned extends Decision {
  readonly because: Tally['because'];
  readonly weight?: number;
  readonly chosen?: Tally['chosen'];
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

function onOptions(ballot: BallotSoFar, options: OptionList): Reasoned {
  const { rule, casts } = ballot;
  const { chosen, because } = chosenOf(speakersOf(ballot.electorate), rule, rankingsOf(casts), lostOf(ballot), options);
  const { option, present } = chosen;
  const outcome = option === present ? 'kept' : 'adopted';
  return { outcome, because, weight: chosen.weight, chosen, ...(option === undefined ? {} : { option }) };
}

/** What a ballot decides whatever may still come; `undefined` while it depends on that (BAL-3). */
export function certainDecision(ballot: BallotSoFar): Decision | undefined {
  const { rule, casts, present, options } = ballot;
  const electorate = speakersOf(ballot.electorate);
  if (options !== undefined) {
    if (!isSettled(electorate, rule, rankingsOf(casts), lostOf(ballot))) return undefined;
    const { outcome, option } = onOptions(ballot, options);
    return { outcome, ...(option === undefined ? {} : { option }) };
  }
  if (present !== undefined) {
    const value = settledMedian(electorate, rule, numbersOf(casts), lostOf(ballot), present);
    return value === undefined ? undefined : onNumber(value, present);
  }
  const replaceable = new Set(casts.filter((cast) => isReplaceable(rule, cast)).map((cast) => cast.voter));
  const outcome = settled(electorate, rule, choicesOf(casts), lostOf(ballot), replaceable);
  return outcome === undefined ? undefined : { outcome };
}

/** What the ballots that are there, and nothing more, decide, and why. `certain` is what is known to be decided anyhow. */
export function decisionOf(ballot: BallotSoFar, certain?: Decision): Reasoned {
  const { rule, casts, present, options } = ballot;
  if (options !== undefined) return onOptions(ballot, options);
  const electorate = speakersOf(ballot.electorate);
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

/** What is known of a ballot that was decided: its record, without what others said for a voter. */
export function recordOf(tally: Tally): BallotSoFar {
  const { electorate, rule, lost, median, chosen } = tally;
  const options = chosen === undefined ? undefined : optionsIn(chosen);
  return {
    electorate,
    rule,
    lost,
    casts: tally.casts.filter(({ via }) => via !== 'proxy' && via !== 'delegate'),
    ...(median === undefined ? {} : { present: median.present }),
    ...(options === undefined ? {} : { options }),
  };
}

const optionsIn = ({ names, present }: OptionList): OptionList => ({
  names,
  ...(present === undefined ? {} : { present }),
});

/** What a ballot leaves that was withdrawn: what was there. */
export function keeping({ median, chosen }: Pick<Tally, 'median' | 'chosen'>): Decision {
  const present = chosen?.present;
  return {
    outcome: 'kept',
    ...(median === undefined ? {} : { value: median.present }),
    ...(present === undefined ? {} : { option: present }),
  };
}

/** Decides again from the record alone (BAL-4). A withdrawn ballot is kept whatever was cast. */
export function recompute(tally: Tally): Decision {
  if (tally.because === 'withdrawn') return keeping(tally);
  const own = recordOf(tally);
  const certain = certainDecision(own);
  if (certain !== undefined) return certain;
  const { outcome, value, option } = decisionOf(own);
  return { outcome, ...(value === undefined ? {} : { value }), ...(option === undefined ? {} : { option }) };
}
