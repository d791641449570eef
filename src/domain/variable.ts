import { refuse, type Refusal } from '../contracts/errors';
import { show } from '../contracts/ids';
import type { Condition, Value, Values, VariableSpec } from '../contracts/variable';
import { describeInterval, numberRefusal, wrongKind, type Interval } from './number-range';

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const MAX_CHOICES = 1_000;
const MAX_TEXT = 10_000;
/** The numbers that a variable may have. */
export function intervalOf({
  kind,
  low,
  high,
  step,
}: Extract<VariableSpec, { readonly kind: 'float' | 'int' }>): Interval {
  return { low, high, isWhole: kind === 'int', ...(step === undefined ? {} : { step }) };
}

/** The kind and range of a variable in words, as messages show it. */
function describeRange(spec: VariableSpec): string {
  switch (spec.kind) {
    case 'float':
    case 'int':
      return describeInterval(intervalOf(spec));
    case 'categorical':
    case 'ordinal':
    case 'module':
      return spec.choices.map((choice) => show(choice)).join(', ');
    case 'boolean':
      return 'true or false';
    case 'text':
      return `a text of at most ${String(spec.maxLength)} characters`;
  }
}

const outOfRange = (name: string, spec: VariableSpec, value: unknown): Refusal => {
  const among = spec.kind === 'categorical' || spec.kind === 'ordinal' || spec.kind === 'module';
  return refuse(
    'value-out-of-range',
    `${name} must ${among ? 'be one of' : 'be'} ${describeRange(spec)}; got ${show(value)}`,
    { details: { variable: name } },
  );
};

/**
 * Whether a value is of a variable's kind and range. Pure.
 * @returns `wrong-kind` or `value-out-of-range`, naming variable, range and value; nothing when it fits.
 */
export function checkValue(name: string, spec: VariableSpec, value: unknown): Refusal | undefined {
  switch (spec.kind) {
    case 'float':
    case 'int':
      return numberRefusal(name, intervalOf(spec), value);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrongKind(name, 'true or false', value);
    case 'text':
      if (typeof value !== 'string') return wrongKind(name, 'a text', value);
      return value.length <= spec.maxLength ? undefined : outOfRange(name, spec, value);
    case 'categorical':
    case 'ordinal':
    case 'module': {
      const choices: readonly Value[] = spec.choices;
      if (choices.some((choice) => choice === value)) return undefined;
      const kinds = [...new Set(choices.map((choice) => typeof choice))];
      return kinds.some((kind) => kind === typeof value)
        ? outOfRange(name, spec, value)
        : wrongKind(name, `one of ${describeRange(spec)}`, value);
    }
  }
}

/** Whether a condition holds under these values; an absent variable equals nothing. */
export function holds(condition: Condition | undefined, values: Values): boolean {
  return Object.entries(condition ?? {}).every(([name, value]) => values[name] === value);
}

function numberProblems(name: string, spec: Extract<VariableSpec, { kind: 'float' | 'int' }>): string[] {
  const problems: string[] = [];
  const { low, high, step } = spec;
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high)
    problems.push(`${name}: the range runs from low to high, both finite; got [${String(low)}, ${String(high)}]`);
  if (spec.kind === 'int' && !(Number.isSafeInteger(low) && Number.isSafeInteger(high)))
    problems.push(`${name}: the ends of an int are whole numbers; got [${String(low)}, ${String(high)}]`);
  if (spec.log && low <= 0) problems.push(`${name}: a logarithmic range lies above 0; got ${String(low)}`);
  if (step !== undefined && !(Number.isFinite(step) && step > 0))
    problems.push(`${name}: a step is above 0; got ${String(step)}`);
  if (spec.kind === 'int' && !Number.isInteger(spec.step))
    problems.push(`${name}: the step of an int is a whole number; got ${String(spec.step)}`);
  if (spec.log && step !== undefined && !(spec.kind === 'int' && step === 1))
    problems.push(`${name}: a logarithmic variable has no step; got ${String(step)}`);
  return problems;
}

function choiceProblems(name: string, choices: readonly Value[]): string[] {
  const problems: string[] = [];
  if (choices.length === 0 || choices.length > MAX_CHOICES)
    problems.push(`${name}: 1 to ${String(MAX_CHOICES)} choices; got ${String(choices.length)}`);
  const twice = choices.find((choice, at) => choices.indexOf(choice) < at);
  if (twice !== undefined) problems.push(`${name}: each choice is named once; ${show(twice)} is named twice`);
  return problems;
}

/**
 * What is wrong with one variable by itself, in sentences; empty when nothing is. Conditions are looked at in
 * `setProblems`, where the other variables are known.
 */
export function variableProblems(name: string, spec: VariableSpec): string[] {
  const problems: string[] = [];
  if (!NAME.test(name))
    problems.push(
      `${show(name)}: a variable's name is 1 to 64 letters, digits and underscores, beginning with a letter`,
    );
  if (spec.kind === 'float' || spec.kind === 'int') problems.push(...numberProblems(name, spec));
  if (spec.kind === 'categorical' || spec.kind === 'ordinal' || spec.kind === 'module')
    problems.push(...choiceProblems(name, spec.choices));
  if (spec.kind === 'text' && !(Number.isInteger(spec.maxLength) && spec.maxLength >= 0 && spec.maxLength <= MAX_TEXT))
    problems.push(`${name}: the length of a text is a whole number up to ${String(MAX_TEXT)}`);
  const badDefault = problems.length === 0 ? checkValue(name, spec, spec.default) : undefined;
  if (badDefault !== undefined) problems.push(`the default of ${badDefault.message}`);
  return problems;
}
