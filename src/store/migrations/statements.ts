import { sql, type Kysely } from 'kysely';

/** Runs statements one by one. */
export async function execute(db: Kysely<unknown>, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
