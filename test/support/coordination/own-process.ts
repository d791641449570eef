import { createSessions, type OwnSession, type Sessions } from '../../../src/client/sessions';
import { openTemporal, type Temporal } from '../../../src/client/temporal';
import { parseSpace } from '../../../src/contracts/ids';

/** What a process of its own has: a connection to a space, and a session that it keeps alive. */
export interface Own {
  readonly temporal: Temporal;
  readonly sessions: Sessions;
  readonly session: OwnSession;
}

/** Connects this process to a space, as its arguments say, and opens its session. */
export async function ownProcess(spaceText: string | undefined, ttlMs: string | undefined): Promise<Own> {
  const space = parseSpace(spaceText);
  if (typeof space !== 'string') throw new Error(space.message);
  const temporal = await openTemporal(space, { queuePrefix: `${space}-` });
  const sessions = createSessions(temporal, undefined);
  return { temporal, sessions, session: await sessions.open({ ttlMs: Number(ttlMs) }) };
}

/** Says something, and then to each line that it reads whether it may still act. */
export function saysWhetherItMayAct(first: string, own: { check(): void }): void {
  const say = (text: string): boolean => process.stdout.write(`${text}\n`);
  say(first);
  process.stdin.on('data', () => {
    try {
      own.check();
      say('acts');
    } catch (error) {
      say((error as { readonly code?: string }).code ?? String(error));
    }
  });
}
