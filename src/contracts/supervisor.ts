import type { Space } from './ids';

/** The default owner of what users start: the space's dynamic supervisor (the supervisor itself is not part of the spine). */
export function defaultOwner(space: Space): string {
  return `${space}:supervisor:root`;
}
