import { agentWorkflow } from '../../../workflows/agent';
import * as agents from './agents';

export { serviceWorkflow } from '../../../workflows/service';
export { supervisorWorkflow } from '../../../workflows/supervisor';
export const childAgentWorkflow = agentWorkflow(agents.child);
export const stillbornAgentWorkflow = agentWorkflow(agents.stillborn);
export const slowAgentWorkflow = agentWorkflow(agents.slow);
export const lastingAgentWorkflow = agentWorkflow(agents.lasting);
export const choosingAgentWorkflow = agentWorkflow(agents.choosing);
export const limitedAgentWorkflow = agentWorkflow(agents.limited);
