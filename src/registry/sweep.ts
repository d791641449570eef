import { KINDS, type Kind, type Space } from '../contracts/ids';
import { isOpen } from '../contracts/registry';
import type { RegistryBackend } from './backend';

const PAGE = 200;

/** What one sweep found. */
export interface Swept {
  readonly checked: number;
  /** Owners that were gone without a word. */
  readonly lost: number;
}

/**
 * Compares what a read model holds with the authority and records the owners that ended without running any code
 * (terminated, timed out): their entries leave within the time between two sweeps (REG-5). One question to the authority
 * for each open registration, one at a time. Safe to repeat, and to run in several processes.
 *
 * @throws what the authority throws: a sweep that cannot ask records nothing
 */
export async function sweep(
  backend: RegistryBackend,
  authority: RegistryBackend,
  of: { readonly space: Space; readonly kinds?: readonly Kind[] },
): Promise<Swept> {
  let checked = 0;
  let lost = 0;
  if (backend.open === undefined || backend.lost === undefined) return { checked, lost };
  for (const kind of of.kinds ?? KINDS) {
    let after: string | undefined;
    do {
      const page = await backend.open({
        space: of.space,
        kind,
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      for (const registration of page) {
        const { registration: owner } = await authority.find(registration);
        checked += 1;
        const isSame = owner?.generation.number === registration.generation.number;
        if (owner !== undefined && isOpen(owner) && isSame) continue;
        // A later owner of the name is no reason to keep this one; the store hears of it by itself.
        await backend.lost(registration);
        lost += 1;
      }
      after = page.length < PAGE ? undefined : page.at(-1)?.name;
    } while (after !== undefined);
  }
  return { checked, lost };
}
