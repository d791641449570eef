import { MAX_SCORE, type CampaignArgs, type ProclaimArgs } from '../../src/contracts/coordination/election';
import { MAX_LOCK_DELAY_MS, MAX_LOCK_WAIT_MS, type LockInit } from '../../src/contracts/coordination/lock';
import type { EntityInput } from '../../src/contracts/entity';
import type { Refusal } from '../../src/contracts/errors';
import {
  asElection,
  campaign,
  campaignRefusal,
  electionEvents,
  electionText,
  electionView,
  proclaim,
  vacancyOf,
} from '../../src/domain/coordination/election';
import { anything, messageOf, optional, text, whole } from '../../src/domain/coordination/messages';
import type { AnyHandler, Context, EntityDefinition, Handler, Step } from '../kernel/decider';
import { runEntity } from '../kernel/entity';
import { accepting, answered, arbiter, breaking, releasing, withdrawing, type State } from './lock';

const inWords = (refusal: Refusal | undefined): Refusal | undefined =>
  refusal === undefined ? undefined : asElection(refusal);

/** What a lock did, said in the words of an election; and whether nobody leads for too long. */
function told(step: Step<State>, { now }: Context): Step<State> {
  const { refusal, events = [], state } = step;
  if (refusal !== undefined) return { ...step, refusal: asElection(refusal) };
  const { vacancy: before, ...rest } = state;
  const { vacancy, events: unsettled } = vacancyOf(before, state.lock, now);
  const next = vacancy === before ? state : vacancy === undefined ? rest : { ...rest, vacancy };
  return { ...step, state: next, events: [...electionEvents(events, state.lock), ...unsettled] };
}

/** A message to a lock that comes to an election. */
function electing(handler: AnyHandler<State>): AnyHandler<State> {
  return {
    parse: handler.parse,
    admit: (state, args) => inWords(handler.admit?.(state, args)),
    decide: (state, args, context) => {
      const step = handler.decide(state, args, context);
      return step instanceof Promise ? step.then((each) => told(each, context)) : told(step, context);
    },
  };
}

const campaigning: Handler<State, CampaignArgs> = {
  parse: messageOf<CampaignArgs>('acquire', {
    request: text(),
    session: text(),
    waitMs: whole(0, MAX_LOCK_WAIT_MS),
    lockDelayMs: optional(whole(0, MAX_LOCK_DELAY_MS)),
    value: optional(anything),
    score: optional(whole(-MAX_SCORE, MAX_SCORE)),
  }),
  admit: ({ lock }, args) => campaignRefusal(lock, args, Date.now()),
  decide: (state, args, context) => answered(state, campaign(state.lock, args, context.now), context),
};

const proclaiming: Handler<State, ProclaimArgs> = {
  parse: messageOf<ProclaimArgs>('proclaim', {
    session: text(),
    term: whole(1, Number.MAX_SAFE_INTEGER),
    value: anything,
  }),
  admit: ({ lock }, args) => proclaim(lock, args).refusal,
  decide: (state, args, context) => answered(state, proclaim(state.lock, args), context),
};

type Revoking = typeof breaking extends Handler<State, infer A> ? A : never;

/** Its leader hears why, when it looks. */
const revoking: Handler<State, Revoking> = {
  ...breaking,
  decide: (state, args, context) => {
    const [leader] = state.lock.holders;
    const revoked = leader === undefined ? {} : { revoked: { term: leader.token, reason: args.reason } };
    return breaking.decide({ ...state, ...revoked }, args, context);
  },
};

const rules = arbiter('election');

/** One election: a lock whose holder, the leader, says something. */
const electionDefinition: EntityDefinition<LockInit, State> = {
  ...rules,
  commands: {
    acquire: electing(campaigning),
    accept: electing(accepting),
    release: electing(releasing),
    withdraw: electing(withdrawing),
    break: electing(revoking),
    proclaim: proclaiming,
  },
  notices: Object.fromEntries(Object.entries(rules.notices).map(([name, each]) => [name, electing(each)])),
  inspections: { election: ({ lock, revoked }) => electionView(lock, revoked) },
  wake: (state: State, context: Context) => told(rules.wake?.(state, context) ?? { state }, context),
  describe: ({ lock, revoked }) => {
    const view = electionView(lock, revoked);
    return { status: view.state, markdown: electionText(view) };
  },
};

/**
 * The arbiter of one election: one leader after the other, each in a term that is higher than all before it. Ends when nobody has needed
 * it for a while; the next campaign starts it again.
 */
export async function electionWorkflow(input: EntityInput<LockInit, State>): Promise<unknown> {
  return runEntity(electionDefinition, input);
}
