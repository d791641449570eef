import type { Cast, Choice, Electorate, Rule, Tally, Voter } from '../../contracts/coordination/ballot';
import type { Speaker } from './delegation';
import { countedWeights, reaches } from './electorate';

/** The final ballot of each voter who has one: a set, so that no order of arrival can matter (BAL-2). */
type Choices = ReadonlyMap<string, Choice>;

const NOBODY: ReadonlySet<string> = new Set();

/** How the weights stand. `voters` counts heads for k-of-n. */
interface Count {
  readonly yes: number;
  readonly no: number;
  readonly abstained: number;
  /** Weight of those who named a number, or options. */
  readonly named: number;
  /** What a share of the eligible is taken of: the frozen weight, without excluded voters (BAL-7). */
  readonly eligible: number;
  /** All weight of the frozen electorate: what the quorum is taken of. */
  readonly frozen: number;
  readonly yesVoters: number;
  readonly voters: number;
  readonly vetoed: boolean;
}

/**
 * Counts the ballots under a rule. Lost voters stay in (`count`), vote as their proxy did (`proxy`), or leave the
 * eligible weight (`exclude`), which never falls below a majority of the frozen weight. Pure; O(voters).
 */
export function count(electorate: readonly Speaker[], rule: Rule, choices: Choices, lost: ReadonlySet<string>): Count {
  const weights = countedWeights(electorate, rule);
  const sums = { yes: 0, no: 0, abstain: 0, value: 0, ranking: 0 };
  let frozen = 0;
  let excluded = 0;
  let yesVoters = 0;
  let voters = 0;
  let vetoed = false;
  for (const voter of electorate) {
    const weight = weights.get(voter.id) ?? 0;
    const own = choices.get(voter.id);
    const isLost = own === undefined && lost.has(voter.id);
    const choice = ballotOf(voter, rule, choices, lost);
    frozen += weight;
    voters += voter.heads ?? 1;
    if (isLost && rule.lost === 'exclude') excluded += weight;
    if (choice !== undefined) sums[choice] += weight;
    if (choice === 'yes') yesVoters += voter.heads ?? 1;
    if (own === 'no' && voter.veto) vetoed = true;
  }
  const eligible = Math.max(frozen - excluded, Math.floor(frozen / 2) + 1);
  const { yes, no, abstain: abstained, value, ranking } = sums;
  return { yes, no, abstained, named: value + ranking, eligible, frozen, yesVoters, voters, vetoed };
}

/** A voter's own ballot; else, if it is lost and the rule says so, that of its proxy. */
export function ballotOf<T>(
  voter: Voter,
  rule: Rule,
  ballots: ReadonlyMap<string, T>,
  lost: ReadonlySet<string>,
): T | undefined {
  const own = ballots.get(voter.id);
  const hasProxy = own === undefined && rule.lost === 'proxy' && lost.has(voter.id);
  return hasProxy && voter.proxy !== undefined ? ballots.get(voter.proxy) : own;
}

/** Whether the share of the frozen weight that the rule asks for has voted, abstentions included (BAL-6). */
export const hasQuorum = (rule: Rule, { yes, no, abstained, named, frozen }: Count): boolean =>
  rule.quorum === undefined || reaches(yes + no + abstained + named, rule.quorum, frozen);

/** Whether the threshold is met, in integers: a tie is never a majority (BAL-6). */
function meets(rule: Rule, counted: Count): boolean {
  const whole = rule.of === 'cast' ? counted.yes + counted.no : counted.eligible;
  if (counted.yes === 0) return false;
  switch (rule.threshold.kind) {
    case 'majority':
      return counted.yes * 2 > whole;
    case 'super-majority':
      return reaches(counted.yes, rule.threshold.share, whole);
    case 'unanimity':
      return counted.yes >= whole && counted.no === 0;
    case 'k-of-n':
      return counted.yesVoters >= rule.threshold.k;
    case 'resilient':
      return counted.yesVoters * 2 > counted.voters + rule.threshold.liars;
    default:
      return false; // nothing is adopted by yes and no: `medianOf` or `chosenOf` decides
  }
}

/** True when these ballots, and nothing more, adopt. */
export function adopts(rule: Rule, counted: Count): boolean {
  return !counted.vetoed && hasQuorum(rule, counted) && meets(rule, counted);
}

/**
 * What the ballot decides whatever the outstanding voters do (BAL-3): tested at the extremes, all of them accept, all
 * reject, all are lost. A veto holder who has not voted may still reject, and so holds up an early acceptance. A voter
 * whose standing vote is `replaceable` may still say anything but is never lost: it has a vote if it stays silent (BAL-8).
 * @returns `undefined` while it still depends on them.
 */
export function settled(
  electorate: Electorate,
  rule: Rule,
  choices: Choices,
  lost: ReadonlySet<string>,
  replaceable: ReadonlySet<string> = NOBODY,
): Tally['outcome'] | undefined {
  const outstanding = electorate.flatMap(({ id }) => (choices.has(id) || lost.has(id) ? [] : [id]));
  const free = [...outstanding, ...replaceable];
  const all = (choice: Choice): Choices => new Map([...choices, ...free.map((id): [string, Choice] => [id, choice])]);
  const silent = new Set([...lost, ...outstanding]);
  const extremes = [
    adopts(rule, count(electorate, rule, all('yes'), lost)),
    adopts(rule, count(electorate, rule, all('no'), lost)),
    adopts(rule, count(electorate, rule, choices, silent)),
  ];
  if (extremes.every((each) => each)) return 'adopted';
  return extremes.every((each) => !each) ? 'kept' : undefined;
}

/** Why the count gives what it gives, the most telling reason first. `couldStill`: the silent could have adopted it. */
export function reason(rule: Rule, counted: Count, couldStill: boolean): Tally['because'] {
  if (adopts(rule, counted)) return 'threshold';
  if (counted.vetoed) return 'veto';
  if (couldStill) return hasQuorum(rule, counted) ? 'expired' : 'no-quorum';
  if (!hasQuorum(rule, counted)) return 'no-quorum';
  return counted.yes === counted.no && counted.yes > 0 ? 'tie' : 'rejected';
}

/** The choices that casts make. The first of a voter is final (BAL-5). */
export function choicesOf(casts: readonly Cast[]): Choices {
  const choices = new Map<string, Choice>();
  for (const cast of casts) if (!choices.has(cast.voter)) choices.set(cast.voter, cast.choice);
  return choices;
}
