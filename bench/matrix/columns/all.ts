import type { Column } from '../column';
import { agents } from './agents';
import { ballots } from './ballots';
import { counters } from './counters';
import { locks } from './locks';
import { registry } from './registry';
import { semaphores } from './semaphores';
import { sessions } from './sessions';
import { sets } from './sets';
import { values } from './values';

/** All that have traffic of clients. Events have none of their own: they come from all of these. */
export const TRAFFIC: readonly Column[] = [
  sessions,
  locks,
  semaphores,
  counters,
  values,
  sets,
  ballots,
  registry,
  agents,
];
