import { sql } from 'kysely';
import type { AgentTopics } from '../../contracts/coordination/topic';
import { PlatformError } from '../../contracts/errors';
import { groupOfAgent, parseName } from '../../contracts/ids';
import type { GroupRef } from '../../contracts/subscription';
import { topicSource } from '../../domain/coordination/topic';
import type { Database, Work } from '../database';
import { guarding } from '../read-models/reads';
import { holdRetention } from '../retention';
import { make } from '../subscriptions';
import { checkNames, clockOf } from '../subscriptions/group';
import { settingsOf } from '../subscriptions/settings';

/** Agents whose turn it is, in one look. */
const MAX_READY = 1_000;

/** By the clock of the database, as leases are. */
const NOW = sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`;
/** Something of the buffer of a group is to be handed out, or was and was never answered. */
const WAITS = sql<boolean>`exists (select 1 from deliveries d where d.space = groups.space
  and d.group_name = groups.name and d.state in ('waiting', 'held') and d.due_at <= ${NOW})`;
/** There is something in the log that it has not looked at. */
const COMES = sql<boolean>`exists (select 1 from events e where e.space = groups.space
  and e.topic is not null and e.position > groups.scanned and e.topic ~ groups.topics)`;
/** There is anything in the log that it has not looked at. */
const LAGS = sql<boolean>`groups.scanned < (select max(last_position) from streams
  where streams.space = groups.space)`;

/** An agent that has something to be delivered. */
export interface ReadyAgent extends GroupRef {
  /** It was not there last time. */
  readonly isAway: boolean;
}

/** What delivers to agents needs of the store. */
export interface AgentDeliveries {
  /**
   * Agents for which something waits, in one statement; those that are away only when they are to be tried again.
   * @param withIdle also those that have only to move their position past what is not for them, so that retention can
   */
  ready(withIdle: boolean): Promise<readonly ReadyAgent[]>;
  /** Whether something waits for one agent. */
  hasMore(ref: GroupRef): Promise<boolean>;
  /** It is not there: nothing is tried for so long. What it had in its hands does not count as tried. */
  away(ref: GroupRef, reason: string, ms: number): Promise<void>;
  /** It is there again. */
  present(ref: GroupRef): Promise<void>;
}

function refOf(space: string, agent: string): GroupRef {
  const name = parseName('agent', agent);
  if (typeof name !== 'string') throw new PlatformError(name);
  const ref = { space, group: groupOfAgent(name) };
  checkNames(ref);
  return ref;
}

/** Other patterns than before: the position stays, and what comes is chosen by the new ones. */
async function change(work: Work, { space, group }: GroupRef, topics: readonly string[]): Promise<number | undefined> {
  const row = await work
    .selectFrom('groups')
    .select(['settings', 'scanned'])
    .where('space', '=', space)
    .where('name', '=', group)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await work
    .updateTable('groups')
    .set({
      settings: JSON.stringify({ ...row.settings, topics }),
      topics: topicSource(topics),
      away: null,
      away_until: 0,
    })
    .where('space', '=', space)
    .where('name', '=', group)
    .execute();
  return row.scanned;
}

/** The subscriptions of agents: made by an agent when it begins, delivered by the process that owns the store. */
export function createAgentTopics(database: Database): AgentTopics & AgentDeliveries {
  const guarded = guarding(database.kind);
  const { db, wakes } = database;
  return {
    subscribe: ({ space, agent, topics }) =>
      guarded(async () => {
        const ref = refOf(space, agent);
        const settings = settingsOf({ topics, after: 'end' });
        const subscribing = db.transaction().setIsolationLevel('read committed');
        const position = await subscribing.execute(async (work) => {
          await holdRetention(work);
          return (await change(work, ref, settings.topics ?? [])) ?? make(work, ref, settings);
        });
        wakes.fire();
        return { position };
      }),
    ready: (withIdle) =>
      guarded(async () => {
        const some = db.selectFrom('groups').select(['space', 'name', 'away']).where('topics', 'is not', null);
        const rows = await some
          .where(sql<boolean>`starts_with(name, ${groupOfAgent('')})`)
          .where('stopped', 'is', null)
          .where('away_until', '<=', NOW)
          .where((of) => of.or([WAITS, COMES, ...(withIdle ? [LAGS] : [])]))
          .limit(MAX_READY)
          .execute();
        return rows.map(({ space, name, away }) => ({ space, group: name, isAway: away !== null }));
      }),
    hasMore: ({ space, group }) =>
      guarded(async () => {
        const one = db.selectFrom('groups').select('name').where('space', '=', space).where('name', '=', group);
        return (await one.where((of) => of.or([WAITS, COMES])).executeTakeFirst()) !== undefined;
      }),
    away: ({ space, group }, reason, ms) =>
      guarded(() =>
        db.transaction().execute(async (work) => {
          const until = (await clockOf(work)) + ms;
          await work
            .updateTable('groups')
            .set({ away: reason, away_until: until })
            .where('space', '=', space)
            .where('name', '=', group)
            .execute();
        }),
      ),
    present: ({ space, group }) =>
      guarded(async () => {
        await db
          .updateTable('groups')
          .set({ away: null, away_until: 0 })
          .where('space', '=', space)
          .where('name', '=', group)
          .execute();
      }),
  };
}
