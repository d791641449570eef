import {
  MAX_EXIT_TEXT,
  type ChildExit,
  type ChildFailure,
  type SupervisorAnswer,
  type SupervisorNote,
  type SupervisorRefusal,
} from '../../contracts/supervisor';
import type { SupervisorRules } from './rules';
import type { Child, Process, SupervisorEffect, SupervisorState, Work } from './state';

/** A decision in the making: the state so far, what is to be done, and what it may know. `now` in milliseconds. */
export interface Turn {
  readonly state: SupervisorState;
  readonly effects: readonly SupervisorEffect[];
  readonly now: number;
  readonly rules: SupervisorRules;
}

/** Changes fields of the state. */
export function patch(turn: Turn, fields: Partial<SupervisorState>): Turn {
  return { ...turn, state: { ...turn.state, ...fields } };
}

/** Begins or goes on with a procedure; `undefined` ends it. */
export function setWork(turn: Turn, work: Work | undefined): Turn {
  const { work: _, ...rest } = turn.state;
  return { ...turn, state: work === undefined ? rest : { ...rest, work } };
}

/** Appends effects. */
export function emit(turn: Turn, ...effects: readonly SupervisorEffect[]): Turn {
  return { ...turn, effects: [...turn.effects, ...effects] };
}

/** Appends a note for the event log. */
export function note(turn: Turn, said: SupervisorNote): Turn {
  return emit(turn, { kind: 'note', note: said });
}

/** Answers a request. */
export function answer(turn: Turn, request: string, value: SupervisorAnswer): Turn {
  return emit(turn, { kind: 'answer', request, answer: value });
}

/** Answers a request with a refusal. */
export function refuse(turn: Turn, request: string, error: SupervisorRefusal, message: string): Turn {
  return answer(turn, request, { kind: 'refused', error, message });
}

/** The child of an id. */
export function childOf(turn: Turn, id: string): Child | undefined {
  return turn.state.children.find((child) => child.spec.id === id);
}

/** Replaces the child of the same id, in its place. */
export function replace(turn: Turn, child: Child): Turn {
  const children = turn.state.children.map((each) => (each.spec.id === child.spec.id ? child : each));
  return patch(turn, { children });
}

/** Gives a child another process; without such a child nothing changes. */
export function setProcess(turn: Turn, id: string, process: Process): Turn {
  const child = childOf(turn, id);
  return child === undefined ? turn : replace(turn, { ...child, process });
}

/** Takes a specification out of the list. */
export function remove(turn: Turn, id: string): Turn {
  return patch(turn, { children: turn.state.children.filter((child) => child.spec.id !== id) });
}

/** Remembers what a child failed of last; the text is cut to MAX_EXIT_TEXT. */
export function recordFailure(turn: Turn, id: string, generation: number, text: string): Turn {
  const child = childOf(turn, id);
  const lastFailure: ChildFailure = { at: turn.now, generation, text: text.slice(0, MAX_EXIT_TEXT) };
  return child === undefined ? turn : replace(turn, { ...child, lastFailure });
}

/** Whether the supervisor is `simple_one_for_one`. */
export function isSimple(turn: Turn): boolean {
  return turn.state.flags.strategy === 'simple_one_for_one';
}

/** A reason as one short text, in OTP's words. */
export function exitText(reason: ChildExit): string {
  if (reason.kind === 'abnormal') return reason.text;
  return reason.kind === 'shutdown' && reason.term !== undefined ? `{shutdown,${reason.term}}` : reason.kind;
}

/** What is left of a child whose process is gone and not to come back: its specification, or nothing (SUP-10). */
export function settleGone(turn: Turn, id: string): Turn {
  const child = childOf(turn, id);
  if (child === undefined) return turn;
  if (isSimple(turn) || !turn.rules.keepsSpecification(child.spec))
    return note(remove(turn, id), { kind: 'child-removed', id });
  return child.process.kind === 'quarantined' ? turn : replace(turn, { ...child, process: { kind: 'none' } });
}
