import { refuse, type Refusal } from '../contracts/errors';
import type { LeaseArgs, LeaseEnd, SetLease } from '../contracts/variable-set';
import { isoOf, type SetState, type SetStep } from './variable-set-state';

/** The lease that holds now: one whose time is over does not, though nobody has looked yet. */
export function leaseOf({ lease }: SetState, now: number): SetLease | undefined {
  return lease !== undefined && Date.parse(lease.until) > now ? lease : undefined;
}

/** Why somebody without the lease, or with an old one, may not change the set now. */
export function leaseRefusal(state: SetState, token: number | undefined, now: number): Refusal | undefined {
  const lease = leaseOf(state, now);
  if (lease?.token === token) return undefined;
  if (lease === undefined) {
    const text = `${state.spec.name} is not leased under the token ${String(token)}: the lease has ended`;
    return refuse('not-holder', text);
  }
  return leasedBy(state, lease, now);
}

function leasedBy({ spec }: SetState, { holder, token, until }: SetLease, now: number): Refusal {
  const text = `${spec.name} is leased to ${holder} for an experiment until ${until}`;
  return refuse('set-leased', text, { details: { holder, token, until }, retryAfterMs: Date.parse(until) - now });
}

/** A lease, or a longer one for its holder. Its token is above all before it, also over a reset (as that of a lock). */
export function lease(
  state: SetState,
  { holder, forMs, because, token: renewed }: LeaseArgs,
  now: number,
): { readonly step: SetStep; readonly lease: SetLease } | Refusal {
  const present = leaseOf(state, now);
  const refusal = renewed === undefined && present === undefined ? undefined : leaseRefusal(state, renewed, now);
  if (refusal !== undefined) return refusal;
  const token = present?.token ?? Math.max((state.leased ?? 0) + 1, now);
  const since = present?.since ?? isoOf(now);
  const ended = present === undefined ? endedLease(state, now) : { state, events: [] };
  const given: SetLease = {
    holder,
    token,
    since,
    until: isoOf(now + forMs),
    ...(because === undefined ? {} : { because }),
  };
  return {
    lease: given,
    step: {
      state: { ...ended.state, lease: given, leased: token },
      events: [...ended.events, { type: 'set.leased', data: { ...given } }],
    },
  };
}

/** Ends a lease before its time. */
export function endLease(
  state: SetState,
  end: LeaseEnd,
  now: number,
): { readonly step: SetStep; readonly ended: SetLease } | Refusal {
  const present = leaseOf(state, now);
  if (present === undefined || ('token' in end && end.token !== present.token))
    return refuse(
      'not-holder',
      `${state.spec.name} is not leased${'token' in end ? ` under ${String(end.token)}` : ''}`,
    );
  const how = 'token' in end ? { how: 'released' } : { how: 'broken', reason: end.broken };
  return { ended: present, step: without(state, present, how) };
}

/** Drops a lease whose time is over. */
export function endedLease(state: SetState, now: number): SetStep {
  const { lease: old } = state;
  return old === undefined || Date.parse(old.until) > now
    ? { state, events: [] }
    : without(state, old, { how: 'expired' });
}

function without(
  state: SetState,
  { holder, token }: SetLease,
  how: { readonly how: string; readonly reason?: string },
): SetStep {
  const { lease: _ended, ...rest } = state;
  return { state: rest, events: [{ type: 'set.leaseEnded', data: { holder, token, ...how } }] };
}
