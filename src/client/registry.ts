import { PlatformError, refuse } from '../contracts/errors';
import { parseName, type Kind } from '../contracts/ids';
import type { Page, PageRequest, ReadModels, Row } from '../contracts/read-models';
import type { CacheCounters, Consistency, LookupReply, Registration, RegistryKey } from '../contracts/registry';
import type { Differences, MigratingRegistry } from '../registry/backends/migrating';
import { newsOf, NEWS_TYPES } from '../registry/news';
import { pageAtLeast, readerOf, type AtLeast } from './reader';
import { isGone, NOT_FOUND } from './failures';
import type { Temporal } from './temporal';

/** News is read again from a little before now, so that nothing between the first lookup and the feed's begin is missed. */
const BACK = 200;
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 30_000;

/** The registry of a space, for health and doctor. */
export interface RegistryState {
  /** Which backend is in the path. */
  readonly backend: string;
  readonly counters: CacheCounters;
  /** While a migration is under way. */
  readonly migration?: Differences & { readonly isRolledBack: boolean };
}

/** Who owns which name in a space. */
export interface Registry {
  /**
   * The owner of a name, with its generation. `cached` (the default) is a hint, at most as old as the bound of the cache;
   * `strong` is linearizable with start and end. No registration, or one that is `stopped` or `failed`: the name is free.
   *
   * @throws PlatformError `invalid-id`; `temporal-unavailable` when nobody can be asked
   */
  lookup(kind: Kind, name: string, options?: { readonly consistency?: Consistency }): Promise<LookupReply>;
  /**
   * Does something with the owner. A stale hint costs one eviction and one retry with what the authority says.
   * @throws PlatformError the code of "not found" of the kind when nobody owns the name; what `act` throws
   */
  follow<T>(kind: Kind, name: string, act: (owner: Registration) => Promise<T>): Promise<T>;
  /**
   * The things of a kind, from the read model: eventual, with the position that the page reflects (REG-4).
   * @param options `atLeast`: wait until the page reflects this position; `withinMs`: how long, default 10 s
   * @throws PlatformError `timeout` when the read model does not come that far in time
   */
  list(kind: Kind, options?: Omit<PageRequest, 'space'> & AtLeast & { readonly status?: string }): Promise<Page<Row>>;
  state(): RegistryState;
  /** The flag of the way back, while a migration is under way; without one it changes nothing. */
  rollBack(isOn: boolean): void;
  close(): void;
}

/** Waits, or less when the registry is closed. Keeps no process alive. */
function pause(ms: number, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      gone.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    timer.unref();
    gone.addEventListener('abort', end);
  });
}

/** Reads the life cycle from the feed until closed. A feed that cannot be read costs freshness, never an answer. */
async function watch(temporal: Temporal, reads: ReadModels, gone: AbortSignal): Promise<void> {
  let after: number | undefined;
  let wait = RETRY_MS;
  while (!gone.aborted) {
    try {
      after ??= Math.max(0, (await reads.state()).position - BACK);
      for await (const { position, event } of reads.feed({
        space: temporal.space,
        after,
        types: NEWS_TYPES,
        signal: gone,
      })) {
        after = position;
        wait = RETRY_MS;
        const news = newsOf(event);
        if (news !== undefined) temporal.registry.news(news);
      }
    } catch {
      // until the feed is back, entries end by their time alone
    }
    await pause(wait, gone);
    wait = Math.min(2 * wait, RETRY_MS_MAX);
  }
}

/**
 * The registry of a space. It begins to read the life cycle from the feed with its first cached lookup.
 *
 * @param reads the port of the read models; without it entries end by their time and by what calls learn
 */
export function createRegistry(temporal: Temporal, reads: ReadModels | undefined): Registry {
  const { registry, space } = temporal;
  const gone = new AbortController();
  let isWatching = false;
  const keyOf = (kind: Kind, text: string): RegistryKey => {
    const name = parseName(kind, text);
    if (typeof name !== 'string') throw new PlatformError(name);
    return { space, kind, name };
  };
  const beginToWatch = (): void => {
    if (isWatching || reads === undefined) return;
    isWatching = true;
    void watch(temporal, reads, gone.signal);
  };
  const migration = (): MigratingRegistry | undefined =>
    registry.backend.name === 'migrating' ? (registry.backend as MigratingRegistry) : undefined;
  return {
    lookup: async (kind, name, options) => {
      const consistency = options?.consistency ?? 'cached';
      if (consistency === 'cached') beginToWatch();
      return registry.lookup(keyOf(kind, name), consistency);
    },
    follow: async (kind, name, act) => {
      beginToWatch();
      const missing = (): PlatformError => new PlatformError(refuse(NOT_FOUND[kind], `there is no ${kind} ${name}`));
      return registry.follow(keyOf(kind, name), { act, isGone, missing });
    },
    list: async (kind, { atLeast, withinMs, ...request } = {}) =>
      pageAtLeast(() => readerOf(reads).list({ ...request, space, kind }), { atLeast, withinMs, signal: gone.signal }),
    state: () => {
      const { counters, backend } = registry;
      const moving = migration();
      return {
        backend: backend.name,
        counters,
        ...(moving === undefined ? {} : { migration: { ...moving.differences, isRolledBack: moving.isRolledBack } }),
      };
    },
    rollBack: (isOn) => migration()?.rollBack(isOn),
    close: () => {
      gone.abort();
    },
  };
}
