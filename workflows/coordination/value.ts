import { TOLD_VALUE_BYTES, type Compared } from '../../src/contracts/coordination/value';
import type { EntityInput } from '../../src/contracts/entity';
import type { NewEvent } from '../../src/contracts/envelope';
import {
  comparedAndSet,
  openValue,
  valueLine,
  valueOverAt,
  valueRefusal,
  valueSet,
  valueView,
  versionRefusal,
  type ValueState,
} from '../../src/domain/coordination/value';
import { jsonBytes } from '../../src/domain/mailbox';
import type { Context, EntityDefinition, Handler, Parsed, Step } from '../kernel/decider';
import { runEntity } from '../kernel/entity';
import { endings, goneRefusal, objectOf } from './endings';

type State = ValueState;
interface SetArgs {
  readonly value: unknown;
}
type CompareArgs = SetArgs & { readonly version: number };

function parsed<A>(args: unknown, ...refusals: readonly ((args: A) => ReturnType<typeof valueRefusal>)[]): Parsed<A> {
  const read = objectOf(args);
  if (!read.ok) return read;
  for (const refusalOf of refusals) {
    const refusal = refusalOf(args as A);
    if (refusal !== undefined) return { ok: false, refusal };
  }
  return { ok: true, args: args as A };
}

/** A long value is told by its length alone. */
function changed(before: State, after: State): readonly NewEvent[] {
  if (after === before) return [];
  const bytes = jsonBytes(after.value) ?? 0;
  const what = bytes > TOLD_VALUE_BYTES ? { bytes } : { value: after.value };
  const data = { version: after.version, before: before.version, ...what, summary: valueLine(after) };
  return [{ type: 'value.changed', data }];
}

const set: Handler<State, SetArgs> = {
  parse: (args) => parsed<SetArgs>(args, ({ value }) => valueRefusal(value)),
  admit: (state) => goneRefusal('value', state),
  decide: (state, { value }, { now }) => {
    const next = valueSet(state, value, now);
    const reply = { version: next.version, before: state.version };
    return { state: next, reply, events: changed(state, next), gathers: true };
  },
};

const compareAndSet: Handler<State, CompareArgs> = {
  parse: (args) =>
    parsed<CompareArgs>(
      args,
      ({ version }) => versionRefusal(version),
      ({ value }) => valueRefusal(value),
    ),
  admit: (state) => goneRefusal('value', state),
  decide: (state, { version, value }, { now }) => {
    const next = comparedAndSet(state, version, value, now);
    const reply: Compared = { swapped: next !== state, version: next.version, value: next.value };
    return { state: next, reply, events: changed(state, next), gathers: true };
  },
};

const deletion: Handler<State, unknown> = {
  parse: (args) => parsed(args),
  admit: (state) => goneRefusal('value', state),
  decide: (state, _args, { now }) => ({
    state: { ...state, deletedAt: now },
    reply: { version: state.version },
    events: [{ type: 'value.deleted', data: { version: state.version, summary: valueLine(state) } }],
  }),
};

function resume(state: State, { generation }: Context): Step<State> {
  const { hasReturned, ...same } = state;
  if (hasReturned === undefined) return { state };
  const { firstRunId } = generation;
  return { state: same, events: [{ type: 'value.wentOn', data: { firstRunId, summary: valueLine(same) } }] };
}

function describe(state: State): { readonly status: string; readonly markdown: string } {
  const { changedAt, deletedAt } = state;
  const waits = deletedAt === undefined ? 'Waits for: a message' : 'Ends: it is deleted';
  const since = `Since ${new Date(changedAt).toISOString()}`;
  return { status: 'running', markdown: [`**Shared value** ${valueLine(state)}`, '', since, '', waits].join('\n') };
}

const valueDefinition: EntityDefinition<Record<string, never>, State> = {
  kind: 'value',
  isPart: true,
  schema: 1,
  upcast: {},
  create: (_init, { now }) => ({ state: openValue(now) }),
  commands: { set, compareAndSet, deleteValue: deletion },
  notices: {},
  inspections: { value: (state) => goneRefusal('value', state) ?? valueView(state) },
  effects: {},
  resume,
  describe,
  ...endings<State>(valueOverAt),
};

/**
 * One shared value: any JSON with a version that only grows, set or compared and set. It ends by nothing but its deletion; one
 * that was stopped or terminated goes on where it ended with its next use.
 */
export async function valueWorkflow(input: EntityInput<Record<string, never>, State>): Promise<unknown> {
  return runEntity(valueDefinition, input);
}
