import type { ChildExit } from '../../contracts/supervisor';
import { waitForRetry } from './back-off';
import type { Awaiting, Child, Ending, Incarnation, Purpose, SupervisorEffect, Work } from './state';
import {
  answer,
  childOf,
  emit,
  isSimple,
  note,
  patch,
  recordFailure,
  refuse,
  setProcess,
  settleGone,
  setWork,
  type Turn,
} from './turn';

/*
 * A procedure is what OTP's supervisor does inside one callback: it stops some children, one at a time, then starts some,
 * one at a time. Ours has to wait for each, so where it stands is data.
 */

/** Begins a procedure; `proceed` takes its first step. */
export function undertake(turn: Turn, purpose: Purpose, stops: readonly string[], starts: readonly string[]): Turn {
  return setWork(turn, { purpose, stops, starts });
}

/** Begins the end of the supervisor (SUP-7, SUP-8): requests that wait will not be heard, exits are swallowed by the stops. */
export function undertakeEnd(turn: Turn, ending: Ending): Turn {
  const ids = turn.state.children.map((child) => child.spec.id);
  const stops = ending.kind === 'start-failed' ? turn.rules.stopsOnFailedStart(ids) : ids;
  let next = patch(turn, { phase: 'stopping', queue: turn.state.queue.filter((each) => each.kind === 'exit') });
  for (const waiting of turn.state.queue) {
    if (waiting.kind === 'command') next = refuseStopped(next, waiting.request);
  }
  return undertake(next, { kind: 'end', ending }, turn.rules.stopOrder(stops), []);
}

/** Answers a request that came too late. OTP's caller would exit with `noproc` or `shutdown`. */
export function refuseStopped(turn: Turn, request: string): Turn {
  return refuse(turn, request, 'stopped', 'the supervisor is stopping; it takes no more requests');
}

/** Takes the next step of a procedure that waits for nothing. */
export function proceed(turn: Turn, work: Work): Turn {
  if (work.purpose.kind === 'end' && isSimple(turn) && work.stops.length > 0) return stopAllAtOnce(turn, work);
  const [stop, ...stops] = work.stops;
  if (stop !== undefined) return stopOne(setWork(turn, { ...work, stops }), { ...work, stops }, stop);
  const [start, ...starts] = work.starts;
  if (start !== undefined) return startOne(setWork(turn, { ...work, starts }), { ...work, starts }, start);
  return finish(setWork(turn, undefined), work.purpose);
}

/** Asks for the start of a child (SUP-3): the next step is taken when its start returned. */
export function begin(turn: Turn, work: Work, child: Child): Turn {
  const id = child.spec.id;
  const generation = turn.state.lastGeneration + 1;
  const awaiting: Awaiting = { kind: 'start', id, generation, since: turn.now };
  const next = setWork(patch(turn, { lastGeneration: generation }), { ...work, awaiting });
  return emit(next, startEffect(child, generation));
}

/** The effect that starts a child. */
export function startEffect(child: Child, generation: number): SupervisorEffect {
  const { spec, args } = child;
  return {
    kind: 'start-child',
    id: spec.id,
    generation,
    spec,
    ...(args === undefined ? {} : { args }),
  };
}

function startOne(turn: Turn, work: Work, id: string): Turn {
  const child = childOf(turn, id);
  return child === undefined || child.process.kind === 'quarantined' ? turn : begin(turn, work, child);
}

function stopOne(turn: Turn, work: Work, id: string): Turn {
  const child = childOf(turn, id);
  if (child?.process.kind !== 'running') return settleGone(turn, id);
  const { generation } = child.process;
  if (hasExited(turn, { id, generation })) return swallow(turn, { id, generation });
  const awaiting: Awaiting = { kind: 'stop', since: turn.now, pending: [{ id, generation }] };
  const { shutdown } = child.spec;
  return emit(setWork(turn, { ...work, awaiting }), { kind: 'stop-child', id, generation, shutdown });
}

/** SUP-7: the children of `simple_one_for_one` are stopped in parallel, under one timer. */
function stopAllAtOnce(turn: Turn, work: Work): Turn {
  let next = turn;
  const pending: Incarnation[] = [];
  for (const { spec, process } of turn.state.children) {
    if (process.kind !== 'running') continue;
    const one = { id: spec.id, generation: process.generation };
    if (hasExited(turn, one)) {
      next = swallow(next, one);
      continue;
    }
    pending.push(one);
    next = emit(next, { kind: 'stop-child', ...one, shutdown: spec.shutdown });
  }
  const rest: Work = { ...work, stops: [] };
  return setWork(next, pending.length === 0 ? rest : { ...rest, awaiting: { kind: 'stop', since: turn.now, pending } });
}

const isExitOf = (one: Incarnation, each: { kind: string; id?: string; generation?: number }): boolean =>
  each.kind === 'exit' && each.id === one.id && each.generation === one.generation;

/** Whether the exit of a child waits in the queue: it is dead though nobody has handled that yet. */
export function hasExited(turn: Turn, one: Incarnation): boolean {
  return turn.state.queue.some((each) => isExitOf(one, each));
}

/** SUP-6, SUP-12.4: a child that the supervisor stops has no exit of its own, not even one that came before. */
function swallow(turn: Turn, one: Incarnation, reason?: ChildExit): Turn {
  const waiting = turn.state.queue.find((each) => isExitOf(one, each));
  const why = reason ?? (waiting?.kind === 'exit' ? waiting.reason : { kind: 'shutdown' });
  const gone = note(turn, { kind: 'child-stopped', ...one, reason: why });
  if (!turn.rules.swallowsOwnStops && waiting !== undefined) return settleGone(gone, one.id);
  return settleGone(patch(gone, { queue: gone.state.queue.filter((each) => !isExitOf(one, each)) }), one.id);
}

