/** Exactly the platform's workflows, by name. The generated entry adds one per agent definition. */
export { unknownWorkflow } from './kernel/unknown';
export { ballotWorkflow } from './coordination/ballot';
export { lockWorkflow } from './coordination/lock';
export { semaphoreWorkflow } from './coordination/semaphore';
export { electionWorkflow } from './coordination/election';
export { barrierWorkflow } from './coordination/barrier';
export { sessionWorkflow } from './coordination/session';
export { counterWorkflow } from './coordination/counter';
export { valueWorkflow } from './coordination/value';
export { variableSetWorkflow } from './variable-set';
export { serviceWorkflow } from './service';
export { supervisorWorkflow } from './supervisor';
export { studyWorkflow } from './optimisation/study';
