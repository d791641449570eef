import type { SupervisorSpec } from '../../contracts/supervisor';
import { bad, type Checked } from './problem';
import { checkSupervisorSpec, type CheckedSpec } from './specification';
import type { Child } from './state';
import { answer, note, patch, type Turn } from './turn';

/**
 * New flags and specifications without side effects (SUP-11): nothing is started or stopped. Children of known ids keep
 * their process, new ones have none yet, and those that are no longer listed stay, behind the others, until they are
 * deleted. Restarts that were counted stay counted.
 */
export function changeSpecifications(turn: Turn, request: string, spec: SupervisorSpec): Turn {
  const checked = checkChange(turn, spec);
  if (!checked.ok) {
    const { problem } = checked;
    return answer(turn, request, { kind: 'refused', error: 'invalid', message: problem.message, problem });
  }
  const { flags, children } = checked.value;
  const next = turn.state.template === undefined ? changeList(turn, checked.value) : changeTemplate(turn, children[0]);
  return answer(patch(next, { flags }), request, { kind: 'ok' });
}

function checkChange(turn: Turn, spec: SupervisorSpec): Checked<CheckedSpec> {
  const checked = checkSupervisorSpec(spec);
  if (!checked.ok) return checked;
  const simple = 'simple_one_for_one';
  if ((checked.value.flags.strategy === simple) === (turn.state.flags.strategy === simple)) return checked;
  const message = `a supervisor is ${simple} from its start to its end; got ${checked.value.flags.strategy} for ${turn.state.flags.strategy}`;
  return bad('flags.strategy', message);
}

function changeList(turn: Turn, { children: specs }: CheckedSpec): Turn {
  const old = new Map(turn.state.children.map((child) => [child.spec.id, child]));
  const listed = specs.map((spec): Child => {
    const child = old.get(spec.id);
    return child === undefined ? { spec, process: { kind: 'none' } } : { ...child, spec };
  });
  const ids = new Set(specs.map((spec) => spec.id));
  const unlisted = turn.state.children.filter((child) => !ids.has(child.spec.id));
  const next = patch(turn, { children: [...listed, ...unlisted] });
  return note(next, {
    kind: 'changed',
    added: specs.filter((spec) => !old.has(spec.id)).map((spec) => spec.id),
    dropped: unlisted.map((child) => child.spec.id),
  });
}

/** Dynamic children follow the new template from their next start on. */
function changeTemplate(turn: Turn, template: CheckedSpec['children'][number] | undefined): Turn {
  if (template === undefined) return turn;
  const children = turn.state.children.map((child) => ({ ...child, spec: { ...template, id: child.spec.id } }));
  return note(patch(turn, { template, children }), { kind: 'changed', added: [], dropped: [] });
}
