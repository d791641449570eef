import { saidBy, type Tally } from '../contracts/coordination/ballot';
import type { NewEvent } from '../contracts/envelope';
import { refuse, type Refusal } from '../contracts/errors';
import type { Value } from '../contracts/variable';
import {
  BALLOT_GRACE_MS,
  MAX_OPEN_PROPOSALS,
  type Proposal,
  type ProposalRecord,
  type Verdict,
} from '../contracts/variable-set';
import { openBallot } from './coordination/ballot';
import { endedLease, leaseRefusal } from './variable-set-lease';
import {
  asDecided,
  objections,
  outlook,
  policyOf,
  rangeOf,
  ruleOf,
  staleness,
  wished,
  type Outlook,
} from './variable-set-outlook';
import {
  commit,
  decidedEvent,
  isoOf,
  withDecided,
  type BallotOrder,
  type KnownDefinition,
  type OpenProposal,
  type SetState,
  type SetStep,
} from './variable-set-state';

/** What a proposal leads to: a step and the verdict, or a refusal that leaves no trace. */
export type Proposed =
  | { readonly ok: true; readonly step: SetStep; readonly verdict: Verdict }
  | { readonly ok: false; readonly refusal: Refusal };

/** Who asks: the message's id, the agent to tell of a later decision, and how ballots are named. */
interface ProposalRequest {
  readonly id: string;
  readonly notify?: string;
  readonly ballotName: (proposal: number) => string;
}

/**
 * Decides on a proposal: refused with reasons, accepted at once (policy free, or standing votes that settle it), or
 * pending until its ballot reports. Pure; the verdict is recorded, whatever it is.
 */
export function propose(
  state: SetState,
  proposal: Proposal,
  known: KnownDefinition | undefined,
  request: ProposalRequest,
  now: number,
): Proposed {
  const leased = leaseRefusal(state, proposal.lease, now);
  if (leased !== undefined) return { ok: false, refusal: leased };
  const number = state.lastProposal + 1;
  const numbered: SetState = { ...state, lastProposal: number };
  const ahead = outlook(state, proposal, known);
  const reasons = objections(state, proposal, ahead);
  const record = { number, requestId: request.id, at: isoOf(now), proposal, before: state.values };
  const event: NewEvent = {
    type: 'set.proposed',
    data: {
      proposal: number,
      proposer: proposal.proposer,
      changes: ahead.changes.length > 0 ? ahead.changes : wished(state, proposal),
      basedOn: proposal.basedOn,
      ...(proposal.reads === undefined ? {} : { reads: proposal.reads }),
      ...(proposal.restore === undefined ? {} : { restore: proposal.restore }),
      ...(proposal.redefine === undefined ? {} : { redefine: proposal.redefine }),
      ...(proposal.because === undefined ? {} : { because: proposal.because }),
      ...(proposal.evidence === undefined ? {} : { evidence: proposal.evidence }),
    },
  };
  const first = (step: SetStep): SetStep => ({ ...step, events: [event, ...step.events] });
  if (reasons.length > 0) {
    const refused = refuseProposal(numbered, record, reasons, now);
    return { ok: true, step: first(refused.step), verdict: refused.verdict };
  }
  if (policyOf(state, proposal, ahead.changes) === 'free') {
    const accepted = accept(numbered, record, ahead, undefined, now);
    return { ok: true, step: first(accepted.step), verdict: accepted.verdict };
  }
  const order = ballotOrder(state, record, ahead);
  const { tally } = openBallot(order, now);
  if (tally !== undefined) {
    const decided = byTally(numbered, record, ahead, tally, now);
    return { ok: true, step: first(decided.step), verdict: decided.verdict };
  }
  if (state.open.length >= MAX_OPEN_PROPOSALS) {
    const text = `at most ${String(MAX_OPEN_PROPOSALS)} proposals of ${state.spec.name} are open at once`;
    return { ok: false, refusal: refuse('limit-reached', text, { retryAfterMs: 1_000 }) };
  }
  const verdict: Verdict = { kind: 'pending', proposal: number, ballot: request.ballotName(number) };
  const graceMs = Math.min(BALLOT_GRACE_MS.most, Math.max(BALLOT_GRACE_MS.least, order.deadlineMs));
  const expires = now + order.deadlineMs + graceMs;
  const { notify } = request;
  const open: OpenProposal = { ...record, verdict, expires, ...(notify === undefined ? {} : { notify }) };
  const waiting: SetStep = { state: { ...numbered, open: [...state.open, open] }, events: [], ballot: order };
  return { ok: true, step: first(waiting), verdict };
}

function ballotOrder(state: SetState, record: Omit<ProposalRecord, 'verdict'>, ahead: Outlook): BallotOrder {
  const { proposal, number } = record;
  const changes = ahead.changes.map((each): [string, { before: Value | null; after: Value | null }] => [
    each.variable,
    { before: each.before, after: each.after },
  ]);
  const named = ahead.changes.map((each) => `${each.variable} ${String(each.before)} → ${String(each.after)}`);
  const range = rangeOf(state, proposal, ahead.changes);
  const what = proposal.redefine === undefined ? named.join(', ') : `a new definition (${named.join(', ')})`;
  return {
    proposal: number,
    subject: {
      title: `${state.spec.name}: ${what}`.slice(0, 300),
      set: state.spec.name,
      proposal: number,
      proposer: proposal.proposer,
      changes: Object.fromEntries(changes),
      values: ahead.values,
      ...(proposal.because === undefined ? {} : { because: proposal.because }),
      ...(proposal.evidence === undefined ? {} : { evidence: proposal.evidence }),
      ...(range === undefined ? {} : { range }),
    },
    electorate: state.spec.electorate,
    rule: ruleOf(state, proposal),
    deadlineMs: state.spec.deadlineMs,
  };
}

