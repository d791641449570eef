import type { Column } from '../column';
import { holdingBroken, LOOK_MS, useHolding } from './holdings';

/** Name of the lock of a row. */
export const lockOf = (row: string): string => `${row}-lock`;

/** One lock, wanted by all clients at once. */
export const locks: Column = {
  name: 'locks',
  use: (party) => {
    const key = lockOf(party.row);
    return useHolding(party, key, party.process.space.locks.at(key, { lookMs: LOOK_MS }));
  },
  broken: (evidence) => holdingBroken(evidence, lockOf(evidence.row), 1),
};
