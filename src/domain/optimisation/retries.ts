import { show } from '../../contracts/ids';
import { FAILURE_KINDS, type FailureKind, type Retries } from '../../contracts/optimisation/budget';
import { MAX_ATTEMPTS, type StudySpec } from '../../contracts/optimisation/study';
import { isRecord } from '../record';

/** What attempts of a trial have failed of, and how often. */
export type Failures = Readonly<Partial<Record<FailureKind, number>>>;

const MOST = MAX_ATTEMPTS - 1;

/** What is wrong with a retry policy. */
export function retryProblems(retries: unknown): string[] {
  if (retries === undefined) return [];
  if (!isRecord(retries)) return [`retries has numbers by ${FAILURE_KINDS.join(', ')}; got ${show(retries)}`];
  return Object.entries(retries).flatMap(([name, value]) => {
    if (!FAILURE_KINDS.some((kind) => kind === name)) return [`retries has no ${show(name)}`];
    const isGood = Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MOST;
    return isGood ? [] : [`retries.${name} is a whole number from 0 to ${String(MOST)}; got ${show(value)}`];
  });
}

/** How often a trial is tried again after this kind of failure: what is not said is as `attempts` says, and 0 for `invalid`. */
function allowed({ attempts, retries = {} }: Pick<StudySpec, 'attempts' | 'retries'>, kind: FailureKind): number {
  return retries[kind] ?? (kind === 'invalid' ? 0 : attempts - 1);
}

/**
 * The whole policy, for whoever has no study at hand.
 * @returns nothing for a study that counts all kinds together
 */
export function policyOf(spec: Pick<StudySpec, 'attempts' | 'retries'>): Required<Retries> | undefined {
  if (spec.retries === undefined) return undefined;
  const of = (kind: FailureKind): number => allowed(spec, kind);
  return { lost: of('lost'), thrown: of('thrown'), timeout: of('timeout'), invalid: of('invalid') };
}

/**
 * What counts all kinds together, as a policy by kind: for a study that begins each attempt itself although it has no `retries`.
 * A trial has `attempts` in all then.
 */
export function policyOfAll({ attempts }: Pick<StudySpec, 'attempts'>): Required<Retries> {
  const most = attempts - 1;
  return { lost: most, thrown: most, timeout: most, invalid: 0 };
}

/** One more failure of a trial. */
export function counted(failures: Failures, kind: FailureKind): Failures {
  return { ...failures, [kind]: (failures[kind] ?? 0) + 1 };
}

/**
 * Whether a trial is tried again, with what it has failed of so far, the last failure included.
 * @param most attempts that may fail in all
 */
export function isTriedAgain(policy: Retries, failures: Failures, kind: FailureKind, most = MAX_ATTEMPTS): boolean {
  const attempts = FAILURE_KINDS.reduce((sum, each) => sum + (failures[each] ?? 0), 0);
  return attempts < most && (failures[kind] ?? 0) <= (policy[kind] ?? 0);
}
