import fc from 'fast-check';
import { parseName, parseSpace, workflowId, type Name, type Space } from '../../../src/contracts/ids';
import { isOpen, type Registration } from '../../../src/contracts/registry';
import { createCache, type Answer, type Cache, type CacheOptions, type Entry } from '../../../src/registry/cache';
import { seededRandom } from '../../../src/registry/jitter';

const space = parseSpace('cache') as Space;
const names = ['a', 'b'].map((name) => parseName('agent', name) as Name);
const TTL = 1_000;
const NEGATIVE = 100;

function registration(name: Name, number: number, status: Registration['status'] = 'running'): Registration {
  const id = workflowId(space, 'agent', name);
  const generation = { firstRunId: `run-${String(number)}`, number };
  return {
    space,
    kind: 'agent',
    name,
    workflowId: id,
    generation,
    status,
    registeredAt: new Date(number).toISOString(),
  };
}

/** The truth about one name: who owned it from when to when. */
class Truth {
  readonly lives: { readonly number: number; readonly from: number; until: number }[] = [];
  get owner(): number | undefined {
    const last = this.lives.at(-1);
    return last?.until === Infinity ? last.number : undefined;
  }
  /** Whether "this generation owns it" (or nobody, for undefined) held at any time from then on. */
  heldSince(number: number | undefined, then: number, now: number): boolean {
    if (number !== undefined) return this.lives.some((life) => life.number === number && life.until >= then);
    const ends = [0, ...this.lives.map((life) => life.until)];
    return ends.some((end, at) => end <= now && (this.lives[at]?.from ?? Infinity) >= then);
  }
}

/** A world in which owners come and go, news is late and answers are slow; every hit is held against the truth. */
class World {
  clock = 1;
  readonly cache: Cache;
  readonly truths = names.map(() => new Truth());
  readonly news: { readonly name: number; readonly number: number; readonly isStart: boolean; readonly at: number }[] =
    [];
  readonly endedNews = names.map(() => -1);
  readonly highest = names.map(() => -1);
  readonly flights: { name: number; answer: Answer; resolve(answer: Answer): void; done: Promise<void> }[] = [];
  readonly broken: string[] = [];

  constructor(make: (options: CacheOptions) => Cache) {
    const options = { ttlMs: TTL, negativeTtlMs: NEGATIVE, maxEntries: 100, random: seededRandom(7) };
    this.cache = make({ ...options, now: () => this.clock });
  }
  key(name: number): string {
    return workflowId(space, 'agent', names[name] ?? ('a' as Name));
  }
  of(name: number): { truth: Truth; named: Name } {
    return { truth: this.truths[name] ?? new Truth(), named: names[name] ?? ('a' as Name) };
  }
  move(name: number): void {
    const { truth } = this.of(name);
    const { owner } = truth;
    this.clock += 1;
    const last = truth.lives.at(-1);
    if (owner === undefined || last === undefined) {
      truth.lives.push({ number: this.clock, from: this.clock, until: Infinity });
      this.news.push({ name, number: this.clock, isStart: true, at: this.clock });
      return;
    }
    last.until = this.clock;
    this.news.push({ name, number: owner, isStart: false, at: this.clock });
  }
  deliver(which: number): void {
    const [news] = this.news.splice(which % Math.max(1, this.news.length), 1);
    if (news === undefined) return;
    const { name, number } = news;
    const before = this.cache.peek(this.key(name));
    if (news.isStart) {
      this.cache.observe(this.key(name), registration(this.of(name).named, number), news.at);
      return;
    }
    this.cache.ended(this.key(name), number);
    this.endedNews[name] = Math.max(this.endedNews[name] ?? -1, number);
    const after = this.cache.peek(this.key(name));
    if ((before?.registration?.generation.number ?? -1) > number && after !== before) {
      this.broken.push(`news about ${String(number)} removed a newer entry`);
    }
  }
  reply(name: number, since: number): void {
    const { truth, named } = this.of(name);
    const at = Math.max(1, this.clock - since);
    const life = truth.lives.find((each) => each.until >= at);
    if (life !== undefined) this.cache.observe(this.key(name), registration(named, life.number), at);
  }
  ask(name: number): void {
    const { truth, named } = this.of(name);
    const { owner } = truth;
    const last = truth.lives.at(-1);
    const answer: Answer = {
      registration:
        owner !== undefined
          ? registration(named, owner)
          : last === undefined
            ? undefined
            : registration(named, last.number, 'stopped'),
    };
    let resolve: (answer: Answer) => void = () => undefined;
    const entry = this.cache.load(
      this.key(name),
      'shared',
      () =>
        new Promise<Answer>((settle) => {
          resolve = settle;
        }),
    );
    this.flights.push({ name, answer, resolve, done: entry.then(() => undefined) });
  }
  async land(which: number): Promise<void> {
    const [flight] = this.flights.splice(which % Math.max(1, this.flights.length), 1);
    if (flight === undefined) return;
    flight.resolve(flight.answer);
    await Promise.resolve();
    await Promise.resolve();
    await new Promise((next) => setImmediate(next));
  }
  check(name: number): void {
    const entry: Entry | undefined = this.cache.get(this.key(name));
    if (entry === undefined) return;
    const { registration: found } = entry;
    const number = found !== undefined && isOpen(found) ? found.generation.number : undefined;
    const { truth } = this.of(name);
    const bound = number === undefined ? NEGATIVE : TTL;
    if (!truth.heldSince(number, this.clock - bound, this.clock)) {
      this.broken.push(`${String(number)} is staler than ${String(bound)} ms`);
    }
    if (number === undefined) return;
    if (number <= (this.endedNews[name] ?? -1)) this.broken.push(`${String(number)} answers after the news of its end`);
    if (number < (this.highest[name] ?? -1)) this.broken.push(`${String(number)} answers after a newer generation`);
    this.highest[name] = Math.max(this.highest[name] ?? -1, number);
  }
}

