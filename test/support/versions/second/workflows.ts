import { agentWorkflow } from '../../../../workflows/agent';
import { second } from '../agents';

export const versionedAgentWorkflow = agentWorkflow(second);
