import { isOpen, type Registration, type RegistryKey } from '../../contracts/registry';
import type { Found, RegistryBackend } from '../backend';

/** How the two registries of a migration compared, lookup by lookup. */
export interface Differences {
  readonly compared: number;
  /** The old one knows an owner that the new one does not know. */
  readonly missingInNew: number;
  readonly missingInOld: number;
  /** Both know an owner, of different generations. */
  readonly otherGeneration: number;
  /** The new one could not be asked; the old one answered. */
  readonly newFailed: number;
}

/** A backend on the way from one registry to another. */
export interface MigratingRegistry extends RegistryBackend {
  readonly differences: Differences;
  /** True: only the old one is asked, from the next lookup on. False: the migration goes on. */
  rollBack(isOn: boolean): void;
  readonly isRolledBack: boolean;
}

const openOf = ({ registration }: Found): Registration | undefined =>
  registration !== undefined && isOpen(registration) ? registration : undefined;

/** The one that knows more: an owner before none, the higher generation before the lower. */
function better(now: Found, old: Found): Found {
  const [a, b] = [openOf(now), openOf(old)];
  if (a === undefined) return b === undefined ? now : old;
  return b !== undefined && b.generation.number > a.generation.number ? old : now;
}

/**
 * Reads the new registry and falls back to the old one where the new one does not know an owner, is behind or cannot be
 * asked. Both are read each time, so that every difference is counted. It is strong when both are.
 */
export function createMigratingRegistry(
  parts: { readonly now: RegistryBackend; readonly old: RegistryBackend },
  isRolledBack = false,
): MigratingRegistry {
  const { now, old } = parts;
  let isBack = isRolledBack;
  const counts = { compared: 0, missingInNew: 0, missingInOld: 0, otherGeneration: 0, newFailed: 0 };

  async function find(key: RegistryKey): Promise<Found> {
    if (isBack) return old.find(key);
    const [first, second] = await Promise.allSettled([now.find(key), old.find(key)]);
    if (first.status === 'rejected') {
      counts.newFailed += 1;
      if (second.status === 'rejected') throw second.reason;
      return second.value;
    }
    if (second.status === 'rejected') return first.value;
    counts.compared += 1;
    const [a, b] = [openOf(first.value), openOf(second.value)];
    if (a === undefined && b !== undefined) counts.missingInNew += 1;
    if (a !== undefined && b === undefined) counts.missingInOld += 1;
    if (a !== undefined && b !== undefined && a.generation.number !== b.generation.number) counts.otherGeneration += 1;
    return better(first.value, second.value);
  }

  return {
    name: 'migrating',
    get isStrong() {
      return isBack ? old.isStrong : now.isStrong && old.isStrong;
    },
    find,
    note: (registration) => {
      now.note?.(registration);
      old.note?.(registration);
    },
    get differences() {
      return { ...counts };
    },
    rollBack: (isOn) => {
      isBack = isOn;
    },
    get isRolledBack() {
      return isBack;
    },
  };
}
