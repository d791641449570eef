import type { Values } from '../contracts/variable';
import type { Verdict } from '../contracts/variable-set';
import { complete } from '../domain/variable-set';
import type { Proposing, VariableSetHandle } from './variable-sets';

/** Conflicts in a row before a proposer gives way: each has cost two evaluations. */
const TRIES = 5;

type Decided = Exclude<Verdict, { readonly kind: 'pending' }>;
type Refused = Extract<Verdict, { readonly kind: 'refused' }>;

/** Whether others have changed the set since the proposal's base. */
const isConflict = (verdict: Decided): verdict is Refused =>
  verdict.kind === 'refused' &&
  verdict.reasons.some(({ code }) => code === 'stale-base' || code === 'proposal-withdrawn');

/** What is proposed again, by what and how. */
export interface Reevaluation {
  readonly set: Pick<VariableSetHandle, 'view'>;
  /** What the winner changes. */
  readonly changes: Values;
  /** Starts a study of two trials on the set as it is: what it has, and the winner. */
  again(version: number, winner: Values): Promise<{ finished(): Promise<unknown>; propose(): Promise<Proposing> }>;
}

async function decided(
  first: Proposing,
  { set, changes, again }: Reevaluation,
  how: { readonly timeoutMs?: number },
): Promise<Decided> {
  let verdict = await first.decided(how);
  for (let left = TRIES; isConflict(verdict) && left > 0; left--) {
    const { spec, values, version } = await set.view();
    const winner = complete(spec, values, changes);
    if (!winner.ok) return { ...verdict, reasons: winner.reasons };
    const study = await again(version, winner.values);
    await study.finished();
    verdict = await (await study.propose()).decided(how);
  }
  return verdict;
}

/** A proposal that is measured again on what the set has, each time that others were first; its verdict is the last one. */
export function reevaluated(first: Proposing, what: Reevaluation): Proposing {
  let all: Promise<Decided> | undefined;
  const settle = (how: { readonly timeoutMs?: number } = {}): Promise<Decided> => (all ??= decided(first, what, how));
  return {
    get verdict() {
      return settle();
    },
    decided: settle,
  };
}
