import { createElections } from '../../../src/client/elections';
import { ownProcess, saysWhetherItMayAct } from './own-process';

/*
 * usage: tsx candidate-process.ts SPACE ELECTION TTL_MS. A process that campaigns: says `leads TERM` when it does, and then to each line that
 * it reads whether it may still act as the leader.
 */
async function main([space, name = '', ttlMs]: readonly string[]): Promise<void> {
  const { temporal, sessions, session } = await ownProcess(space, ttlMs);
  const lead = await createElections(temporal, sessions, undefined).at(name).campaign({ session, lockDelayMs: 0 });
  saysWhetherItMayAct(`leads ${String(lead.term)}`, lead);
}

void main(process.argv.slice(2));
