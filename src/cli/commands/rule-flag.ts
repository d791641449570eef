import { InvalidArgumentError } from 'commander';
import type { Fraction, Rule } from '../../contracts/coordination/ballot';

/** Flags that say a rule. */
export interface RuleFlags {
  readonly rule?: Rule['threshold'];
  readonly quorum?: Fraction;
  readonly cap?: Fraction;
  readonly lost?: Rule['lost'];
  readonly ties?: NonNullable<Rule['ties']>;
}

/** A share such as `2/3`. */
export function fractionOf(text: string): Fraction {
  const [, numerator, denominator] = /^([0-9]{1,7})\/([0-9]{1,7})$/.exec(text) ?? [];
  if (numerator === undefined || denominator === undefined)
    throw new InvalidArgumentError(`expected a share such as 2/3; got ${text}`);
  return { numerator: Number(numerator), denominator: Number(denominator) };
}

function numberAfter(kind: string, text: string | undefined): number {
  if (text !== undefined && /^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`expected ${kind}:NUMBER; got ${kind}${text === undefined ? '' : `:${text}`}`);
}

/** A rule as typed: `schulze`, `super-majority:2/3`, `k-of-n:3`, `resilient:1`. Whether there is such a rule is said by the ballot. */
export function thresholdOf(text: string): Rule['threshold'] {
  const [kind = '', of] = text.split(':');
  if (kind === 'super-majority') return { kind, share: fractionOf(of ?? '') };
  if (kind === 'k-of-n') return { kind, k: numberAfter(kind, of) };
  if (kind === 'resilient' || kind === 'resilient-median') return { kind, liars: numberAfter(kind, of) };
  return { kind } as Rule['threshold'];
}

/** One of some words. */
export function wordOf<W extends string>(...words: readonly W[]): (text: string) => W {
  return (text) => {
    const known = words.find((each) => each === text);
    if (known !== undefined) return known;
    throw new InvalidArgumentError(`expected ${words.join(' or ')}; got ${text}`);
  };
}

/** The parts of a rule that were typed. */
export function ruleOf({ rule, quorum, cap, lost, ties }: RuleFlags): Partial<Rule> {
  return {
    ...(rule === undefined ? {} : { threshold: rule }),
    ...(quorum === undefined ? {} : { quorum }),
    ...(cap === undefined ? {} : { cap }),
    ...(lost === undefined ? {} : { lost }),
    ...(ties === undefined ? {} : { ties }),
  };
}
