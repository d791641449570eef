import { ApplicationFailure, type CancellationScope, isCancellation, proxyActivities } from '@temporalio/workflow';
import {
  DEFAULT_AGENT_LIMITS,
  type AgentActivities,
  type AgentInit,
  type Call,
  type Decision,
} from '../src/contracts/agent';
import type { Subject } from '../src/contracts/coordination/ballot';
import { lockAskedSignal, type LockWord } from '../src/contracts/coordination/lock';
import { deliverUpdate, type Published } from '../src/contracts/coordination/topic';
import {
  exitSignal,
  type Effect,
  type EntityInput,
  type EntityLimits,
  type ExitReport,
  type Message,
  type Previous,
} from '../src/contracts/entity';
import type { NewEvent, StoreActivities } from '../src/contracts/envelope';
import { isRefusal, refuse, type Refusal } from '../src/contracts/errors';
import type { JoinRequest } from '../src/contracts/groups';
import { show, workflowId } from '../src/contracts/ids';
import type { FinishedStudy } from '../src/contracts/optimisation/study';
import { queueOf } from '../src/contracts/task-queues';
import type { Announcement } from '../src/contracts/variable-set';
import {
  dueTimers,
  ENDING_LIMITS,
  nextTimer,
  validated,
  type AgentHolding,
  type AgentState,
  type AgentTimer,
} from '../src/domain/agent';
import { topicMatches } from '../src/domain/coordination/topic';
import { standingBallot } from '../src/domain/coordination/standing-vote';
import { durationMs } from '../src/domain/duration';
import { declared, join, leave, parseJoin, parseLeave, type Belonging } from '../src/domain/groups';
import { agentContext, refusalOf, type Acts, type AgentRun } from './agent-context';
import { agentLocks } from './agent-locks';
import type { AgentContext, AgentDefinition, AnyAgentSpec, Vote } from './agent-definition';
import { carryTokens } from './kernel/correlation';
import type { AnyHandler, Context, EffectHandler, EntityDefinition, Parsed, Send, Step } from './kernel/decider';
import { runEntity } from './kernel/entity';

type State = AgentState<unknown>;
/** What came of a user's handler. */
interface Done {
  readonly state?: unknown;
  readonly reply?: unknown;
  readonly refusal?: Refusal;
  readonly events?: readonly NewEvent[];
}

const SUBSCRIBE_TRIES_MS = 600_000;

/** What a request means, in the form of a parsed message. */
function readAs<A>(parsed: A | Refusal): Parsed<A> {
  return isRefusal(parsed) ? { ok: false, refusal: parsed } : { ok: true, args: parsed };
}

