import { agentWorkflow } from '../../../workflows/agent';
import { registerSupervisor, registerVariables } from '../../../workflows/definitions';
import { counter } from '../agents/agents';
import { thinking, trainer } from '../sets/definitions';
import { child, stillborn } from '../supervisors/agents';
import { board, clerk, council, dial, lagging, late, pair } from './definitions';

for (const definition of [board, council, dial, lagging, thinking, trainer]) registerVariables(definition);
registerSupervisor(pair);

export { ballotWorkflow } from '../../../workflows/coordination/ballot';
export { counterWorkflow } from '../../../workflows/coordination/counter';
export { valueWorkflow } from '../../../workflows/coordination/value';
export { studyWorkflow } from '../../../workflows/optimisation/study';
export { serviceWorkflow } from '../../../workflows/service';
export { supervisorWorkflow } from '../../../workflows/supervisor';
export { variableSetWorkflow } from '../../../workflows/variable-set';
export { unknownWorkflow as default } from '../../../workflows/kernel/unknown';
export const counterAgentWorkflow = agentWorkflow(counter);
export const clerkAgentWorkflow = agentWorkflow(clerk);
export const childAgentWorkflow = agentWorkflow(child);
export const stillbornAgentWorkflow = agentWorkflow(stillborn);
export const lateAgentWorkflow = agentWorkflow(late);
export { lockWorkflow } from '../../../workflows/coordination/lock';
export { sessionWorkflow } from '../../../workflows/coordination/session';
