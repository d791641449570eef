export { counterWorkflow } from '../../../workflows/coordination/counter';
export { valueWorkflow } from '../../../workflows/coordination/value';