function belonging(state: State, made: Belonging<unknown> | Refusal): Step<State> {
  if (isRefusal(made)) return { state, refusal: made };
  return { state: { ...state, groups: made.groups }, reply: made.reply, events: made.events };
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

/** Timers get their ids when the step is committed. */
function withTimers(state: State, acts: Acts): State {
  if (acts.timers.length === 0) return state;
  const timers: AgentTimer[] = acts.timers.map((timer, at) => ({ ...timer, id: String(state.timersSet + at + 1) }));
  return { ...state, timers: [...state.timers, ...timers], timersSet: state.timersSet + timers.length };
}

/** What a handler began and did not wait for ends with it. */
function abandon(acts: Acts): void {
  acts.isOver = true;
  for (const scope of acts.running) scope.cancel();
}

/** A step that comes to nothing gives back what it has acquired. */
function undo(run: AgentRun, acts: Acts): void {
  for (const holding of acts.kept) run.locks.renounce(holding);
}

/**
 * Runs a user's handler as one step: at once when it answers at once. A refusal that it answers, or lets pass, refuses the
 * message; any other throw is a failure of the behaviour and ends the agent.
 */
function step(
  run: AgentRun,
  state: State,
  context: Context,
  act: (ctx: AgentContext) => unknown,
  read: (result: unknown) => Done,
): Step<State> | Promise<Step<State>> {
  const { groups: before = {} } = state;
  const begun = { running: new Set<CancellationScope>(), kept: new Set<AgentHolding>(), isOver: false };
  const acts: Acts = { sends: [], timers: [], groups: before, said: [], ...begun };
  context.step?.onInterrupt(() => {
    acts.isOver = true;
    undo(run, acts);
  });
  const made = (result: unknown): Step<State> => {
    abandon(acts);
    const done = isRefusal(result) ? { refusal: result } : read(result);
    if (done.refusal !== undefined) {
      undo(run, acts);
      return { state, refusal: done.refusal };
    }
    const user = done.state === undefined ? state.user : done.state;
    const kept = user === state.user ? state : { ...state, user };
    const next = acts.groups === before ? kept : { ...kept, groups: acts.groups };
    const events = [...(done.events ?? []), ...acts.said];
    return {
      state: withTimers(next, acts),
      ...(done.reply === undefined ? {} : { reply: done.reply }),
      ...(events.length === 0 ? {} : { events }),
      // what it says of its groups does not wait
      ...(done.events === undefined || acts.said.length > 0 ? {} : { gathers: true }),
      sends: acts.sends,
    };
  };
  const failed = (error: unknown): Step<State> => {
    abandon(acts);
    const refusal = refusalOf(error) ?? (isCancellation(error) ? refuse('interrupted', 'cancelled') : undefined);
    if (refusal === undefined) throw error;
    undo(run, acts);
    return { state, refusal };
  };
  let result: unknown;
  try {
    result = act(agentContext(run, context, acts));
  } catch (error) {
    return failed(error);
  }
  return isPromise(result) ? result.then(made, failed) : made(result);
}

function parseCall(spec: AnyAgentSpec, where: 'tell' | 'ask' | 'any', args: unknown): Parsed<Call> {
  const no = (refusal: Refusal): Parsed<Call> => ({ ok: false, refusal });
  const { name, arg } = (args ?? {}) as { readonly name?: unknown; readonly arg?: unknown };
  if (typeof name !== 'string') return no(refuse('invalid-message', `a call has a name; got ${show(args)}`));
  const known = { ...(where === 'ask' ? {} : spec.tell), ...(where === 'tell' ? {} : spec.ask) };
  if (!Object.hasOwn(known, name)) {
    const names = Object.keys(known).join(', ');
    return no(refuse('unknown-message', `${spec.type} has no ${where} "${name}"; it has ${names || 'none'}`));
  }
  const valid = validated(spec.messages?.[name], name, arg);
  if (!valid.ok) return valid;
  return { ok: true, args: valid.args === undefined ? { name } : { name, arg: valid.args } };
}

function object<A>(what: string, has: (value: Partial<A>) => boolean): (args: unknown) => Parsed<A> {
  return (args) =>
    typeof args === 'object' && args !== null && has(args)
      ? { ok: true, args: args as A }
      : { ok: false, refusal: refuse('invalid-message', `${what} was expected; got ${show(args)}`) };
}

const announcementOf = object<Announcement>(
  'an announcement',
  (value) => typeof value.set === 'string' && typeof value.version === 'number' && typeof value.values === 'object',
);

/** Applies a version that is newer than the one it has (VAR-5); answers the version it has then. */
function adopt(run: AgentRun, spec: AnyAgentSpec): AnyHandler<State>['decide'] {
  return (state: State, announced: Announcement, context: Context) => {
    const { set, version } = announced;
    const had = state.versions[set] ?? 0;
    if (version <= had) return { state, reply: { version: had } };
    const next = { ...state, versions: { ...state.versions, [set]: version } };
    const events = [{ type: 'agent.adopted', data: { set, version } }];
    const read = (user: unknown): Done => ({ state: user, reply: { version }, events });
    return step(run, next, context, (ctx) => spec.onVariables?.(state.user, announced, ctx), read);
  };
}

/** The ballot records who voted what, and why: the agent says nothing of it beside that. */
function castVote(run: AgentRun, spec: AnyAgentSpec): AnyHandler<State>['decide'] {
  return (state: State, asked: { readonly subject: Subject }, context: Context) => {
    const read = (answer: unknown): Done => {
      const { choice, value, ranking, reason, measured } = answer as Vote;
      const named = { ...(value === undefined ? {} : { value }), ...(ranking === undefined ? {} : { ranking }) };
      const vote = { choice, ...named, ...(reason === undefined ? {} : { reason }) };
      return { reply: measured === undefined ? vote : { ...vote, measured } };
    };
    const think = (ctx: AgentContext): unknown => {
      if (spec.vote !== undefined) return spec.vote(state.user, asked.subject, ctx);
      if (spec.standingVote !== undefined) return standingBallot(spec.standingVote, asked.subject.values);
      return refuse('unknown-message', `${spec.type} has no vote`);
    };
    return step(run, state, context, think, read);
  };
}

function ask(
  run: AgentRun,
  spec: AnyAgentSpec,
): (state: State, call: Call, context: Context) => ReturnType<typeof step> {
  return (state, call, context) => {
    const handler = spec.ask?.[call.name];
    const act = (ctx: AgentContext): unknown =>
      handler === undefined
        ? refuse('unknown-message', `${spec.type} has no ask "${call.name}"`)
        : handler(state.user, call.arg as never, ctx);
    return step(run, state, context, act, (result) => {
      const { reply = null, state: next } = (result ?? {}) as { readonly reply?: unknown; readonly state?: unknown };
      return { reply, ...(next === undefined ? {} : { state: next }) };
    });
  };
}

/** The answer to an ask by another agent. */
function answerTo(
  { id, sender, correlationId }: Pick<Message, 'id' | 'sender' | 'correlationId'>,
  self: string,
  args: { readonly ok: boolean; readonly value: unknown },
): Send | undefined {
  if (sender === undefined || correlationId === undefined) return undefined;
  return { to: sender, signal: 'answered', args: [{ id: `${id}/answer`, args, sender: self, correlationId }] };
}

/** An ask by another agent: the answer, or the refusal, goes back as a signal. */
function askedBy(run: AgentRun, spec: AnyAgentSpec): AnyHandler<State>['decide'] {
  const answer = (state: State, context: Context, done: Step<State>): Step<State> => {
    const ok = done.refusal === undefined;
    const args = { ok, value: ok ? (done.reply ?? null) : done.refusal };
    const send = answerTo({ ...context, id: context.messageId }, context.workflowId, args);
    const sends = send === undefined ? [] : [send];
    return ok ? { ...done, sends: [...(done.sends ?? []), ...sends] } : { state, sends };
  };
  return (state: State, call: Call, context: Context) => {
    const parsed = parseCall(spec, 'ask', call);
    if (!parsed.ok) return answer(state, context, { state, refusal: parsed.refusal });
    const result = ask(run, spec)(state, parsed.args, context);
    return result instanceof Promise
      ? result.then((done) => answer(state, context, done))
      : answer(state, context, result);
  };
}

/** A message of a topic: as a tell, and answered when it is done, so that the next one of its key can come. */
function deliver(run: AgentRun, spec: AnyAgentSpec): AnyHandler<State>['decide'] {
  return (state: State, message: Published, context: Context) => {
    const [, handler] =
      Object.entries(spec.topics ?? {}).find(([pattern]) => topicMatches(pattern, message.topic)) ?? [];
    // Patterns that an older version had: nobody waits for it any more.
    if (handler === undefined) return { state, reply: null };
    const act = (ctx: AgentContext): unknown => handler(state.user, message, ctx);
    return step(run, state, context, act, (next) => (next === undefined ? {} : { state: next }));
  };
}

/** Subscribes to its topics at the start; begun again after a renewal, because repeating it is safe. */
function listening(): EffectHandler<State> {
  return {
    restartable: true,
    perform: async (effect, input) => {
      const topics = effect.data as readonly string[];
      const { subscribeToTopics } = proxyActivities<StoreActivities>({
        taskQueue: input.queues.store,
        startToCloseTimeout: 10_000,
        retry: { maximumInterval: 10_000 },
        summary: `subscribe to ${topics.join(', ')}`,
      });
      try {
        return await subscribeToTopics({ space: input.space, agent: input.name, topics });
      } catch (error) {
        return { why: error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error) };
      }
    },
    settle: (state, effect, outcome) => {
      const topics = effect.data as readonly string[];
      const { position, why = '' } = outcome as { readonly position?: number; readonly why?: string };
      if (position === undefined)
        return { state, refusal: refuse('effect-failed', `not subscribed to topics: ${why}`) };
      return { state, events: [{ type: 'agent.subscribed', data: { topics, position } }] };
    },
  };
}

