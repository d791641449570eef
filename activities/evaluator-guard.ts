import { MAX_LAST_FAILURE, type WorkerOut } from '../src/contracts/optimisation/worker-breaker';
import {
  afterAttempt,
  afterRest,
  CLOSED,
  type AttemptEnd,
  type BreakRule,
  type WorkerBreaker,
} from '../src/domain/optimisation/worker-breaker';

/** Studies that are told of a worker, at most: the newest whose trials it failed. */
const MAX_STUDIES = 20;

/** What studies are told when a worker is taken out or comes back. */
export interface GuardNews {
  readonly studies: readonly string[];
  /** Absent when it takes trials again. */
  readonly out?: Omit<WorkerOut, 'worker'>;
}

/** Says once how an attempt has ended. @returns what studies are to be told of it */
export type Settle = (end: AttemptEnd, why?: string) => GuardNews | undefined;

/** Counts the attempts of one worker that fail in a row. */
export interface AttemptGuard {
  readonly breaker: WorkerBreaker;
  /** An attempt begins. @returns nothing when the worker is out: the trial is another's */
  admit(study: string): Settle | undefined;
  /** The worker begins again when its rest is over. */
  rested(): void;
  /** Resolves when the worker is taken out, or takes all trials again. */
  changed(): Promise<void>;
}

const iso = (at: number): string => new Date(at).toISOString();

/**
 * Guards a worker that has failed nothing yet. What was begun before it was taken out, or came back, does not count any more.
 *
 * @param now milliseconds since 1970
 */
export function createAttemptGuard(rule: BreakRule, now: () => number): AttemptGuard {
  let breaker = CLOSED;
  let era = 0;
  let studies: readonly string[] = [];
  let waiting: (() => void)[] = [];

  const become = (next: WorkerBreaker): void => {
    const isAnother = next.kind !== breaker.kind;
    breaker = next;
    if (!isAnother) return;
    era += 1;
    const all = waiting;
    waiting = [];
    for (const wake of all) wake();
  };
  const take = (study: string, end: AttemptEnd, why: string): GuardNews | undefined => {
    const before = breaker;
    if (end === 'failure') studies = [...studies.filter((each) => each !== study), study].slice(-MAX_STUDIES);
    become(afterAttempt(rule, before, end, now()));
    const told = studies;
    if (breaker.kind === 'closed' && end === 'success') studies = [];
    if (before.kind === breaker.kind) return undefined;
    if (breaker.kind !== 'open') return { studies: told };
    const { since, failures, until } = breaker;
    const last = why.slice(0, MAX_LAST_FAILURE);
    return { studies: told, out: { since: iso(since), failures, last, until: iso(until) } };
  };
  return {
    get breaker() {
      return breaker;
    },
    admit(study) {
      if (breaker.kind === 'open') return undefined;
      const begun = era;
      let isSettled = false;
      return (end, why = '') => {
        if (isSettled || begun !== era) return undefined;
        isSettled = true;
        return take(study, end, why);
      };
    },
    rested: () => become(afterRest(breaker, now())),
    changed: () =>
      new Promise((resolve) => {
        waiting = [...waiting, resolve];
      }),
  };
}
