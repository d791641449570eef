import { MAX_ATTACHED } from '../../contracts/coordination/session';
import { refuse, type Refusal } from '../../contracts/errors';

/**
 * The sessions that tell an arbiter of their end, and one more. When there are too many, those that nobody holds or waits by are
 * forgotten: they come again when they want to.
 *
 * @param busy sessions that somebody holds or waits by
 */
export function withSession(
  sessions: readonly string[],
  session: string,
  busy: () => Iterable<string>,
): readonly string[] | Refusal {
  if (sessions.includes(session)) return sessions;
  if (sessions.length < MAX_ATTACHED) return [...sessions, session];
  const inUse = new Set(busy());
  const kept = sessions.filter((each) => inUse.has(each));
  if (kept.length < MAX_ATTACHED) return [...kept, session];
  return refuse('limit-reached', `at most ${String(MAX_ATTACHED)} sessions hold or wait in one place`);
}
