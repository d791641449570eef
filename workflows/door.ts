/** The door for users' definition files: safe inside workflows, and in plain Node to be checked. */
export { abstain, defineAgent, no, yes } from './agent-definition';
export type { AgentContext, AgentDefinition, DoOptions, Vote } from './agent-definition';
export { refuse } from '../src/contracts/errors';
