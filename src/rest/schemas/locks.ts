import { count, flag, instant, list, object, oneOf, ref, text, type JsonSchema } from './shapes';

const mode = oneOf('exclusive', 'shared');
const grant = { token: count(1), request: text, permits: count(1), mode, count: count(1) };

/** What routes answer about sessions, locks and semaphores. */
export const lockSchemas: Readonly<Record<string, JsonSchema>> = {
  OpenedSession: object({ name: text, ttlMs: count(1) }),
  Kept: object({ kept: flag }),
  Closed: object({ closed: flag }),
  Session: object({
    name: text,
    state: oneOf('open', 'closed', 'expired'),
    ttlMs: count(1),
    label: text,
    attached: list(text),
  }),
  Acquired: {
    anyOf: [
      object({ kind: { const: 'held' }, ...grant }),
      object({ kind: { const: 'queued' }, place: count(1), until: instant }),
    ],
  },
  Released: object({ left: count() }),
  Withdrawn: object({ withdrawn: flag }),
  Broken: object({ broken: count() }),
  Revoking: object({ asked: count() }),
  RevocationAnswered: object({ held: flag }),
  Holder: object(
    { ...grant, session: text, since: instant },
    {
      owner: text,
      revocable: flag,
      asked: object({ reason: text, since: instant }),
      until: instant,
      deadline: instant,
      overdue: flag,
    },
  ),
  Waiter: object(
    { request: text, session: text, mode, permits: count(1), since: instant, until: instant },
    { offered: object({ token: count(1) }, { until: instant }) },
  ),
  Lock: object(
    {
      name: text,
      state: oneOf('free', 'held', 'delayed'),
      holders: list(ref('Holder')),
      waiting: list(ref('Waiter')),
      token: count(),
    },
    { permits: count(1), delayedUntil: instant },
  ),
};