type Step = readonly ['move' | 'deliver' | 'reply' | 'ask' | 'land' | 'wait', number];
const steps = fc.array(fc.tuple(fc.constantFrom('move', 'deliver', 'reply', 'ask', 'land', 'wait'), fc.nat(400)), {
  minLength: 5,
  maxLength: 60,
});

async function play(make: (options: CacheOptions) => Cache, script: readonly Step[]): Promise<readonly string[]> {
  const world = new World(make);
  for (const [what, n] of script) {
    if (what === 'move') world.move(n % 2);
    else if (what === 'deliver') world.deliver(n);
    else if (what === 'reply') world.reply(n % 2, n);
    else if (what === 'ask') world.ask(n % 2);
    else if (what === 'land') await world.land(n);
    else world.clock += n;
    world.check(0);
    world.check(1);
  }
  for (const flight of world.flights) flight.resolve(flight.answer);
  await Promise.all(world.flights.map((flight) => flight.done));
  return world.broken;
}

/** The same cache with a planted bug: the suite must see each of them. */
const planted: Readonly<Record<string, (options: CacheOptions) => Cache>> = {
  'run ids are compared': (options) => {
    const cache = createCache(options);
    return {
      ...cache,
      // the run that tells its end is never the run under which it was cached, once it was renewed
      ended: (key, generation) =>
        cache.peek(key)?.registration?.generation.firstRunId === `renewed-${String(generation)}`,
    };
  },
  'late news evicts whatever is there': (options) => {
    const cache = createCache(options);
    return { ...cache, ended: (key) => cache.ended(key, Infinity) };
  },
  'the time counts from the answer, not from the question': (options) => {
    const cache = createCache(options);
    return {
      ...cache,
      load: async (key, how, ask) => {
        const answer = await ask();
        return cache.load(key, how, () => Promise.resolve(answer));
      },
    };
  },
};

test('CAC-3 REG-3 whatever comes late, no hit is staler than its bound, and none is of a generation known to be over', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      expect(await play(createCache, script)).toEqual([]);
    }),
    { numRuns: 1_000, seed: 20261124 },
  );
});

