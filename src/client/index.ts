import type { Causality } from '../contracts/causality';
import { PlatformError } from '../contracts/errors';
import type { StoredEvent } from '../contracts/event-store';
import type { SpaceHealth } from '../contracts/health';
import { parseSpace, type Space as SpaceName } from '../contracts/ids';
import type { ReadModels, Why } from '../contracts/read-models';
import type { SubscriptionStore } from '../contracts/subscription';
import type { TopicStore } from '../contracts/coordination/topic';
import { readerOf } from './reader';
import { createElections, type Elections } from './elections';
import { createLocks, createSemaphores, type Locks, type Semaphores } from './locks';
import { createSessions, type Sessions } from './sessions';
import { createAgents, type Agents } from './agents';
import { createBallots, type Ballots } from './ballots';
import { createCoordination, type Coordination } from './coordination';
import { createBarriers, type Barriers } from './barriers';
import { createCounters, type Counters } from './counters';
import { createGroups, type Groups } from './groups';
import { createRegistry, type Registry } from './registry';
import { createStudies, type Studies } from './optimisation';
import { healthOfSpace } from './study-health';
import { createSubscriptionsClient, type Subscriptions } from './subscriptions';
import { createSupervisors, type Supervisors } from './supervisors';
import { openTemporal, type TemporalOptions } from './temporal';
import { createTopicsClient, type Topics } from './topics';
import { createValues, type SharedValues } from './values';
import { createVariableSets, type VariableSets } from './variable-sets';

/** How to reach a space. Everything has a default: the environment, else the local dev server and the space `default`. */
export interface ConnectOptions extends TemporalOptions {
  readonly space?: string;
  /** The read models, where the store is at hand; else they are read from the facade at `url`. */
  readonly reads?: ReadModels;
  /** The subscriptions of the store, or of a facade. */
  readonly subscriptions?: SubscriptionStore;
  /** The topics of the store, or of a facade. */
  readonly topics?: TopicStore;
}

/** One space: the door to everything in it. */
export interface Space {
  readonly name: SpaceName;
  readonly agents: Agents;
  readonly variables: VariableSets;
  readonly ballots: Ballots;
  readonly counters: Counters;
  /** Shared values: one JSON each, with a version to compare and set. */
  readonly values: SharedValues;
  /** Who owns which name. */
  readonly registry: Registry;
  /** Which agents belong to which group: join, leave, find, watch. */
  readonly groups: Groups;
  readonly studies: Studies;
  /** Groups of consumers that compete for the events; the store keeps their positions. */
  readonly subscriptions: Subscriptions;
  /** Publish and subscribe: who publishes does not know who hears it. */
  readonly topics: Topics;
  readonly supervisors: Supervisors;
  /** Processes that hold something for as long as they keep themselves alive. */
  readonly sessions: Sessions;
  readonly locks: Locks;
  readonly semaphores: Semaphores;
  /** Who leads: as a latch, or while a function runs. */
  readonly elections: Elections;
  /** For readers: what there is to agree by, who holds it, who waits, what blocks whom, and what somebody should look at. */
  readonly coordination: Coordination;
  readonly barriers: Barriers;
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
  /**
   * Whether event `a` happened before event `b`, and the path that shows it. An event is named by its position, or by
   * `<kind>:<name>~<generation>/<number>`. @throws PlatformError `invalid-id`, `event-not-found`
   */
  causality(a: number | string, b: number | string): Promise<Causality>;
  /**
   * Server, store, queues and their workers, supervisors and their children, the oldest message that waits: each with what is
   * wrong with it. Never rejects: what does not answer is a finding. Takes a second or two on a large space.
   */
  health(options?: { readonly asked?: number }): Promise<SpaceHealth>;
  close(): Promise<void>;
}

function spaceName(text: string | undefined): SpaceName {
  const space = parseSpace(text ?? process.env['MABEAM_SPACE'] ?? 'default');
  if (typeof space !== 'string') throw new PlatformError(space);
  return space;
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
  const sessions = createSessions(temporal, reads);
  const variables = createVariableSets(temporal, reads);
  const elections = createElections(temporal, sessions, reads);
  const barriers = createBarriers(temporal, sessions, reads);
  const ballots = createBallots(temporal, reads, async (set, proposal) => {
    const { verdict } = await variables.at(set).proposal(proposal);
    return verdict.kind === 'pending' ? undefined : verdict.tally;
  });
  const locks = createLocks(temporal, sessions, reads);
  const semaphores = createSemaphores(temporal, sessions, reads);
  return {
    name,
    agents: createAgents(temporal, reads),
    variables,
    ballots,
    counters: createCounters(temporal, reads),
    values: createValues(temporal, reads),
    registry,
    groups: createGroups(temporal, reads),
    studies: createStudies(temporal, reads),
    subscriptions: createSubscriptionsClient(name, options.subscriptions),
    topics: createTopicsClient(name, options.topics, options.subscriptions),
    supervisors: createSupervisors(temporal, reads),
    sessions,
    elections,
    locks,
    semaphores,
    coordination: createCoordination(name, { locks, semaphores, elections, barriers, ballots }, reads),
    barriers,
    events: ({ after = 0, ...more } = {}) => readerOf(reads).feed({ space: name, after, ...more }),
    causality: async (a, b) => readerOf(reads).causality({ space: name, a: String(a), b: String(b) }),
    why: (set, variable) => readerOf(reads).why({ space: name, set, variable }),
    health: (options) => healthOfSpace(temporal, reads, options),
    close: async () => {
      registry.close();
      await elections.dispose();
      await sessions.dispose();
      await temporal.close();
    },
  };
}
