import type { Condition, Values, VariableSpec } from '../variable';

/** One dimension; the same shapes as variables without policy and default. Text and locked variables are not searched. */
export type Dimension =
  | Omit<Extract<VariableSpec, { kind: 'float' }>, 'default' | 'policy'>
  | Omit<Extract<VariableSpec, { kind: 'int' }>, 'default' | 'policy'>
  | Omit<Extract<VariableSpec, { kind: 'categorical' | 'ordinal' }>, 'default' | 'policy'>
  | Omit<Extract<VariableSpec, { kind: 'boolean' }>, 'default' | 'policy'>
  | Omit<Extract<VariableSpec, { kind: 'module' }>, 'default' | 'policy'>;

/** Dimensions by name, in a fixed order: the order of asking and of the sampler's keys. `when` names earlier dimensions. */
export interface SearchSpace {
  readonly dimensions: Readonly<Record<string, Dimension>>;
}

/** One point of a search space: a value for every variable that is active. */
export type Configuration = Values;
export type { Condition };
