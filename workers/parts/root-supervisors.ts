import { createSupervisors } from '../../src/client/supervisors';
import { repeated } from './repeated';
import type { Part, Role } from './role';
import { spacesOf } from './spaces';
import type { StorePart } from './store';
import type { TemporalConnection } from './temporal';

/** A space that is new, or whose root supervisor was terminated in the server, has one again after this time. */
const EVERY_MS = 30_000;

/**
 * Sees to it that the space of the configuration, and every space that has events, has a root supervisor. One that was
 * stopped in order is not started again. Of several processes each may do so.
 */
export function startRootSupervisors(role: Role, { client }: TemporalConnection, { store }: StorePart): Part {
  const { space: own, queuePrefix } = role.config;
  const spaceOf = spacesOf(client, queuePrefix);
  return repeated(role, { name: 'root supervisors', everyMs: EVERY_MS }, async (isStopped) => {
    const spaces = new Set([own, ...(await store.status()).spaces.map(({ space }) => space)]);
    for (const space of spaces) {
      if (isStopped()) return;
      await createSupervisors(await spaceOf(space), undefined).root({ unlessStopped: true });
    }
  });
}
