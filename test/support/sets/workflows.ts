import { agentWorkflow } from '../../../workflows/agent';
import { registerVariables } from '../../../workflows/definitions';
import {
  absent,
  crowd,
  followed,
  follower,
  guard,
  hasty,
  joiner,
  own,
  patient,
  people,
  proposer,
  slow,
  standing,
  thinking,
  trainer,
} from './definitions';

for (const definition of [absent, crowd, followed, hasty, own, patient, people, standing, thinking, trainer])
  registerVariables(definition);

export { ballotWorkflow } from '../../../workflows/coordination/ballot';
export { variableSetWorkflow } from '../../../workflows/variable-set';
export const guardAgentWorkflow = agentWorkflow(guard);
export const proposerAgentWorkflow = agentWorkflow(proposer);
export const slowAgentWorkflow = agentWorkflow(slow);
export const followerAgentWorkflow = agentWorkflow(follower);
export const joinerAgentWorkflow = agentWorkflow(joiner);
