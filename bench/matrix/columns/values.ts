import { isPlatformError } from '../../../src/contracts/errors';
import { pause } from '../../../src/client/waiting';
import type { Column } from '../column';
import type { Attempt } from '../party';
import { versionsBroken, type VersionOutput } from './versions';

const REST_MS = 250;

/** Name of the shared value of a row. */
export const valueOf = (row: string): string => `${row}-value`;

/** A shared value that all compare and set. */
export const values: Column = {
  name: 'values',
  use: async (party) => {
    const key = valueOf(party.row);
    const value = party.process.space.values.at<string>(key);
    let seen = 0;
    for (let round = 0; !party.isOver; round += 1) {
      const next = `${party.process.client}/${party.process.life}/${String(round)}`;
      const base = seen;
      const swap = async (how: Attempt): Promise<VersionOutput> => {
        const { swapped, version } = await value.compareAndSet(base, next, how);
        return swapped ? { kind: 'written', version, value: next, base } : { kind: 'stale' };
      };
      await party.run(key, { kind: 'swap' }, swap, true);
      await party.run(key, { kind: 'read' }, async (): Promise<VersionOutput> => {
        try {
          const reading = await value.get();
          seen = reading.version;
          return { kind: 'read', version: reading.version, value: String(reading.value) };
        } catch (error) {
          // nobody has set it so far
          if (isPlatformError(error) && error.code === 'value-not-found') return { kind: 'stale' };
          throw error;
        }
      });
      await pause(REST_MS);
    }
  },
  broken: versionsBroken,
};
