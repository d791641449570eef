import { createLocks } from '../../../src/client/locks';
import { ownProcess, saysWhetherItMayAct } from './own-process';

/*
 * usage: tsx holder-process.ts SPACE LOCK TTL_MS. A process that holds a lock: says `held TOKEN`, and to each line that it reads whether it may
 * still act.
 */
async function main([space, name = '', ttlMs]: readonly string[]): Promise<void> {
  const { temporal, sessions, session } = await ownProcess(space, ttlMs);
  const held = await createLocks(temporal, sessions, undefined).at(name).acquire({ session, lockDelayMs: 0 });
  saysWhetherItMayAct(`held ${String(held.token)}`, held);
}

void main(process.argv.slice(2));
