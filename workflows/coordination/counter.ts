import type { AddArgs, AllocateArgs, CounterSpec, ResetArgs } from '../../src/contracts/coordination/counter';
import type { EntityInput } from '../../src/contracts/entity';
import type { NewEvent } from '../../src/contracts/envelope';
import { isRefusal, type Refusal } from '../../src/contracts/errors';
import {
  allocated,
  countedFrom,
  counterLine,
  counterView,
  openCounter,
  overAt,
  parseCounterSpec,
  rangeRefusal,
  resetRefusal,
  resetTo,
  specRefusal,
  stepped,
  stepRefusal,
  type CounterState,
} from '../../src/domain/coordination/counter';
import { counted } from '../../src/domain/words';
import type { Context, EntityDefinition, Handler, Parsed, Step } from '../kernel/decider';
import { runEntity } from '../kernel/entity';
import { endings, goneRefusal, objectOf } from './endings';

type State = CounterState;

/** Reads what every message to a counter has; what is its own is said by the rule. */
function parsed<A>(args: unknown): Parsed<A> {
  const read = objectOf(args);
  if (!read.ok) return read;
  const { spec } = read.args;
  const known = spec === undefined ? undefined : parseCounterSpec(spec);
  return isRefusal(known) ? { ok: false, refusal: known } : { ok: true, args: args as A };
}

/** What keeps any message out: the counter ends, or is another than it is taken for. */
function keptOut(state: State, spec: CounterSpec | undefined): Refusal | undefined {
  return goneRefusal('counter', state) ?? specRefusal(state, spec);
}

const told = (state: State): { readonly value: number; readonly summary: string } => ({
  value: state.value,
  summary: counterLine(state),
});

const add: Handler<State, AddArgs> = {
  parse: parsed,
  admit: (state, { by, spec }) => keptOut(state, spec) ?? stepRefusal(state, by),
  decide: (state, { by }, { now }) => {
    const next = stepped(state, by, now);
    const event: NewEvent = { type: 'counter.added', data: { by, ...told(next) } };
    return { state: next, reply: countedFrom(state, next), events: [event], gathers: true };
  },
};

const reset: Handler<State, ResetArgs> = {
  parse: parsed,
  admit: (state, { to, spec }) => keptOut(state, spec) ?? resetRefusal(state, to),
  decide: (state, { to }, { now }) => {
    const next = resetTo(state, to, now);
    const event: NewEvent = { type: 'counter.reset', data: { before: state.value, ...told(next) } };
    return { state: next, reply: countedFrom(state, next), events: [event], gathers: true };
  },
};

const allocate: Handler<State, AllocateArgs> = {
  parse: parsed,
  admit: (state, { count, spec }) => keptOut(state, spec) ?? rangeRefusal(count),
  decide: (state, { count }, { now }) => {
    const outcome = allocated(state, count, now);
    if (isRefusal(outcome)) return { state, refusal: outcome };
    const event: NewEvent = { type: 'counter.allocated', data: { ...outcome.range, ...told(outcome.state) } };
    return { state: outcome.state, reply: outcome.range, events: [event], gathers: true };
  },
};

const deletion: Handler<State, unknown> = {
  parse: parsed,
  admit: (state) => goneRefusal('counter', state),
  decide: (state, _args, { now }) => ({
    state: { ...state, deletedAt: now },
    reply: { value: state.value },
    events: [{ type: 'counter.deleted', data: told(state) }],
  }),
};

function resume(state: State, { generation }: Context): Step<State> {
  const { hasReturned, ...same } = state;
  if (hasReturned === undefined) return { state };
  const { firstRunId } = generation;
  return { state: same, events: [{ type: 'counter.wentOn', data: { firstRunId, ...told(same) } }] };
}

function describe(state: State): { readonly status: string; readonly markdown: string } {
  const { newest, revision, changedAt, deletedAt } = state;
  const since = new Date(changedAt).toISOString();
  const lines = [`**Counter** at ${counterLine(state)}`, '', `${counted(revision, 'change')}, the last at ${since}`];
  const ids = newest === undefined ? [] : ['', `Newest ids: ${String(newest.from)} to ${String(newest.to - 1)}`];
  const waits = deletedAt === undefined ? 'Waits for: a message' : 'Ends: it is deleted';
  return { status: 'running', markdown: [...lines, ...ids, '', waits].join('\n') };
}

const counterDefinition: EntityDefinition<CounterSpec, State> = {
  kind: 'counter',
  isPart: true,
  schema: 1,
  upcast: {},
  create: (init, { now }) => {
    const spec = parseCounterSpec(init);
    return isRefusal(spec) ? { state: openCounter({}, now), refusal: spec } : { state: openCounter(spec, now) };
  },
  commands: { add, reset, allocate, deleteCounter: deletion },
  notices: {},
  inspections: { counter: (state) => goneRefusal('counter', state) ?? counterView(state) },
  effects: {},
  resume,
  describe,
  ...endings<State>(overAt),
};

/**
 * One counter: adds within its bounds, each request once, and hands out ranges of ids. It holds a number, so that it ends by
 * nothing but its deletion; one that was stopped or terminated goes on where it ended with its next use.
 */
export async function counterWorkflow(input: EntityInput<CounterSpec, State>): Promise<unknown> {
  return runEntity(counterDefinition, input);
}
