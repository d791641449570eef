import type { GroupRef } from '../../contracts/subscription';
import type { Database } from '../database';

const waiting = new WeakMap<Database, Map<string, Set<() => void>>>();

const keyOf = ({ space, group }: GroupRef): string => `${space}/${group}`;

/** A take that waits, of a group. @returns a function that ends it */
export function addTaker(database: Database, ref: GroupRef, wake: () => void): () => void {
  const groups = waiting.get(database) ?? new Map<string, Set<() => void>>();
  waiting.set(database, groups);
  const key = keyOf(ref);
  const takers = groups.get(key) ?? new Set();
  groups.set(key, takers.add(wake));
  return () => {
    takers.delete(wake);
    if (takers.size === 0) groups.delete(key);
  };
}

/** Takes of a group that wait in this process look again. Those of other processes look once a second. */
export function wakeTakers(database: Database, ref: GroupRef): void {
  for (const wake of waiting.get(database)?.get(keyOf(ref)) ?? []) wake();
}
