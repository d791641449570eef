import { createTemporalRegistry } from '../../src/client/registry-backend';
import { parseSpace } from '../../src/contracts/ids';
import { sweep } from '../../src/registry/sweep';
import { repeated } from './repeated';
import type { Part, Role } from './role';
import type { StorePart } from './store';
import type { TemporalConnection } from './temporal';

/** The bound of REG-5: an owner that died without a word has left the read model after this time and the sweep itself. */
const SWEEP_MS = 300_000;

/**
 * Compares the read model's registry with Temporal every five minutes, space by space. Of several processes each may run it:
 * what is lost is recorded once.
 */
export function startRegistrySweep(role: Role, { client }: TemporalConnection, { store }: StorePart): Part {
  const authority = createTemporalRegistry(client);
  return repeated(role, { name: 'registry sweep', everyMs: SWEEP_MS }, async (isStopped) => {
    for (const { space: text } of (await store.status()).spaces) {
      const space = parseSpace(text);
      if (isStopped() || typeof space !== 'string') continue;
      const swept = await sweep(store.registry, authority, { space });
      if (swept.lost > 0) role.log.warn({ space, ...swept }, 'owners ended without a word');
    }
  });
}
