import { agentWorkflow } from '../../../workflows/agent';
import * as agents from './agents';

export { supervisorWorkflow } from '../../../workflows/supervisor';
export const childAgentWorkflow = agentWorkflow(agents.child);
export const stillbornAgentWorkflow = agentWorkflow(agents.stillborn);
