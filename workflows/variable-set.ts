import { proxyActivities, startChild } from '@temporalio/workflow';
import type { BallotInit, FanOutActivities } from '../src/contracts/coordination/ballot';
import type { Effect, EntityInput } from '../src/contracts/entity';
import { isRefusal, refuse } from '../src/contracts/errors';
import { ballotName, workflowId, type Name } from '../src/contracts/ids';
import { SEARCH_ATTRIBUTES } from '../src/contracts/search-attributes';
import type {
  BallotReport,
  LeaseArgs,
  LeaseEnd,
  Proposal,
  Redefinition,
  VariableSetInit,
} from '../src/contracts/variable-set';
import { endLease, lease } from '../src/domain/variable-set-lease';
import { proposalRefusal } from '../src/domain/variable-set-outlook';
import { ballotDecided, ballotFailed, expire, nextExpiry, propose } from '../src/domain/variable-set-proposals';
import {
  announced,
  decidedBetween,
  newSet,
  proposalRecord,
  setView,
  subscribe,
  type AnnouncementOrder,
  type BallotOrder,
  type SetState,
  type SetStep,
} from '../src/domain/variable-set-state';
import { variablesNamed } from './definitions';
import type { Context, EffectHandler, EntityDefinition, Handler, Step } from './kernel/decider';
import { runEntity } from './kernel/entity';
import {
  parseLease,
  parseLeaseEnd,
  parseProposal,
  parseRedefinition,
  parseReport,
  parseSubscription,
  redefinitionRefusal,
  subscriptionRefusal,
} from './variable-set-messages';

type Announcing = Parameters<FanOutActivities['announce']>[0];
type Acknowledged = Awaited<ReturnType<FanOutActivities['announce']>>;

const SET_LIMITS = { messageBytes: 1_500_000, stateBytes: 1_800_000 };
const ANSWER_SLACK_MS = 10_000;

const ballotOf =
  (context: Context) =>
  (proposal: number): string =>
    ballotName(context.name as Name, proposal);

/** Turns a decision of the rules into a step: effects for what must be begun, messages for who waits. */
function toStep(before: SetState, step: SetStep, context: Context, reply?: unknown): Step<SetState> {
  const effects: Effect[] = [];
  const { ballot, announce } = step;
  if (ballot !== undefined) {
    const name = ballotOf(context)(ballot.proposal);
    const init: BallotInit = { ...ballot, reportTo: context.workflowId, generation: context.generation.number };
    effects.push({ kind: 'openBallot', id: `ballot-${name}`, data: { name, proposal: ballot.proposal, init } });
  }
  if (announce !== undefined) {
    const data: Announcing = { space: context.space, set: context.name, ...announce };
    effects.push({ kind: 'announce', id: `announce-${String(announce.version)}`, data });
  }
  return {
    state: step.state,
    events: step.events,
    ...(effects.length === 0 ? {} : { gathers: true }),
    effects,
    sends: sendsOf(before, step.state, context),
    ...(reply === undefined ? {} : { reply }),
  };
}

/** Tells agents what became of the proposals that waited, and ballots that their subject was overtaken. */
function sendsOf(before: SetState, after: SetState, context: Context): NonNullable<Step<SetState>['sends']> {
  return decidedBetween(before, after).flatMap(({ proposal, verdict, notify }) => {
    const id = `${context.workflowId}@${String(proposal)}/decided`;
    const sender = context.workflowId;
    const args = { set: context.name, proposal, verdict };
    const isMoot = verdict.kind === 'refused' && verdict.reasons.some((each) => each.code === 'proposal-withdrawn');
    const ballot = `${context.space}:ballot:${ballotOf(context)(proposal)}`;
    return [
      ...(notify === undefined ? [] : [{ to: notify, signal: 'proposalDecided', args: [{ id, sender, args }] }]),
      ...(isMoot
        ? [{ to: ballot, signal: 'withdrawn', args: [{ id: `${id}/withdrawn`, sender, args: { proposal } }] }]
        : []),
    ];
  });
}

const proposing: Handler<SetState, Proposal> = {
  parse: parseProposal,
  admit: proposalRefusal,
  decide: (state, proposal, context) => decideProposal(state, proposal, context),
};

