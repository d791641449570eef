/** The door for users' definition files: safe inside workflows, and in plain Node to be checked. */
export type { Departed, Dot, Order, Sibling, VectorClock, Versions } from '../src/contracts/causality';
export { discardVersions, mergeVersions, NO_VERSIONS, writeVersion } from '../src/domain/causality/dotted-versions';
export { compareClocks, departure, mergeClocks, pruneClock, tickClock } from '../src/domain/causality/vector-clock';
export { refuse } from '../src/contracts/errors';
export type { AgentLockOptions, AskedBack } from './agent-locks';
export { abstain, defineAgent, no, rank, voteFor, yes } from './agent-definition';
export type { Published } from '../src/contracts/coordination/topic';
export type { AgentContext, AgentDefinition, DoOptions, Vote } from './agent-definition';
export type { OptimiserAnswer, OptimiserQuestion, ToldTrial } from '../src/contracts/optimisation/team';
export { child, defineSupervisor } from './supervisor-door';
export type { ChildDefinition, ChildOptions, SupervisorOptions } from './supervisor-door';
export { boolean, categorical, defineVariables, float, int, module, on, ordinal, text } from './variables-door';
export type { Constraint, NumberVariable, SetOptions, ValuesOf, Variable } from './variables-door';
export {
  approval,
  borda,
  copeland,
  instantRunoff,
  kOfN,
  majority,
  median,
  person,
  plurality,
  resilient,
  resilientMedian,
  schulze,
  superMajority,
  unanimity,
  voter,
} from './rules-door';
export type { VoterOptions } from './rules-door';
