import type { MemberView, TeamMember, TeamSpec, TeamView } from '../../../contracts/optimisation/team';
import { exp3Rate } from '../../economics/bandit';
import { drawnBy, hedgeRate, sharesOf } from '../../economics/hedge';
import { reservedIn } from '../../economics/ledger';
import { historyOf } from '../history';
import { log } from '../numerics/elementary';
import { STREAMS, wordsOf } from '../philox';
import { historyFor, type Sampled } from '../sampled';
import { samplers } from '../samplers/table';
import { expectation, freeCredits, inCredits, perCost, type TeamData } from './members';
import { isNative } from './spec';
import { writtenRule, writtenWhy } from './written-rule';

/** A study with a team. */
export interface Teamed extends Sampled {
  readonly team?: TeamData;
}

/** A member that is to be asked, and why. */
export interface Pick {
  readonly member: number;
  readonly share?: number;
  readonly why: string;
}

/** Of an equal share each member keeps so much whatever happens: 1 / (4 K) of the asks. */
const FLOOR = 0.25;
/** Bids below count for nothing. */
export const RESERVE = 0.01;
/** How much more the member of the written rule weighs at the start than all others together. */
const FAVOURED = 4;

/** Rules that hear every member at every ask; the others ask one. */
const HEARS_ALL = { fixed: false, hedge: true, bandit: false, auction: true } as const;

/** The share of the asks that each member keeps. */
export const floorOf = ({ members }: TeamSpec): number => FLOOR / members.length;

/** Trials that have ended, with those from elsewhere. */
export function endedOf({ history }: Teamed): number {
  return historyOf(history).length;
}

function favouriteOf(state: Teamed, { members }: TeamSpec): number | undefined {
  return writtenRule(members, state.spec.space, endedOf(state));
}

/** Chances of the members: what the rule has learnt, and before that the written rule. */
export function sharesIn(state: Teamed, spec: TeamSpec, { members, rounds }: TeamData): readonly number[] {
  const rate = spec.rule === 'hedge' ? hedgeRate(rounds, members.length) : exp3Rate(rounds, members.length);
  const favourite = favouriteOf(state, spec);
  const prior = log(FAVOURED * Math.max(1, members.length - 1));
  const gains = members.map(({ gain }, at) => {
    const of = spec.members[at];
    return rate * gain + (at === favourite && of !== undefined ? perCost(of, prior) : 0);
  });
  return sharesOf(gains, 1, floorOf(spec));
}

/** What members bid by their records. */
export function bidsIn(state: Teamed, spec: TeamSpec, { members }: TeamData): readonly number[] {
  const favourite = favouriteOf(state, spec);
  return members.map((member, at) => {
    const of = spec.members[at];
    return of === undefined ? 0 : Math.min(freeCredits(member), perCost(of, expectation(member, at === favourite)));
  });
}

/** A number in [0, 1) of this ask; `place` tells several of one ask apart. */
export const unitOf = ({ spec, draws }: Teamed, place: number): number =>
  wordsOf(spec.seed, STREAMS.team, draws, place).unit();

/** A number as people read it. */
export const figure = (value: number): string => String(Number(value.toPrecision(3)));

/** Who explores: with the chance of the floor, each member the same. Nothing when this ask is not for exploring. */
export function explorer(state: Teamed, places: readonly number[], floor: number): Pick | undefined {
  const unit = unitOf(state, 0);
  const at = Math.floor(unit / floor);
  const member = places[at];
  return member === undefined ? undefined : { member, why: `its share of exploration, ${figure(floor)} of all asks` };
}

/** Whom a rule that asks one member asks next. Pure: the same state gives the same one (STU-5). */
export function picked(state: Teamed, spec: TeamSpec, team: TeamData): Pick | undefined {
  if (spec.rule === 'bandit') {
    const shares = sharesIn(state, spec, team);
    const member = drawnBy(shares, unitOf(state, 0));
    const share = shares[member] ?? 0;
    return { member, share, why: `drawn by the bandit with a chance of ${figure(share)}` };
  }
  const agents = spec.members.flatMap((member, at) => (isNative(member) ? [] : [at]));
  const favourite = favouriteOf(state, spec);
  const [first = 0] = agents;
  if (favourite === undefined) {
    const member = agents[Math.floor(unitOf(state, 0) * agents.length)] ?? first;
    return { member, why: 'the written rule: no member is a sampler, agents take turns by chance' };
  }
  return (
    explorer(state, agents, floorOf(spec)) ?? { member: favourite, why: writtenWhy(state.spec.space, endedOf(state)) }
  );
}

/** Whether a member's proposal is computed outside the workflow. */
export function isOutside(state: Teamed, member: TeamMember | undefined): boolean {
  if (member === undefined) return false;
  if (!isNative(member)) return true;
  return samplers[member.sampler].isHeavy?.(state.spec.space, historyFor(state, member.name)) ?? false;
}

/** What has to be asked outside before the next trial: which members, and for whom when the rule has chosen. */
export interface Opening {
  readonly members: readonly number[];
  readonly pick?: Pick;
}

/** Which members must be asked outside before the next trial. Pure. */
export function openingOf(state: Teamed): Opening {
  const { spec, team } = state;
  if (spec.team === undefined || team === undefined) return { members: [] };
  const { members, rule } = spec.team;
  if (HEARS_ALL[rule]) return { members: members.flatMap((each, at) => (isOutside(state, each) ? [at] : [])) };
  const pick = picked(state, spec.team, team);
  return pick === undefined || !isOutside(state, members[pick.member])
    ? { members: [] }
    : { members: [pick.member], pick };
}

/** How a team stands; nothing for a study without one. */
export function teamView(state: Teamed): TeamView | undefined {
  const { spec, team } = state;
  if (spec.team === undefined || team === undefined) return undefined;
  const { rule, members } = spec.team;
  const standings =
    rule === 'fixed' ? [] : rule === 'auction' ? bidsIn(state, spec.team, team) : sharesIn(state, spec.team, team);
  const view = (member: TeamMember, at: number): MemberView => {
    const data = team.members[at];
    const { ledger, proposed = 0, ended = 0, earned = 0, passes = 0, failures = 0, lastFailure } = data ?? {};
    const { minted = 0, balance = 0, burnt = 0 } = ledger ?? {};
    const reserved = ledger === undefined ? 0 : reservedIn(ledger);
    const standing = standings[at];
    return {
      name: member.name,
      ...(isNative(member) ? { sampler: member.sampler } : { agent: member.agent }),
      proposed,
      ended,
      earned,
      account: {
        minted: inCredits(minted),
        free: inCredits(balance),
        reserved: inCredits(reserved),
        spent: inCredits(burnt),
      },
      ...(standing === undefined ? {} : { standing }),
      passes,
      failures,
      ...(lastFailure === undefined ? {} : { lastFailure }),
    };
  };
  return { rule, members: members.map(view) };
}
