import type { Condition, Configuration } from '../../../contracts/optimisation/search-space';
import type { Value } from '../../../contracts/variable';

const meets = (condition: readonly (readonly [string, Value])[], configuration: Configuration): boolean =>
  condition.every(([name, value]) => configuration[name] === value);

/**
 * When a parameter is there, made out from what was tried: the shortest list of choices of earlier parameters that all trials
 * with it have, and no other trial.
 *
 * Optuna does not say it: its spaces are made while a trial runs. So what is made out here is what the trials bear out, no more.
 *
 * @param earlier names of parameters with choices that come before it
 * @returns an empty condition for one that is always there; nothing when no condition explains where it is missing
 */
export function conditionOf(
  name: string,
  earlier: readonly string[],
  tried: readonly Configuration[],
): Condition | undefined {
  const having = tried.filter((each) => each[name] !== undefined);
  if (having.length === tried.length) return {};
  const [first = {}] = having;
  const common = earlier.flatMap((on) => {
    const value = first[on];
    return value !== undefined && having.every((each) => each[on] === value) ? [[on, value] as const] : [];
  });
  const explains = (condition: typeof common): boolean =>
    tried.every((each) => meets(condition, each) === (each[name] !== undefined));
  if (!explains(common)) return undefined;
  let kept = common;
  for (const one of common) {
    const fewer = kept.filter((each) => each !== one);
    if (explains(fewer)) kept = fewer;
  }
  return Object.fromEntries(kept);
}
