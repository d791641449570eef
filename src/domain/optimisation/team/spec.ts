import { parseName, show } from '../../../contracts/ids';
import { SAMPLERS, type SamplerName, type StudySpec } from '../../../contracts/optimisation/study';
import {
  MAX_ASK_MS,
  MAX_MEMBERS,
  MAX_PROPOSAL_COST,
  TEAM_RULES,
  type AgentMember,
  type NativeMember,
  type TeamMember,
  type TeamRequest,
  type TeamSpec,
} from '../../../contracts/optimisation/team';
import { isRecord } from '../../record';
import { samplers } from '../samplers/table';

/** Those that may be in a team: not `grid`, which must suggest all of its points, nor `pbt`, whose trials go on from each other. */
const NATIVE = SAMPLERS.filter((each) => each !== 'grid' && each !== 'pbt');

/** Whether a member is a sampler of the platform. */
export function isNative(member: TeamMember): member is NativeMember {
  return 'sampler' in member;
}

function agentProblems(name: string, { agent, askMs }: Readonly<Record<string, unknown>>): string[] {
  const problems: string[] = [];
  if (typeof parseName('agent', agent) !== 'string') problems.push(`team.${name}.agent is a name; got ${show(agent)}`);
  const isTime = Number.isInteger(askMs) && (askMs as number) >= 100 && (askMs as number) <= MAX_ASK_MS;
  if (askMs !== undefined && !isTime)
    problems.push(`team.${name}.askMs is a whole number from 100 to ${String(MAX_ASK_MS)}; got ${show(askMs)}`);
  return problems;
}

function memberProblems(value: unknown, optionProblems: (options: unknown) => readonly string[]): readonly string[] {
  if (!isRecord(value)) return [`a member of the team is an object; got ${show(value)}`];
  const { name, cost, sampler, samplerOptions, agent, askMs, ...more } = value;
  if (typeof parseName('agent', name) !== 'string') return [`a member of the team has a name; got ${show(name)}`];
  const who = String(name);
  const problems = Object.keys(more).map((each) => `team.${who} has no ${show(each)}`);
  if ((sampler === undefined) === (agent === undefined)) problems.push(`team.${who} has either a sampler or an agent`);
  if (sampler !== undefined && !NATIVE.some((each) => each === sampler))
    problems.push(`team.${who}.sampler is one of ${NATIVE.join(', ')}; got ${show(sampler)}`);
  if (agent === undefined && askMs !== undefined) problems.push(`team.${who}.askMs is of agents`);
  if (sampler === undefined && samplerOptions !== undefined) problems.push(`team.${who}.samplerOptions is of samplers`);
  if (agent !== undefined) problems.push(...agentProblems(who, { agent, askMs }));
  const isCost = typeof cost === 'number' && cost >= 0 && cost <= MAX_PROPOSAL_COST;
  if (cost !== undefined && !isCost)
    problems.push(`team.${who}.cost is a number from 0 to ${String(MAX_PROPOSAL_COST)}; got ${show(cost)}`);
  return [...problems, ...optionProblems(samplerOptions)];
}

/** What is wrong with a team, beside what depends on the space. @param optionProblems of a sampler */
export function teamProblems(
  { team, sampler, samplerOptions }: Readonly<Record<string, unknown>>,
  optionProblems: (options: unknown) => readonly string[],
): readonly string[] {
  if (team === undefined) return [];
  if (!isRecord(team)) return [`team has members and a rule; got ${show(team)}`];
  const { members, rule, ...more } = team;
  const problems = Object.keys(more).map((name) => `team has no ${show(name)}`);
  if (sampler !== undefined || samplerOptions !== undefined)
    problems.push('team comes in the place of sampler and samplerOptions');
  if (rule !== undefined && !TEAM_RULES.some((each) => each === rule))
    problems.push(`team.rule is one of ${TEAM_RULES.join(', ')}; got ${show(rule)}`);
  if (!Array.isArray(members) || members.length < 1 || members.length > MAX_MEMBERS)
    return [...problems, `team.members lists 1 to ${String(MAX_MEMBERS)} members; got ${show(members)}`];
  problems.push(...members.flatMap((each) => memberProblems(each, optionProblems)));
  const names = members.flatMap((each) => (isRecord(each) ? [each['name']] : []));
  const twice = names.find((each, at) => names.indexOf(each) !== at);
  if (twice !== undefined) problems.push(`two members of the team are named ${show(twice)}`);
  return problems;
}

/** A team with its rule. */
export function teamOf({ members, rule = 'fixed' }: TeamRequest): TeamSpec {
  return { members, rule };
}

/** Why a team cannot serve a study, in words; nothing when it can. */
export function unfitTeam({ members }: TeamSpec, space: StudySpec['space'], objectives: number): string | undefined {
  if (objectives > 1) return 'a team seeks one objective';
  for (const member of members.filter(isNative)) {
    const problem = samplers[member.sampler].problem?.(space, member.samplerOptions);
    if (problem !== undefined) return `its member ${member.name}: ${problem}`;
  }
  return undefined;
}

/** The samplers that a study asks: its own, or those of its team. */
export function samplersIn({ sampler, team }: Pick<StudySpec, 'sampler' | 'team'>): readonly SamplerName[] {
  return team === undefined ? [sampler] : [sampler, ...team.members.filter(isNative).map((each) => each.sampler)];
}

/** A member that is an agent, with its place. */
export type PlacedAgent = AgentMember & { readonly place: number };

/** The members that are agents. */
export function agentsIn({ members }: TeamSpec): readonly PlacedAgent[] {
  return members.flatMap((member, place) => (isNative(member) ? [] : [{ ...member, place }]));
}
