import { PlatformError, refuse } from '../contracts/errors';
import { show } from '../contracts/ids';
import type { RegistryBackend } from './backend';
import { createMigratingRegistry } from './backends/migrating';

/** The backends of which a registry can be made. */
export const BACKENDS = ['temporal', 'postgres', 'memory'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** What `MABEAM_REGISTRY` says. */
export interface Selection {
  readonly name: BackendName;
  /** The registry that is being left. */
  readonly old?: BackendName;
  /** The flag of the way back: only the old one is asked. */
  readonly isRolledBack?: boolean;
}

/** What a selection looks like, for messages. */
export const SELECTION_RULE = `${BACKENDS.join(' | ')} | migrating:NEW,OLD | migrating:NEW,OLD,rollback`;

/** Parses `MABEAM_REGISTRY`. @throws PlatformError `invalid-request` that says what was expected */
export function parseSelection(text: string): Selection {
  const nameOf = (word: string | undefined): BackendName => {
    const known = BACKENDS.find((each) => each === word);
    if (known === undefined)
      throw new PlatformError(refuse('invalid-request', `MABEAM_REGISTRY is ${SELECTION_RULE}; got ${show(text)}`));
    return known;
  };
  const [, words] = /^migrating:(.*)$/.exec(text) ?? [];
  if (words === undefined) return { name: nameOf(text) };
  const [now, old, flag, ...more] = words.split(',');
  if (more.length > 0 || (flag !== undefined && flag !== 'rollback') || now === old) nameOf(undefined);
  return { name: nameOf(now), old: nameOf(old), ...(flag === undefined ? {} : { isRolledBack: true }) };
}

/** Makes the backend of a selection. @param backendOf makes one by name, at most once each */
export function selectBackend(
  selection: Selection,
  backendOf: (name: BackendName) => RegistryBackend,
): RegistryBackend {
  const { name, old, isRolledBack } = selection;
  if (old === undefined) return backendOf(name);
  return createMigratingRegistry({ now: backendOf(name), old: backendOf(old) }, isRolledBack);
}
