import { MAX_WAITING_REQUESTS, type SupervisorSpec } from '../../contracts/supervisor';
import { retryIsDue } from './back-off';
import { command } from './commands';
import type { Checked } from './problem';
import { hasExited, proceed, refuseStopped, startReturned, stopped, undertake, undertakeEnd } from './procedures';
import { childExited, retry } from './restart';
import { OTP_RULES, type SupervisorRules } from './rules';
import { checkSupervisorSpec } from './specification';
import type { Child, SupervisorEffect, SupervisorEvent, SupervisorState, Waiting } from './state';
import { childOf, patch, refuse, type Turn } from './turn';

/** What a decision leaves: the next state, and what is to be done, in this order. */
export interface Decision {
  readonly state: SupervisorState;
  readonly effects: readonly SupervisorEffect[];
}

/**
 * The start of a supervisor: checks its flags and specifications (SUP-1, SUP-2), then starts its children in order.
 *
 * The rule of a supervisor is that of OTP's `supervisor.erl`, without its processes: `startSupervisor` and
 * `decideSupervisor` say what is to be started and stopped; whoever drives them does it and tells how it went.
 *
 * ```ts
 * const started = startSupervisor({ flags: { strategy: 'rest_for_one' }, children }, { now, firstGeneration: 1 });
 * if (!started.ok) return refuse(started.problem);
 * let { state, effects } = started.value;
 * for (;;) {
 *   for (const effect of effects) perform(effect);            // start-child, stop-child, answer, note …
 *   if (state.phase === 'ended') return;                      // the last effect was `exit` or `failed-to-start`
 *   ({ state, effects } = decideSupervisor(state, await nextEvent(), now()));
 * }
 * ```
 *
 * `perform` need not wait: a start is answered by `started`, `ignored` or `start-failed`, a stop by `stopped` (or by the
 * child's own `exited`), and everything else may come meanwhile, in any order. State is plain JSON; effects that are not
 * answered yet are kept by whoever performs them.
 *
 * @param at `now` in milliseconds; `firstGeneration` is that of the first child, above all that were used before by children
 *   of this supervisor's name
 * @returns the first decision, or what is wrong with the specification: nothing was started then. Pure; throws nothing.
 */
export function startSupervisor(
  spec: SupervisorSpec,
  at: { readonly now: number; readonly firstGeneration: number },
  rules: SupervisorRules = OTP_RULES,
): Checked<Decision> {
  const checked = checkSupervisorSpec(spec);
  if (!checked.ok) return checked;
  const { flags, children: specs } = checked.value;
  const template = flags.strategy === 'simple_one_for_one' ? specs[0] : undefined;
  const children =
    template === undefined ? specs.map((each): Child => ({ spec: each, process: { kind: 'none' } })) : [];
  const state: SupervisorState = {
    phase: 'starting',
    flags,
    ...(template === undefined ? {} : { template }),
    children,
    restarts: [],
    queue: [],
    lastGeneration: at.firstGeneration - 1,
  };
  const turn: Turn = { state, effects: [], now: at.now, rules };
  const ids = children.map((child) => child.spec.id);
  return { ok: true, value: decision(run(undertake(turn, { kind: 'begin' }, [], ids))) };
}

/**
 * Takes one event in. While the supervisor starts or stops a child, other messages wait in the state, in order, as they
 * wait in the mailbox of OTP's supervisor; a restart that failed waits behind them (SUP-12.6).
 *
 * Repeating an event about a child changes nothing: an exit is counted once by child and generation. A request is to be
 * given once.
 *
 * @param now milliseconds, never less than before; the rule reads whole seconds, as OTP does
 */
export function decideSupervisor(
  state: SupervisorState,
  event: SupervisorEvent,
  now: number,
  rules: SupervisorRules = OTP_RULES,
): Decision {
  return decision(run(take({ state, effects: [], now, rules }, event)));
}

const decision = ({ state, effects }: Turn): Decision => ({ state, effects });

function take(turn: Turn, event: SupervisorEvent): Turn {
  switch (event.kind) {
    case 'started':
    case 'ignored':
    case 'start-failed':
      return startReturned(turn, { id: event.id, generation: event.generation }, event) ?? turn;
    case 'stopped':
      return stopped(turn, { id: event.id, generation: event.generation }, event.reason) ?? turn;
    case 'exited': {
      const one = { id: event.id, generation: event.generation };
      return stopped(turn, one, event.reason) ?? takeExit(turn, { ...one, kind: 'exit', reason: event.reason });
    }
    case 'retry-due':
      return retryIsDue(turn, event.id, event.generation);
    case 'command':
      return takeCommand(turn, event);
    case 'stop':
      return isOver(turn) ? turn : enqueue(turn, event);
  }
}

const isOver = (turn: Turn): boolean => turn.state.phase === 'stopping' || turn.state.phase === 'ended';

const enqueue = (turn: Turn, waiting: Waiting): Turn => patch(turn, { queue: [...turn.state.queue, waiting] });

/** An exit waits only if it can still matter: once, and for the child that runs or is being started. */
function takeExit(turn: Turn, exit: Extract<Waiting, { kind: 'exit' }>): Turn {
  const { id, generation } = exit;
  const process = childOf(turn, id)?.process;
  const awaiting = turn.state.work?.awaiting;
  const isRunning = process?.kind === 'running' && process.generation === generation;
  const isStarting = awaiting?.kind === 'start' && awaiting.id === id && awaiting.generation === generation;
  return (isRunning || isStarting) && !hasExited(turn, exit) ? enqueue(turn, exit) : turn;
}

function takeCommand(turn: Turn, { request, command: order }: Extract<SupervisorEvent, { kind: 'command' }>): Turn {
  if (isOver(turn)) return refuseStopped(turn, request);
  const waiting = turn.state.queue.filter((each) => each.kind === 'command').length;
  if (waiting < MAX_WAITING_REQUESTS) return enqueue(turn, { kind: 'command', request, command: order });
  return refuse(turn, request, 'busy', `${String(MAX_WAITING_REQUESTS)} requests wait already; try again later`);
}

/** Works until something has to be waited for. Each round ends a step or a message, and only what waits makes new ones. */
function run(turn: Turn): Turn {
  let next = turn;
  while (next.state.work?.awaiting === undefined && next.state.phase !== 'ended') {
    const { work, queue } = next.state;
    if (work !== undefined) {
      next = proceed(next, work);
      continue;
    }
    const [first, ...rest] = queue;
    if (first === undefined) break;
    next = handle(patch(next, { queue: rest }), first);
  }
  return next;
}

function handle(turn: Turn, waiting: Waiting): Turn {
  switch (waiting.kind) {
    case 'command':
      return command(turn, waiting.request, waiting.command);
    case 'exit':
      return childExited(turn, waiting, waiting.reason);
    case 'retry':
      return retry(turn, waiting.id, waiting.generation);
    case 'stop':
      return undertakeEnd(turn, { kind: 'exit', reason: waiting.reason });
  }
}
