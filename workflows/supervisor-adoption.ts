import type { ExitReport, StartReport } from '../src/contracts/entity';
import { parseWorkflowId, type Kind } from '../src/contracts/ids';
import { OWNERSHIP } from '../src/contracts/root-supervisor';
import type { LiveChild } from '../src/contracts/supervision';
import type { ChildSpecInput, SupervisorCommand } from '../src/contracts/supervisor';
import type { Context, Handler, Step } from './kernel/decider';
import { parseStarted } from './supervisor-messages';
import { advance, ownRequest, type State } from './supervisor-step';
import { liveChildren } from './supervisor-view';

/** How what a user has started is started again: just so. */
function specOf(id: string, kind: Kind, { start }: StartReport): ChildSpecInput {
  const { restart } = OWNERSHIP[kind];
  const { type, definition } = (start?.init ?? {}) as { readonly type?: unknown; readonly definition?: unknown };
  const what = { kind, type: [type, definition, kind].find((each) => typeof each === 'string') as string };
  // Without its arguments nobody can start it again.
  if (start === undefined || restart === 'temporary') return { id, start: what, restart: 'temporary' };
  const of = kind === 'supervisor' ? { type: kind, shutdown: 'infinity' as const } : {};
  return { id, start: { ...what, again: start }, restart, ...of };
}

/**
 * Takes in what names this supervisor as its owner. Who is known by that name already has been started anew by somebody else:
 * the old one is forgotten, and the new one is taken in.
 */
function takeIn(state: State, report: StartReport, context: Context): Step<State> {
  const { child, generation } = report;
  const parsed = parseWorkflowId(child);
  if ('code' in parsed || parsed.space !== state.space || parsed.kind !== state.adopts) return { state };
  const id = parsed.name;
  const { firstRunId } = generation;
  if (state.adopted?.[id] === firstRunId) return { state };
  const ask = (from: Step<State>, command: SupervisorCommand): Step<State> => {
    const request = ownRequest(`${command.kind}/${id}`);
    const next = advance(from.state, { kind: 'command', request, command }, context);
    return {
      ...next,
      effects: [...(from.effects ?? []), ...(next.effects ?? [])],
      events: [...(from.events ?? []), ...(next.events ?? [])],
    };
  };
  const known = state.rule.children.some(({ spec }) => spec.id === id);
  const cleared = known
    ? ask(ask({ state }, { kind: 'terminate_child', id }), { kind: 'delete_child', id })
    : { state };
  const marked = { ...cleared.state, adopted: { ...cleared.state.adopted, [id]: firstRunId } };
  return ask({ ...cleared, state: marked }, { kind: 'adopt', spec: specOf(id, parsed.kind, report) });
}

/** The child that has ended, of those that were taken in. */
export function adoptedOne(state: State, { child, generation }: ExitReport): LiveChild | undefined {
  return liveChildren(state).find(
    ({ workflowId, firstRunId }) => workflowId === child && firstRunId === generation.firstRunId,
  );
}

/** The first act of what names this supervisor as its owner. */
export const started: Handler<State, StartReport> = { parse: parseStarted, decide: takeIn };
