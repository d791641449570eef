import {
  MAX_CHILDREN,
  MAX_START_BYTES,
  type ChildSpec,
  type SpecProblem,
  type SupervisorCommand,
} from '../../contracts/supervisor';
import { parseName, PART_RULE, show } from '../../contracts/ids';
import { jsonBytes } from '../mailbox';
import { changeSpecifications } from './change';
import { bad, type Checked } from './problem';
import { addChild, begin, undertake } from './procedures';
import { checkChildSpec } from './specification';
import type { Child } from './state';
import { answer, childOf, emit, isSimple, note, refuse, remove, replace, settleGone, type Turn } from './turn';
import { childSpecOf, countChildren, whichChildren } from './views';

/** Handles a request when its turn comes (SUP-10). What has to start or stop a child is answered when that is done. */
export function command(turn: Turn, request: string, order: SupervisorCommand): Turn {
  switch (order.kind) {
    case 'start_child':
    case 'adopt':
      return takeIn(turn, request, order);
    case 'restart_child':
    case 'delete_child':
    case 'release':
      return isSimple(turn) && order.kind !== 'release'
        ? refuse(turn, request, 'simple_one_for_one', `${order.kind} is not for dynamic children; got ${order.id}`)
        : whileStopped(turn, request, order);
    case 'terminate_child':
      return terminate(turn, request, order.id);
    case 'which_children':
      return answer(turn, request, { kind: 'children', children: whichChildren(turn.state) });
    case 'count_children':
      return answer(turn, request, { kind: 'counts', counts: countChildren(turn.state) });
    case 'get_childspec': {
      const spec = childSpecOf(turn.state, order.id);
      return spec === undefined
        ? notFound(turn, request, order.id)
        : answer(turn, request, { kind: 'childspec', spec });
    }
    case 'change':
      return changeSpecifications(turn, request, order.spec);
  }
}

const notFound = (turn: Turn, request: string, id: string): Turn =>
  refuse(turn, request, 'not_found', `the supervisor has no child ${show(id)}`);

/** Answers a request with what is wrong with a specification. */
function refuseSpec(turn: Turn, request: string, problem: SpecProblem): Turn {
  return answer(turn, request, { kind: 'refused', error: 'invalid', message: problem.message, problem });
}

type TakeIn = Extract<SupervisorCommand, { kind: 'start_child' | 'adopt' }>;

/** `start_child`, and `adopt`, which is the same for a child that runs already. */
function takeIn(turn: Turn, request: string, order: TakeIn): Turn {
  const made = childFor(turn, order);
  if (!made.ok) return refuseSpec(turn, request, made.problem);
  const child = made.value;
  const { id } = child.spec;
  const known = childOf(turn, id)?.process;
  if (known?.kind === 'running') {
    const { generation } = known;
    const message = `child ${id} was started before and is not known to have ended`;
    return answer(turn, request, { kind: 'refused', error: 'already_started', message, generation });
  }
  if (known !== undefined)
    return refuse(turn, request, 'already_present', `child ${id} is ${known.kind}; restart it or delete it`);
  const most = turn.state.flags.maxChildren ?? MAX_CHILDREN;
  if (turn.state.children.length >= most)
    return refuse(turn, request, 'max-children', `at most ${String(most)} children are allowed here (maxChildren)`);
  if (order.kind === 'adopt') return adopt(turn, request, child);
  return begin(turn, { purpose: { kind: 'start-child', request, child }, stops: [], starts: [] }, child);
}

function adopt(turn: Turn, request: string, child: Child): Turn {
  const generation = turn.state.lastGeneration + 1;
  const { id } = child.spec;
  const process = { kind: 'running' as const, generation, since: turn.now };
  const next = addChild({ ...turn, state: { ...turn.state, lastGeneration: generation } }, { ...child, process });
  return answer(next, request, { kind: 'started', id, generation });
}

function childFor(turn: Turn, order: TakeIn): Checked<Child> {
  const { template, flags, lastGeneration } = turn.state;
  if (template === undefined) {
    const spec = checkChildSpec('spec' in order ? order.spec : undefined, flags.autoShutdown);
    return spec.ok ? { ok: true, value: { spec: spec.value, process: { kind: 'none' } } } : spec;
  }
  if ('spec' in order)
    return bad('spec', 'a child of simple_one_for_one is started from the template; got a specification');
  return dynamicChild(template, order.id ?? `${template.id}-${String(lastGeneration + 1)}`, order.args);
}

function dynamicChild(template: ChildSpec, id: string, args: unknown): Checked<Child> {
  if (typeof parseName('agent', id) !== 'string')
    return bad('id', `the id of a child is ${PART_RULE}; got ${show(id)}`);
  if ((jsonBytes(args) ?? Infinity) > MAX_START_BYTES)
    return bad('args', `args are at most ${String(MAX_START_BYTES)} bytes of JSON`);
  const spec = { ...template, id };
  return { ok: true, value: { spec, process: { kind: 'none' }, ...(args === undefined ? {} : { args }) } };
}

type Stopped = Extract<SupervisorCommand, { kind: 'restart_child' | 'delete_child' | 'release' }>;

/** What is done to a child without a process: anything else is refused with how it stands. */
function whileStopped(turn: Turn, request: string, order: Stopped): Turn {
  const { id } = order;
  const child = childOf(turn, id);
  if (child === undefined) return notFound(turn, request, id);
  const { process } = child;
  if (process.kind === 'running') {
    const message = `child ${id} runs; terminate it first`;
    return answer(turn, request, { kind: 'refused', error: 'running', message, generation: process.generation });
  }
  if (process.kind === 'restarting')
    return refuse(turn, request, 'restarting', `child ${id} waits for a restart; terminate it to cancel that`);
  if (order.kind === 'delete_child')
    return answer(note(remove(turn, id), { kind: 'child-removed', id }), request, { kind: 'ok' });
  if (process.kind === 'quarantined' && order.kind === 'restart_child')
    return refuse(turn, request, 'quarantined', `child ${id} is in quarantine; release it`);
  if (process.kind === 'none' && order.kind === 'release')
    return refuse(turn, request, 'not-quarantined', `child ${id} is not in quarantine; restart it`);
  const { restarts: _, row: __, ...fresh } = child;
  const next: Child = { ...fresh, process: { kind: 'none' } };
  const purpose = { kind: 'restart-child' as const, request, id };
  return begin(replace(turn, next), { purpose, stops: [], starts: [] }, next);
}

/** Stops a child and keeps its specification, unless it is temporary or dynamic; a restart that waits is cancelled. */
function terminate(turn: Turn, request: string, id: string): Turn {
  const child = childOf(turn, id);
  if (child === undefined) return notFound(turn, request, id);
  if (child.process.kind === 'running') return undertake(turn, { kind: 'terminate-child', request, id }, [id], []);
  const isKept = child.process.kind === 'restarting' && !turn.rules.terminateCancelsRetry;
  return emit(isKept ? turn : settleGone(turn, id), { kind: 'answer', request, answer: { kind: 'ok' } });
}
