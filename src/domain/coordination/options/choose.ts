import type {
  Cast,
  Choice,
  Electorate,
  OptionList,
  OptionRule,
  Rule,
  Tally,
} from '../../../contracts/coordination/ballot';
import { countedWeights } from '../electorate';
import { isOptionRule } from '../rule';
import { ballotOf, count, hasQuorum } from '../tally';
import { approval } from './approval';
import { borda } from './borda';
import { copeland } from './copeland';
import { instantRunoff } from './instant-runoff';
import { plurality } from './plurality';
import type { OptionMethod, RankedBallot } from './profile';
import { schulze } from './schulze';

/** What each voter who has one says of options: a set, so that no order of arrival can matter (BAL-2). */
export type Rankings = ReadonlyMap<string, readonly string[] | 'abstain'>;

/** The rules by their names. */
export const METHODS: Readonly<Record<OptionRule, OptionMethod>> = {
  plurality,
  approval,
  borda,
  copeland,
  schulze,
  'instant-runoff': instantRunoff,
};

/** Rules under which what most weight puts first wins, whatever the others say. */
const OF_THE_MAJORITY: readonly string[] = ['plurality', 'copeland', 'schulze', 'instant-runoff'];

type Chosen = NonNullable<Tally['chosen']>;

const choicesFrom = (rankings: Rankings): ReadonlyMap<string, Choice> =>
  new Map([...rankings].map(([voter, said]): [string, Choice] => [voter, said === 'abstain' ? said : 'ranking']));

/** What the ballots that are there, and nothing more, decide (BAL-2); weights are capped as everywhere. */
export function chosenOf(
  electorate: Electorate,
  rule: Rule,
  rankings: Rankings,
  lost: ReadonlySet<string>,
  options: OptionList,
): { readonly chosen: Chosen; readonly because: Tally['because'] } {
  const weights = countedWeights(electorate, rule);
  const place = new Map(options.names.map((name, at) => [name, at]));
  const ballots = electorate.flatMap((voter): RankedBallot[] => {
    const said = ballotOf(voter, rule, rankings, lost);
    if (said === undefined || said === 'abstain') return [];
    return [{ order: said.flatMap((name) => place.get(name) ?? []), weight: weights.get(voter.id) ?? 0 }];
  });
  const { kind } = rule.threshold;
  const method = isOptionRule(kind) ? METHODS[kind] : plurality;
  const { winners, scores } = method({ size: options.names.length, ballots });
  const counted = count(electorate, rule, choicesFrom(rankings), lost);
  const isQuorate = counted.named > 0 && hasQuorum(rule, counted);
  const named = isQuorate ? winners.map((at) => options.names[at] ?? '') : [];
  const isTie = named.length > 1;
  const option = isQuorate && (!isTie || rule.ties === 'listed') ? named[0] : options.present;
  const chosen = {
    ...options,
    winners: named,
    ...(option === undefined ? {} : { option }),
    weight: counted.named,
    scores: Object.fromEntries(options.names.map((name, at) => [name, scores[at] ?? 0])),
  };
  return { chosen, because: isQuorate ? (isTie && rule.ties !== 'listed' ? 'tie' : 'winner') : 'no-quorum' };
}

/**
 * Whether no ballot that is still out could change what is decided (BAL-3): everybody has voted or is lost; or more than half of
 * the frozen weight puts one option first, under a rule that a majority decides, and the quorum is there. Otherwise it waits,
 * also where a finer look could tell.
 */
export function isSettled(electorate: Electorate, rule: Rule, rankings: Rankings, lost: ReadonlySet<string>): boolean {
  if (electorate.every(({ id }) => rankings.has(id) || lost.has(id))) return true;
  if (!OF_THE_MAJORITY.includes(rule.threshold.kind)) return false;
  const own = count(electorate, rule, choicesFrom(rankings), new Set());
  if (!hasQuorum(rule, own)) return false;
  const firsts = new Map<string, number>();
  for (const [id, weight] of countedWeights(electorate, rule)) {
    const said = rankings.get(id);
    const [first] = said === undefined || said === 'abstain' ? [] : said;
    if (first !== undefined) firsts.set(first, (firsts.get(first) ?? 0) + weight);
  }
  return Math.max(0, ...firsts.values()) * 2 > own.frozen;
}

/** The options that casts name. The first of a voter is final (BAL-5); whoever names none abstains. */
export function rankingsOf(casts: readonly Cast[]): Rankings {
  const rankings = new Map<string, readonly string[] | 'abstain'>();
  for (const { voter, ranking = 'abstain' } of casts) if (!rankings.has(voter)) rankings.set(voter, ranking);
  return rankings;
}
