import { isRefusal, refuse, type Refusal } from '../../../contracts/errors';
import type { Configuration } from '../../../contracts/optimisation/search-space';
import type { Trial } from '../../../contracts/optimisation/study';
import type { MemberFailure, OptimiserReply, ProposedBy, TeamSpec } from '../../../contracts/optimisation/team';
import { secondPrice } from '../../economics/auction';
import { drawnBy } from '../../economics/hedge';
import { historyOf } from '../history';
import { sampledBy, type Fits, type Suggested } from '../sampled';
import { readAnswer, type Proposal } from './answers';
import { creditOf } from './credit';
import { believed, freeCredits, perCost, withGains, withMissed, withTrialEnded, type TeamData } from './members';
import { forecasts, isRepeated } from './neighbours';
import { isNative } from './spec';
import {
  bidsIn,
  endedOf,
  explorer,
  figure,
  floorOf,
  isOutside,
  picked,
  RESERVE,
  sharesIn,
  unitOf,
  type Pick,
  type Teamed,
} from './standing';
import { writtenRule } from './written-rule';

/** What members put forward outside the workflow, by place. */
export type Nominees = Readonly<Record<number, { readonly candidates: readonly Configuration[] } | Reply>>;
type Reply = { readonly answer: unknown } | { readonly refusal: Refusal };

/** What came of an ask of a team. */
export interface Awarded extends Suggested {
  readonly proposedBy?: ProposedBy;
  /** The team after it. */
  readonly team: TeamData;
  readonly failures: readonly MemberFailure[];
}

/** One ask of a team as it is decided. */
class Asking {
  readonly missed: { readonly place: number; readonly failure?: MemberFailure }[] = [];
  readonly #proposals = new Map<number, Proposal & { readonly draws?: number }>();

  readonly state: Teamed;
  readonly spec: TeamSpec;
  readonly nominees: Nominees;
  readonly fits: Fits;

  constructor(state: Teamed, spec: TeamSpec, nominees: Nominees, fits: Fits) {
    this.state = state;
    this.spec = spec;
    this.nominees = nominees;
    this.fits = fits;
  }

  /** What a member puts forward; a failure is noted, and costs it this ask. */
  of(place: number): Proposal & { readonly draws?: number } {
    const known = this.#proposals.get(place);
    if (known !== undefined) return known;
    const made = this.#made(place);
    const proposal = isRefusal(made) ? {} : made;
    this.#proposals.set(place, proposal);
    const member = this.spec.members[place]?.name ?? '';
    if (isRefusal(made)) this.missed.push({ place, failure: { member, ask: this.state.draws, refusal: made } });
    else if (made.configuration === undefined) this.missed.push({ place });
    return proposal;
  }

  #made(place: number): (Proposal & { readonly draws?: number }) | Refusal {
    const { state, spec, nominees, fits } = this;
    const nominee = nominees[place];
    const member = spec.members[place];
    const none = refuse('constraint-broken', 'nothing that it suggested keeps the constraints of the set');
    if (nominee !== undefined && 'refusal' in nominee) return nominee.refusal;
    if (nominee !== undefined && 'answer' in nominee) return readAnswer(nominee.answer, state.spec.space, fits);
    if (nominee !== undefined) {
      const configuration = nominee.candidates.find(fits);
      return configuration === undefined ? none : { configuration };
    }
    if (member === undefined || !isNative(member)) return {};
    const { name, ...asked } = member;
    const { configuration, draws } = sampledBy(state, { ...asked, member: name }, fits);
    return configuration === undefined ? none : { configuration, draws };
  }
}

/** A decision: whose proposal, and why. */
interface Award {
  readonly place: number;
  readonly by: ProposedBy;
}

function awardOf(asking: Asking, pick: Pick, more: Partial<ProposedBy> = {}): Award | undefined {
  const { spec } = asking;
  const { member, share, why } = pick;
  if (asking.of(member).configuration === undefined) return undefined;
  const name = spec.members[member]?.name;
  const of = { ...(name === undefined ? {} : { member: name }), ...(share === undefined ? {} : { share }) };
  return { place: member, by: { rule: spec.rule, why, ...of, ...more } };
}

/** Sells the evaluation to the highest bidder. */
function sold(asking: Asking, team: TeamData): Award | undefined {
  const { state, spec } = asking;
  const places = spec.members.map((_each, at) => at);
  const records = bidsIn(state, spec, team);
  const claims = places.map((at) => (asking.nominees[at] === undefined ? undefined : asking.of(at).claim));
  const explores = explorer(state, places, floorOf(spec));
  if (explores !== undefined) {
    const claim = claims[explores.member];
    const award = awardOf(asking, explores, claim === undefined ? {} : { expected: claim });
    if (award !== undefined) return award;
  }
  const bids = places.map((at) => {
    const [member, of] = [team.members[at], spec.members[at]];
    if (member === undefined || of === undefined) return undefined;
    if (isNative(of))
      return asking.nominees[at] !== undefined && asking.of(at).configuration === undefined ? undefined : records[at];
    const claim = asking.of(at).claim;
    return claim === undefined ? undefined : Math.min(freeCredits(member), perCost(of, believed(member, claim)));
  });
  const sale = secondPrice(bids, RESERVE);
  if (sale === undefined) return undefined;
  const bid = bids[sale.winner] ?? 0;
  const count = bids.filter((each) => each !== undefined).length;
  const why = `the highest of ${String(count)} bids, ${figure(bid)}; it pays the second, ${figure(sale.price)}`;
  const expected = claims[sale.winner] ?? bid;
  return awardOf(asking, { member: sale.winner, why }, { bid, price: sale.price, expected });
}

