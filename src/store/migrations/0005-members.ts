import type { Migration } from 'kysely';
import { execute } from './statements';

/** Members of groups and what changed among them; an edition says up to where it was built from less than the whole log. */
export const members: Migration = {
  up: (db) =>
    execute(db, [
      `alter table editions add column lossy_through bigint not null default 0`,
      `create table rm_members (
        edition integer not null,
        space text not null,
        group_name text not null,
        agent text not null,
        generation bigint not null,
        position bigint not null,
        since text not null,
        tags text not null,
        metadata json not null,
        primary key (edition, space, group_name, agent))`,
      `create index rm_members_by_agent on rm_members (edition, space, agent)`,
      `create table rm_member_changes (
        edition integer not null,
        space text not null,
        position bigint not null,
        group_name text not null,
        changes json not null,
        primary key (edition, space, position, group_name))`,
      `create index rm_member_changes_by_group on rm_member_changes (edition, space, group_name, position)`,
    ]),
  down: (db) =>
    execute(db, [`drop table rm_member_changes, rm_members`, `alter table editions drop column lossy_through`]),
};
