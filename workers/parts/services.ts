import type { Chore } from '../../activities/serve';
import { glance } from '../../src/client/glance';
import { healthOfSpace } from '../../src/client/study-health';
import { createTemporalRegistry } from '../../src/client/registry-backend';
import { statusQuery } from '../../src/contracts/entity';
import { PlatformError } from '../../src/contracts/errors';
import { parseSpace } from '../../src/contracts/ids';
import type { ServiceName } from '../../src/contracts/service';
import { sweep } from '../../src/registry/sweep';
import { handoverCheck } from '../../src/store/handover-check';
import type { Store } from '../../src/store/open';
import type { Role } from './role';
import { spacesOf } from './spaces';
import type { TemporalConnection } from './temporal';

/** The bound of REG-5: an owner that died without a word has left the read model after this time and the sweep itself. */
const SWEEP_MS = 300_000;
const CHECK_MS = 60_000;
const MONITOR_MS = 15_000;
const LOOK_MS = 3_000;

/** What the platform's services do, in the process that owns the store. */
export function choresOf(
  { config, log }: Role,
  { client }: TemporalConnection,
  { registry, events, reads }: Pick<Store, 'registry' | 'events' | 'reads'>,
): Readonly<Record<ServiceName, Chore>> {
  const authority = createTemporalRegistry(client);
  const statusOf = (id: string) => glance(client, id, statusQuery, LOOK_MS).catch(() => undefined);
  const spaceOf = spacesOf(client, config.queuePrefix);
  return {
    /** Compares the read model's registry with Temporal. */
    'registry-sweep': {
      everyMs: SWEEP_MS,
      act: async (text) => {
        const space = parseSpace(text);
        if (typeof space !== 'string') throw new PlatformError(space);
        const swept = await sweep(registry, authority, { space });
        if (swept.lost > 0) log.warn({ space, ...swept }, 'owners ended without a word');
        return { ok: true, detail: 'the read model knows who has ended' };
      },
    },
    /** Compares what entities have said with what is stored. */
    'handover-check': { everyMs: CHECK_MS, act: handoverCheck({ registry, events, statusOf }) },
    /** Keeps a record of how the space was: what `health` tells who asks, told when it changes. */
    monitor: {
      everyMs: MONITOR_MS,
      act: async (name) => {
        const { ok, reasons } = await healthOfSpace(await spaceOf(name), reads, { asked: 0 });
        return { ok, detail: ok ? 'all is well' : reasons.join('; ') };
      },
    },
  };
}
