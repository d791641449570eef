import { agentWorkflow } from '../../../workflows/agent';
import { hearer, publisher } from './agents';

export { unknownWorkflow as default } from '../../../workflows/kernel/unknown';
export const publisherAgentWorkflow = agentWorkflow(publisher);
export const hearerAgentWorkflow = agentWorkflow(hearer);