function tell(run: AgentRun, spec: AnyAgentSpec): AnyHandler<State>['decide'] {
  return (state: State, call: Call, context: Context) => {
    const handler = spec.tell?.[call.name];
    if (handler === undefined) return { state, refusal: refuse('unknown-message', `no tell "${call.name}"`) };
    const act = (ctx: AgentContext): unknown => handler(state.user, call.arg as never, ctx);
    return step(run, state, context, act, (next) => (next === undefined ? {} : { state: next }));
  };
}

/** Subscribes at the start; begun again after a renewal, because repeating it is safe. */
function subscription(): EffectHandler<State> {
  return {
    restartable: true,
    perform: async (effect, input, stamp) => {
      const set = effect.data as string;
      const { subscribeTo } = proxyActivities<AgentActivities>({
        taskQueue: queueOf(input),
        startToCloseTimeout: 30_000,
        scheduleToCloseTimeout: SUBSCRIBE_TRIES_MS,
        retry: { maximumInterval: 5_000 },
        summary: `subscribe to ${set}`,
      });
      const message = { id: `${effect.id}/${input.name}`, args: { agent: input.name, interested: true }, stamp };
      try {
        return await subscribeTo({ space: input.space, set, message });
      } catch {
        return undefined;
      }
    },
    settle: (state, effect, outcome) => {
      const { version, values } = (outcome ?? {}) as Partial<Announcement>;
      if (version === undefined || values === undefined) {
        return { state, refusal: refuse('variable-set-not-found', `no set ${String(effect.data)} to subscribe to`) };
      }
      const set = effect.data as string;
      const message = { id: `${effect.id}/current`, args: { set, version, values } };
      return { state, notices: [{ name: 'announced', message }] };
    },
  };
}

