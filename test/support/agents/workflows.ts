import { agentWorkflow } from '../../../workflows/agent';
import * as agents from './agents';

export const counterAgentWorkflow = agentWorkflow(agents.counter);
export const workerAgentWorkflow = agentWorkflow(agents.worker);
export const tickerAgentWorkflow = agentWorkflow(agents.ticker);
export const enqueueingAgentWorkflow = agentWorkflow(agents.enqueueing);
export const rejectingAgentWorkflow = agentWorkflow(agents.rejecting);
export const interruptingAgentWorkflow = agentWorkflow(agents.interrupting);
export const rollingBackAgentWorkflow = agentWorkflow(agents.rollingBack);
export const mergingAgentWorkflow = agentWorkflow(agents.merging);
export const parkingAgentWorkflow = agentWorkflow(agents.parking);
export const droppingAgentWorkflow = agentWorkflow(agents.dropping);
export const checkedAgentWorkflow = agentWorkflow(agents.checked);
export const failingAgentWorkflow = agentWorkflow(agents.failing);
export { counterWorkflow } from '../kernel/counter-workflows';
