import { pid } from 'node:process';

/** Which process does it. */
export function ownPid(): Promise<number> {
  return Promise.resolve(pid);
}