test.each(Object.keys(planted))('CAC-3 the property sees the planted bug: %s', async (bug) => {
  const make = planted[bug] ?? createCache;
  const found = await fc.check(
    fc.asyncProperty(steps, async (script) => (await play(make, script)).length === 0),
    { numRuns: 2_000, seed: 20261124, endOnFailure: true },
  );
  expect(found.failed).toBe(true);
});

test('CAC-3 late news of the end of generation n evicts n, and never n + 1', () => {
  const cache = createCache({ now: () => 0 });
  const [one, two] = [registration('a' as Name, 1), registration('a' as Name, 2)];
  cache.observe(one.workflowId, one, 0);
  cache.observe(two.workflowId, two, 0);
  expect(cache.ended(two.workflowId, 1)).toBe(false);
  expect(cache.get(two.workflowId)?.registration).toEqual(two);
  // and an answer or a reply of the first, that comes even later, is not taken in
  expect(cache.observe(one.workflowId, one, 0)).toBe('older');
  expect(cache.ended(two.workflowId, 2)).toBe(true);
  expect(cache.peek(two.workflowId)).toBeUndefined();
  expect(cache.observe(two.workflowId, two, 0)).toBe('older');
});

test('CAC-4 the cache holds at most its size; the longest unused entry goes first', () => {
  const cache = createCache({ maxEntries: 2, now: () => 0 });
  const [a, b] = names.map((name) => registration(name, 1));
  const c = registration(parseName('agent', 'c') as Name, 1);
  if (a === undefined || b === undefined) throw new Error('two names were expected');
  cache.observe(a.workflowId, a, 0);
  cache.observe(b.workflowId, b, 0);
  expect(cache.get(a.workflowId)).toBeDefined();
  cache.observe(c.workflowId, c, 0);
  expect([a, b, c].map((each) => cache.peek(each.workflowId) !== undefined)).toEqual([true, false, true]);
  expect(cache.counters.entries).toBe(2);
});

test('CAC-4 any number of cached questions at the same time ask once; strong ones each ask for themselves', async () => {
  const cache = createCache();
  let asked = 0;
  const ask = async (): Promise<Answer> => {
    asked += 1;
    await Promise.resolve();
    return { registration: registration('a' as Name, 5) };
  };
  await Promise.all(Array.from({ length: 50 }, () => cache.load('k', 'shared', ask)));
  expect(asked).toBe(1);
  await Promise.all(Array.from({ length: 3 }, () => cache.load('k', 'own', ask)));
  expect(asked).toBe(4);
});

test('CAC-4 a failed question is asked again by the next', async () => {
  const cache = createCache();
  await expect(cache.load('k', 'shared', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  const entry = await cache.load('k', 'shared', () => Promise.resolve({ registration: undefined }));
  expect(entry.registration).toBeUndefined();
});

test('CAC-4 entries end within their time, spread by the jitter, negative ones soon', () => {
  let clock = 0;
  const cache = createCache({ ttlMs: 1_000, negativeTtlMs: 100, jitter: 0.5, now: () => clock });
  const ends = new Set<number>();
  for (let n = 0; n < 50; n += 1) {
    const each = registration(parseName('agent', `n${String(n)}`) as Name, 1);
    cache.observe(each.workflowId, each, 0);
    ends.add(cache.peek(each.workflowId)?.expiresAt ?? 0);
  }
  expect(Math.min(...ends)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...ends)).toBeLessThanOrEqual(1_000);
  expect(ends.size).toBeGreaterThan(40);
  clock = 1_000;
  expect(cache.get(workflowId(space, 'agent', 'n1' as Name))).toBeUndefined();
});

test('CAC-4 the four counters count, and the latency of invalidations', () => {
  const cache = createCache({ now: () => 0 });
  const a = registration('a' as Name, 1);
  cache.get(a.workflowId);
  cache.observe(a.workflowId, a, 0);
  cache.get(a.workflowId);
  cache.count('stale');
  cache.count('invalidated', 4);
  cache.count('invalidated', 8);
  const invalidationMs = { count: 2, mean: 6, max: 8 };
  expect(cache.counters).toEqual({ hit: 1, miss: 1, stale: 1, invalidated: 2, invalidationMs, entries: 1 });
});
