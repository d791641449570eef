import { createLocks } from '../../../src/client/locks';
import { createSessions } from '../../../src/client/sessions';
import { openTemporal } from '../../../src/client/temporal';
import { parseSpace } from '../../../src/contracts/ids';

/*
 * usage: tsx holder-process.ts SPACE LOCK TTL_MS. A process that holds a lock: says `held TOKEN`, and to each line that it reads whether it may
 * still act.
 */
async function main([spaceText, name = '', ttlMs]: readonly string[]): Promise<void> {
  const space = parseSpace(spaceText);
  if (typeof space !== 'string') throw new Error(space.message);
  const temporal = await openTemporal(space, { queuePrefix: `${space}-` });
  const sessions = createSessions(temporal, undefined);
  const session = await sessions.open({ ttlMs: Number(ttlMs) });
  const held = await createLocks(temporal, sessions, undefined).at(name).acquire({ session, lockDelayMs: 0 });
  const say = (text: string): boolean => process.stdout.write(`${text}\n`);
  say(`held ${String(held.token)}`);
  process.stdin.on('data', () => {
    try {
      held.check();
      say('acts');
    } catch (error) {
      say((error as { readonly code?: string }).code ?? String(error));
    }
  });
}

void main(process.argv.slice(2));
