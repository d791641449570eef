import { agentWorkflow } from '../../workflows/agent';
import { registerVariables } from '../../workflows/definitions';
import { dial, keeper } from './definitions';

registerVariables(dial);

export {
  ballotWorkflow,
  barrierWorkflow,
  lockWorkflow,
  semaphoreWorkflow,
  electionWorkflow,
  sessionWorkflow,
  counterWorkflow,
  serviceWorkflow,
  studyWorkflow,
  supervisorWorkflow,
  unknownWorkflow,
  valueWorkflow,
  variableSetWorkflow,
} from '../../workflows/index';
export const keeperAgentWorkflow = agentWorkflow(keeper);
