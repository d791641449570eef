import type { Electorate, Voter } from '../../contracts/coordination/ballot';
import { show } from '../../contracts/ids';

/** A voter that speaks for itself, with the weight of all who gave it their votes. */
export interface Speaker extends Voter {
  /** How many voters it speaks for, itself included. Absent: for itself alone. */
  readonly heads?: number;
}

/** The voter at the end of the chain that begins at this one; `undefined` in a circle or where it leads nowhere. */
function endOf(voters: ReadonlyMap<string, Voter>, voter: Voter): Voter | undefined {
  let at: Voter | undefined = voter;
  for (let steps = 0; at?.delegate !== undefined; steps += 1) {
    if (steps >= voters.size) return undefined;
    at = voters.get(at.delegate);
  }
  return at;
}

/**
 * Those who vote: delegations are followed to their end, and the weights of all who delegate are added there. Fixed when the
 * ballot opens, so that a pure function of the electorate is enough. Without delegations, the electorate itself.
 *
 * A delegate that is lost takes its delegations with it; the cap of a rule is a cap of what it speaks for. O(n · length of chains).
 */
export function speakersOf(electorate: Electorate): readonly Speaker[] {
  if (electorate.every(({ delegate }) => delegate === undefined)) return electorate;
  const voters = new Map(electorate.map((voter) => [voter.id, voter]));
  const gained = new Map<string, { readonly weight: number; readonly heads: number }>();
  for (const voter of electorate) {
    const id = endOf(voters, voter)?.id ?? voter.id;
    const { weight, heads } = gained.get(id) ?? { weight: 0, heads: 0 };
    gained.set(id, { weight: weight + voter.weight, heads: heads + 1 });
  }
  return electorate.flatMap((voter) =>
    voter.delegate === undefined ? [{ ...voter, ...(gained.get(voter.id) ?? {}) }] : [],
  );
}

/** Who votes for a voter of the electorate: itself, or the end of its delegations. */
export function speakerOf(electorate: Electorate, voter: Voter): Voter {
  if (voter.delegate === undefined) return voter;
  return endOf(new Map(electorate.map((each) => [each.id, each])), voter) ?? voter;
}

/** What is wrong with the delegations of an electorate, in sentences; empty when nothing is. Pure. */
export function delegationProblems(electorate: Electorate): string[] {
  const voters = new Map(electorate.map((voter) => [voter.id, voter]));
  return electorate.flatMap((voter) => {
    const { id, delegate, veto, standing, proxy } = voter;
    if (delegate === undefined)
      return proxy !== undefined && voters.get(proxy)?.delegate !== undefined
        ? [`the proxy of ${id} has delegated its vote; name one that votes`]
        : [];
    if (delegate === id || !voters.has(delegate)) return [`${id} delegates to another voter; got ${show(delegate)}`];
    if (endOf(voters, voter) === undefined) return [`the delegation of ${id} leads in a circle`];
    return [
      ...(veto ? [`${id} has a veto, which cannot be delegated`] : []),
      ...(standing === undefined ? [] : [`${id} delegates its vote, so that it can have no standing vote`]),
      ...(proxy === undefined ? [] : [`${id} delegates its vote, so that it needs no proxy`]),
    ];
  });
}
