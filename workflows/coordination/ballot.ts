import { proxyActivities } from '@temporalio/workflow';
import {
  ASK_MAX_MS,
  BALLOT_LINGER_MS,
  MAX_REASON,
  originOf,
  saidBy,
  type BallotInit,
  type Cast,
  type FanOutActivities,
  type Tally,
  type VoteArgs,
} from '../../src/contracts/coordination/ballot';
import type { Effect, EntityInput } from '../../src/contracts/entity';
import type { NewEvent } from '../../src/contracts/envelope';
import { refuse, type Refusal } from '../../src/contracts/errors';
import {
  ballotView,
  castVote,
  castVotes,
  closeBallot,
  loseVoters,
  openBallot,
  outstanding,
  voteRefusal,
  withdrawBallot,
  type BallotState,
} from '../../src/domain/coordination/ballot';
import { parseVote } from '../../src/domain/coordination/vote';
import type { Context, EffectHandler, EntityDefinition, Handler, Parsed, Step } from '../kernel/decider';
import { runEntity } from '../kernel/entity';

interface State {
  readonly ballot: BallotState;
  readonly reportTo: string;
  readonly generation?: number;
  /** When the workflow may end: a while after the decision, so that a late vote gets its answer. */
  readonly lingerMs: number;
  readonly isOver: boolean;
}

type Ask = Parameters<FanOutActivities['askVoters']>[0];
type Answers = Awaited<ReturnType<FanOutActivities['askVoters']>>;

const BALLOT_LIMITS = { stateBytes: 1_800_000 };
const ANSWER_SLACK_MS = 30_000;

/** The events and the report that follow from a change of the ballot: new casts, and the decision once. */
function follow(state: State, ballot: BallotState, context: Context, more: Partial<Step<State>> = {}): Step<State> {
  const before = state.ballot;
  const known = new Set(before.casts);
  const events: NewEvent[] = [...(more.events ?? [])];
  for (const cast of ballot.casts) if (!known.has(cast)) events.push({ type: 'ballot.voteCast', data: { cast } });
  const next = { ...state, ballot };
  const { tally } = ballot;
  if (tally === undefined || before.tally !== undefined) return { ...more, state: next, events };
  events.push({ type: 'ballot.decided', data: { tally } });
  const { generation } = state;
  const report = {
    id: `${context.workflowId}/decided`,
    sender: context.workflowId,
    args: { proposal: ballot.subject.proposal, tally, ...(generation === undefined ? {} : { generation }) },
  };
  const isMoot = tally.because === 'withdrawn';
  const sends = isMoot ? [] : [{ to: state.reportTo, signal: 'ballotDecided', args: [report] }];
  return { ...more, state: next, events, sends };
}

function create(init: BallotInit, context: Context): Step<State> {
  const { electorate, rule, subject, reportTo, generation, lingerMs = BALLOT_LINGER_MS } = init;
  const ballot = openBallot(init, context.now);
  const deadline = new Date(ballot.deadline).toISOString();
  const state: State = {
    ballot: { ...ballot, casts: [] },
    reportTo,
    lingerMs,
    isOver: false,
    ...(generation === undefined ? {} : { generation }),
  };
  const opened: NewEvent = { type: 'ballot.opened', data: { subject, electorate, rule, deadline } };
  const { tally: _none, ...unsettled } = ballot;
  const voters = outstanding(ballot)
    .filter((voter) => voter.kind === 'agent')
    .map((voter) => voter.id);
  const ask: Ask = {
    ballot: context.name,
    space: context.space,
    voters,
    subject,
    deadline: new Date(Math.min(ballot.deadline, context.now + ASK_MAX_MS)).toISOString(),
    settles: {
      electorate,
      rule,
      casts: ballot.casts,
      lost: [],
      ...(subject.range === undefined ? {} : { present: subject.range.present }),
    },
  };
  const effects: Effect[] =
    voters.length === 0 || ballot.tally !== undefined ? [] : [{ kind: 'askVoters', id: 'ask', data: ask }];
  const before = { ...state, ballot: { ...unsettled, casts: [] } };
  return follow(before, ballot, context, { events: [opened], effects, gathers: true });
}

/** An agent votes for itself only: what another agent sends in its name is forged. */
function forged(ballot: BallotState, vote: VoteArgs, sender: string | undefined): Refusal | undefined {
  const [, kind, name] = sender?.split(':') ?? [];
  const voter = ballot.electorate.find((each) => each.id === vote.voter);
  return kind === 'agent' && (voter?.kind !== 'agent' || name !== vote.voter)
    ? refuse('not-a-voter', `${String(sender)} cannot vote as ${vote.voter}`)
    : undefined;
}

