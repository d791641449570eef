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
  mayGoOn,
  openBallot,
  outstanding,
  roundOf,
  shownCasts,
  soFar,
  voteRefusal,
  withdrawBallot,
  type BallotState,
} from '../../src/domain/coordination/ballot';
import { openingRefusal } from '../../src/domain/coordination/opening';
import { parseVote } from '../../src/domain/coordination/vote';
import type { Context, EffectHandler, EntityDefinition, Handler, Parsed, Step } from '../kernel/decider';
import { runEntity } from '../kernel/entity';

interface State {
  readonly ballot: BallotState;
  readonly reportTo?: string;
  readonly generation?: number;
  /** When the workflow may end: a while after the decision, so that a late vote gets its answer. */
  readonly lingerMs: number;
  readonly isOver: boolean;
}

type Ask = Parameters<FanOutActivities['askVoters']>[0];
type Answers = Awaited<ReturnType<FanOutActivities['askVoters']>>;

const BALLOT_LIMITS = { stateBytes: 1_800_000 };
const ANSWER_SLACK_MS = 30_000;

/** What changed: new casts, unless rounds hide them until the decision, and rounds that are over. */
function changes(before: BallotState, after: BallotState): NewEvent[] {
  const known = new Set(before.casts);
  const casts = after.rounds === undefined ? after.casts.filter((cast) => !known.has(cast)) : [];
  const rounds = after.rounds?.closed.slice(before.rounds?.closed.length ?? 0) ?? [];
  return [
    ...casts.map((cast): NewEvent => ({ type: 'ballot.voteCast', data: { cast } })),
    ...rounds.map(({ feedback }): NewEvent => ({ type: 'ballot.roundClosed', data: { feedback } })),
  ];
}

/** The events, the asks and the report that follow from a change of the ballot: the decision once. */
function follow(state: State, ballot: BallotState, context: Context, more: Partial<Step<State>> = {}): Step<State> {
  const before = state.ballot;
  const events: NewEvent[] = [...(more.events ?? []), ...changes(before, ballot)];
  const next = { ...state, ballot };
  const { tally } = ballot;
  const isNewRound = roundOf(ballot) !== roundOf(before);
  const effects = [...(more.effects ?? []), ...(isNewRound ? asks(ballot, context) : [])];
  if (tally === undefined || before.tally !== undefined)
    return { ...more, state: next, events, ...(effects.length === 0 ? {} : { effects }) };
  events.push({ type: 'ballot.decided', data: { tally } });
  const { generation } = state;
  const report = {
    id: `${context.workflowId}/decided`,
    sender: context.workflowId,
    args: { proposal: ballot.subject.proposal, tally, ...(generation === undefined ? {} : { generation }) },
  };
  const { reportTo } = state;
  const isMoot = tally.because === 'withdrawn' || reportTo === undefined;
  const sends = isMoot ? [] : [{ to: reportTo, signal: 'ballotDecided', args: [report] }];
  return { ...more, state: next, events, sends };
}

/** Each round asks by an effect of its own: what comes back of an earlier one is not counted in it. */
const askId = (ballot: BallotState): string => {
  const round = roundOf(ballot) ?? 1;
  return round === 1 ? 'ask' : `ask-${String(round)}`;
};

/** Asks the agents that have not voted, all at once. */
function asks(ballot: BallotState, context: Context): Effect[] {
  const voters = outstanding(ballot)
    .filter((voter) => voter.kind === 'agent')
    .map((voter) => voter.id);
  if (voters.length === 0 || ballot.tally !== undefined) return [];
  const data: Ask = {
    ballot: context.name,
    space: context.space,
    voters,
    subject: ballot.subject,
    deadline: new Date(Math.min(ballot.deadline, context.now + ASK_MAX_MS)).toISOString(),
    settles: { ...soFar(ballot), lost: [] },
    ...(mayGoOn(ballot) ? { all: true } : {}),
  };
  return [{ kind: 'askVoters', id: askId(ballot), data }];
}

