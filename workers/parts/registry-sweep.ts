import { createTemporalRegistry } from '../../src/client/registry-backend';
import { parseSpace } from '../../src/contracts/ids';
import { sweep } from '../../src/registry/sweep';
import type { Part, Role } from './role';
import type { StorePart } from './store';
import type { TemporalConnection } from './temporal';

/** The bound of REG-5: an owner that died without a word has left the read model after this time and the sweep itself. */
const SWEEP_MS = 300_000;

/**
 * Compares the read model's registry with Temporal every five minutes, space by space. A sweep that fails is tried again by
 * the next one. Of several processes each may run it: what is lost is recorded once.
 */
export function startRegistrySweep(
  { log }: Role,
  { client }: TemporalConnection,
  { store }: StorePart,
  everyMs = SWEEP_MS,
): Part {
  const authority = createTemporalRegistry(client);
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;
  const sweepAll = async (): Promise<void> => {
    for (const { space: text } of (await store.status()).spaces) {
      const space = parseSpace(text);
      if (isStopped || typeof space !== 'string') continue;
      const swept = await sweep(store.registry, authority, { space });
      if (swept.lost > 0) log.warn({ space, ...swept }, 'owners ended without a word');
    }
  };
  const timer = setInterval(() => {
    running = running.then(sweepAll).catch((error: unknown) => {
      log.error({ error }, 'the registry could not be compared with Temporal');
    });
  }, everyMs);
  timer.unref();
  return {
    name: 'registry sweep',
    stop: async () => {
      isStopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
