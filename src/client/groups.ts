import { ERRORS, isPlatformError, isRefusal, PlatformError, type Refusal } from '../contracts/errors';
import {
  joinUpdate,
  leaveUpdate,
  type GroupNews,
  type GroupRow,
  type Joined,
  type Left,
  type Marks,
  type Member,
  type MemberFilter,
} from '../contracts/groups';
import { parseLabel, workflowId, type WorkflowId } from '../contracts/ids';
import type { Page, PageRequest, ReadModels } from '../contracts/read-models';
import { parseJoin, parseLeave } from '../domain/groups';
import { nameOf } from './handles';
import { pageAtLeast, readerOf, type AtLeast } from './reader';
import { orWhyItEnded } from './starts';
import type { CallOptions, Temporal } from './temporal';
import { pauseOr } from './waiting';

const RETRY_MS = 100;
const RETRY_MS_MAX = 5_000;

/** What is watched, and from where. */
export interface WatchOptions {
  /** Default: all groups of the space. */
  readonly group?: string;
  /** The last position that was dealt with; without it the watch begins with the current set. */
  readonly after?: number;
  readonly signal?: AbortSignal;
  /** How long nothing is said while nothing changes, until a progress mark; default 5 s. */
  readonly progressMs?: number;
}

/**
 * Groups of agents: who belongs to which, with tags and metadata. An agent joins by its definition, by its handlers, or by a call
 * here, and belongs to a group for one life at most. Queries and watches come from the read model: eventual, with the position
 * that they reflect (REG-4).
 */
export interface Groups {
  /**
   * An agent joins a group, or changes its tags and metadata there. Safe to repeat. Done when the agent has it recorded; queries
   * and watches see it a moment later.
   * @throws PlatformError `agent-not-found`, `invalid-id`, `invalid-message`, `limit-reached`
   */
  join(group: string, agent: string, marks?: Marks, options?: CallOptions): Promise<Joined>;
  /** An agent leaves a group; one that is not in it is no error. @throws PlatformError `agent-not-found`, `invalid-id` */
  leave(group: string, agent: string, options?: CallOptions): Promise<Left>;
  /** The groups that have members. @throws PlatformError `timeout` when the read model is not at `atLeast` in time */
  list(options?: Omit<PageRequest, 'space'> & AtLeast): Promise<Page<GroupRow>>;
  /** Members by group, agent, tags and metadata; all of the space without a filter. @throws PlatformError as `list` */
  members(options?: MemberFilter & Omit<PageRequest, 'space'> & AtLeast): Promise<Page<Member>>;
  /**
   * The current set first, then every change, each once, in order (WAT-1…8). Goes on by itself after a break, from where it was.
   * After `compacted` comes a set, which stands in the place of all before it. The first connection must succeed.
   */
  watch(options?: WatchOptions): AsyncIterable<GroupNews>;
}

const isPassing = (error: unknown): boolean => isPlatformError(error) && ERRORS[error.code].retryable;

async function* mended(reads: ReadModels, space: string, { after, signal, ...request }: WatchOptions) {
  const gone = signal ?? new AbortController().signal;
  let position = after;
  let hasBegun = false;
  let waitMs = RETRY_MS;
  while (!gone.aborted) {
    try {
      const from = position === undefined ? {} : { after: position };
      for await (const news of reads.watchGroups({ ...request, ...from, space, signal: gone })) {
        hasBegun = true;
        waitMs = RETRY_MS;
        // Before the set is here there is nothing to go on from.
        position = news.kind === 'compacted' ? undefined : news.position;
        yield news;
      }
    } catch (error) {
      if (!hasBegun || !isPassing(error)) throw error;
    }
    await pauseOr(waitMs, gone);
    waitMs = Math.min(2 * waitMs, RETRY_MS_MAX);
  }
}

function checked<T extends object | string>(parsed: T | Refusal): T {
  if (isRefusal(parsed)) throw new PlatformError(parsed);
  return parsed;
}

/** @param reads the port of the read models; `undefined` answers `reads-unavailable` */
export function createGroups(temporal: Temporal, reads: ReadModels | undefined): Groups {
  const { space } = temporal;
  const never = new AbortController().signal;
  const agentId = (agent: string): WorkflowId => workflowId(space, 'agent', nameOf('agent', agent));
  return {
    join: async (group, agent, marks = {}, options = {}) => {
      const id = agentId(agent);
      const asked = checked(parseJoin({ ...marks, group }));
      return (await orWhyItEnded(temporal, id, () => temporal.call(id, joinUpdate, asked, options))).value;
    },
    leave: async (group, agent, options = {}) => {
      const id = agentId(agent);
      const asked = checked(parseLeave({ group }));
      return (await orWhyItEnded(temporal, id, () => temporal.call(id, leaveUpdate, asked, options))).value;
    },
    list: ({ atLeast, withinMs, ...request } = {}) =>
      pageAtLeast(() => readerOf(reads).groups({ ...request, space }), { atLeast, withinMs, signal: never }),
    members: ({ atLeast, withinMs, ...request } = {}) =>
      pageAtLeast(() => readerOf(reads).members({ ...request, space }), { atLeast, withinMs, signal: never }),
    watch: (options = {}) => {
      if (options.group !== undefined) checked(parseLabel('a group', options.group));
      return mended(readerOf(reads), space, options);
    },
  };
}
