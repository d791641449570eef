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
  /** It takes in what is of this kind and names it as its owner. */
  readonly adopts?: Kind;
  /** First runs of those that were taken in, by child. What the supervisor has started itself is known by its generation. */
  readonly adopted?: Readonly<Record<string, string>>;
  readonly isReady: boolean;
  /** Its last word, once it has given up. */
  readonly gaveUp?: string;
  readonly ending?: ExitReason;
  readonly decisions: SupervisorView['decisions'];
}

const OWN = 'own/';
/** A request that the supervisor makes to its own rule: nobody waits for the answer. */
export const ownRequest = (what: string): string => `${OWN}${what}`;

/** OTP's reason of an exit that a child has reported. */
export function exitOf(reason: ExitReason): ChildExit {
  return reason.kind === 'failed'
    ? { kind: 'abnormal', text: `${reason.refusal.code}: ${reason.refusal.message}` }
    : reason;
}

/**
 * The end of a child as the rule is told of it. To OTP a supervisor that gave up has shut down, and what was only to be kept
 * alive would be forgotten; to a branch of the root, which takes in what nobody else answers for, it has failed.
 */
export function endOf({ adopts }: State, reason: ChildExit): ChildExit {
  return adopts !== undefined && reason.kind === 'shutdown' && reason.gaveUp !== undefined
    ? { kind: 'abnormal', text: reason.gaveUp }
    : reason;
}

function endingOf(
  effect: Extract<SupervisorEffect, { kind: 'exit' | 'failed-to-start' }>,
  gaveUp: string | undefined,
): ExitReason {
  if (effect.kind === 'failed-to-start')
    return {
      kind: 'failed',
      refusal: refuse('child-start-failed', `${effect.id} could not be started: ${effect.reason}`),
    };
  const { reason } = effect;
  if (reason.kind === 'shutdown' && gaveUp !== undefined) return { ...reason, gaveUp };
  if (reason.kind === 'normal' || reason.kind === 'shutdown') return reason;
  const text = reason.kind === 'killed' ? 'killed' : reason.text;
  return { kind: 'failed', refusal: refuse('supervisor-failed', text) };
}

/** Where a child of a supervisor is to be found. The border has parsed space and id, and the start refuses other kinds. */
export const childId = (space: string, kind: string, id: string): string =>
  workflowId(space as Space, kind as Kind, id as Name);

/** What an effect of the rule does not say of its child. */
interface Known {
  readonly kindOf: (id: string) => string;
  readonly adopted: State['adopted'];
  readonly isRestart: boolean;
}

/** The effect of the shell that carries out an effect of the rule; what only answers or tells is none. */
function performed(
  effect: SupervisorEffect,
  { kindOf, adopted, isRestart }: Known,
  context: Context,
): Effect | undefined {
  if (effect.kind !== 'start-child' && effect.kind !== 'stop-child') return undefined;
  const { id, generation } = effect;
  const { space, workflowId: owner } = context;
  const supervised = { supervisor: context.generation.number, id, generation };
  if (effect.kind === 'start-child') {
    const { spec, args } = effect;
    const { start, shutdown } = spec;
    const previousRunId = adopted?.[id];
    const more = {
      ...(args === undefined ? {} : { args }),
      ...(isRestart ? { isRestart } : {}),
      ...(previousRunId === undefined ? {} : { previousRunId }),
    };
    const at = childId(space, start.kind, id);
    const data: StartOrder = { space, workflowId: at, owner, supervised, start, shutdown, ...more };
    return { kind: 'startChild', id: `start-${String(generation)}`, data };
  }
  const { shutdown } = effect;
  const firstRunId = adopted?.[id];
  const data: StopOrder = {
    ...supervised,
    ...(firstRunId === undefined ? {} : { firstRunId }),
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
  let { isReady, gaveUp, ending, adopted } = state;
  const kindOf = kindsOf(before, decided.state);
  const purpose = decided.state.work?.purpose.kind;
  const isRestart = purpose === 'restart' || purpose === 'restart-child';
  for (const effect of decided.effects) {
    const shell = performed(effect, { kindOf, adopted, isRestart }, context);
    if (shell !== undefined) effects.push(shell);
    if (effect.kind === 'start-child') adopted = without(adopted, effect.id);
    else if (effect.kind === 'answer' && !effect.request.startsWith(OWN))
      answers.push({ messageId: effect.request, reply: effect.answer });
    else if (effect.kind === 'ready') isReady = true;
    else if (effect.kind === 'note') {
      const text = noteText(effect.note);
      if (effect.note.kind === 'gave-up') gaveUp = text;
      decisions.push({ at: new Date(context.now).toISOString(), text });
      events.push({ type: 'supervisor.decided', data: { text, note: effect.note } });
    } else if (effect.kind === 'exit' || effect.kind === 'failed-to-start') ending = endingOf(effect, gaveUp);
  }
  return {
    state: {
      ...state,
      rule: decided.state,
      isReady,
      decisions: decisions.slice(-KEPT_DECISIONS),
      ...(gaveUp === undefined ? {} : { gaveUp }),
      ...(ending === undefined ? {} : { ending }),
      ...(adopted === undefined ? {} : { adopted }),
    },
    effects,
    answers,
    events,
    gathers: true,
  };
}

function without(adopted: State['adopted'], id: string): State['adopted'] {
  if (adopted?.[id] === undefined) return adopted;
  const { [id]: _gone, ...others } = adopted;
  return others;
}

/** What was taken in and has ended for good is forgotten, as the dynamic children of `simple_one_for_one` are. */
function tidied({ state, effects }: Decision, now: number): Decision {
  if (state.work !== undefined || state.phase !== 'running') return { state, effects };
  const over = state.children.filter(({ process }) => process.kind === 'none');
  return over.reduce<Decision>(
    (before, { spec: { id } }) => {
      const command = { kind: 'delete_child' as const, id };
      const after = decideSupervisor(before.state, { kind: 'command', request: ownRequest(id), command }, now);
      return { state: after.state, effects: [...before.effects, ...after.effects] };
    },
    { state, effects },
  );
}

/** Gives the rule an event. */
export function advance(state: State, event: SupervisorEvent, context: Context): Step<State> {
  const decided = decideSupervisor(state.rule, event, context.now);
  const step = toStep(state, state.rule, state.adopts === undefined ? decided : tidied(decided, context.now), context);
  return step.state.adopted === undefined ? step : { ...step, state: { ...step.state, adopted: known(step.state) } };
}

/** Those of the taken in that are children still, or are about to be. */
function known({ adopted = {}, rule }: State): Readonly<Record<string, string>> {
  const ids = new Set(rule.children.map(({ spec }) => spec.id));
  for (const waiting of rule.queue)
    if (waiting.kind === 'command' && waiting.command.kind === 'adopt' && 'spec' in waiting.command)
      ids.add(waiting.command.spec.id);
  return Object.fromEntries(Object.entries(adopted).filter(([id]) => ids.has(id)));
}
