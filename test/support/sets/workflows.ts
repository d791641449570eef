import { agentWorkflow } from '../../../workflows/agent';
import { registerVariables } from '../../../workflows/definitions';
import {
  absent,
  brief,
  council,
  crowd,
  dial,
  followed,
  follower,
  guard,
  hasty,
  joiner,
  listener,
  namer,
  own,
  patient,
  people,
  proposer,
  slow,
  standing,
  taster,
  thinking,
  trainer,
} from './definitions';

const sets = [absent, brief, council, crowd, dial, followed, hasty, own, patient, people, standing, thinking, trainer];
for (const definition of sets) registerVariables(definition);

export { ballotWorkflow } from '../../../workflows/coordination/ballot';
export { variableSetWorkflow } from '../../../workflows/variable-set';
export const guardAgentWorkflow = agentWorkflow(guard);
export const proposerAgentWorkflow = agentWorkflow(proposer);
export const slowAgentWorkflow = agentWorkflow(slow);
export const followerAgentWorkflow = agentWorkflow(follower);
export const joinerAgentWorkflow = agentWorkflow(joiner);
export const namerAgentWorkflow = agentWorkflow(namer);
export const tasterAgentWorkflow = agentWorkflow(taster);
export const listenerAgentWorkflow = agentWorkflow(listener);
