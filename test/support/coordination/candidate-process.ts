import { createElections } from '../../../src/client/elections';
import { createSessions } from '../../../src/client/sessions';
import { openTemporal } from '../../../src/client/temporal';
import { parseSpace } from '../../../src/contracts/ids';

/*
 * usage: tsx candidate-process.ts SPACE ELECTION TTL_MS. A process that campaigns: says `leads TERM` when it does, and then to each line that
 * it reads whether it may still act as the leader.
 */
async function main([spaceText, name = '', ttlMs]: readonly string[]): Promise<void> {
  const space = parseSpace(spaceText);
  if (typeof space !== 'string') throw new Error(space.message);
  const temporal = await openTemporal(space, { queuePrefix: `${space}-` });
  const sessions = createSessions(temporal, undefined);
  const session = await sessions.open({ ttlMs: Number(ttlMs) });
  const lead = await createElections(temporal, sessions, undefined).at(name).campaign({ session, lockDelayMs: 0 });
  const say = (text: string): boolean => process.stdout.write(`${text}\n`);
  say(`leads ${String(lead.term)}`);
  process.stdin.on('data', () => {
    try {
      lead.check();
      say('acts');
    } catch (error) {
      say((error as { readonly code?: string }).code ?? String(error));
    }
  });
}

void main(process.argv.slice(2));
