import { agentWorkflow } from '../workflows/agent';
import { registerVariables } from '../workflows/definitions';
import { announced, standing, subject, thinking } from './definitions';

for (const definition of [announced, standing, thinking]) registerVariables(definition);

export { ballotWorkflow } from '../workflows/coordination/ballot';
export { variableSetWorkflow } from '../workflows/variable-set';
export const subjectAgentWorkflow = agentWorkflow(subject);
export {
  bareActivityFanOutWorkflow,
  bareEntityWorkflow,
  bareIdleWorkflow,
  bareSignalBallotWorkflow,
} from './bare-workflows';
