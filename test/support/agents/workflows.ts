import { agentWorkflow } from '../../../workflows/agent';
import { counter, ticker, worker } from './agents';

export const counterAgentWorkflow = agentWorkflow(counter);
export const workerAgentWorkflow = agentWorkflow(worker);
export const tickerAgentWorkflow = agentWorkflow(ticker);
export { counterWorkflow } from '../kernel/counter-workflows';