/** Draws by weights that every member's proposal has had a part in. */
function hedged(
  asking: Asking,
  team: TeamData,
): { readonly drawn: number; readonly award: Award | undefined; readonly team: TeamData } {
  const { state, spec } = asking;
  const proposals = spec.members.map((_each, at) => asking.of(at).configuration);
  const expected = forecasts(state.spec.space, historyOf(state.history), proposals);
  const gains = spec.members.map((of, at) => perCost(of, expected[at] ?? 0));
  const shares = sharesIn(state, spec, team);
  const drawn = drawnBy(shares, unitOf(state, 0));
  const share = shares[drawn] ?? 0;
  const pick = { member: drawn, share, why: `drawn by Hedge with a chance of ${figure(share)}` };
  const award = awardOf(asking, pick, { expected: expected[drawn] ?? 0 });
  return { drawn, award, team: withGains(team, gains) };
}

/** In the place of whoever could not: the best member by the written rule that needs no asking, else the platform's sampler. */
function standIn(asking: Asking, missing: number | undefined): Award | undefined {
  const { state, spec } = asking;
  const open = spec.members
    .map((member, at) => ({ member, at }))
    .filter(({ member, at }) => isNative(member) && at !== missing && !isOutside(state, member));
  const at = writtenRule(
    open.map(({ member }) => member),
    state.spec.space,
    endedOf(state),
  );
  const place = at === undefined ? undefined : open[at]?.at;
  const name = missing === undefined ? 'nobody else' : (spec.members[missing]?.name ?? '');
  const failure = asking.missed.find((each) => each.place === missing)?.failure;
  const what = failure === undefined ? 'had nothing' : `failed: ${failure.refusal.message.slice(0, 200)}`;
  const why = missing === undefined ? 'nobody bid' : `in the place of ${name}, which ${what}`;
  if (place !== undefined) return awardOf(asking, { member: place, why });
  return { place: -1, by: { rule: spec.rule, why: `${why}; ${state.spec.sampler} of the platform stands in` } };
}

/**
 * Gives the next evaluation to a member: by the rule, of what the team's members put forward. A member that fails, passes or
 * answers what does not fit loses this ask alone; another stands in. Pure: made of the recorded history, the answers, seed and
 * the number of the ask (STU-5).
 *
 * @param nominees what was asked outside, and `pick` when the rule had chosen before
 */
export function awarded(
  state: Teamed,
  spec: TeamSpec,
  { nominees = {}, pick }: { readonly nominees?: Nominees; readonly pick?: Pick },
  fits: Fits,
): Awarded {
  const before = state.team ?? { members: [], rounds: 0 };
  const asking = new Asking(state, spec, nominees, fits);
  let team = before;
  let award: Award | undefined;
  let missing: number | undefined;
  if (spec.rule === 'auction') award = sold(asking, before);
  else if (spec.rule === 'hedge') ({ award, team, drawn: missing } = hedged(asking, before));
  else {
    const chosen = pick ?? picked(state, spec, before);
    missing = chosen?.member;
    if (chosen !== undefined) award = awardOf(asking, chosen);
  }
  award ??= standIn(asking, missing);
  const after = withMissed(team, asking.missed);
  const failures = asking.missed.flatMap(({ failure }) => failure ?? []);
  const given = award === undefined || award.place < 0 ? undefined : asking.of(award.place);
  if (award === undefined || given === undefined) {
    const { sampler } = state.spec;
    const suggested = sampledBy(state, { sampler }, fits);
    return { ...suggested, team: after, failures, ...(award === undefined ? {} : { proposedBy: award.by }) };
  }
  const { configuration, draws = state.draws + 1 } = given;
  return {
    draws,
    ...(configuration === undefined ? {} : { configuration }),
    proposedBy: award.by,
    team: after,
    failures,
  };
}

/** What a trial that ended is worth to who proposed it. */
export function teamAfter(state: Teamed, trial: Trial, loss: number | undefined): TeamData | undefined {
  const { spec, team } = state;
  if (spec.team === undefined || team === undefined) return team;
  const history = historyOf(state.history);
  const feasible = history.feasible();
  const losses = history.loss().map((each, row) => (feasible[row] === 1 ? each : NaN));
  const isGood = loss !== undefined && trial.feasible === true;
  const credit = isGood && !isRepeated(spec.space, history, trial.configuration) ? creditOf(losses, loss) : 0;
  return withTrialEnded(team, spec.team, trial, credit);
}

/** What agents answered, by place. */
export function nomineesOf(replies: readonly OptimiserReply[]): Nominees {
  return Object.fromEntries(
    replies.map(({ member, ...reply }) => [
      member,
      'answer' in reply ? { answer: reply.answer } : { refusal: reply.refusal },
    ]),
  );
}