type Unsettled = Omit<ProposalRecord, 'verdict' | 'decidedAt'>;
interface Settled {
  readonly step: SetStep;
  readonly verdict: Verdict;
}

function refuseProposal(
  state: SetState,
  record: Unsettled,
  reasons: readonly Refusal[],
  now: number,
  tally?: Tally,
  ballot?: string,
): Settled {
  const verdict: Verdict = {
    kind: 'refused',
    proposal: record.number,
    reasons,
    currentVersion: state.version,
    ...(tally === undefined ? {} : { tally }),
  };
  const decided: ProposalRecord = { ...record, verdict, decidedAt: isoOf(now) };
  return { verdict, step: { state: withDecided(state, decided), events: [decidedEvent(decided, ballot)] } };
}

/** Commits (VAR-1), and withdraws every other open proposal whose base is stale by that (VAR-2). */
function accept(
  state: SetState,
  record: Unsettled,
  ahead: Outlook,
  tally: Tally | undefined,
  now: number,
  ballot?: string,
): Settled {
  const version = state.version + 1;
  const verdict: Verdict = {
    kind: 'accepted',
    proposal: record.number,
    version,
    ...(tally === undefined ? {} : { tally }),
  };
  const decided: ProposalRecord = { ...record, verdict, decidedAt: isoOf(now) };
  const committed = commit(withDecided(state, decided), { ...ahead, proposal: record.number }, now);
  const others = committed.state.open.filter(({ proposal }) => staleness(committed.state, proposal) !== undefined);
  const events = [decidedEvent(decided, ballot), ...committed.events];
  let next = committed.state;
  for (const { expires: _expires, notify: _notify, ...other } of others) {
    const text = `proposal ${String(record.number)} became version ${String(version)}; propose again on it`;
    const details = { currentVersion: version };
    const withdrawn = refuseProposal(next, other, [refuse('proposal-withdrawn', text, { details })], now);
    next = withdrawn.step.state;
    events.push(...withdrawn.step.events);
  }
  return { verdict, step: { ...committed, state: next, events } };
}

function byTally(
  state: SetState,
  record: Unsettled,
  ahead: Outlook,
  tally: Tally,
  now: number,
  ballot?: string,
): Settled {
  if (tally.outcome === 'adopted') return accept(state, record, ahead, tally, now, ballot);
  const against = tally.casts.filter(({ choice }) => choice === 'no' || choice === 'value');
  const said = against.map((cast) => `${cast.voter}: ${(cast.reason ?? saidBy(cast)).slice(0, 200)}`).slice(0, 10);
  const { median, yes, no, eligible } = tally;
  const numbers =
    median === undefined
      ? `${String(yes)} yes, ${String(no)} no of ${String(eligible)}`
      : `${String(median.weight)} of ${String(eligible)} named a number`;
  const text = [`the ballot kept the values: ${tally.because} (${numbers})`, ...said].join('; ');
  const details = { because: tally.because };
  return refuseProposal(state, record, [refuse('ballot-lost', text, { details })], now, tally, ballot);
}

/**
 * Takes the report of a ballot. A proposal is decided once (BAL-4): a second report, or one that comes too late,
 * changes nothing. Base and constraints are checked again before the commit (VAR-3).
 */
export function ballotDecided(
  state: SetState,
  report: { readonly proposal: number; readonly tally: Tally },
  known: KnownDefinition | undefined,
  ballotName: (proposal: number) => string,
  now: number,
): SetStep {
  const open = state.open.find((each) => each.number === report.proposal);
  if (open === undefined) return { state, events: [] };
  const { expires: _expires, notify: _notify, ...record } = open;
  const proposal = asDecided(open.proposal, report.tally);
  const ahead = outlook(state, proposal, known);
  const leased = leaseRefusal(state, proposal.lease, now);
  const isAdopted = report.tally.outcome === 'adopted';
  const reasons = !isAdopted ? [] : leased === undefined ? objections(state, proposal, ahead) : [leased];
  const name = ballotName(open.number);
  return reasons.length > 0
    ? refuseProposal(state, record, reasons, now, report.tally, name).step
    : byTally(state, record, ahead, report.tally, now, name).step;
}

/** Refuses an open proposal whose ballot could not be opened. */
export function ballotFailed(state: SetState, proposal: number, why: string, now: number): SetStep {
  const open = state.open.find((each) => each.number === proposal);
  if (open === undefined) return { state, events: [] };
  const { expires: _expires, notify: _notify, ...record } = open;
  const reasons = [
    refuse('ballot-lost', `the ballot could not be opened: ${why}`, { details: { because: 'expired' } }),
  ];
  return refuseProposal(state, record, reasons, now).step;
}

/** When the set must look again: for ballots that never reported, and for the end of a lease. */
export function nextExpiry({ open, lease }: SetState): number | undefined {
  const times = [...open.map((each) => each.expires), ...(lease === undefined ? [] : [Date.parse(lease.until)])];
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Refuses the proposals whose ballots have not reported in time: silence is never consent (BAL-7). Ends a lease that is over. */
export function expire(state: SetState, ballotName: (proposal: number) => string, now: number): SetStep {
  const unleased = endedLease(state, now);
  const events: NewEvent[] = [...unleased.events];
  let next = unleased.state;
  for (const { expires, notify: _notify, ...record } of state.open) {
    if (expires > now) continue;
    const name = ballotName(record.number);
    const text = `the ballot ${name} gave no decision by its deadline: the values are kept`;
    const reasons = [refuse('ballot-lost', text, { details: { because: 'expired' } })];
    const refused = refuseProposal(next, record, reasons, now, undefined, name);
    next = refused.step.state;
    events.push(...refused.step.events);
  }
  return { state: next, events };
}
