/** A value of a variable. Ordinals and categoricals are one of their choices, modules the name of an implementation. */
export type Value = number | string | boolean;

/** Who decides a change: nobody but the ranges (`free`), a ballot (`consensus`), nothing may change it (`locked`). */
export type Policy = 'free' | 'consensus' | 'locked';

/** Active only while every named variable (a categorical, ordinal, boolean or module of the same set) has the value. */
export type Condition = Readonly<Record<string, Value>>;

interface Common {
  readonly default: Value;
  readonly policy: Policy;
  readonly when?: Condition;
}

/** The kinds of variables: unions by `kind`, so that every rule is an exhaustive switch. */
export type VariableSpec =
  | (Common & {
      readonly kind: 'float';
      readonly low: number;
      readonly high: number;
      readonly log: boolean;
      readonly step?: number;
    })
  | (Common & {
      readonly kind: 'int';
      readonly low: number;
      readonly high: number;
      readonly log: boolean;
      readonly step: number;
    })
  | (Common & { readonly kind: 'categorical'; readonly choices: readonly Value[] })
  | (Common & { readonly kind: 'ordinal'; readonly choices: readonly Value[] })
  | (Common & { readonly kind: 'boolean' })
  | (Common & { readonly kind: 'text'; readonly maxLength: number })
  | (Common & { readonly kind: 'module'; readonly choices: readonly string[] });

/** Values by variable name; a variable whose condition does not hold is absent. */
export type Values = Readonly<Record<string, Value>>;

/** Variables in one set. */
export const MAX_VARIABLES = 100;
