import { createBarriers } from '../../../src/client/barriers';
import { createSessions } from '../../../src/client/sessions';
import { openTemporal } from '../../../src/client/temporal';
import { parseSpace } from '../../../src/contracts/ids';

/*
 * usage: tsx participant-process.ts SPACE BARRIER PARTIES TTL_MS PARTICIPANT. A process that goes through a double barrier, and does
 * not leave.
 */
async function main([spaceText, name = '', parties, ttlMs, participant = '']: readonly string[]): Promise<void> {
  const space = parseSpace(spaceText);
  if (typeof space !== 'string') throw new Error(space.message);
  const temporal = await openTemporal(space, { queuePrefix: `${space}-` });
  const sessions = createSessions(temporal, undefined);
  const session = await sessions.open({ ttlMs: Number(ttlMs) });
  const barrier = createBarriers(temporal, sessions, undefined).double(name, { parties: Number(parties) });
  await barrier.enter({ session, participant });
}

void main(process.argv.slice(2));
