import { refuse, type Refusal } from '../src/contracts/errors';
import { parseName, show } from '../src/contracts/ids';
import {
  MAX_BECAUSE,
  MAX_INTERESTED,
  MAX_SET_LEASE_MS,
  MIN_SET_LEASE_MS,
  type BallotReport,
  type LeaseArgs,
  type LeaseEnd,
  type Proposal,
  type Redefinition,
} from '../src/contracts/variable-set';
import { MAX_VARIABLES, type Values } from '../src/contracts/variable';
import type { SetState } from '../src/domain/variable-set-state';
import type { Parsed } from './kernel/decider';
import { isRecord } from '../src/domain/record';

const MAX_PROPOSAL_BYTES = 64 * 1024;

const no = (message: string): { readonly ok: false; readonly refusal: Refusal } => ({
  ok: false,
  refusal: refuse('invalid-message', message),
});

const isVersion = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1;

const isPlain = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

const areNames = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= MAX_VARIABLES && value.every((each) => typeof each === 'string');

/** Parses a proposal. Only its shape is looked at; what the set thinks of the values is decided by its rules. */
export function parseProposal(args: unknown): Parsed<Proposal> {
  if (!isRecord(args)) return no(`a proposal is an object; got ${show(args)}`);
  const { proposer, changes = {}, restore, basedOn, reads, lease, because, evidence } = args;
  if (typeof proposer !== 'string' || proposer === '' || proposer.length > 200)
    return no(`the proposer is a text of 1 to 200 characters; got ${show(proposer)}`);
  if (!isVersion(basedOn)) return no(`basedOn is the version of the set, from 1; got ${show(basedOn)}`);
  if (!isRecord(changes)) return no(`changes are values by variable; got ${show(changes)}`);
  const odd = Object.entries(changes).find(([, value]) => !isPlain(value));
  if (odd !== undefined)
    return no(`the value of ${show(odd[0])} is a number, a text or a boolean; got ${show(odd[1])}`);
  const isEmpty = Object.keys(changes).length === 0;
  if (restore !== undefined && (!isVersion(restore) || !isEmpty))
    return no(`restore is the number of an old version and comes without changes; got ${show(restore)}`);
  if (restore === undefined && isEmpty) return no('a proposal changes at least one variable; got none');
  if (reads !== undefined && (!areNames(reads) || restore !== undefined))
    return no(
      `reads are at most ${String(MAX_VARIABLES)} names of variables, and come with changes; got ${show(reads)}`,
    );
  if (lease !== undefined && !isVersion(lease)) return no(`lease is the token of a lease; got ${show(lease)}`);
  if (because !== undefined && (typeof because !== 'string' || because.length > MAX_BECAUSE))
    return no(`because is a text of at most ${String(MAX_BECAUSE)} characters; got ${show(because)}`);
  if (evidence !== undefined && !isRecord(evidence)) return no(`evidence is an object; got ${show(evidence)}`);
  if (JSON.stringify(args).length > MAX_PROPOSAL_BYTES)
    return {
      ok: false,
      refusal: refuse('message-too-large', `a proposal has at most ${String(MAX_PROPOSAL_BYTES)} bytes`),
    };
  return {
    ok: true,
    args: {
      proposer,
      basedOn,
      changes: changes as Values,
      ...(restore === undefined ? {} : { restore }),
      ...(reads === undefined ? {} : { reads }),
      ...(lease === undefined ? {} : { lease }),
      ...(because === undefined ? {} : { because }),
      ...(evidence === undefined ? {} : { evidence: evidence }),
    },
  };
}

