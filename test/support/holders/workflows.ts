import { agentWorkflow } from '../../../workflows/agent';
import { holder } from './agents';

export const holderAgentWorkflow = agentWorkflow(holder);
export { lockWorkflow } from '../../../workflows/coordination/lock';
export { semaphoreWorkflow } from '../../../workflows/coordination/semaphore';
export { sessionWorkflow } from '../../../workflows/coordination/session';