/** A child that the procedure stops is gone. @returns nothing if the procedure does not wait for that. */
export function stopped(turn: Turn, one: Incarnation, reason?: ChildExit): Turn | undefined {
  const work = turn.state.work;
  if (work?.awaiting?.kind !== 'stop') return undefined;
  const { awaiting, ...rest } = work;
  const pending = awaiting.pending.filter((each) => each.id !== one.id || each.generation !== one.generation);
  if (pending.length === awaiting.pending.length) return undefined;
  const next = swallow(turn, one, reason);
  return setWork(next, pending.length === 0 ? rest : { ...rest, awaiting: { ...awaiting, pending } });
}

/** How a start ended. */
export type StartOutcome =
  | { readonly kind: 'started' }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'start-failed'; readonly reason: string };

/** A start that the procedure waits for returned. @returns nothing if it waits for another or for none. */
export function startReturned(turn: Turn, one: Incarnation, outcome: StartOutcome): Turn | undefined {
  const work = turn.state.work;
  if (work?.awaiting?.kind !== 'start') return undefined;
  if (work.awaiting.id !== one.id || work.awaiting.generation !== one.generation) return undefined;
  const { awaiting: _, ...rest } = work;
  const next = setWork(turn, rest);
  switch (outcome.kind) {
    case 'started':
      return hasStarted(note(next, { kind: 'child-started', ...one }), rest.purpose, one);
    case 'ignored':
      return wasIgnored(note(next, { kind: 'child-ignored', ...one }), rest.purpose, one);
    case 'start-failed':
      return hasFailed(note(next, { kind: 'start-failed', ...one, reason: outcome.reason }), rest, one, outcome.reason);
  }
}

function hasStarted(turn: Turn, purpose: Purpose, one: Incarnation): Turn {
  const process = { kind: 'running' as const, generation: one.generation, since: turn.now };
  switch (purpose.kind) {
    case 'start-child':
      return answer(addChild(turn, { ...purpose.child, process }), purpose.request, { kind: 'started', ...one });
    case 'restart-child': {
      const next = answer(setProcess(turn, one.id, process), purpose.request, { kind: 'started', ...one });
      return turn.rules.restartKeepsPlace ? next : moveToEnd(next, one.id);
    }
    default:
      return setProcess(turn, one.id, process);
  }
}

/** Appends a specification to the list (SUP-12.9). */
export function addChild(turn: Turn, child: Child): Turn {
  const next = patch(turn, { children: [...turn.state.children, child] });
  return note(next, { kind: 'child-added', id: child.spec.id });
}

function moveToEnd(turn: Turn, id: string): Turn {
  const child = childOf(turn, id);
  if (child === undefined) return turn;
  const others = turn.state.children.filter((each) => each.spec.id !== id);
  return patch(turn, { children: [...others, child] });
}

/** SUP-3: `ignore` keeps the specification without a process; a temporary one is dropped. SUP-12.8: it is not retried. */
function wasIgnored(turn: Turn, purpose: Purpose, { id, generation }: Incarnation): Turn {
  const answered = (next: Turn, request: string): Turn => answer(next, request, { kind: 'ignored', id });
  switch (purpose.kind) {
    case 'start-child': {
      const dropped = isSimple(turn) || !turn.rules.keepsSpecification(purpose.child.spec);
      return answered(dropped ? turn : addChild(turn, purpose.child), purpose.request);
    }
    case 'restart-child':
      return answered(setProcess(turn, id, { kind: 'none' }), purpose.request);
    case 'restart':
      if (turn.rules.retriesIgnored) return waitForRetry(turn, id, generation);
      return settleGone(setProcess(turn, id, { kind: 'none' }), id);
    default:
      return settleGone(turn, id);
  }
}

function hasFailed(turn: Turn, work: Work, one: Incarnation, reason: string): Turn {
  const { purpose } = work;
  const failed = recordFailure(turn, one.id, one.generation, reason);
  switch (purpose.kind) {
    case 'begin':
      return undertakeEnd(failed, { kind: 'start-failed', id: one.id, reason });
    case 'start-child':
    case 'restart-child':
      return answer(failed, purpose.request, {
        kind: 'refused',
        error: 'failed',
        message: `child ${one.id} could not be started: ${reason}`,
      });
    case 'restart':
      // SUP-6: the rest is not started; the same procedure is tried again from the child that failed.
      return waitForRetry(
        setWork(failed, { ...work, starts: [] }),
        failed.rules.retryOf(purpose.id, one.id),
        one.generation,
      );
    default:
      return failed;
  }
}

function finish(turn: Turn, purpose: Purpose): Turn {
  switch (purpose.kind) {
    case 'begin':
      return emit(patch(turn, { phase: 'running' }), { kind: 'ready' });
    case 'terminate-child':
      return answer(turn, purpose.request, { kind: 'ok' });
    case 'end':
      return emit(patch(turn, { phase: 'ended', queue: [] }), endEffect(purpose.ending));
    default:
      return turn;
  }
}

const endEffect = (ending: Ending): SupervisorEffect =>
  ending.kind === 'exit'
    ? { kind: 'exit', reason: ending.reason }
    : { kind: 'failed-to-start', id: ending.id, reason: ending.reason };
