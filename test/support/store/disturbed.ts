import { RawNode, type KyselyPlugin, type QueryId, type RootOperationNode } from 'kysely';
import type { Database } from '../../../src/store/database';

/** Numbers that look random and are the same for the same seed: mulberry32. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const withPlugin = (database: Database, plugin: KyselyPlugin): Database => ({
  ...database,
  db: database.db.withPlugin(plugin),
});

/** The database, but each statement that follows a drawn position waits, and some transactions are rolled back there. */
export function pausing(database: Database, random: () => number, rollbackShare: number): Database {
  const drawing = new WeakSet<QueryId>();
  return withPlugin(database, {
    transformQuery: ({ node, queryId }) => {
      const isDraw = node.kind === 'InsertQueryNode' && node.into?.table.identifier.name === 'events';
      if (isDraw) drawing.add(queryId);
      return node;
    },
    transformResult: async ({ result, queryId }) => {
      if (!drawing.has(queryId)) return result;
      await new Promise((wake) => setTimeout(wake, Math.floor(random() * 6)));
      if (random() < rollbackShare) throw new Error('rolled back');
      return result;
    },
  });
}

/** The planted fault: the database, but an append takes no lock. */
export function withoutLock(database: Database): Database {
  return withPlugin(database, {
    transformQuery: ({ node }): RootOperationNode => {
      const isLock = node.kind === 'RawNode' && node.sqlFragments.join('').includes('pg_advisory_xact_lock');
      return isLock ? RawNode.createWithSql('select 1') : node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  });
}

/** The database, but the statement of that number (from 0) and all after it fail, as if the process had died before it. */
export function dyingAt(database: Database, number: number): Database & { readonly statements: () => number } {
  let statements = 0;
  const dying = withPlugin(database, {
    transformQuery: ({ node }) => {
      if (statements >= number) throw new Error('died');
      statements += 1;
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  });
  return { ...dying, statements: () => statements };
}

/** The database, but a share of its replies is lost, as on a connection that breaks: what was asked may be done or not. */
export function unreliable(database: Database, random: () => number, share: number): Database {
  return withPlugin(database, {
    transformQuery: ({ node }) => node,
    transformResult: ({ result }) =>
      random() < share
        ? Promise.reject(Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' }))
        : Promise.resolve(result),
  });
}
