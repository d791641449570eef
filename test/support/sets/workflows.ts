import { agentWorkflow } from '../../../workflows/agent';
import { registerVariables } from '../../../workflows/definitions';
import { crowd, guard, hasty, own, people, proposer, standing, thinking, trainer } from './definitions';

for (const definition of [crowd, hasty, own, people, standing, thinking, trainer]) registerVariables(definition);

export { ballotWorkflow } from '../../../workflows/coordination/ballot';
export { variableSetWorkflow } from '../../../workflows/variable-set';
export const guardAgentWorkflow = agentWorkflow(guard);
export const proposerAgentWorkflow = agentWorkflow(proposer);
