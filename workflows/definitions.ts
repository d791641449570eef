import type { VariableSetSpec } from '../src/contracts/variable-set';
import type { Values } from '../src/contracts/variable';

/** What a variable set's workflow needs of its definition: the hashed data, and the functions that data names. */
export interface VariableSetDefinition {
  readonly kind: 'variables';
  readonly spec: VariableSetSpec;
  readonly hash: string;
  /** By the constraint's name; true when the values may stand together. Pure. */
  readonly constraints: Readonly<Record<string, (values: Values) => boolean>>;
}

const sets = new Map<string, VariableSetDefinition>();

/** Makes a definition known to this bundle. Called by the generated entry while it loads, before any workflow runs. */
export function registerVariables(definition: VariableSetDefinition): void {
  sets.set(definition.spec.name, definition);
}

/** The definition of a name, or `undefined` when no definition file of this bundle has it. */
export function variablesNamed(name: string): VariableSetDefinition | undefined {
  return sets.get(name);
}
