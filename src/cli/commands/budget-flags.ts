import { InvalidArgumentError } from 'commander';
import type { Retries, StopRules } from '../../contracts/optimisation/budget';
import type { RegretRule } from '../../contracts/optimisation/regret';

/** A number, for a cost. What it may be is said by the study. */
export function amount(text: string): number {
  const number = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(number)) throw new InvalidArgumentError(`expected a number; got ${text}`);
  return number;
}

/** The bound on the regret: a number, or a percentage of the median of the first bounds; then counts. */
function regretRule(error: string, startupTrials: string | undefined, every: string | undefined): RegretRule {
  const share = error.endsWith('%') ? { ofMedian: amount(error.slice(0, -1)) / 100 } : { error: amount(error) };
  return {
    ...share,
    ...(startupTrials === undefined ? {} : { startupTrials: amount(startupTrials) }),
    ...(every === undefined ? {} : { every: amount(every) }),
  };
}

/** Collects rules such as `target=0.01`, `noProgress=20/0.001` and `regretBound=0.01/20/5`. */
export function stopRule(text: string, before: StopRules = {}): StopRules {
  const [, name, said = ''] = /^(target|noProgress|regretBound)=(.+)$/.exec(text) ?? [];
  const [first = '', second, third, ...more] = said.split('/');
  if (name === 'target' && second === undefined) return { ...before, target: amount(first) };
  if (name === 'regretBound' && more.length === 0) return { ...before, regretBound: regretRule(first, second, third) };
  if (name !== 'noProgress' || third !== undefined)
    throw new InvalidArgumentError(
      `expected target=number, noProgress=trials, noProgress=trials/atLeast, regretBound=error or regretBound=error/startupTrials/every; got ${text}`,
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