function firstTimers(spec: AnyAgentSpec, now: number): readonly AgentTimer[] {
  return Object.entries(spec.every ?? {}).map(([name, every]) => {
    const everyMs = durationMs(every) ?? 0;
    return { id: `every-${name}`, at: now + everyMs, name, everyMs };
  });
}

/** What the agent wants of the state that it had before; nothing when it begins afresh. */
function restored(spec: AnyAgentSpec, { kept, why }: Previous): { readonly state: unknown } | undefined {
  const { restart = 'fresh', schema = 1, upcast = {} } = spec;
  if (restart === 'fresh') return undefined;
  let state = kept.state;
  for (let version = kept.schema; version < schema; version += 1) state = upcast[version]?.(state as never) ?? state;
  return { state: restart === 'last' ? state : restart(state, why) };
}

function create(run: AgentRun, spec: AnyAgentSpec): EntityDefinition<AgentInit, State>['create'] {
  return (init, context) => {
    const { previous } = run.input;
    const first = { timers: firstTimers(spec, context.now), timersSet: 0, versions: {} };
    const groups = declared(spec.groups);
    const begin = (ctx: AgentContext): unknown => {
      // they were checked when the agent was defined
      if (!isRefusal(groups)) for (const { group, ...marks } of groups) ctx.join(group, marks);
      const user = previous === undefined ? undefined : restored(spec, previous);
      const state = user === undefined ? (spec.state as (args: unknown) => unknown)(init.args) : user.state;
      if (spec.init === undefined) return state;
      const result = spec.init(state, init.args as never, ctx);
      return isPromise(result) ? result.then((next) => next ?? state) : (result ?? state);
    };
    // The set answers a request that it knows as the first time: an agent begun anew needs one of its own.
    const effects: Effect[] = (spec.subscribe ?? []).map((set) => ({
      kind: 'subscribe',
      id: `subscribe-${set}-${String(context.generation.number)}`,
      data: set,
    }));
    const topics = Object.keys(spec.topics ?? {});
    if (topics.length > 0)
      effects.push({ kind: 'listen', id: `listen-${String(context.generation.number)}`, data: topics });
    const done = step(run, { user: null, ...first }, context, begin, (user) => ({ state: user }));
    return done instanceof Promise ? done.then((made) => ({ ...made, effects })) : { ...done, effects };
  };
}

/** Wakes the tells whose time has come. */
function wake(state: State, context: Context): Step<State> {
  const { due, left } = dueTimers(state.timers, context.now);
  const notices = due.map(({ id, at, name, arg }) => ({
    name: 'tell',
    message: {
      id: `timer-${id}@${String(at)}`,
      args: arg === undefined ? { name } : { name, arg },
      sender: context.workflowId,
    },
  }));
  return { state: { ...state, timers: left }, notices };
}

