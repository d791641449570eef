import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  proxyActivities,
  sleep,
} from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { DEFAULT_ASK_MS, type AgentActivities, type Call } from '../src/contracts/agent';
import type { Stamp } from '../src/contracts/causality';
import type { LockName } from '../src/contracts/coordination/lock';
import { MAX_PUBLISHED_PER_STEP, PUBLISHED_PER_STEP_BYTES } from '../src/contracts/coordination/topic';
import type { EntityInput, Message, MessageIds } from '../src/contracts/entity';
import type { NewEvent } from '../src/contracts/envelope';
import { isRefusal, refuse, type Refusal } from '../src/contracts/errors';
import type { Memberships } from '../src/contracts/groups';
import { show } from '../src/contracts/ids';
import { queueOf } from '../src/contracts/task-queues';
import type { Values } from '../src/contracts/variable';
import type { Verdict } from '../src/contracts/variable-set';
import { isCycle, type AgentHolding } from '../src/domain/agent';
import { inLockOrder } from '../src/domain/coordination/together';
import { sha256 } from '../src/domain/canonical-json';
import { unpublishable } from '../src/domain/coordination/topic';
import { durationMs } from '../src/domain/duration';
import { jsonBytes } from '../src/domain/mailbox';
import { join, leave, parseJoin, parseLeave, type Belonging } from '../src/domain/groups';
import { isRecord } from '../src/domain/record';
import { LOCK_WAIT_MS, type AgentLockOptions, type AgentLocks } from './agent-locks';
import type { AgentContext, DoOptions } from './agent-definition';
import { carrying } from './kernel/correlation';
import type { Context, Send } from './kernel/decider';
import { toFailure } from './kernel/failure';

const EFFECT_MS = 300_000;
const EFFECT_ATTEMPTS = 3;
const PLATFORM_MS = 30_000;
const PLATFORM_ATTEMPTS = 5;

/** What a handler left beside its state; becomes real only when its step is committed. */
export interface Acts {
  readonly sends: Send[];
  readonly timers: { readonly at: number; readonly name: string; readonly arg?: unknown }[];
  /** What it belongs to after what it joined and left so far, and what is said of it. */
  groups: Memberships;
  readonly said: NewEvent[];
  /** Scopes of what the handler awaits. */
  readonly running: Set<CancellationScope>;
  /** Requests of locks that are kept beyond the step, if it comes to its end. */
  readonly kept: Set<AgentHolding>;
  /** The step is over: nothing can be added to it. */
  isOver: boolean;
}

/** Takes in what a handler joined or left. @throws what is wrong with it */
function belong(acts: Acts, made: Belonging<unknown> | Refusal): void {
  if (isRefusal(made)) throw toFailure(made);
  acts.groups = made.groups;
  acts.said.push(...made.events);
}

/** What lives as long as one run of an agent, shared by its steps. */
export interface AgentRun {
  readonly input: EntityInput;
  readonly effectsInFlight: number;
  effects: number;
  asks: number;
  /** Asks that wait for an answer, by correlation id. */
  readonly answers: Map<string, (answer: { readonly ok: boolean; readonly value: unknown }) => void>;
  readonly locks: AgentLocks;
  /** It answers those who ask for what it keeps. */
  readonly isAskable: boolean;
}

/** The workflow id of an agent: a name of this space, or a workflow id as it is. */
export function agentId(space: string, agent: string): string {
  return agent.includes(':') ? agent : `${space}:agent:${agent}`;
}

/** The refusal that a throw means: one of ours that passed through the user's handler, or none. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof ApplicationFailure)) return undefined;
  const [refusal] = error.details ?? [];
  return isRefusal(refusal) ? refusal : undefined;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}

function callOf(name: string, arg: unknown): Call {
  return arg === undefined ? { name } : { name, arg };
}

/** What a handler gets of an effect that failed: the refusal of whoever was asked, or that it failed. */
function effectFailure(what: string, error: unknown): ApplicationFailure {
  const known = refusalOf(error) ?? refusalOf((error as { readonly cause?: unknown }).cause);
  if (known !== undefined) return toFailure(known);
  const code = isCancellation(error) ? 'interrupted' : 'effect-failed';
  return toFailure(refuse(code, `${what} failed: ${reasonOf(error)}`));
}

