import { registerVariables } from '../../../workflows/definitions';
import { filter } from './definitions';

registerVariables(filter);

export { studyWorkflow } from '../../../workflows/optimisation/study';
export { variableSetWorkflow } from '../../../workflows/variable-set';