function describe(spec: AnyAgentSpec, { input, locks }: AgentRun): EntityDefinition<AgentInit, State>['describe'] {
  return (state) => {
    const sets = Object.entries(state.versions).map(([set, version]) => `${set} version ${String(version)}`);
    const groups = Object.keys(state.groups ?? {});
    const next = nextTimer(state.timers);
    const where = input.queue === undefined ? '' : ` on queue ${input.queue}`;
    const lines = [
      `**${input.name}**, an agent of type \`${spec.type}\`${where}, owned by ${input.owner}`,
      '',
      `- takes: ${[...Object.keys(spec.tell ?? {}), ...Object.keys(spec.ask ?? {})].join(', ') || 'nothing'}`,
      ...(sets.length === 0 ? [] : [`- serves: ${sets.join(', ')}`]),
      ...(spec.topics === undefined ? [] : [`- hears: ${Object.keys(spec.topics).join(', ')}`]),
      ...(locks.holdings.length === 0 ? [] : [`- holds: ${locks.holdings.map(({ key }) => key).join(', ')}`]),
      ...(groups.length === 0 ? [] : [`- member of: ${groups.join(', ')}`]),
      `- waits for: ${next === undefined ? 'a message' : `a message, or its timer at ${new Date(next).toISOString()}`}`,
    ];
    return { status: 'running', markdown: lines.join('\n') };
  };
}

function failure(error: unknown): Refusal {
  if (error instanceof ApplicationFailure) return refusalOf(error) ?? refuse('agent-failed', error.message);
  return refuse('agent-failed', error instanceof Error ? error.message : show(error));
}

function upcasts(spec: AnyAgentSpec): EntityDefinition<AgentInit, State>['upcast'] {
  const lifts = Object.entries(spec.upcast ?? {}).map(
    ([version, lift]) =>
      [version, (state: unknown) => ({ ...(state as State), user: lift((state as State).user as never) })] as const,
  );
  return Object.fromEntries(lifts);
}

/** Somebody asks for a lock: the behaviour agrees, or it does not. */
function askedBack(run: AgentRun, onRevoke: NonNullable<AnyAgentSpec['onRevoke']>): AnyHandler<State> {
  type Word = LockWord & { readonly reason: string };
  return {
    parse: object<Word>('a question for a lock', ({ request, session }) => typeof (request ?? session) === 'string'),
    decide: (state: State, word: Word, context: Context) => {
      const holding = run.locks.meant(word);
      if (holding === undefined) return { state };
      const { key: lock, token } = holding;
      const read = (answer: unknown): Done => {
        const { agrees, ...more } = typeof answer === 'boolean' ? { agrees: answer } : (answer as { agrees: boolean });
        run.locks.answer(holding, agrees);
        return more;
      };
      return step(run, state, context, (ctx) => onRevoke(state.user, { lock, token, reason: word.reason }, ctx), read);
    },
  };
}