function create(init: BallotInit, context: Context): Step<State> {
  const { electorate, rule, subject, reportTo, rounds, generation, lingerMs = BALLOT_LINGER_MS } = init;
  const unfit = reportTo === undefined ? openingRefusal(init) : undefined;
  if (unfit !== undefined) return { state: {} as State, refusal: unfit };
  const ballot = openBallot(init, context.now);
  const deadline = new Date(ballot.deadline).toISOString();
  const state: State = {
    ballot: { ...ballot, casts: [] },
    lingerMs,
    isOver: false,
    ...(reportTo === undefined ? {} : { reportTo }),
    ...(generation === undefined ? {} : { generation }),
  };
  const more = rounds === undefined ? {} : { rounds };
  const opened: NewEvent = { type: 'ballot.opened', data: { subject, electorate, rule, deadline, ...more } };
  const { tally: _none, ...unsettled } = ballot;
  const before = { ...state, ballot: { ...unsettled, casts: [] } };
  return follow(before, ballot, context, { events: [opened], effects: asks(ballot, context), gathers: true });
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
  settle: (state, effect, outcome, context) => {
    if (effect.id !== askId(state.ballot)) return { state };
    const { casts, lost } = outcome as Answers;
    const votes = casts.map(({ voter, choice, value, ranking, reason, measured }): VoteArgs => ({
      voter,
      choice,
      ...(value === undefined ? {} : { value }),
      ...(ranking === undefined ? {} : { ranking }),
      ...(reason === undefined ? {} : { reason: reason.slice(0, MAX_REASON) }),
      ...(measured === undefined ? {} : { measured }),
    }));
    const ballot = castVotes(state.ballot, votes, 'asked', context.now);
    return follow(state, loseVoters(ballot, lost, context.now), context);
  },
};

function numbersOf({ median, chosen, yes, no, eligible }: Tally): string {
  if (chosen !== undefined)
    return `${chosen.option ?? 'no option'}, by ${String(chosen.weight)} of ${String(eligible)}`;
  if (median === undefined) return `${String(yes)} yes, ${String(no)} no of ${String(eligible)}`;
  return `${median.variable} ${String(median.value)}, by ${String(median.weight)} of ${String(eligible)}`;
}

function describe({ ballot }: State): { readonly status: string; readonly markdown: string } {
  const { tally, subject } = ballot;
  const votes = shownCasts(ballot).map(
    (cast) =>
      `- ${cast.voter}: **${saidBy(cast)}** (${originOf(cast)}) ${(cast.reason ?? '').slice(0, 150).replace(/[\r\n]+/g, ' ')}`,
  );
  const waiting = outstanding(ballot).map((voter) => voter.id);
  const whom = waiting.slice(0, 20).join(', ') || 'votes in place of standing ones';
  const line =
    tally === undefined
      ? `Waiting for ${whom} until ${new Date(ballot.deadline).toISOString()}`
      : `Decided: **${tally.outcome}**, because ${tally.because} (${numbersOf(tally)})`;
  const round = roundOf(ballot);
  const inRound = round === undefined || tally !== undefined ? [] : ['', `Round ${String(round)}`];
  const title = `**Ballot** on ${subject.title}, proposed by ${subject.proposer}`;
  const status = tally === undefined ? 'open' : 'decided';
  const because = subject.because === undefined ? [] : ['', `Because: ${subject.because.slice(0, 500)}`];
  return { status, markdown: [title, ...because, ...inRound, '', line, '', ...votes.slice(0, 50)].join('\n') };
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
  wake: (state, context) => {
    const { ballot } = state;
    if (ballot.tally !== undefined) return { state: { ...state, isOver: true } };
    // The last vote of a round and its deadline may come in one task: the deadline is then that of the next round.
    const isEarly = ballot.rounds !== undefined && context.now < ballot.deadline;
    return isEarly ? { state } : follow(state, closeBallot(ballot, context.now), context);
  },
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
