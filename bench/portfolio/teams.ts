import type { SamplerName } from '../../src/contracts/optimisation/study';
import type { TeamMember, TeamRule } from '../../src/contracts/optimisation/team';
import type { Problem } from '../samplers/problem';
import { ROUGH, SMOOTH } from '../samplers/problems';
import { liar, type Team } from './play';

/** Problems over numbers alone: what a rule with a known budget does well already. */
export const CONTINUOUS: readonly Problem[] = SMOOTH.slice(0, 4);
/** Noise, decades, choices and conditions. */
export const MIXED: readonly Problem[] = ROUGH;

export const AGENTS = ['gp', 'tpe', 'cmaes', 'sobol'] as const;
export type AgentName = (typeof AGENTS)[number];
/** The markets; the written rule is what they are measured against. */
export const MARKETS = ['hedge', 'bandit', 'auction'] as const satisfies readonly TeamRule[];

const alone = (sampler: SamplerName): Team => ({ members: [{ name: sampler, sampler }], rule: 'fixed' });
const nativesOf = (names: readonly SamplerName[]): readonly TeamMember[] =>
  names.map((sampler) => ({ name: sampler, sampler }));

/** Evaluations of a study, and after which it is looked at. */
export const TRIALS = 40;
export const BUDGETS = [15, 25, 40] as const;
/** The same where a liar is in the team: it is judged from the 31st on. */
export const LIAR_TRIALS = 60;
export const LIAR_FROM = 30;

/**
 * What a proposal costs, in evaluations, where proposals are paid for: as if a `gp` ask took as long as two evaluations. And the
 * cost of all evaluations and proposals together that a study may have.
 */
export const COSTS: Readonly<Record<AgentName, number>> = { gp: 2, tpe: 0.1, cmaes: 0.05, sobol: 0 };
export const COST_BUDGET = 40;

const dear = (name: AgentName): TeamMember => ({ name, sampler: name, cost: COSTS[name] });
const LIGHT = nativesOf(['tpe', 'cmaes', 'sobol']);
const LIAR: TeamMember = { name: 'liar', agent: 'liar' };

/** A team that is played, on which problems, and how long. */
export interface Match {
  readonly id: string;
  readonly team: Team;
  readonly trials: number;
  readonly problems: readonly Problem[];
}

const ALL = [...CONTINUOUS, ...MIXED];
/** The problems on which proposals are paid for: one over numbers, one mixed. */
export const PAID = [SMOOTH[1], ROUGH[3]].flatMap((each) => each ?? []);

/** Everything that is played. */
export const MATCHES: readonly Match[] = [
  { id: 'chance', team: alone('random'), trials: LIAR_TRIALS, problems: ALL },
  ...AGENTS.map((name) => ({ id: name, team: alone(name), trials: TRIALS, problems: ALL })),
  ...MARKETS.map((rule) => ({ id: rule, team: { members: nativesOf(AGENTS), rule }, trials: TRIALS, problems: ALL })),
  ...(['fixed', 'hedge', 'auction'] as const).flatMap((rule) => [
    { id: `${rule}-honest`, team: { members: LIGHT, rule }, trials: LIAR_TRIALS, problems: ALL },
    { id: `${rule}-liar`, team: { members: [...LIGHT, LIAR], rule, answer: liar }, trials: LIAR_TRIALS, problems: ALL },
  ]),
  ...MARKETS.map((rule) => ({
    id: `${rule}-paid`,
    team: { members: AGENTS.map(dear), rule },
    trials: TRIALS,
    problems: PAID,
  })),
];
