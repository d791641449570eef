import type { Migration } from 'kysely';
import { execute } from './statements';

const KEYED = `edition integer not null, key text not null, space text not null, generation bigint not null,
  primary key (edition, key)`;
const OF_SET = `edition integer not null, space text not null, set_name text not null, generation bigint not null,
  version bigint not null, at text not null`;

/** The read models, each row under its edition: a rebuild fills the next edition beside the live one. */
export const readModels: Migration = {
  up: (db) =>
    execute(db, [
      `create table editions (edition integer primary key, position bigint not null, is_live boolean not null)`,
      `insert into editions values (1, 0, true)`,
      `create unique index editions_one_live on editions (is_live) where is_live`,
      `create table rm_rows (${KEYED}, kind text not null, name text not null, status text not null,
        has_ended boolean not null, record json not null)`,
      `create index rm_rows_by_name on rm_rows (edition, space, kind, name)`,
      `create table rm_proposals (${KEYED}, set_name text not null, number bigint not null, verdict text not null,
        decided_position bigint not null, record json not null)`,
      `create index rm_proposals_by_number on rm_proposals (edition, space, set_name, generation, number)`,
      `create table rm_trials (${KEYED}, study text not null, number bigint not null, record json not null)`,
      `create index rm_trials_by_number on rm_trials (edition, space, study, generation, number)`,
      `create table rm_versions (${OF_SET}, proposal bigint not null, position bigint not null, changes json not null,
        content json not null, primary key (edition, space, set_name, generation, version))`,
      `create table rm_changes (${OF_SET}, variable text not null, proposal bigint not null, position bigint not null,
        after json not null, primary key (edition, space, set_name, generation, variable, version))`,
      `create table rm_adoptions (${OF_SET}, agent text not null,
        primary key (edition, space, set_name, generation, agent, version))`,
    ]),
  down: (db) =>
    execute(db, [`drop table rm_adoptions, rm_changes, rm_versions, rm_trials, rm_proposals, rm_rows, editions`]),
};
