import { agentWorkflow } from '../workflows/agent';
import { registerVariables } from '../workflows/definitions';
import { announced, frail, standing, subject, thinking } from './definitions';

for (const definition of [announced, standing, thinking]) registerVariables(definition);

export { ballotWorkflow } from '../workflows/coordination/ballot';
export { supervisorWorkflow } from '../workflows/supervisor';
export { variableSetWorkflow } from '../workflows/variable-set';
export const subjectAgentWorkflow = agentWorkflow(subject);
export const frailAgentWorkflow = agentWorkflow(frail);
export {
  bareActivityFanOutWorkflow,
  bareEntityWorkflow,
  bareIdleWorkflow,
  bareSignalBallotWorkflow,
} from './bare-workflows';