/** The behaviour of a definition as an entity of the kernel, for one run. */
function agentEntity(spec: AnyAgentSpec, input: EntityInput<AgentInit, State>): EntityDefinition<AgentInit, State> {
  const { effectsInFlight = DEFAULT_AGENT_LIMITS.effectsInFlight, ...limits } = spec.limits ?? {};
  const given = input.limits as Partial<EntityLimits & { effectsInFlight: number }> | undefined;
  const run: AgentRun = {
    input: input,
    effectsInFlight: given?.effectsInFlight ?? effectsInFlight,
    effects: 0,
    asks: 0,
    answers: new Map(),
    locks: agentLocks(input),
    isAskable: spec.onRevoke !== undefined,
  };
  carryTokens(() => run.locks.tokens());
  const { terminate, onDecision, onStudy, onExit, onRevoke } = spec;
  return {
    kind: 'agent',
    schema: spec.schema ?? 1,
    ...((spec.restart ?? 'fresh') === 'fresh' ? {} : { keeps: ({ user }: State) => user }),
    fatal: (spec.endsOver ?? []).map((limit) => ENDING_LIMITS[limit]),
    upcast: upcasts(spec),
    limits,
    create: create(run, spec),
    commands: {
      ask: { parse: (args) => parseCall(spec, 'ask', args), decide: ask(run, spec) },
      castVote: {
        parse: object<{ ballot: string; subject: Subject }>(
          'a ballot and its subject',
          (value) => typeof value.ballot === 'string',
        ),
        decide: castVote(run, spec),
      },
      announce: { parse: announcementOf, decide: adopt(run, spec) },
      [deliverUpdate.name]: {
        parse: object<Published>(
          'a message of a topic',
          (value) => typeof value.topic === 'string' && typeof value.id === 'string',
        ),
        decide: deliver(run, spec),
      },
      join: {
        parse: (args) => readAs(parseJoin(args)),
        decide: (state: State, asked: JoinRequest) => belonging(state, join(state.groups ?? {}, asked)),
      },
      leave: {
        parse: (args) => readAs(parseLeave(args)),
        decide: (state: State, { group }: { readonly group: string }) =>
          belonging(state, leave(state.groups ?? {}, group)),
      },
    },
    notices: {
      tell: { parse: (args) => parseCall(spec, 'tell', args), decide: tell(run, spec) },
      asked: { parse: (args) => ({ ok: true, args }), decide: askedBy(run, spec) },
      announced: { parse: announcementOf, decide: adopt(run, spec) },
      proposalDecided: {
        parse: object<Decision>('a decision', (value) => typeof value.proposal === 'number'),
        decide: (state, decision: Decision, context) =>
          step(
            run,
            state,
            context,
            (ctx) => onDecision?.(state.user, decision, ctx),
            (user) => ({ state: user }),
          ),
      },
      ...(onExit === undefined
        ? {}
        : {
            [exitSignal.name]: {
              parse: object<ExitReport>('an exit report', (value) => typeof value.reason?.kind === 'string'),
              decide: (state: State, report: ExitReport, context: Context) =>
                step(
                  run,
                  state,
                  context,
                  (ctx) => onExit(state.user, report, ctx),
                  (user) => ({ state: user }),
                ),
            },
          }),
      ...(onRevoke === undefined ? {} : { [lockAskedSignal.name]: askedBack(run, onRevoke) }),
      studyEnded: {
        parse: object<FinishedStudy>('the end of a study', (value) => typeof value.study === 'string'),
        decide: (state, finished: FinishedStudy, context) =>
          step(
            run,
            state,
            context,
            (ctx) => onStudy?.(state.user, finished, ctx),
            (user) => ({ state: user }),
          ),
      },
    },
    // Whoever asks waits: a mailbox that is full, or an end, must not cost it its whole deadline.
    unheard: (name, message, refusal) =>
      name === 'asked'
        ? answerTo(message, workflowId(input.space, input.kind, input.name), { ok: false, value: refusal })
        : undefined,
    direct: {
      answered: (message) => {
        const answer = message.args as { readonly ok: boolean; readonly value: unknown };
        if (message.correlationId !== undefined) run.answers.get(message.correlationId)?.(answer);
      },
      ...run.locks.direct,
    },
    carried: (state) => run.locks.carried(state),
    farewell: (reason) => run.locks.farewell(reason),
    inspections: {
      inspect: (state, call: Call) => {
        const inspect = Object.hasOwn(spec.inspect ?? {}, call.name) ? spec.inspect?.[call.name] : undefined;
        return inspect === undefined
          ? refuse('unknown-message', `${spec.type} has no inspection "${call.name}"`)
          : inspect(state.user, call.arg as never);
      },
    },
    effects: { subscribe: subscription(), listen: listening() },
    ...(spec.during === undefined ? {} : { during: spec.during }),
    ...(spec.overload === undefined ? {} : { overload: spec.overload }),
    merge: (_name, waiting, newer) => mergeCalls(waiting as Call, newer as Call),
    failure,
    wakeAt: (state) => nextTimer(state.timers),
    wake,
    ...(terminate === undefined
      ? {}
      : {
          terminate: (state: State, context: Context) =>
            step(
              run,
              state,
              context,
              (ctx) => terminate(state.user, ctx),
              (user) => ({ state: user }),
            ),
        }),
    describe: describe(spec, run),
  };
}

/** Two waiting tells of one name become one: objects are laid over each other, of anything else the newer one counts. */
function mergeCalls(waiting: Call, newer: Call): Call | undefined {
  if (waiting.name !== newer.name) return undefined;
  const isPlain = (arg: unknown): arg is object => typeof arg === 'object' && arg !== null && !Array.isArray(arg);
  return isPlain(waiting.arg) && isPlain(newer.arg)
    ? { name: newer.name, arg: { ...waiting.arg, ...newer.arg } }
    : newer;
}

/** The workflow of a definition: the generated entry exports one per agent type, under its workflow type. */
export function agentWorkflow(definition: AgentDefinition): (input: EntityInput<AgentInit>) => Promise<unknown> {
  return (input) =>
    runEntity(
      agentEntity(definition.spec, input as EntityInput<AgentInit, State>),
      input as EntityInput<AgentInit, State>,
    );
}
