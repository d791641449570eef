import type { Migration } from 'kysely';
import { execute } from './statements';

/** Persistent subscriptions: the position of each group, and what it has handed out or parked. */
export const subscriptions: Migration = {
  up: (db) =>
    execute(db, [
      `create table groups (name text primary key, space text not null, types json not null, position bigint not null)`,
      `create table deliveries (
        group_name text not null references groups (name) on delete cascade,
        position bigint not null,
        state text not null,
        attempts integer not null,
        due_at bigint not null,
        consumer text not null,
        reason text not null,
        primary key (group_name, position))`,
      `create index deliveries_due on deliveries (group_name, state, due_at)`,
    ]),
  down: (db) => execute(db, [`drop table deliveries, groups`]),
};