function voting(via: Cast['via']): Handler<State, VoteArgs> {
  return {
    parse: (args): Parsed<VoteArgs> => parseVote(args),
    admit: (state, vote) => voteRefusal(state.ballot, vote),
    decide: (state, vote, context) => {
      const refusal = forged(state.ballot, vote, context.sender);
      if (refusal !== undefined) return { state, refusal };
      const ballot = castVote(state.ballot, vote, via, context.now);
      return follow(state, ballot, context, via === 'update' ? { reply: { counted: true } } : {});
    },
  };
}

const withdrawal: Handler<State, unknown> = {
  parse: (args) => ({ ok: true, args }),
  decide: (state, _args, context) => follow(state, withdrawBallot(state.ballot, context.now), context),
};

/** One heartbeating activity asks every thinking voter; begun again after a renewal, it asks nobody twice. */
const askVoters: EffectHandler<State> = {
  restartable: true,
  perform: async (effect, input, stamp) => {
    const ask = effect.data as Ask;
    const leftMs = Math.max(0, Date.parse(ask.deadline) - Date.now());
    const activities = proxyActivities<FanOutActivities>({
      taskQueue: input.queues.main,
      scheduleToCloseTimeout: leftMs + ANSWER_SLACK_MS,
      startToCloseTimeout: leftMs + ANSWER_SLACK_MS,
      heartbeatTimeout: 10_000,
      retry: { initialInterval: 200, maximumInterval: 5_000 },
      summary: `ask ${String(ask.voters.length)} ${ask.voters.length === 1 ? 'voter' : 'voters'}`,
    });
    try {
      return await activities.askVoters({ ...ask, stamp });
    } catch {
      return { casts: [], lost: [] } satisfies Answers;
    }
  },
  settle: (state, _effect, outcome, context) => {
    const { casts, lost } = outcome as Answers;
    const votes = casts.map(({ voter, choice, value, reason, measured }): VoteArgs => ({
      voter,
      choice,
      ...(value === undefined ? {} : { value }),
      ...(reason === undefined ? {} : { reason: reason.slice(0, MAX_REASON) }),
      ...(measured === undefined ? {} : { measured }),
    }));
    const ballot = castVotes(state.ballot, votes, 'asked', context.now);
    return follow(state, loseVoters(ballot, lost, context.now), context);
  },
};

function numbersOf({ median, yes, no, eligible }: Tally): string {
  if (median === undefined) return `${String(yes)} yes, ${String(no)} no of ${String(eligible)}`;
  return `${median.variable} ${String(median.value)}, by ${String(median.weight)} of ${String(eligible)}`;
}

function describe({ ballot }: State): { readonly status: string; readonly markdown: string } {
  const { tally, subject } = ballot;
  const votes = ballot.casts.map(
    (cast) =>
      `- ${cast.voter}: **${saidBy(cast)}** (${originOf(cast)}) ${(cast.reason ?? '').slice(0, 150).replace(/[\r\n]+/g, ' ')}`,
  );
  const waiting = outstanding(ballot).map((voter) => voter.id);
  const whom = waiting.slice(0, 20).join(', ') || 'votes in place of standing ones';
  const line =
    tally === undefined
      ? `Waiting for ${whom} until ${new Date(ballot.deadline).toISOString()}`
      : `Decided: **${tally.outcome}**, because ${tally.because} (${numbersOf(tally)})`;
  const title = `**Ballot** on ${subject.title}, proposed by ${subject.proposer}`;
  const status = tally === undefined ? 'open' : 'decided';
  const because = subject.because === undefined ? [] : ['', `Because: ${subject.because.slice(0, 500)}`];
  return { status, markdown: [title, ...because, '', line, '', ...votes.slice(0, 50)].join('\n') };
}

const ballotDefinition: EntityDefinition<BallotInit, State> = {
  kind: 'ballot',
  isPart: true,
  schema: 1,
  upcast: {},
  create,
  commands: { vote: voting('update') },
  notices: { voted: voting('signal'), withdrawn: withdrawal },
  inspections: { ballot: (state) => ballotView(state.ballot) },
  effects: { askVoters },
  wakeAt: ({ ballot, lingerMs, isOver }) => {
    if (ballot.tally === undefined) return ballot.deadline;
    return isOver ? undefined : Date.parse(ballot.tally.decidedAt) + lingerMs;
  },
  wake: (state, context) =>
    state.ballot.tally === undefined
      ? follow(state, closeBallot(state.ballot, context.now), context)
      : { state: { ...state, isOver: true } },
  describe,
  finished: ({ ballot, isOver }) =>
    isOver ? { reason: { kind: 'normal' }, outcome: ballot.tally?.outcome ?? 'kept' } : undefined,
};

/**
 * One ballot: opens with a frozen electorate, counts one vote of each voter, decides as soon as no voter that is
 * still out could change the outcome or at the deadline, reports the tally to whoever opened it, and ends a while later.
 */
export async function ballotWorkflow(input: EntityInput<BallotInit, State>): Promise<unknown> {
  return runEntity(ballotDefinition, { ...input, limits: { ...BALLOT_LIMITS, ...input.limits } });
}
