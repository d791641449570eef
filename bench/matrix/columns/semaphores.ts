import type { Column } from '../column';
import { holdingBroken, useHolding } from './holdings';

const PERMITS = 2;

/** Name of the semaphore of a row. */
export const semaphoreOf = (row: string): string => `${row}-semaphore`;

/** Two permits, wanted by three clients. */
export const semaphores: Column = {
  name: 'semaphores',
  use: (party) => {
    const key = semaphoreOf(party.row);
    return useHolding(party, key, party.process.space.semaphores.at(key, PERMITS));
  },
  broken: (evidence) => holdingBroken(evidence, semaphoreOf(evidence.row), PERMITS),
};
