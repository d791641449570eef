import type { Migration } from 'kysely';
import { subscriptions } from './0003-subscriptions';
import { execute } from './statements';

/** Groups of a space with their settings, in place of the tables of 0003, which nothing was ever written to. */
export const groups: Migration = {
  up: (db) =>
    execute(db, [
      `drop table deliveries, groups`,
      `create table groups (
        space text not null,
        name text not null,
        settings json not null,
        position bigint not null,
        scanned bigint not null,
        lost_through bigint not null,
        stopped text,
        created_at bigint not null,
        primary key (space, name))`,
      `create table deliveries (
        space text not null,
        group_name text not null,
        position bigint not null,
        state text not null,
        attempts integer not null,
        due_at bigint not null,
        receipt text not null,
        reason text not null,
        event json,
        primary key (space, group_name, position),
        foreign key (space, group_name) references groups (space, name) on delete cascade)`,
      `create index deliveries_due on deliveries (space, group_name, state, due_at)`,
    ]),
  down: async (db) => {
    await execute(db, [`drop table deliveries, groups`]);
    await subscriptions.up(db);
  },
};
