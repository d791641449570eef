import type { Migration } from 'kysely';
import { execute } from './statements';

/**
 * Topics: which events are messages of one, which topics there are, and what a group that is a subscriber needs beside its
 * position: the patterns as an expression, where it took effect, and until when nothing is tried because it is away.
 */
export const topics: Migration = {
  up: (db) =>
    execute(db, [
      `alter table events add column topic text, add column request_id text`,
      `create index events_by_topic on events (space, position) where topic is not null`,
      `create unique index events_by_request on events (space, request_id) where request_id is not null`,
      `create table topics (
        space text not null,
        name text not null,
        messages bigint not null,
        last_position bigint not null,
        primary key (space, name))`,
      `alter table groups
        add column topics text,
        add column began bigint not null default 0,
        add column away text,
        add column away_until bigint not null default 0`,
      `alter table deliveries
        add column order_key text not null default '',
        add column given_back integer not null default 0`,
      `create index deliveries_in_order on deliveries (space, group_name, order_key, position)`,
    ]),
  down: (db) =>
    execute(db, [
      `drop index deliveries_in_order`,
      `alter table deliveries drop column order_key, drop column given_back`,
      `alter table groups drop column topics, drop column began, drop column away, drop column away_until`,
      `drop table topics`,
      `drop index events_by_request, events_by_topic`,
      `alter table events drop column topic, drop column request_id`,
    ]),
};
