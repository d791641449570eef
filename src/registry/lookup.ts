import type { Generation } from '../contracts/entity';
import { workflowId } from '../contracts/ids';
import {
  isOpen,
  type CacheCounters,
  type Consistency,
  type LookupReply,
  type Registration,
  type RegistryKey,
} from '../contracts/registry';
import type { RegistryBackend } from './backend';
import { createCache, type Answer, type CacheOptions, type Entry } from './cache';
import type { News } from './news';

/** What a lookup is made of. */
export interface LookupOptions {
  /** The configured backend: what the cache does not have comes from here. */
  readonly backend: RegistryBackend;
  /** Who answers strong lookups where the backend may not, and whenever a read model says that nobody owns a name. */
  readonly authority: RegistryBackend;
  readonly cache?: CacheOptions;
}

/** One call to an owner, from before it is made: what comes of it is told here. */
export interface Attempt {
  /** The owner answered. The reply carries its generation. */
  answered(generation: Generation): void;
  /**
   * Nobody was there. Evicts the hint that said otherwise and asks the authority.
   * @returns true when another generation owns the name now: the call may be made once more
   */
  gone(): Promise<boolean>;
  /** The owner was started, or was there already. */
  started(): void;
}

/** Lookup of owners by name: a bounded cache of hints over a backend. */
export interface Lookup {
  /** Who owns a name. @param consistency default `cached` @throws PlatformError when nobody can be asked */
  lookup(key: RegistryKey, consistency?: Consistency): Promise<LookupReply>;
  /**
   * Does something with the owner of a name. A hint that proves stale costs one eviction and one retry with what the
   * authority says, and is no error by itself (CAC-1).
   *
   * @param isGone whether an error of `act` says that the owner is not there and that nothing was done
   * @throws what `act` throws; `missing()` when nobody owns the name
   */
  follow<T>(
    key: RegistryKey,
    how: { act(owner: Registration): Promise<T>; isGone(error: unknown): boolean; missing(): Error },
  ): Promise<T>;
  attempt(key: RegistryKey): Attempt;
  /** Takes in news of the life cycle. */
  news(news: News): void;
  readonly counters: CacheCounters;
  readonly backend: RegistryBackend;
}

/** Makes a lookup with an empty cache. */
export function createLookup({ backend, authority, cache: options = {} }: LookupOptions): Lookup {
  const cache = createCache(options);
  const now = options.now ?? Date.now;
  const idOf = ({ space, kind, name }: RegistryKey): string => workflowId(space, kind, name);

  /** A read model may be behind: it is no witness that nobody owns a name, nor against what is known to have ended. */
  async function ask(key: RegistryKey): Promise<Answer> {
    if (backend.isStrong) return backend.find(key);
    const found = await backend.find(key).catch(() => undefined);
    const owner = found?.registration;
    if (
      found !== undefined &&
      owner !== undefined &&
      isOpen(owner) &&
      owner.generation.number > cache.floor(idOf(key))
    ) {
      return found;
    }
    return authority.find(key);
  }

  function replyOf(entry: Entry, consistency: Consistency, source: string): LookupReply {
    const { registration, position, at } = entry;
    const ageMs = consistency === 'strong' ? 0 : Math.max(0, now() - at);
    // a hit is the hot path: no spreading there
    if (registration !== undefined && position === undefined) return { registration, consistency, source, ageMs };
    return {
      ...(registration === undefined ? {} : { registration }),
      ...(position === undefined ? {} : { position }),
      consistency,
      source,
      ageMs,
    };
  }

  async function strong(key: RegistryKey): Promise<Entry> {
    const who = backend.isStrong ? backend : authority;
    return cache.load(idOf(key), 'own', () => who.find(key));
  }

  const self: Lookup = {
    async lookup(key, consistency = 'cached') {
      if (consistency === 'strong') {
        return replyOf(await strong(key), 'strong', backend.isStrong ? backend.name : authority.name);
      }
      const entry = cache.get(idOf(key));
      if (entry !== undefined) return replyOf(entry, 'cached', 'cache');
      return replyOf(await cache.load(idOf(key), 'shared', () => ask(key)), 'cached', backend.name);
    },
    async follow(key, { act, isGone, missing }) {
      const hint = (await self.lookup(key)).registration;
      const attempt = self.attempt(key);
      const isHinted = hint !== undefined && isOpen(hint);
      try {
        if (isHinted) return await act(hint);
      } catch (error) {
        if (!isGone(error) || !(await attempt.gone())) throw error;
      }
      const { registration } = await self.lookup(key, isHinted ? 'cached' : 'strong');
      if (registration === undefined || !isOpen(registration)) throw missing();
      return act(registration);
    },
    attempt(key) {
      const id = idOf(key);
      const at = now();
      const seen = cache.peek(id);
      return {
        answered: (generation) => {
          const registeredAt = new Date(generation.number).toISOString();
          const registration: Registration = { ...key, workflowId: id, generation, status: 'running', registeredAt };
          const was = seen?.registration;
          const what = cache.observe(id, registration, at);
          if (what === 'taken' && seen !== undefined && was?.generation.number !== generation.number)
            cache.count('stale');
          if (what === 'taken') backend.note?.(registration);
        },
        gone: async () => {
          if (seen?.registration === undefined || !isOpen(seen.registration)) return false;
          if (cache.refute(id, seen)) cache.count('stale');
          backend.note?.({ ...seen.registration, status: 'stopped' });
          const { registration } = await cache.load(id, 'own', () => authority.find(key));
          return (
            registration !== undefined &&
            isOpen(registration) &&
            registration.generation.number > seen.registration.generation.number
          );
        },
        started: () => {
          const isFree = seen !== undefined && (seen.registration === undefined || !isOpen(seen.registration));
          if (isFree && cache.refute(id, seen)) cache.count('stale');
        },
      };
    },
    news({ registration, time }) {
      const id = idOf(registration);
      const before = cache.peek(id);
      const latency = Math.max(0, now() - Date.parse(time));
      backend.note?.(registration);
      if (!isOpen(registration)) {
        if (cache.ended(id, registration.generation.number)) cache.count('invalidated', latency);
        return;
      }
      // Only what somebody here looks up is kept: news of all others would push it out.
      const isWanted = before !== undefined || cache.isAsked(id);
      if (isWanted && cache.observe(id, registration, now()) === 'taken') cache.count('invalidated', latency);
    },
    get counters() {
      return cache.counters;
    },
    backend,
  };
  return self;
}