function decideProposal(state: SetState, proposal: Proposal, context: Context): Step<SetState> {
  const notify = context.sender?.split(':')[1] === 'agent' ? { notify: context.sender } : {};
  const request = { id: context.messageId, ballotName: ballotOf(context), ...notify };
  const proposed = propose(state, proposal, variablesNamed(state.definition), request, context.now);
  return proposed.ok ? toStep(state, proposed.step, context, proposed.verdict) : { state, refusal: proposed.refusal };
}

const redefining: Handler<SetState, Redefinition> = {
  parse: parseRedefinition,
  admit: redefinitionRefusal,
  decide: (state, { hash, proposer, lease: token }, context) => {
    const more = token === undefined ? {} : { lease: token };
    const proposal: Proposal = { proposer, changes: {}, basedOn: state.version, redefine: hash, ...more };
    return decideProposal(state, proposal, context);
  },
};

const subscribing: Handler<SetState, { readonly agent: string; readonly interested: boolean }> = {
  parse: parseSubscription,
  admit: subscriptionRefusal,
  decide: (state, { agent, interested }, context) => {
    const step = subscribe(state, agent, interested, context.now);
    return toStep(state, step, context, { version: step.state.version, values: step.state.values });
  },
};

const leasing: Handler<SetState, LeaseArgs> = {
  parse: parseLease,
  decide: (state, args, context) => {
    const leased = lease(state, args, context.now);
    return isRefusal(leased) ? { state, refusal: leased } : toStep(state, leased.step, context, leased.lease);
  },
};

const endingLease: Handler<SetState, LeaseEnd> = {
  parse: parseLeaseEnd,
  decide: (state, args, context) => {
    const left = endLease(state, args, context.now);
    return isRefusal(left) ? { state, refusal: left } : toStep(state, left.step, context, { ended: left.ended });
  },
};

const reported: Handler<SetState, BallotReport> = {
  parse: parseReport,
  decide: (state, report, context) =>
    report.generation !== undefined && report.generation !== context.generation.number
      ? { state }
      : toStep(
          state,
          ballotDecided(state, report, variablesNamed(state.definition), ballotOf(context), context.now),
          context,
        ),
};

/** Starts the ballot's own workflow; its end is no business of the set, which waits for the report alone. */
const openBallot: EffectHandler<SetState> = {
  restartable: false,
  perform: async (effect, input, stamp) => {
    const { name, init } = effect.data as { readonly name: Name; readonly init: BallotInit };
    const { space, owner, queues, searchAttributes } = input;
    const hasAttributes = searchAttributes !== false;
    const ballot: EntityInput<BallotInit> = {
      space,
      kind: 'ballot',
      name,
      owner,
      queues,
      stamp,
      init,
      ...(hasAttributes ? {} : { searchAttributes: false }),
    };
    try {
      await startChild('ballotWorkflow', {
        workflowId: workflowId(space, 'ballot', name),
        taskQueue: queues.main,
        args: [ballot],
        parentClosePolicy: 'ABANDON',
        staticSummary: `ballot on ${init.subject.title}`.slice(0, 190),
        ...(hasAttributes
          ? {
              typedSearchAttributes: [
                { key: SEARCH_ATTRIBUTES.space, value: space },
                { key: SEARCH_ATTRIBUTES.kind, value: 'ballot' },
                { key: SEARCH_ATTRIBUTES.name, value: name },
                { key: SEARCH_ATTRIBUTES.owner, value: owner },
                { key: SEARCH_ATTRIBUTES.status, value: 'open' },
              ],
            }
          : {}),
      });
      return {};
    } catch (error) {
      return { failed: error instanceof Error ? error.message : String(error) };
    }
  },
  settle: (state, effect, outcome, context) => {
    const { proposal } = effect.data as Pick<BallotOrder, 'proposal'>;
    const { failed } = outcome as { readonly failed?: string };
    return failed === undefined
      ? { state }
      : toStep(state, ballotFailed(state, proposal, failed, context.now), context);
  },
};

