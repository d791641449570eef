import { registerVariables } from '../../../workflows/definitions';
import { agentWorkflow } from '../../../workflows/agent';
import { filter, tuner } from './definitions';

registerVariables(filter);

export { studyWorkflow } from '../../../workflows/optimisation/study';
export const tunerAgentWorkflow = agentWorkflow(tuner);
export { variableSetWorkflow } from '../../../workflows/variable-set';
