import { agentWorkflow } from '../../workflows/agent';
import { registerVariables } from '../../workflows/definitions';
import { auditor, clerk, guard, press, tuner, worker } from './team';

registerVariables(press);

export { ballotWorkflow } from '../../workflows/coordination/ballot';
export { counterWorkflow } from '../../workflows/coordination/counter';
export { lockWorkflow } from '../../workflows/coordination/lock';
export { semaphoreWorkflow } from '../../workflows/coordination/semaphore';
export { sessionWorkflow } from '../../workflows/coordination/session';
export { variableSetWorkflow } from '../../workflows/variable-set';
export const clerkAgentWorkflow = agentWorkflow(clerk);
export const auditorAgentWorkflow = agentWorkflow(auditor);
export const guardAgentWorkflow = agentWorkflow(guard);
export const workerAgentWorkflow = agentWorkflow(worker);
export const tunerAgentWorkflow = agentWorkflow(tuner);
