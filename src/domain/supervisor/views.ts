import type { ChildCounts, ChildSpec, ChildView, SupervisorNote } from '../../contracts/supervisor';
import type { Child, SupervisorState } from './state';
import { exitText } from './turn';

/** OTP's `which_children`, in start order. It tells what was handled: a death that waits in the queue does not show (SUP-12.10). */
export function whichChildren(state: SupervisorState): readonly ChildView[] {
  return state.children.map(({ spec, process, lastFailure }) => ({
    id: spec.id,
    status: process.kind,
    type: spec.type,
    ...(process.kind === 'running' ? { generation: process.generation } : {}),
    ...(lastFailure === undefined ? {} : { lastFailure }),
  }));
}

/**
 * OTP's `count_children`. Of listed children, `active` is asked of the processes: one whose exit waits in the queue lives no
 * more. Dynamic ones count until that was handled, as in OTP.
 */
export function countChildren(state: SupervisorState): ChildCounts {
  const { children, template } = state;
  const hasExited = (id: string, generation: number): boolean =>
    state.queue.some((each) => each.kind === 'exit' && each.id === id && each.generation === generation);
  const isActive = ({ spec, process }: Child): boolean =>
    process.kind === 'running' && (template !== undefined || !hasExited(spec.id, process.generation));
  const supervisors = children.filter((child) => child.spec.type === 'supervisor').length;
  return {
    specs: template === undefined ? children.length : 1,
    active: children.filter(isActive).length,
    supervisors,
    workers: children.length - supervisors,
  };
}

/** OTP's `get_childspec`; of a dynamic child: the template under the child's id. */
export function childSpecOf(state: SupervisorState, id: string): ChildSpec | undefined {
  return state.children.find((child) => child.spec.id === id)?.spec;
}

const nth = (count: number): string => {
  const suffix = count % 100 >= 11 && count % 100 <= 13 ? 'th' : ['th', 'st', 'nd', 'rd'][count % 10];
  return `${String(count)}${suffix ?? 'th'}`;
};

/** A note in one line: `restarted b: 2 of 3 in 10 s`, `gave up: 4th restart in 10 s (b)`. */
export function noteText(note: SupervisorNote): string {
  switch (note.kind) {
    case 'child-started':
      return `started ${note.id}`;
    case 'child-ignored':
      return `${note.id} was not started: its start said ignore`;
    case 'start-failed':
      return `${note.id} could not be started: ${note.reason}`;
    case 'child-exited':
      return `${note.id} ended: ${exitText(note.reason)}`;
    case 'child-stopped':
      return `stopped ${note.id}: ${exitText(note.reason)}`;
    case 'restarting': {
      const others = note.group.filter((id) => id !== note.id);
      const and = others.length === 0 ? '' : ` with ${others.join(', ')}`;
      return `restarted ${note.id}${and}: ${String(note.restarts)} of ${String(note.intensity)} in ${String(note.periodSeconds)} s`;
    }
    case 'retry-waits':
      return note.afterMs === 0 ? `${note.id} will be tried again` : `${note.id} waits for ${String(note.afterMs)} ms`;
    case 'gave-up':
      return `gave up: ${nth(note.restarts)} restart in ${String(note.periodSeconds)} s (${note.id})`;
    case 'auto-shutdown':
      return `shuts down: ${note.id} ended and autoShutdown is ${note.autoShutdown}`;
    case 'quarantined':
      return `${note.id} is in quarantine: ${note.failure.text}`;
    case 'child-added':
      return `added ${note.id}`;
    case 'child-removed':
      return `removed ${note.id}`;
    case 'changed':
      return `new specifications: ${String(note.added.length)} added, ${String(note.dropped.length)} no longer listed`;
  }
}
