import { createSessionActivities } from '../../../activities/session';
import { createElections, type Elections } from '../../../src/client/elections';
import { createBarriers, type Barriers } from '../../../src/client/barriers';
import { createLocks, createSemaphores, type Locks, type Semaphores } from '../../../src/client/locks';
import { createSessions, type Sessions } from '../../../src/client/sessions';
import { openTemporal, type Temporal } from '../../../src/client/temporal';
import { startHarness, type Harness } from '../kernel/harness';

/** What a process has of a space. */
export interface Party {
  readonly temporal: Temporal;
  readonly sessions: Sessions;
  readonly locks: Locks;
  readonly semaphores: Semaphores;
  readonly elections: Elections;
  readonly barriers: Barriers;
  /** Closes its sessions. */
  dispose(): Promise<void>;
  close(): Promise<void>;
}

/** A space with workers that know sessions and locks. */
export interface CoordinationHarness extends Harness, Omit<Party, 'temporal' | 'close' | 'dispose'> {
  /** Another process of the space, by a way of its own to the server. Closed with the harness. */
  party(address?: string): Promise<Party>;
}

function partyOf(temporal: Temporal): Party {
  const sessions = createSessions(temporal, undefined);
  const elections = createElections(temporal, sessions, undefined);
  const dispose = async (): Promise<void> => {
    await elections.dispose();
    await sessions.dispose();
  };
  return {
    temporal,
    sessions,
    locks: createLocks(temporal, sessions, undefined),
    semaphores: createSemaphores(temporal, sessions, undefined),
    elections,
    dispose,
    barriers: createBarriers(temporal, sessions, undefined),
    close: async () => {
      await dispose();
      await temporal.close();
    },
  };
}

/** Starts the workers, with other workflows and activities of their own if they are named. */
export async function startCoordination(
  name: string,
  workflows = '../../../workflows/index.ts',
  activities: Readonly<Record<string, (argument: never) => Promise<unknown>>> = {},
): Promise<CoordinationHarness> {
  const harness = await startHarness(name, workflows, { ...createSessionActivities(), ...activities });
  const own = partyOf(harness.temporal);
  const parties: Party[] = [];
  return {
    ...harness,
    sessions: own.sessions,
    locks: own.locks,
    semaphores: own.semaphores,
    elections: own.elections,
    barriers: own.barriers,
    party: async (address = process.env['TEMPORAL_ADDRESS'] ?? '127.0.0.1:7233') => {
      const { space } = harness.temporal;
      const party = partyOf(await openTemporal(space, { address, queuePrefix: `${space}-` }));
      parties.push(party);
      return party;
    },
    close: async () => {
      await own.dispose();
      await Promise.all(parties.map((each) => each.close()));
      await harness.close();
    },
  };
}
