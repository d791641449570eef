import { InvalidArgumentError } from 'commander';
import type { Retries, StopRules } from '../../contracts/optimisation/budget';

/** A number, for a cost. What it may be is said by the study. */
export function amount(text: string): number {
  const number = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(number)) throw new InvalidArgumentError(`expected a number; got ${text}`);
  return number;
}

/** Collects rules such as `target=0.01` and `noProgress=20/0.001`. */
export function stopRule(text: string, before: StopRules = {}): StopRules {
  const [, name, first = '', second] = /^(target|noProgress)=([^/]+)(?:\/(.+))?$/.exec(text) ?? [];
  if (name === 'target' && second === undefined) return { ...before, target: amount(first) };
  if (name !== 'noProgress')
    throw new InvalidArgumentError(
      `expected target=number, noProgress=trials or noProgress=trials/atLeast; got ${text}`,
    );
  const atLeast = second === undefined ? {} : { atLeast: amount(second) };
  return { ...before, noProgress: { trials: amount(first), ...atLeast } };
}

/** Numbers by kind of failure, such as `lost=5,thrown=0`. */
export function retriesFlag(text: string): Retries {
  const entries = text.split(',').map((each): [string, number] => {
    const at = each.indexOf('=');
    if (at < 1) throw new InvalidArgumentError(`expected kind=number, with commas between; got ${text}`);
    return [each.slice(0, at), amount(each.slice(at + 1))];
  });
  return Object.fromEntries(entries);
}