/** Runs what awaits something in a scope that ends with the step, or when a newer message interrupts it. */
async function interruptible<R>(context: Context, acts: Acts, act: () => Promise<R>): Promise<R> {
  if (context.step?.interrupted === true) throw toFailure(refuse('interrupted', 'the step was interrupted'));
  const scope = new CancellationScope({ cancellable: true });
  context.step?.onInterrupt(() => {
    scope.cancel();
  });
  acts.running.add(scope);
  try {
    return await scope.run(act);
  } finally {
    acts.running.delete(scope);
  }
}

/** Makes the context of one step. What it sends and sets is collected in `acts`. */
export function agentContext(run: AgentRun, context: Context, acts: Acts): AgentContext {
  const { input } = run;
  const { space, workflowId, messageId } = context;
  const ids = { messageId, ...(context.correlationId === undefined ? {} : { correlationId: context.correlationId }) };
  let sent = 0;
  const platform = proxyActivities<AgentActivities>({
    taskQueue: queueOf(input),
    startToCloseTimeout: PLATFORM_MS,
    retry: { maximumAttempts: PLATFORM_ATTEMPTS },
  });
  const effect = <R>(what: string, act: () => Promise<R>): Promise<R> => {
    const done = inFlight(what, act);
    // a handler that does not wait for it must not fail the task when it is abandoned
    done.catch(() => undefined);
    return done;
  };
  const inFlight = async <R>(what: string, act: () => Promise<R>): Promise<R> => {
    if (run.effects >= run.effectsInFlight) {
      throw toFailure(refuse('limit-reached', `at most ${String(run.effectsInFlight)} effects are in flight`));
    }
    run.effects += 1;
    try {
      return await interruptible(context, acts, act).catch((error: unknown) => {
        throw effectFailure(what, error);
      });
    } finally {
      run.effects -= 1;
    }
  };
  // Receivers tell messages apart by id alone: another agent, or this name begun anew, must never make the same one.
  const from = `${workflowId}/${String(context.generation.number)}/${messageId}`;
  const child = <A>(args: A): Message<A> => ({
    id: `${context.name}/${sha256(`${from}/${String(++sent)}`).slice(0, 32)}`,
    args,
    sender: workflowId,
    causationId: messageId,
    ...(context.correlationId === undefined ? {} : { correlationId: context.correlationId }),
  });
  /** Calls an entity through an activity, with what this one knows; takes in what the other knew when it answered. */
  const called = async (call: (stamp: Stamp) => Promise<unknown>): Promise<unknown> => {
    const answer = await call(context.stamp());
    if (!isRecord(answer)) return answer;
    const { stamp, ...said } = answer;
    context.hear(stamp as Stamp | undefined);
    return said;
  };
  const lockOf = (lock: string, { of }: Pick<AgentLockOptions, 'of'>): LockName =>
    of === undefined ? { name: lock } : { name: lock, of };
  const acquire = (lock: string, options: AgentLockOptions & { readonly revocable?: true }): Promise<AgentHolding> => {
    const { id } = child(null);
    return effect(`acquiring ${lock}`, () => run.locks.acquire(platform, lockOf(lock, options), id, options));
  };
  /** Not given up with the step: what is held must be given back. */
  const release = async (lock: LockName, holding: AgentHolding): Promise<void> => {
    const { id } = child(null);
    await run.locks.release(platform, lock, holding, id).catch((error: unknown) => {
      throw effectFailure(`releasing ${lock.name}`, error);
    });
  };
  /** Acquires them in this order, acts, and gives back the last first, whatever becomes of the act. */
  const during = async <R>(
    locks: readonly string[],
    options: AgentLockOptions,
    act: (tokens: readonly number[]) => R | Promise<R>,
  ): Promise<R> => {
    const { waitMs = LOCK_WAIT_MS } = options;
    const deadline = Date.now() + waitMs;
    const held: { readonly lock: LockName; readonly holding: AgentHolding }[] = [];
    const giveBack = async (): Promise<void> => {
      const failures: unknown[] = [];
      for (const { lock, holding } of held.toReversed()) {
        await release(lock, holding).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    };
    let done: R;
    try {
      for (const lock of locks) {
        const leftMs = waitMs === 0 ? 0 : Math.max(1, deadline - Date.now());
        const holding = await acquire(lock, { ...options, waitMs: leftMs });
        held.push({ lock: lockOf(lock, options), holding });
      }
      done = await act(held.map(({ holding: { token } }) => token));
    } catch (error) {
      // an act that failed has its own say
      await giveBack().catch(() => undefined);
      throw error;
    }
    // one that is done must learn that it was not alone
    await giveBack();
    return done;
  };
  return {
    space,
    name: context.name,
    workflowId,
    sender: context.sender,
    messageId,
    do: <R>(activity: string, arg?: unknown, options: DoOptions = {}) =>
      effect(activity, () => perform<R>(input, activity, arg, options, ids)),
    tell: (agent, message, arg) => {
      acts.sends.push({ to: agentId(space, agent), signal: 'tell', args: [child(callOf(message, arg))] });
    },
    ask: <R>(agent: string, message: string, arg?: unknown, options: { readonly deadlineMs?: number } = {}) => {
      const to = agentId(space, agent);
      const deadlineMs = options.deadlineMs ?? DEFAULT_ASK_MS;
      return effect(`asking ${agent}`, () => askAgent<R>(run, context, to, child(callOf(message, arg)), deadlineMs));
    },
    propose: (set, changes, more) =>
      effect(`proposing on ${set}`, () =>
        called((stamp) =>
          platform.proposeOn({
            space,
            set,
            message: { ...child({ proposer: context.name, changes, ...more }), stamp },
          }),
        ),
      ) as Promise<Verdict>,
    subscribe: (set) =>
      effect(`subscribing to ${set}`, () =>
        called((stamp) =>
          platform.subscribeTo({ space, set, message: { ...child({ agent: context.name, interested: true }), stamp } }),
        ),
      ) as Promise<{ version: number; values: Values }>,
    start: async (type, name, args, { queue } = {}) => {
      const more = { ...(args === undefined ? {} : { args }), ...(queue === undefined ? {} : { queue }) };
      const request = { space, type, name, owner: workflowId, ...more, stamp: context.stamp() };
      return (await effect(`starting ${name}`, () => platform.startAgent(request))).workflowId;
    },
    startStudy: async (name, request) => {
      const asked = { space, name, request, notify: workflowId, stamp: context.stamp() };
      return (await effect(`starting study ${name}`, () => platform.startStudy(asked))).workflowId;
    },
    withLock: (lock, act, options = {}) => during([lock], options, ([token = 0]) => act(token)),
    withLocks: async (locks, act, options = {}) => {
      const ordered = inLockOrder(locks);
      if (isRefusal(ordered)) throw toFailure(ordered);
      return during(ordered, options, (tokens) =>
        act(Object.fromEntries(ordered.map((lock, at) => [lock, tokens[at] ?? 0]))),
      );
    },
    acquireLock: async (lock, options = {}) => {
      // while a step runs nobody can ask: only what is kept beyond it can be asked for
      const holding = await acquire(lock, run.isAskable ? { ...options, revocable: true } : options);
      if (acts.isOver) run.locks.renounce(holding);
      else acts.kept.add(holding);
      return holding.token;
    },
    releaseLock: async (lock, options = {}) => {
      const holding = run.locks.held(lockOf(lock, options));
      if (holding === undefined) throw toFailure(refuse('not-holder', `${context.name} does not hold ${lock}`));
      await release(lockOf(lock, options), holding);
    },
    heldToken: (lock, options = {}) => run.locks.held(lockOf(lock, options))?.token,
    join: (group, marks = {}) => {
      const asked = parseJoin({ ...marks, group });
      belong(acts, isRefusal(asked) ? asked : join(acts.groups, asked));
    },
    leave: (group) => {
      const asked = parseLeave({ group });
      belong(acts, isRefusal(asked) ? asked : leave(acts.groups, asked.group));
    },
    publish: (topic, data, { key = '' } = {}) => {
      publish(acts, topic, data, key);
    },
    after: (delay, name, arg) => {
      const ms = durationMs(delay);
      if (ms === undefined) throw toFailure(refuse('invalid-message', `a delay is such as "5s"; got ${show(delay)}`));
      acts.timers.push({ at: Date.now() + ms, name, ...(arg === undefined ? {} : { arg }) });
    },
    now: () => Date.now(),
    random: () => Math.random(),
    log: (text, data) => {
      log.info(text, { ...data, ...ids });
    },
  };
}

/** A message becomes an event of the agent when its step is committed. */
function publish(acts: Acts, topic: string, data: unknown, key: string): void {
  const wrong = unpublishable(topic, key, data);
  if (wrong !== undefined) throw toFailure(wrong);
  const event = { type: 'topic.published', data: { topic, key, data: data ?? null } };
  const before = acts.said.filter(({ type }) => type === event.type);
  const bytes = [...before, event].reduce((sum, each) => sum + (jsonBytes(each) ?? 0), 0);
  if (before.length >= MAX_PUBLISHED_PER_STEP || bytes > PUBLISHED_PER_STEP_BYTES) {
    const most = `${String(MAX_PUBLISHED_PER_STEP)} messages and ${String(PUBLISHED_PER_STEP_BYTES)} bytes`;
    throw toFailure(refuse('limit-reached', `a step publishes at most ${most}`));
  }
  acts.said.push(event);
}

function perform<R>(
  input: EntityInput,
  activity: string,
  arg: unknown,
  options: DoOptions,
  ids: MessageIds,
): Promise<R> {
  const activities = proxyActivities<Record<string, (arg: unknown) => Promise<unknown>>>({
    taskQueue: options.queue ?? queueOf(input),
    startToCloseTimeout: options.timeoutMs ?? EFFECT_MS,
    retry: { maximumAttempts: options.attempts ?? EFFECT_ATTEMPTS },
    summary: options.summary ?? activity,
  });
  const run = activities[activity];
  if (run === undefined) throw toFailure(refuse('effect-failed', `there is no activity ${activity}`));
  return carrying(ids, () => run(arg)) as Promise<R>;
}

async function askAgent<R>(
  run: AgentRun,
  context: Context,
  to: string,
  message: Message<Call>,
  deadlineMs: number,
): Promise<R> {
  const { workflowId, chain } = context;
  if (isCycle(chain, workflowId, to)) {
    const path = [...chain, workflowId, to].join(' → ');
    throw toFailure(refuse('deadlock', `the ask would wait for itself: ${path}`));
  }
  const correlationId = `${message.id}#${String(++run.asks)}`;
  const deadline = new Date(Date.now() + deadlineMs).toISOString();
  const answered = new Promise<{ readonly ok: boolean; readonly value: unknown }>((resolve) => {
    run.answers.set(correlationId, resolve);
  });
  try {
    const asked = { ...message, correlationId, deadline, chain: [...chain, workflowId], stamp: context.stamp() };
    await getExternalWorkflowHandle(to)
      .signal('asked', asked)
      .catch((error: unknown) => {
        if (isCancellation(error)) throw error;
        throw toFailure(refuse('agent-not-found', `there is no ${to}`));
      });
    const answer = await withDeadline(answered, deadlineMs, to);
    if (answer.ok) return answer.value as R;
    throw toFailure(isRefusal(answer.value) ? answer.value : refuse('agent-failed', `${to} failed`));
  } finally {
    run.answers.delete(correlationId);
  }
}

async function withDeadline<T>(answer: Promise<T>, ms: number, to: string): Promise<T> {
  const timer = new CancellationScope({ cancellable: true });
  let isSettled = false;
  const late = timer
    .run(() => sleep(ms, { summary: `waits for the answer of ${to}` }))
    .then(
      () => {
        throw toFailure(refuse('timeout', `no answer from ${to} within ${String(ms)} ms`));
      },
      (error: unknown) => {
        // cancelled by us; else by an interruption, which must end the wait, too
        if (isSettled) return answer;
        throw error;
      },
    );
  try {
    return await Promise.race([answer, late]);
  } finally {
    isSettled = true;
    timer.cancel();
  }
}
