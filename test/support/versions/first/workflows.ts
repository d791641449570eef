import { agentWorkflow } from '../../../../workflows/agent';
import { first } from '../agents';

export const versionedAgentWorkflow = agentWorkflow(first);
