import { createBarriers } from '../../../src/client/barriers';
import { ownProcess } from './own-process';

/*
 * usage: tsx participant-process.ts SPACE BARRIER PARTIES TTL_MS PARTICIPANT. A process that goes through a double barrier, and does
 * not leave.
 */
async function main([space, name = '', parties, ttlMs, participant = '']: readonly string[]): Promise<void> {
  const { temporal, sessions, session } = await ownProcess(space, ttlMs);
  const barrier = createBarriers(temporal, sessions, undefined).double(name, { parties: Number(parties) });
  await barrier.enter({ session, participant });
}

void main(process.argv.slice(2));
