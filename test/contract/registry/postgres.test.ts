import { parseName, parseSpace, type Name, type Space } from '../../../src/contracts/ids';
import type { Registration, RegistryKey } from '../../../src/contracts/registry';
import { createMemoryRegistry } from '../../../src/registry/backends/memory';
import { createReadModelRegistry } from '../../../src/store/registry-backend';
import { openStore, type Store } from '../../../src/store/open';
import { emptyDatabase } from '../../support/store/template';
import { registryConformance } from './backend';

const quiet = { info: () => undefined, error: () => undefined };
let store: Store | undefined;

afterAll(async () => {
  await store?.close();
});

// The authority keeps the names; the read model hears of them by events, as it does of every entity, a moment later.
registryConformance('postgres', async () => {
  const opened = openStore({ log: quiet, template: await emptyDatabase() });
  store = opened;
  await opened.migrate();
  opened.project();
  const authority = createMemoryRegistry();
  const space = parseSpace('read-model') as Space;
  let names = 0;
  const tell = async (registration: Registration, sequence: number, type: string, data: Record<string, unknown>) => {
    const { kind, name, generation } = registration;
    const events = [{ type, data, sequence, time: new Date().toISOString() }];
    await opened.events.append({ space, kind, name, generation: String(generation.number), events });
  };
  return {
    backend: createReadModelRegistry(opened.database),
    authority,
    key: (): RegistryKey => ({ space, kind: 'agent', name: parseName('agent', `n${String((names += 1))}`) as Name }),
    register: async (key) => {
      const made = authority.register(key);
      if (made.kind === 'taken') return undefined;
      const { firstRunId } = made.registration.generation;
      await tell(made.registration, 1, 'entity.started', { owner: 'nobody', firstRunId });
      return made.registration;
    },
    unregister: async (registration) => {
      authority.unregister(registration);
      await tell(registration, 2, 'entity.ended', { reason: { kind: 'normal' } });
    },
    kill: (registration) => Promise.resolve(void authority.unregister(registration)),
  };
});
