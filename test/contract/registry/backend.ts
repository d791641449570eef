import { isOpen, type Registration, type RegistryKey } from '../../../src/contracts/registry';
import type { RegistryBackend } from '../../../src/registry/backend';
import { createLookup, type Lookup } from '../../../src/registry/lookup';
import { sweep } from '../../../src/registry/sweep';
import { until } from '../../support/kernel/harness';
import { check } from '../../support/linearizability/check';
import { registry, type RegistryInput, type RegistryOutput } from '../../support/linearizability/models/registry';
import { createRecorder } from '../../support/linearizability/recorder';

/** What the suite needs to know of a kind of registry: how owners come, go and die in its world. */
export interface RegistrySubject {
  readonly backend: RegistryBackend;
  /** Who answers strong lookups; the backend itself when it is strong. */
  readonly authority: RegistryBackend;
  /** A name that nobody has had. */
  key(): RegistryKey;
  /** Takes the name. @returns `undefined` when it is taken */
  register(key: RegistryKey): Promise<Registration | undefined>;
  /** Gives it back in order. */
  unregister(registration: Registration): Promise<void>;
  /** The owner dies without a word. */
  kill(registration: Registration): Promise<void>;
}

const RACERS = 100;
const BOUND_MS = 400;

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('something was expected');
  return value;
}
const ownerOf = (registration: Registration | undefined): string | undefined =>
  registration !== undefined && isOpen(registration) ? registration.generation.firstRunId : undefined;

