import type { Effect, ExitReason } from '../src/contracts/entity';
import type { NewEvent } from '../src/contracts/envelope';
import { refuse } from '../src/contracts/errors';
import { workflowId, type Kind, type Name, type Space } from '../src/contracts/ids';
import { KEPT_DECISIONS, type StartOrder, type StopOrder, type SupervisorView } from '../src/contracts/supervision';
import type { ChildExit } from '../src/contracts/supervisor';
import { decideSupervisor, type Decision } from '../src/domain/supervisor/decide';
import type { SupervisorEffect, SupervisorEvent, SupervisorState } from '../src/domain/supervisor/state';
import { noteText } from '../src/domain/supervisor/views';
import type { Answer, Context, Step } from './kernel/decider';

/** The rule's state, and what the rule need not know. Plain JSON. */
export interface State {
  readonly space: string;
  /** Number of the supervisor's own generation: what tells its children from those of an earlier one. */
  readonly number: number;
  readonly rule: SupervisorState;
  readonly definition?: string;
  readonly sweepMs: number;
  readonly isReady: boolean;
  readonly ending?: ExitReason;
  readonly decisions: SupervisorView['decisions'];
}

/** OTP's reason of an exit that a child has reported. */
export function exitOf(reason: ExitReason): ChildExit {
  return reason.kind === 'failed'
    ? { kind: 'abnormal', text: `${reason.refusal.code}: ${reason.refusal.message}` }
    : reason;
}

function endingOf(effect: Extract<SupervisorEffect, { kind: 'exit' | 'failed-to-start' }>): ExitReason {
  if (effect.kind === 'failed-to-start')
    return {
      kind: 'failed',
      refusal: refuse('child-start-failed', `${effect.id} could not be started: ${effect.reason}`),
    };
  const { reason } = effect;
  if (reason.kind === 'normal' || reason.kind === 'shutdown') return reason;
  const text = reason.kind === 'killed' ? 'killed' : reason.text;
  return { kind: 'failed', refusal: refuse('supervisor-failed', text) };
}

/** Where a child of a supervisor is to be found. The border has parsed space and id, and the start refuses other kinds. */
export const childId = (space: string, kind: string, id: string): string =>
  workflowId(space as Space, kind as Kind, id as Name);

/** The effect of the shell that carries out an effect of the rule; what only answers or tells is none. */
function performed(effect: SupervisorEffect, kindOf: (id: string) => string, context: Context): Effect | undefined {
  if (effect.kind !== 'start-child' && effect.kind !== 'stop-child') return undefined;
  const { id, generation } = effect;
  const { space, workflowId: owner } = context;
  const supervised = { supervisor: context.generation.number, id, generation };
  if (effect.kind === 'start-child') {
    const { spec, args } = effect;
    const { start, shutdown } = spec;
    const more = args === undefined ? {} : { args };
    const at = childId(space, start.kind, id);
    const data: StartOrder = { space, workflowId: at, owner, supervised, start, shutdown, ...more };
    return { kind: 'startChild', id: `start-${String(generation)}`, data };
  }
  const { shutdown } = effect;
  const data: StopOrder = {
    ...supervised,
    workflowId: childId(space, kindOf(id), id),
    shutdown,
    ...(typeof shutdown === 'number' ? { deadline: new Date(context.now + shutdown).toISOString() } : {}),
  };
  return { kind: 'stopChild', id: `stop-${String(generation)}`, data };
}

/** What kind of thing a child is, by id. It may be dropped in the very decision that stops it, or not be listed yet. */
function kindsOf(before: SupervisorState, after: SupervisorState): (id: string) => string {
  const { work, template, children } = after;
  const beginning = work?.purpose.kind === 'start-child' ? [work.purpose.child] : [];
  const known = [...beginning, ...before.children, ...children];
  const kinds = new Map(known.map(({ spec }) => [spec.id, spec.start.kind]));
  return (id) => kinds.get(id) ?? template?.start.kind ?? 'agent';
}

/** Turns a decision of the rule into a step. The stop of a child that the rule has dropped already is looked up before. */
export function toStep(state: State, before: SupervisorState, decided: Decision, context: Context): Step<State> {
  const effects: Effect[] = [];
  const answers: Answer[] = [];
  const events: NewEvent[] = [];
  const decisions = [...state.decisions];
  let { isReady, ending } = state;
  const kindOf = kindsOf(before, decided.state);
  for (const effect of decided.effects) {
    const shell = performed(effect, kindOf, context);
    if (shell !== undefined) effects.push(shell);
    else if (effect.kind === 'answer') answers.push({ messageId: effect.request, reply: effect.answer });
    else if (effect.kind === 'ready') isReady = true;
    else if (effect.kind === 'note') {
      const text = noteText(effect.note);
      decisions.push({ at: new Date(context.now).toISOString(), text });
      events.push({ type: 'supervisor.decided', data: { text, note: effect.note } });
    } else if (effect.kind === 'exit' || effect.kind === 'failed-to-start') ending = endingOf(effect);
  }
  return {
    state: {
      ...state,
      rule: decided.state,
      isReady,
      decisions: decisions.slice(-KEPT_DECISIONS),
      ...(ending === undefined ? {} : { ending }),
    },
    effects,
    answers,
    events,
    gathers: true,
  };
}

/** Gives the rule an event. */
export function advance(state: State, event: SupervisorEvent, context: Context): Step<State> {
  return toStep(state, state.rule, decideSupervisor(state.rule, event, context.now), context);
}
