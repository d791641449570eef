/** Exactly the platform's workflows, by name. The generated entry adds one per agent definition. */
export { unknownWorkflow } from './kernel/unknown';
