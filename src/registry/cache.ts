import { isOpen, type CacheCounters, type Registration } from '../contracts/registry';
import { seededRandom } from './jitter';

/** Bounds of a cache. Durations in milliseconds. */
export interface CacheOptions {
  /** At most so many entries; the longest unused one goes first. Default 10,000. */
  readonly maxEntries?: number;
  /** No entry is older than this when it answers: the bound of staleness. Default 30 s. */
  readonly ttlMs?: number;
  /** The same for "nobody owns it". Default 1 s. */
  readonly negativeTtlMs?: number;
  /** Entries end up to this share of their time earlier, so that they do not end together. Default 0.2. */
  readonly jitter?: number;
  readonly now?: () => number;
  /** In [0, 1); default a generator with the seed 1. */
  readonly random?: () => number;
}

export const DEFAULT_CACHE = { maxEntries: 10_000, ttlMs: 30_000, negativeTtlMs: 1_000, jitter: 0.2 } as const;

/** What a cache holds of a name: its owner, or that it has none. An entry is a hint (CAC-1). */
export interface Entry {
  readonly registration: Registration | undefined;
  /** When it was asked for or seen: the answer is no older. */
  readonly at: number;
  readonly expiresAt: number;
  readonly position?: number;
}

/** What came of a question. */
export type Answer = Pick<Entry, 'registration' | 'position'>;

/** A bounded cache of registrations. Every change matches on name and generation, never on the id of a run (CAC-3). */
export interface Cache {
  /** The valid entry of a name; counts a hit, or a miss when there is none. */
  get(key: string): Entry | undefined;
  /** The entry as it is, valid or not, without counting. */
  peek(key: string): Entry | undefined;
  /**
   * Asks and takes the answer in, unless something newer was learned meanwhile. `shared`: any number of callers at the same
   * time ask once (single flight). `own`: never joins a question that was asked before, as strong lookups must not.
   */
  load(key: string, how: 'shared' | 'own', ask: () => Promise<Answer>): Promise<Entry>;
  /** Whether a question is on its way. */
  isAsked(key: string): boolean;
  /** A living owner was seen at a time: by a reply, or by the news of its start. */
  observe(key: string, registration: Registration, at: number): 'taken' | 'same' | 'older';
  /** A generation has ended: it never answers again. A newer entry stays. @returns whether an entry went */
  ended(key: string, generation: number): boolean;
  /** Nobody owned the name a moment ago: the entry goes if it is still this one. @returns whether it went */
  refute(key: string, entry: Entry): boolean;
  /** The highest generation that is known to have ended; -1 when none is. */
  floor(key: string): number;
  count(what: 'stale' | 'invalidated', latencyMs?: number): void;
  readonly counters: CacheCounters;
}

const generationOf = (entry: Answer | undefined): number => entry?.registration?.generation.number ?? -1;
const lives = (entry: Answer): boolean => entry.registration !== undefined && isOpen(entry.registration);

/** A map that forgets what was put in first. */
function bounded<V>(max: number): {
  get(key: string): V | undefined;
  put(key: string, value: V): V;
  map: Map<string, V>;
} {
  const map = new Map<string, V>();
  return {
    map,
    get: (key) => map.get(key),
    put(key, value) {
      map.delete(key);
      map.set(key, value);
      for (const oldest of map.keys()) {
        if (map.size <= max) break;
        map.delete(oldest);
      }
      return value;
    },
  };
}

/** Makes an empty cache. */
export function createCache(options: CacheOptions = {}): Cache {
  const { maxEntries, ttlMs, negativeTtlMs, jitter } = { ...DEFAULT_CACHE, ...options };
  const { now = Date.now, random = seededRandom(1) } = options;
  const entries = bounded<Entry>(maxEntries);
  const floors = bounded<number>(maxEntries);
  const loading = new Map<string, Promise<Entry>>();
  const asking = new Map<string, number>();
  const counts = { hit: 0, miss: 0, stale: 0, invalidated: 0 };
  const latency = { count: 0, sum: 0, max: 0 };

  const entryOf = ({ registration, position }: Answer, at: number): Entry => {
    const ttl = registration !== undefined && isOpen(registration) ? ttlMs : negativeTtlMs;
    const expiresAt = at + ttl * (1 - jitter * random());
    return { registration, at, expiresAt, ...(position === undefined ? {} : { position }) };
  };
  const floor = (key: string): number => floors.get(key) ?? -1;
  const raise = (key: string, generation: number): void => {
    if (generation > floor(key)) floors.put(key, generation);
  };
  /** Takes an answer in. What was learned since it was asked for, and any higher generation, goes before it. */
  const land = (key: string, at: number, seen: Entry | undefined, answer: Answer): Entry => {
    const generation = generationOf(answer);
    if (generation >= 0 && !lives(answer)) raise(key, generation);
    if (lives(answer) && generation <= floor(key)) return entryOf({ registration: undefined }, at);
    const current = entries.get(key);
    const isNewer = current !== undefined && current !== seen && current.at >= at && generationOf(current) > floor(key);
    if (current !== undefined && generationOf(current) > generation && (isNewer || generation >= 0)) return current;
    return entries.put(key, entryOf(answer, at));
  };
  const asks = (key: string, by: 1 | -1): void => {
    const count = (asking.get(key) ?? 0) + by;
    if (count > 0) asking.set(key, count);
    else asking.delete(key);
  };
  const ask = async (key: string, question: () => Promise<Answer>): Promise<Entry> => {
    const at = now();
    const seen = entries.get(key);
    asks(key, 1);
    try {
      return land(key, at, seen, await question());
    } finally {
      asks(key, -1);
    }
  };

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined || entry.expiresAt <= now()) {
        counts.miss += 1;
        return undefined;
      }
      counts.hit += 1;
      // the order of the map is the order of use
      entries.map.delete(key);
      entries.map.set(key, entry);
      return entry;
    },
    peek: (key) => entries.get(key),
    load(key, how, question) {
      if (how === 'own') return ask(key, question);
      const running = loading.get(key);
      if (running !== undefined) return running;
      const asked = ask(key, question).finally(() => loading.delete(key));
      loading.set(key, asked);
      return asked;
    },
    isAsked: (key) => asking.has(key),
    observe(key, registration, at) {
      const before = entries.get(key);
      const { number } = registration.generation;
      if (number <= floor(key) || generationOf(before) > number) return 'older';
      if (before?.registration === undefined || generationOf(before) < number) {
        entries.put(key, entryOf({ registration }, at));
        return 'taken';
      }
      if (at > before.at) entries.put(key, entryOf(before, at));
      return 'same';
    },
    ended(key, generation) {
      raise(key, generation);
      const entry = entries.get(key);
      return entry?.registration !== undefined && generationOf(entry) <= generation && entries.map.delete(key);
    },
    refute(key, entry) {
      const generation = generationOf(entry);
      raise(key, generation);
      const current = entries.get(key);
      const isSame = current === entry || (generation >= 0 && generationOf(current) === generation);
      return isSame && entries.map.delete(key);
    },
    floor,
    count(what, latencyMs) {
      counts[what] += 1;
      if (latencyMs === undefined) return;
      latency.count += 1;
      latency.sum += latencyMs;
      latency.max = Math.max(latency.max, latencyMs);
    },
    get counters() {
      const mean = latency.count === 0 ? 0 : latency.sum / latency.count;
      const invalidationMs = { count: latency.count, mean, max: latency.max };
      return { ...counts, invalidationMs, entries: entries.map.size };
    },
  };
}
