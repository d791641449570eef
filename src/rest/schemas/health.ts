import { CHILD_STATUSES, STRATEGIES } from '../../contracts/supervisor';
import { count, flag, list, object, oneOf, ref, text, type JsonSchema } from './shapes';

const finding = { ok: flag, detail: text };
const byStatus = object({}, Object.fromEntries(CHILD_STATUSES.map((status) => [status, count()])));
const failure = object({ at: count(), generation: count(), text });

/** What routes answer about health. */
export const healthSchemas: Readonly<Record<string, JsonSchema>> = {
  Finding: object(finding),
  QueueHealth: object(
    {
      ...finding,
      queue: text,
      use: oneOf('workflows', 'events', 'evaluations', 'agents'),
      workers: count(),
      waiting: count(),
      oldestMs: count(),
    },
    { placed: object({ name: text, agents: count() }) },
  ),
  WorkerHealth: object({
    ...finding,
    identity: text,
    host: text,
    process: text,
    queue: text,
    state: oneOf('working', 'draining', 'silent', 'stuck'),
    beatMs: count(),
  }),
  SupervisorHealth: object(
    {
      ...finding,
      name: text,
      state: oneOf('starting', 'running', 'stopping', 'ended', 'unknown'),
      children: byStatus,
      down: list(object({ id: text, status: oneOf(...CHILD_STATUSES) }, { lastFailure: failure })),
    },
    {
      strategy: oneOf(...STRATEGIES),
      restarts: count(),
      intensity: count(),
      periodSeconds: count(1),
      problem: text,
    },
  ),
  SpaceHealth: object(
    {
      ok: flag,
      reasons: list(text),
      temporal: ref('Finding'),
      store: ref('Finding'),
      queues: list(ref('QueueHealth')),
      workers: list(ref('WorkerHealth')),
      supervision: object({
        ...finding,
        children: byStatus,
        supervisors: list(ref('SupervisorHealth')),
        more: count(),
      }),
      messages: object(
        { ...finding, looked: count(), unlooked: count() },
        { oldest: object({ name: text, kind: text, mailbox: count(), oldestMs: count() }) },
      ),
    },
    { takenOut: list(object({ ...finding, worker: text, study: text })) },
  ),
};
