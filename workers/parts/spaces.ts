import type { Client } from '@temporalio/client';
import { openTemporal, type Temporal } from '../../src/client/temporal';
import { PlatformError } from '../../src/contracts/errors';
import { parseSpace } from '../../src/contracts/ids';

/** The spaces that activities reach over the worker's own client; each is opened once. */
export function spacesOf(client: Client, queuePrefix: string): (space: string) => Promise<Temporal> {
  const opened = new Map<string, Promise<Temporal>>();
  return async (text) => {
    const space = parseSpace(text);
    if (typeof space !== 'string') throw new PlatformError(space);
    const opening = opened.get(space) ?? openTemporal(space, { client, queuePrefix });
    opened.set(space, opening);
    return opening;
  };
}
