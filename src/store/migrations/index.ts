import type { Migration } from 'kysely';
import { events } from './0001-events';
import { readModels } from './0002-read-models';
import { subscriptions } from './0003-subscriptions';
import { groups } from './0004-groups';
import { members } from './0005-members';
import { topics } from './0006-topics';

/** In the order of their names; a published one is never changed. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-events': events,
  '0002-read-models': readModels,
  '0003-subscriptions': subscriptions,
  '0004-groups': groups,
  '0005-members': members,
  '0006-topics': topics,
};
