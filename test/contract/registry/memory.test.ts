import { parseName, parseSpace, type Name, type Space } from '../../../src/contracts/ids';
import type { RegistryKey } from '../../../src/contracts/registry';
import { createMemoryRegistry, type MemoryRegistry } from '../../../src/registry/backends/memory';
import { createMigratingRegistry } from '../../../src/registry/backends/migrating';
import { createLookup } from '../../../src/registry/lookup';
import { registryConformance, type RegistrySubject } from './backend';

let names = 0;
const nextKey = (): RegistryKey => ({
  space: parseSpace('memory') as Space,
  kind: 'agent',
  name: parseName('agent', `n${String((names += 1))}`) as Name,
});

function subjectOf(truth: MemoryRegistry, more: Partial<RegistrySubject>): RegistrySubject {
  return {
    backend: truth,
    authority: truth,
    key: nextKey,
    register: async (key) => {
      await Promise.resolve();
      const made = truth.register(key);
      return made.kind === 'registered' ? made.registration : undefined;
    },
    unregister: async (registration) => {
      await Promise.resolve();
      truth.unregister(registration);
    },
    kill: (registration) => Promise.resolve(void truth.unregister(registration)),
    ...more,
  };
}

registryConformance('memory', () => Promise.resolve(subjectOf(createMemoryRegistry(), {})));

registryConformance('mirroring memory', () => {
  // told of what begins, of nothing that ends: what a read model without a feed would be
  const truth = createMemoryRegistry();
  const mirror = createMemoryRegistry({ isStrong: false });
  const base = subjectOf(truth, {});
  return Promise.resolve({
    ...base,
    backend: mirror,
    register: async (key: RegistryKey) => {
      const made = await base.register(key);
      if (made !== undefined) mirror.note(made);
      return made;
    },
    unregister: async (registration) => {
      await base.unregister(registration);
      mirror.note({ ...registration, status: 'stopped' });
    },
  });
});

registryConformance('migrating', () => {
  // the new one is filled from today on, the old one knows everything
  const [now, old] = [createMemoryRegistry(), createMemoryRegistry()];
  const base = subjectOf(old, {});
  const backend = createMigratingRegistry({ now, old });
  return Promise.resolve({
    ...base,
    backend,
    authority: backend,
    unregister: async (registration) => {
      await base.unregister(registration);
      now.note({ ...registration, status: 'stopped' });
    },
  });
});

describe('a migration', () => {
  test('REG-5 reads the new registry, falls back to the old one, counts what differs', async () => {
    const [now, old] = [createMemoryRegistry({ now: () => 10 }), createMemoryRegistry({ now: () => 5 })];
    const backend = createMigratingRegistry({ now, old });
    const [both, onlyOld, onlyNew] = [nextKey(), nextKey(), nextKey()];
    for (const key of [both, onlyOld]) old.register(key);
    for (const key of [both, onlyNew]) now.register(key);
    const numberOf = async (key: RegistryKey) => (await backend.find(key)).registration?.generation.number;
    expect([await numberOf(both), await numberOf(onlyOld), await numberOf(onlyNew)]).toEqual([10, 5, 10]);
    expect(backend.differences).toEqual({
      compared: 3,
      missingInNew: 1,
      missingInOld: 1,
      otherGeneration: 1,
      newFailed: 0,
    });
  });

  test('REG-5 a new registry that cannot be asked costs nothing but a count', async () => {
    const old = createMemoryRegistry();
    const now = { name: 'broken', isStrong: true, find: () => Promise.reject(new Error('down')) };
    const backend = createMigratingRegistry({ now, old });
    const key = nextKey();
    old.register(key);
    expect((await backend.find(key)).registration?.status).toBe('running');
    expect(backend.differences.newFailed).toBe(1);
  });

  test('REG-5 rolls back by a flag, and forward again', async () => {
    const [now, old] = [createMemoryRegistry({ now: () => 10 }), createMemoryRegistry({ now: () => 5 })];
    const backend = createMigratingRegistry({ now, old });
    const key = nextKey();
    for (const each of [now, old]) each.register(key);
    backend.rollBack(true);
    expect((await backend.find(key)).registration?.generation.number).toBe(5);
    backend.rollBack(false);
    expect((await backend.find(key)).registration?.generation.number).toBe(10);
    expect(backend.differences.compared).toBe(1);
  });
});

test('REG-3 a strong lookup does not join a question that was asked before', async () => {
  // given a question that was asked before the name was taken, and a strong lookup that came after
  const truth = createMemoryRegistry();
  const key = nextKey();
  let letGo: () => void = () => undefined;
  const slow = {
    name: 'slow',
    isStrong: true,
    find: async () => {
      const found = await truth.find(key);
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      return found;
    },
  };
  const lookup = createLookup({ backend: slow, authority: slow });
  const shared = lookup.lookup(key);
  await Promise.resolve();
  const release = letGo;
  truth.register(key);
  const strong = lookup.lookup(key, 'strong');
  await Promise.resolve();
  await Promise.resolve();
  release();
  letGo();
  // then ours asks for itself
  expect((await strong).registration?.status).toBe('running');
  expect((await shared).registration?.status).not.toBe('stopped');
});