/** Parses the order to take a new definition. */
export function parseRedefinition(args: unknown): Parsed<Redefinition> {
  if (!isRecord(args)) return no(`a redefinition has hash and proposer; got ${show(args)}`);
  const { hash, proposer, basedOn, lease } = args;
  if (lease !== undefined && !isVersion(lease)) return no(`lease is the token of a lease; got ${show(lease)}`);
  if (basedOn !== undefined && !isVersion(basedOn))
    return no(`basedOn is the version of the set, from 1; got ${show(basedOn)}`);
  return typeof hash === 'string' && typeof proposer === 'string' && proposer !== ''
    ? {
        ok: true,
        args: {
          hash,
          proposer,
          ...(basedOn === undefined ? {} : { basedOn }),
          ...(lease === undefined ? {} : { lease }),
        },
      }
    : no(`a redefinition has hash and proposer; got ${show(args)}`);
}

/** Holds the precondition of a redefinition. */
export function redefinitionRefusal(state: SetState, { basedOn }: Redefinition): Refusal | undefined {
  if (basedOn === undefined || basedOn === state.version) return undefined;
  const text = `${state.spec.name} is at version ${String(state.version)}, not ${String(basedOn)}`;
  return refuse('precondition-failed', text, { details: { currentVersion: state.version } });
}

/** Parses the wish for a lease. */
export function parseLease(args: unknown): Parsed<LeaseArgs> {
  if (!isRecord(args)) return no(`a lease has holder and forMs; got ${show(args)}`);
  const { holder, forMs, because, token } = args;
  const [least, most] = [MIN_SET_LEASE_MS, MAX_SET_LEASE_MS];
  if (typeof holder !== 'string' || holder === '' || holder.length > 200)
    return no(`the holder is a text of 1 to 200 characters; got ${show(holder)}`);
  if (typeof forMs !== 'number' || !Number.isInteger(forMs) || forMs < least || forMs > most)
    return no(`forMs is a whole number from ${String(least)} to ${String(most)}; got ${show(forMs)}`);
  if (because !== undefined && (typeof because !== 'string' || because.length > MAX_BECAUSE))
    return no(`because is a text of at most ${String(MAX_BECAUSE)} characters; got ${show(because)}`);
  if (token !== undefined && !isVersion(token)) return no(`token is that of the lease to renew; got ${show(token)}`);
  return {
    ok: true,
    args: {
      holder,
      forMs,
      ...(because === undefined ? {} : { because }),
      ...(token === undefined ? {} : { token }),
    },
  };
}

/** Parses the end of a lease. */
export function parseLeaseEnd(args: unknown): Parsed<LeaseEnd> {
  const { token, broken } = isRecord(args) ? args : {};
  if (isVersion(token) && broken === undefined) return { ok: true, args: { token } };
  const isReason = typeof broken === 'string' && broken !== '' && broken.length <= MAX_BECAUSE;
  return isReason && token === undefined
    ? { ok: true, args: { broken } }
    : no(`a lease ends by its token, or is broken for a reason; got ${show(args)}`);
}

/** Parses a declaration of interest. */
export function parseSubscription(args: unknown): Parsed<{ readonly agent: string; readonly interested: boolean }> {
  if (!isRecord(args)) return no(`a subscription has agent and interested; got ${show(args)}`);
  const { agent, interested = true } = args;
  const name = parseName('agent', agent);
  if (typeof name !== 'string') return { ok: false, refusal: name };
  return typeof interested === 'boolean'
    ? { ok: true, args: { agent: name, interested } }
    : no(`interested is true or false; got ${show(interested)}`);
}

/** Holds the limit of interested agents. */
export function subscriptionRefusal(
  state: SetState,
  { agent, interested }: { readonly agent: string; readonly interested: boolean },
): Refusal | undefined {
  return interested && !state.interested.includes(agent) && state.interested.length >= MAX_INTERESTED
    ? refuse('limit-reached', `at most ${String(MAX_INTERESTED)} agents are told of ${state.spec.name}`)
    : undefined;
}

/** Parses the report of a ballot. */
export function parseReport(args: unknown): Parsed<BallotReport> {
  return isRecord(args) && isVersion(args['proposal']) && isRecord(args['tally'])
    ? { ok: true, args: args as unknown as BallotReport }
    : no(`a ballot reports proposal and tally; got ${show(args)}`);
}
