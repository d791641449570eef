import { staleToken, tokenOf } from './fence';
import { heldToken } from './held';

/** A connection to Postgres, as `pg` has it. One connection, no pool: what is done must be one transaction. */
export interface Sql {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** The table that keeps the newest token of each resource. Create it once, with your migrations: safe to repeat. */
export const FENCE_TABLE =
  'CREATE TABLE IF NOT EXISTS mabeam_fences (resource text PRIMARY KEY, token bigint NOT NULL)';

// A newer token takes the row and keeps it until the transaction ends: whoever comes with an older one waits, and is refused.
const ADMIT = `INSERT INTO mabeam_fences (resource, token) VALUES ($1, $2)
ON CONFLICT (resource) DO UPDATE SET token = EXCLUDED.token WHERE mabeam_fences.token <= EXCLUDED.token RETURNING token`;

/**
 * Writes under a lock, in one transaction: it commits only if no newer token has written to the resource. Of two holders that both believe that they hold
 * the lock the one with the older token writes nothing, however long it was frozen.
 *
 * @param resource what is fenced, for example the name of the lock
 * @param token default: that of the lock under which this activity runs; `lock` says which, if there are several
 * @throws PlatformError `not-holder` when no token is given and none is held; `stale-token`, and the transaction is rolled back; what the act throws, likewise
 */
export async function withFence<T>(
  sql: Sql,
  { resource, token: value, lock }: { readonly resource: string; readonly token?: number; readonly lock?: string },
  act: () => Promise<T>,
): Promise<T> {
  const token = value === undefined ? heldToken(lock) : tokenOf(value);
  await sql.query('BEGIN');
  try {
    const { rows } = await sql.query(ADMIT, [resource, token]);
    if (rows.length === 0) throw staleToken(resource, token);
    const done = await act();
    await sql.query('COMMIT');
    return done;
  } catch (error) {
    await sql.query('ROLLBACK');
    throw error;
  }
}
