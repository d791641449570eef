import { agentWorkflow } from '../../../workflows/agent';
import { registerVariables } from '../../../workflows/definitions';
import { counter } from '../agents/agents';
import { thinking, trainer } from '../sets/definitions';
import { board, clerk, lagging, late } from './definitions';

for (const definition of [board, lagging, thinking, trainer]) registerVariables(definition);

export { ballotWorkflow } from '../../../workflows/coordination/ballot';
export { studyWorkflow } from '../../../workflows/optimisation/study';
export { variableSetWorkflow } from '../../../workflows/variable-set';
export { unknownWorkflow as default } from '../../../workflows/kernel/unknown';
export const counterAgentWorkflow = agentWorkflow(counter);
export const clerkAgentWorkflow = agentWorkflow(clerk);
export const lateAgentWorkflow = agentWorkflow(late);
