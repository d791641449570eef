import type { Migration } from 'kysely';
import { execute } from './statements';

/** The log, what is known of its streams, and what went wrong with them. */
export const events: Migration = {
  up: (db) =>
    execute(db, [
      `create table events (
        position bigserial primary key,
        stream text not null,
        sequence bigint not null,
        space text not null,
        type text not null,
        hash text not null,
        stored_at bigint not null,
        event json not null,
        unique (stream, sequence))`,
      `create index events_by_space on events (space, position)`,
      `create table streams (
        stream text primary key,
        space text not null,
        version bigint not null,
        events bigint not null,
        first_kept bigint not null,
        last_position bigint not null)`,
      `create index streams_by_space on streams (space, last_position)`,
      `create table incidents (
        id bigserial primary key,
        at bigint not null,
        stream text not null,
        kind text not null,
        sequence bigint not null,
        hash text not null,
        event json not null,
        unique (stream, kind, sequence, hash))`,
      `create table checkpoints (
        name text primary key,
        position bigint not null,
        updated_at bigint not null)`,
      `create table truncations (
        space text primary key,
        through bigint not null,
        at bigint not null)`,
    ]),
  down: (db) => execute(db, [`drop table truncations, checkpoints, incidents, streams, events`]),
};
