import { registerVariables } from '../../../workflows/definitions';
import { agentWorkflow } from '../../../workflows/agent';
import { cache, filter, proposer, tuner } from './definitions';

registerVariables(filter);
registerVariables(cache);

export { studyWorkflow } from '../../../workflows/optimisation/study';
export const tunerAgentWorkflow = agentWorkflow(tuner);
export const proposerAgentWorkflow = agentWorkflow(proposer);
export { variableSetWorkflow } from '../../../workflows/variable-set';
