import type { Chore } from '../../activities/serve';
import { createTemporalRegistry } from '../../src/client/registry-backend';
import { parseSpace } from '../../src/contracts/ids';
import type { ServiceName } from '../../src/contracts/service';
import { sweep } from '../../src/registry/sweep';
import type { Store } from '../../src/store/open';
import type { Role } from './role';
import type { TemporalConnection } from './temporal';

/** The bound of REG-5: an owner that died without a word has left the read model after this time and the sweep itself. */
const SWEEP_MS = 300_000;

/** What the platform's services do, in the process that owns the store. */
export function choresOf(
  { log }: Role,
  { client }: TemporalConnection,
  { registry }: Pick<Store, 'registry'>,
): Readonly<Record<ServiceName, Chore>> {
  const authority = createTemporalRegistry(client);
  return {
    /** Compares the read model's registry with Temporal. */
    'registry-sweep': {
      everyMs: SWEEP_MS,
      act: async (text) => {
        const space = parseSpace(text);
        if (typeof space !== 'string') return;
        const swept = await sweep(registry, authority, { space });
        if (swept.lost > 0) log.warn({ space, ...swept }, 'owners ended without a word');
      },
    },
  };
}
