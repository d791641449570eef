import type { Incarnations, LiveChild, SupervisorView } from '../src/contracts/supervision';
import type { SupervisorState } from '../src/domain/supervisor/state';
import { countChildren, whichChildren } from '../src/domain/supervisor/views';
import { childId, type State } from './supervisor-step';

/** The children that have a process. */
export function liveChildren({ rule, space, number: supervisor, adopted }: State): readonly LiveChild[] {
  return rule.children.flatMap(({ spec, process }) => {
    if (process.kind !== 'running') return [];
    const { id, start } = spec;
    const firstRunId = adopted?.[id];
    const more = firstRunId === undefined ? {} : { firstRunId };
    return [{ supervisor, id, generation: process.generation, workflowId: childId(space, start.kind, id), ...more }];
  });
}

/** What the sweep asks: whom to look at. Nobody need tell again of the end that waits to be handled. */
export function incarnationsOf(state: State): Incarnations {
  const { number: supervisor, adopts } = state;
  const ended = new Set(state.rule.queue.flatMap((each) => (each.kind === 'exit' ? [each.generation] : [])));
  const children = liveChildren(state).filter(({ generation }) => !ended.has(generation));
  return { supervisor, ...(adopts === undefined ? {} : { adopts }), children };
}

/** What the query of a supervisor tells. */
export function viewOf(state: State): SupervisorView {
  const { rule, definition, decisions, space } = state;
  const seen = whichChildren(rule);
  const children = rule.children.flatMap(({ spec }, at) => {
    const child = seen[at];
    return child === undefined ? [] : [{ ...spec, ...child, workflowId: childId(space, spec.start.kind, spec.id) }];
  });
  const failures = children.flatMap(({ id, lastFailure }) =>
    lastFailure === undefined ? [] : [{ ...lastFailure, id }],
  );
  const lastFailure = failures.sort((a, b) => b.at - a.at)[0];
  return {
    ...(definition === undefined ? {} : { definition }),
    phase: rule.phase,
    flags: rule.flags,
    children,
    counts: countChildren(rule),
    restarts: restartsNow(rule),
    ...(lastFailure === undefined ? {} : { lastFailure }),
    decisions,
  };
}

function restartsNow({ restarts, flags }: SupervisorState): number {
  const now = Math.floor(Date.now() / 1_000);
  return restarts.filter((at) => at >= now - flags.periodSeconds).length;
}

/** Status and current details: what it is, what it waits for, how its children stand. */
export function describe(state: State): { readonly status: string; readonly markdown: string } {
  const { rule, decisions, definition } = state;
  const { strategy, intensity, periodSeconds } = rule.flags;
  const children = whichChildren(rule)
    .slice(0, 50)
    .map(({ id, status, lastFailure }) => {
      const failed =
        lastFailure === undefined ? '' : `, failed last: ${lastFailure.text.slice(0, 120).replace(/[\r\n]+/g, ' ')}`;
      return `- ${id}: **${status}**${failed}`;
    });
  const said = decisions.slice(-5).map(({ at, text }) => `- ${at} ${text.slice(0, 200)}`);
  const title = `**Supervisor**${definition === undefined ? '' : ` ${definition}`}, ${strategy}, at most ${String(intensity)} restarts in ${String(periodSeconds)} s`;
  const waits = rule.work === undefined ? 'Waiting for exits' : 'Starting or stopping children';
  return {
    status: rule.phase === 'ended' ? 'stopping' : rule.phase,
    markdown: [title, '', waits, '', ...children, '', ...said].join('\n'),
  };
}
