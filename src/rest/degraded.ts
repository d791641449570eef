import type { Answer } from './idempotency';
import type { AppDeps } from './route';

/** What the read models said last, at the latest: the newest event they hold, or when Temporal last answered us. */
async function asOf(deps: AppDeps, since: string | undefined): Promise<string | undefined> {
  const newest = await deps.reads?.state().then(
    (state) => state.newest,
    () => undefined,
  );
  const known = [since, newest].filter((each) => each !== undefined).sort();
  return known.at(-1);
}

/**
 * Marks what came from the read models while Temporal is away: since when nothing new can have reached them. Nothing is
 * added while it answers.
 */
export async function marked(answer: Answer, deps: AppDeps): Promise<Answer> {
  const contact = await deps.contact?.();
  if (contact?.ok !== false || typeof answer.body !== 'object' || answer.body === null) return answer;
  const at = await asOf(deps, contact.since);
  const ageMs = at === undefined ? undefined : Math.max(0, Date.now() - Date.parse(at));
  const age = at === undefined || ageMs === undefined ? {} : { asOf: at, ageMs };
  return {
    ...answer,
    body: { ...answer.body, degraded: { reason: 'temporal-unavailable', ...age } },
    headers: { ...answer.headers, ...(ageMs === undefined ? {} : { Age: String(Math.floor(ageMs / 1_000)) }) },
  };
}
