import { PlatformError } from '../contracts/errors';
import type { StoredEvent } from '../contracts/event-store';
import { parseSpace, type Space as SpaceName } from '../contracts/ids';
import type { ReadModels, Why } from '../contracts/read-models';
import type { SubscriptionStore } from '../contracts/subscription';
import { readerOf } from './reader';
import { createAgents, type Agents } from './agents';
import { createBallots, type Ballots } from './ballots';
import { createRegistry, type Registry, type RegistryState } from './registry';
import { createStudies, type Studies } from './optimisation';
import { createSubscriptionsClient, type Subscriptions } from './subscriptions';
import { createSupervisors, type Supervisors } from './supervisors';
import { openTemporal, type Temporal, type TemporalOptions } from './temporal';
import { createVariableSets, type VariableSets } from './variable-sets';

/** How to reach a space. Everything has a default: the environment, else the local dev server and the space `default`. */
export interface ConnectOptions extends TemporalOptions {
  readonly space?: string;
  /** The read models, where the store is at hand; else they are read from the facade at `url`. */
  readonly reads?: ReadModels;
  /** The subscriptions of the store, or of a facade. */
  readonly subscriptions?: SubscriptionStore;
}

/** What Temporal and the read models answer, for health and for `doctor`. */
export interface Health {
  readonly temporal: { readonly ok: boolean; readonly detail: string };
  readonly reads: { readonly ok: boolean; readonly detail: string };
  /** Which registry is in the path, with the counters of its cache in this process. */
  readonly registry: RegistryState;
}

/** One space: the door to everything in it. */
export interface Space {
  readonly name: SpaceName;
  readonly agents: Agents;
  readonly variables: VariableSets;
  readonly ballots: Ballots;
  /** Who owns which name. */
  readonly registry: Registry;
  readonly studies: Studies;
  /** Groups of consumers that compete for the events; the store keeps their positions. */
  readonly subscriptions: Subscriptions;
  readonly supervisors: Supervisors;
  /** Events from a position on, then live: gap-free and resumable. */
  events(options?: {
    readonly after?: number;
    readonly types?: readonly string[];
    readonly signal?: AbortSignal;
    /** Called when retention has removed events that were asked for; what follows is after `start`. */
    readonly onResync?: (start: number) => void;
    /** Called when everything up to a position was handed out; what follows is live. */
    readonly onCaughtUp?: (position: number) => void;
  }): AsyncIterable<StoredEvent>;
  /** Why the value is what it is. */
  why(set: string, variable: string): Promise<Why>;
  health(): Promise<Health>;
  close(): Promise<void>;
}

function spaceName(text: string | undefined): SpaceName {
  const space = parseSpace(text ?? process.env['MABEAM_SPACE'] ?? 'default');
  if (typeof space !== 'string') throw new PlatformError(space);
  return space;
}

async function healthOf(temporal: Temporal, reads: ReadModels | undefined, registry: Registry): Promise<Health> {
  const check = async (act: () => Promise<string>): Promise<{ ok: boolean; detail: string }> => {
    try {
      return { ok: true, detail: await act() };
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : String(error) };
    }
  };
  const [server, store] = await Promise.all([
    check(async () => {
      const info = await temporal.client.workflowService.getSystemInfo({});
      return `server ${info.serverVersion}`;
    }),
    check(async () => {
      const { source, events } = await readerOf(reads).state();
      return `${source}, ${String(events)} events`;
    }),
  ]);
  return { temporal: server, reads: store, registry: registry.state() };
}

/**
 * Connects to a space.
 *
 * @throws PlatformError `invalid-id` for the name of the space, `temporal-unavailable` when no server answers
 */
export async function connect(options: ConnectOptions = {}): Promise<Space> {
  const name = spaceName(options.space);
  const queuePrefix = options.queuePrefix ?? process.env['MABEAM_QUEUE_PREFIX'] ?? '';
  const temporal = await openTemporal(name, { ...options, queuePrefix });
  const { reads } = options;
  const registry = createRegistry(temporal, reads);
  return {
    name,
    agents: createAgents(temporal, reads),
    variables: createVariableSets(temporal, reads),
    ballots: createBallots(temporal, reads),
    registry,
    studies: createStudies(temporal, reads),
    subscriptions: createSubscriptionsClient(name, options.subscriptions),
    supervisors: createSupervisors(temporal, reads),
    events: ({ after = 0, ...more } = {}) => readerOf(reads).feed({ space: name, after, ...more }),
    why: (set, variable) => readerOf(reads).why({ space: name, set, variable }),
    health: () => healthOf(temporal, reads, registry),
    close: () => {
      registry.close();
      return temporal.close();
    },
  };
}
