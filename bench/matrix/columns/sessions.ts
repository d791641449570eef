import { isPlatformError } from '../../../src/contracts/errors';
import { pause } from '../../../src/client/waiting';
import type { Column, Evidence } from '../column';
import type { Party } from '../party';

/** Clocks of one machine agree; what is rounded to milliseconds may differ by some. */
const ROUNDED_MS = 5;

async function isOpen({ process }: Party, name: string): Promise<boolean> {
  try {
    return (await process.space.sessions.view(name)).state === 'open';
  } catch (error) {
    return !(isPlatformError(error) && ['session-not-found', 'stopped'].includes(error.code));
  }
}

/** Keeps a session alive by hand, and notes each keep-alive that was accepted. */
async function keep(party: Party): Promise<void> {
  const { space, ttlMs } = party.process;
  const opened = await party.run('session', { kind: 'open' }, async ({ requestId }) => ({
    kind: 'opened',
    name: (await space.sessions.start({ ttlMs, label: party.row }, { requestId })).name,
  }));
  if (opened === undefined) return;
  const { name } = opened;
  for (let isAlive = true; isAlive && !party.isOver;) {
    const kept = await party.run(name, { kind: 'keepAlive' }, async () => {
      try {
        await space.sessions.keepAlive(name);
        return { kind: 'accepted' };
      } catch (error) {
        if (isPlatformError(error) && error.code === 'session-not-found') return { kind: 'unknown-session' };
        throw error;
      }
    });
    isAlive = kept?.kind === 'accepted' || (await isOpen(party, name));
    await pause(ttlMs / 3);
  }
  if (party.isOver) await space.sessions.close(name).catch(() => undefined);
}

/** SES-1: no session expired earlier than its time to live after the last keep-alive that was accepted. */
function expiredEarly({ operations, events, epochMs, ttlMs }: Evidence): readonly string[] {
  const sentAt = new Map<string, number>();
  for (const { key, called, outcome } of operations) {
    const isAccepted = outcome.kind === 'returned' && (outcome.output as { readonly kind: string }).kind === 'accepted';
    if (isAccepted) sentAt.set(key, Math.max(sentAt.get(key) ?? 0, epochMs + called / 1_000));
  }
  return [...sentAt].flatMap(([name, at]) => {
    const expired = events.find(({ type, stream }) => type === 'session.expired' && stream.includes(`:${name}~`));
    if (expired === undefined) return [];
    const ms = expired.at - at;
    return ms < ttlMs - ROUNDED_MS ? [`the session ${name} expired ${ms.toFixed(0)} ms after a keep-alive`] : [];
  });
}

/** Sessions that their clients keep alive by hand. */
export const sessions: Column = {
  name: 'sessions',
  use: async (party) => {
    while (!party.isOver) await keep(party);
  },
  broken: expiredEarly,
};
