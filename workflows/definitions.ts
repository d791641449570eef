import type { SupervisorDefinition } from '../src/contracts/supervision';
import type { VariableSetDefinition } from '../src/contracts/variable-set';

const sets = new Map<string, VariableSetDefinition>();
const supervisors = new Map<string, SupervisorDefinition>();

/** Makes a definition known to this bundle. Called by the generated entry while it loads, before any workflow runs. */
export function registerVariables(definition: VariableSetDefinition): void {
  sets.set(definition.name, definition);
}

/** The definition of a name, or `undefined` when no definition file of this bundle has it. */
export function variablesNamed(name: string): VariableSetDefinition | undefined {
  return sets.get(name);
}

/** Makes a supervisor known to this bundle, as `registerVariables` does with sets. */
export function registerSupervisor(definition: SupervisorDefinition): void {
  supervisors.set(definition.name, definition);
}

/** The specification of a supervisor by name, or `undefined` when no definition file of this bundle has it. */
export function supervisorNamed(name: string): SupervisorDefinition | undefined {
  return supervisors.get(name);
}
