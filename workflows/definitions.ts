import type { VariableSetDefinition } from '../src/contracts/variable-set';

const sets = new Map<string, VariableSetDefinition>();

/** Makes a definition known to this bundle. Called by the generated entry while it loads, before any workflow runs. */
export function registerVariables(definition: VariableSetDefinition): void {
  sets.set(definition.name, definition);
}

/** The definition of a name, or `undefined` when no definition file of this bundle has it. */
export function variablesNamed(name: string): VariableSetDefinition | undefined {
  return sets.get(name);
}