/** The promises of every registry, whatever it rests on. Name a backend here and it is tested. */
export function registryConformance(name: string, factory: () => Promise<RegistrySubject>): void {
  describe(`the ${name} registry keeps the promises of every registry`, () => {
    let subject: RegistrySubject;
    const lookupOf = (cache = {}): Lookup => {
      const { backend, authority } = subject;
      return createLookup({ backend, authority, cache: { ttlMs: BOUND_MS, negativeTtlMs: 100, ...cache } });
    };
    /** A read model takes a moment. */
    const known = (registration: Registration): Promise<Registration> =>
      until('the backend knows', async () => {
        const { registration: found } = await subject.backend.find(registration);
        return ownerOf(found) === registration.generation.firstRunId ? found : undefined;
      });

    beforeAll(async () => {
      subject = await factory();
    });

    test('REG-1 of a hundred that take one name at once exactly one owns it, and lookups name that one', async () => {
      const key = subject.key();
      const all = await Promise.all(Array.from({ length: RACERS }, () => subject.register(key)));
      const winners = all.filter((each) => each !== undefined);
      expect(winners).toHaveLength(1);
      const { registration } = await lookupOf().lookup(key, 'strong');
      expect(ownerOf(registration)).toBe(winners[0]?.generation.firstRunId);
    });

    test('REG-2 each registration has a generation that only grows, and every reply carries it', async () => {
      const key = subject.key();
      const lookup = lookupOf();
      const numbers: number[] = [];
      for (let n = 0; n < 3; n += 1) {
        const made = await known(present(await subject.register(key)));
        const seen = await lookup.lookup(key, 'strong');
        expect(seen.registration?.generation).toEqual(made.generation);
        numbers.push(made.generation.number);
        await subject.unregister(made);
      }
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    });

    test('REG-3 strong lookups are linearizable with registering and leaving', async () => {
      // given three clients that take, look up and give back one name as fast as they can
      const key = subject.key();
      const recorder = createRecorder<RegistryInput, RegistryOutput>();
      const client = async (client: string): Promise<void> => {
        const lookup = lookupOf();
        const by = { client, key: key.name };
        for (let n = 0; n < 4; n += 1) {
          let mine: Registration | undefined;
          await recorder.run({ ...by, input: { kind: 'register' } }, async () => {
            mine = await subject.register(key);
            return mine === undefined ? { kind: 'taken' } : { kind: 'registered', generation: mine.generation.number };
          });
          await recorder.run({ ...by, input: { kind: 'lookup' } }, async () => {
            const { registration } = await lookup.lookup(key, 'strong');
            const isOwned = registration !== undefined && isOpen(registration);
            return isOwned ? { kind: 'found', generation: registration.generation.number } : { kind: 'free' };
          });
          const owned = mine;
          if (owned === undefined) continue;
          const input = { kind: 'unregister', generation: owned.generation.number } as const;
          await recorder.run({ ...by, input }, async () => {
            await subject.unregister(owned);
            return { kind: 'unregistered' };
          });
        }
      };
      await Promise.all([client('one'), client('two'), client('three')]);
      // then their history is one of a registry
      expect(recorder.history().length).toBeGreaterThanOrEqual(24);
      expect(check(registry, recorder.history())).toMatchObject({ kind: 'linearizable' });
    });

    test('REG-3 CAC-4 a cached lookup is a hint that is never older than its bound', async () => {
      const key = subject.key();
      const lookup = lookupOf();
      const made = await known(present(await subject.register(key)));
      expect(ownerOf((await lookup.lookup(key)).registration)).toBe(made.generation.firstRunId);
      await subject.unregister(made);
      const left = performance.now();
      // when nobody tells this cache, then it may be wrong for its bound, and not longer
      await until('the hint is gone', async () => {
        const { registration, ageMs } = await lookup.lookup(key);
        expect(ageMs).toBeLessThanOrEqual(BOUND_MS);
        return ownerOf(registration) === undefined ? true : undefined;
      });
      // a read model may be behind by its own bound, and the look itself takes a moment
      expect(performance.now() - left).toBeLessThan(BOUND_MS + 3_000);
      expect(ownerOf((await lookup.lookup(key, 'strong')).registration)).toBeUndefined();
    });

    test('CAC-1 a stale hint costs one eviction and one retry, and is no error by itself', async () => {
      const key = subject.key();
      const lookup = lookupOf({ ttlMs: 60_000 });
      const first = await known(present(await subject.register(key)));
      await lookup.lookup(key);
      await subject.unregister(first);
      const second = present(await subject.register(key));
      // when it is followed, then the caller reaches the new owner with one call more
      const reached: (string | undefined)[] = [];
      const answer = await lookup.follow(key, {
        act: (owner) => {
          reached.push(ownerOf(owner));
          const isThere = ownerOf(owner) === second.generation.firstRunId;
          return isThere ? Promise.resolve('here') : Promise.reject(new Error('nobody is there'));
        },
        isGone: (error) => error instanceof Error && error.message === 'nobody is there',
        missing: () => new Error('missing'),
      });
      expect(answer).toBe('here');
      expect(reached).toEqual([first, second].map((each) => each.generation.firstRunId));
      expect(lookup.counters.stale).toBe(1);
      // and the next follows the new one at once
      expect(ownerOf((await lookup.lookup(key)).registration)).toBe(second.generation.firstRunId);
    });

    test('CAC-1 a name that nobody owns is missing, and what the owner throws passes as it is', async () => {
      const lookup = lookupOf();
      const act = (): Promise<never> => Promise.reject(new Error('busy'));
      const how = { act, isGone: () => false, missing: () => new Error('missing') };
      await expect(lookup.follow(subject.key(), how)).rejects.toThrow('missing');
      const key = subject.key();
      present(await subject.register(key));
      await expect(lookup.follow(key, how)).rejects.toThrow('busy');
    });

    test('REG-5 an owner that died without a word leaves with the next sweep', async () => {
      const made = await known(present(await subject.register(subject.key())));
      await subject.kill(made);
      const { backend, authority } = subject;
      await sweep(backend, authority, { space: made.space, kinds: [made.kind] });
      await until('it has left', async () =>
        ownerOf((await backend.find(made)).registration) === undefined ? true : undefined,
      );
      // and the name is free again, with a higher generation
      const next = present(await subject.register(made));
      expect(next.generation.number).toBeGreaterThan(made.generation.number);
    });

    test('REG-6 an acknowledged end may not have reached every watcher yet; each follows within the bound', async () => {
      const key = subject.key();
      const [told, untold] = [lookupOf({ ttlMs: 60_000 }), lookupOf()];
      const made = await known(present(await subject.register(key)));
      for (const each of [told, untold]) await each.lookup(key);
      await subject.unregister(made);
      const ended = { ...made, status: 'stopped' as const };
      told.news({ registration: ended, time: new Date().toISOString() });
      // the one that was not told may still name the owner; nobody who asks the authority does
      expect(ownerOf((await untold.lookup(key, 'strong')).registration)).toBeUndefined();
      expect(ownerOf((await told.lookup(key)).registration)).toBeUndefined();
      await until('the other follows', async () =>
        ownerOf((await untold.lookup(key)).registration) === undefined ? true : undefined,
      );
    });
  });
}
