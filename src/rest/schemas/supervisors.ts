import { AUTO_SHUTDOWNS, CHILD_TYPES, RESTART_TYPES, STRATEGIES } from '../../contracts/supervisor';
import {
  anything,
  byName,
  count,
  flag,
  instant,
  list,
  object,
  oneOf,
  real,
  ref,
  text,
  type JsonSchema,
} from './shapes';

const shutdown = { anyOf: [count(), oneOf('infinity', 'brutal_kill')] };
const failure = { at: count(), generation: count(), text };
const specification = {
  id: text,
  start: object({ kind: text, type: text }, { options: anything }),
  restart: oneOf(...RESTART_TYPES),
  significant: flag,
  shutdown,
  type: oneOf(...CHILD_TYPES),
};

/** What routes answer about supervisors; OTP's words where OTP has one. */
export const supervisorSchemas: Readonly<Record<string, JsonSchema>> = {
  SupervisedChild: object(
    { ...specification, status: oneOf('running', 'none', 'restarting', 'quarantined'), workflowId: text },
    { generation: count(1), lastFailure: object(failure) },
  ),
  SupervisorFlags: object(
    {
      strategy: oneOf(...STRATEGIES),
      intensity: count(),
      periodSeconds: count(1),
      autoShutdown: oneOf(...AUTO_SHUTDOWNS),
    },
    {
      backOff: object({ initialMs: real, maxMs: real, jitter: real, resetMs: real, seed: real }),
      quarantine: object({ restarts: count(), periodSeconds: count(1) }),
      maxChildren: count(),
    },
  ),
  ChildCounts: object({ specs: count(), active: count(), supervisors: count(), workers: count() }),
  Supervisor: object(
    {
      name: text,
      phase: oneOf('starting', 'running', 'stopping', 'ended'),
      flags: ref('SupervisorFlags'),
      children: list(ref('SupervisedChild')),
      counts: ref('ChildCounts'),
      restarts: count(),
      decisions: list(object({ at: instant, text })),
    },
    { definition: text, lastFailure: object({ ...failure, id: text }) },
  ),
  Children: object({ items: list(ref('SupervisedChild')), counts: ref('ChildCounts') }),
  StartedChild: object({ id: text }, { generation: count(1) }),
  Changed: object({ changed: { const: true } }),
  ChildDecision: object(
    { position: count(1), at: instant, supervisor: count(), text, note: byName(anything) },
    { causedBy: text },
  ),
  ChildWhy: object(
    { supervisor: text, child: text, decisions: list(ref('ChildDecision')), position: count() },
    { degraded: ref('Degraded') },
  ),
};
