import { workflowId } from '../../contracts/ids';
import { isOpen, type Registration, type RegistryKey } from '../../contracts/registry';
import type { RegistryBackend } from '../backend';

/** A registration that was made, or the one that was there before. */
export type Registered =
  | { readonly kind: 'registered'; readonly registration: Registration }
  /** The name is taken: by whom. */
  | { readonly kind: 'taken'; readonly registration: Registration };

/** A registry in the memory of one process: the whole truth of tests and single processes, else a mirror of what it is told. */
export interface MemoryRegistry extends RegistryBackend {
  note(registration: Registration): void;
  /** Takes a free name, with a generation above all before. */
  register(key: RegistryKey): Registered;
  /** Gives a name back. A generation that does not own it (any more) changes nothing. @returns whether it did */
  unregister(registration: Registration): boolean;
}

const idOf = ({ space, kind, name }: RegistryKey): string => workflowId(space, kind, name);

/**
 * Makes a registry in memory.
 *
 * @param options `isStrong`: true where all owners register here, false for a mirror; `now`: milliseconds
 */
export function createMemoryRegistry(
  options: { readonly isStrong?: boolean; readonly now?: () => number } = {},
): MemoryRegistry {
  const { isStrong = true, now = Date.now } = options;
  const known = new Map<string, Registration>();
  const note = (registration: Registration): void => {
    const before = known.get(registration.workflowId);
    if (before !== undefined && before.generation.number > registration.generation.number) return;
    const isSame = before?.generation.number === registration.generation.number;
    // what has ended does not live again under the same generation
    if (isSame && !isOpen(before) && isOpen(registration)) return;
    known.set(registration.workflowId, registration);
  };
  const end = (registration: Registration, status: 'stopped' | 'failed'): boolean => {
    const current = known.get(registration.workflowId);
    if (current === undefined || !isOpen(current)) return false;
    if (current.generation.number !== registration.generation.number) return false;
    known.set(current.workflowId, { ...current, status });
    return true;
  };
  return {
    name: 'memory',
    isStrong,
    find: (key) => Promise.resolve({ registration: known.get(idOf(key)) }),
    note,
    register(key) {
      const id = idOf(key);
      const before = known.get(id);
      if (before !== undefined && isOpen(before)) return { kind: 'taken', registration: before };
      const number = Math.max(now(), (before?.generation.number ?? 0) + 1);
      const registration: Registration = {
        ...key,
        workflowId: id,
        generation: { firstRunId: `${id}#${String(number)}`, number },
        status: 'running',
        registeredAt: new Date(number).toISOString(),
      };
      known.set(id, registration);
      return { kind: 'registered', registration };
    },
    unregister: (registration) => end(registration, 'stopped'),
    open: ({ space, kind, after = '', limit }) => {
      const all = [...known.values()].filter(
        (each) => each.space === space && each.kind === kind && each.name > after && isOpen(each),
      );
      return Promise.resolve(all.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, limit));
    },
    lost: (registration) => {
      end(registration, 'failed');
      return Promise.resolve();
    },
  };
}