/** Announces a version to who is interested; begun again after a renewal, because agents take newer versions only. */
const announce: EffectHandler<SetState> = {
  restartable: true,
  perform: async (effect, input, stamp) => {
    const announcing = effect.data as Announcing;
    const leftMs = Math.max(0, Date.parse(announcing.deadline) - Date.now()) + ANSWER_SLACK_MS;
    const activities = proxyActivities<FanOutActivities>({
      taskQueue: input.queues.main,
      scheduleToCloseTimeout: leftMs,
      startToCloseTimeout: leftMs,
      heartbeatTimeout: 10_000,
      retry: { initialInterval: 200, maximumInterval: 5_000 },
      summary: `announce version ${String(announcing.version)} to ${String(announcing.agents.length)} ${announcing.agents.length === 1 ? 'agent' : 'agents'}`,
    });
    try {
      return await activities.announce({ ...announcing, stamp });
    } catch {
      return { acknowledged: {}, laggards: announcing.agents } satisfies Acknowledged;
    }
  },
  settle: (state, effect, outcome, context) => {
    const { version } = effect.data as AnnouncementOrder;
    return toStep(state, announced(state, version, outcome as Acknowledged, context.now), context);
  },
};

/** A value in a line of Markdown, bounded. */
function shown(value: string | number | boolean | undefined): string {
  if (value === undefined) return '(inactive)';
  return `**${String(value)
    .slice(0, 80)
    .replace(/[*\r\n]/g, ' ')}**`;
}

/** Lists, no table: the Web UI sets the cells of a table without a space between them. */
function describe(state: SetState): { readonly status: string; readonly markdown: string } {
  const { spec, version, open, adoption, interested } = state;
  const values = Object.entries(spec.variables).map(
    ([name, variable]) => `- ${name}: ${shown(state.values[name])} (${variable.policy})`,
  );
  const ballots = open.map(({ number, proposal }) => {
    const ballot = ballotName(spec.name as Name, number);
    return `- ballot ${ballot} on ${Object.keys(proposal.changes).join(', ') || 'all values'}, proposed by ${proposal.proposer}`;
  });
  const waiting = ballots.length === 0 ? ['Waiting for proposals'] : ['Waiting for', '', ...ballots];
  const late = adoption.laggards.slice(0, 20).join(', ');
  const told = interested.length === 1 ? '1 agent is' : `${String(interested.length)} agents are`;
  const lines = [
    `**${spec.name}**, version ${String(version)} since ${state.since}`,
    '',
    ...waiting,
    '',
    ...values,
    '',
    `${told} told of each version`,
    ...(state.lease === undefined ? [] : ['', `Leased to ${state.lease.holder} until ${state.lease.until}`]),
    ...(late === '' ? [] : ['', `Late with version ${String(adoption.version)}: ${late}`]),
  ];
  return { status: 'running', markdown: lines.join('\n') };
}

const setDefinition: EntityDefinition<VariableSetInit, SetState> = {
  kind: 'variables',
  schema: 1,
  upcast: {},
  create: (init, context) => {
    const known = variablesNamed(init.definition);
    if (known === undefined) {
      const text = `no definition file of this worker has the variables "${init.definition}"`;
      return { state: {} as SetState, refusal: refuse('unknown-definition', text) };
    }
    if (init.hash !== undefined && init.hash !== known.hash) {
      const text = `the worker has ${init.definition} with the hash ${known.hash}; got ${init.hash}`;
      return { state: {} as SetState, refusal: refuse('definition-mismatch', text) };
    }
    return newSet(known, context.now);
  },
  commands: {
    propose: proposing,
    subscribe: subscribing,
    redefine: redefining,
    lease: leasing,
    endLease: endingLease,
  },
  notices: { ballotDecided: reported },
  inspections: {
    set: setView,
    values: ({ values, version, since }) => ({ values, version, since }),
    adoption: ({ adoption }) => adoption,
    proposal: (state, asked: { readonly number: number }) => proposalRecord(state, asked.number),
  },
  effects: { openBallot, announce },
  wakeAt: nextExpiry,
  wake: (state, context) => toStep(state, expire(state, ballotOf(context), context.now), context),
  describe,
};

/**
 * One set of variables: takes proposals on the current version, decides what it may decide at once, opens a ballot for the
 * rest, commits atomically under the next version number, and announces each version to the agents that asked for it.
 */
export async function variableSetWorkflow(input: EntityInput<VariableSetInit, SetState>): Promise<unknown> {
  return runEntity(setDefinition, { ...input, limits: { ...SET_LIMITS, ...input.limits } });
}
