import { isPlatformError } from '../../../src/contracts/errors';
import type { Space } from '../../../src/client/index';
import type { tally } from './team';

const PAUSE_MS = 20;
const RETRY_MS = 250;
const CALL_MS = 5_000;
const TALLIES = ['tally-1', 'tally-2'];

/** What was sent and accepted while something was destroyed. */
export interface Sent {
  /** Message numbers by tally. */
  readonly accepted: Readonly<Record<string, readonly number[]>>;
  /** Versions that proposals were told, in the order of asking. */
  readonly versions: readonly number[];
}

/** Messages that go on and on until they are stopped. */
export interface Traffic {
  /** How many messages and proposals have been accepted. */
  accepted(): number;
  stop(): Promise<Sent>;
}

/** Numbers are used once per run: they are the messages' identities. */
let next = 1;

function pause(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}

/** Repeats a call with the same request id until it is accepted: what a careful caller does. */
async function surely<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      // A refusal for good would be a defect here; everything that may pass is repeated.
      const passes = ['temporal-unavailable', 'timeout', 'no-worker', 'rate-limited', 'internal', 'mailbox-full'];
      if (!isPlatformError(error) || !passes.includes(error.code)) throw error;
    }
    await pause(RETRY_MS);
  }
}

async function message(space: Space, name: string, n: number): Promise<void> {
  const requestId = `m-${String(n)}`;
  const agent = space.agents.at<typeof tally>(name).with({ requestId, timeoutMs: CALL_MS });
  if (n % 3 === 0) await surely(() => agent.ask('noted', n));
  else await surely(() => agent.tell('note', n));
}

/** Proposes another speed on whatever is current, and again when that was overtaken. @returns the version it became */
async function proposal(space: Space, n: number): Promise<number> {
  const set = space.variables.at('settings');
  for (let attempt = 0; ; attempt += 1) {
    const { version } = await surely(() => set.read());
    const how = { basedOn: version, requestId: `p-${String(n)}-${String(attempt)}`, timeoutMs: CALL_MS };
    const verdict = await surely(() => set.propose({ speed: n }, how).verdict);
    if (verdict.kind === 'accepted') return verdict.version;
    if (verdict.kind === 'pending') throw new Error('a free variable needs no ballot');
    if (verdict.reasons.some(({ code }) => code !== 'stale-base')) throw new Error(JSON.stringify(verdict.reasons));
  }
}

/** Starts the agents and sets that take the traffic; safe to repeat. */
export async function startReceivers(space: Space): Promise<void> {
  await space.variables.start('settings');
  await Promise.all(TALLIES.map((name) => space.agents.get('tally', name)));
  await Promise.all([1, 2, 3].map((at) => space.agents.get('member', `member-${String(at)}`)));
}

/** Sends tells, asks and, if wanted, proposals, one after the other per receiver. */
export function startTraffic(space: Space, { proposals }: { readonly proposals: boolean }): Traffic {
  const accepted: Record<string, number[]> = Object.fromEntries(TALLIES.map((name) => [name, []]));
  const versions: number[] = [];
  let isOver = false;
  const sending = TALLIES.map(async (name) => {
    while (!isOver) {
      const n = next++;
      await message(space, name, n);
      accepted[name]?.push(n);
      await pause(PAUSE_MS);
    }
  });
  const proposing = async (): Promise<void> => {
    while (!isOver) {
      versions.push(await proposal(space, next++));
      await pause(PAUSE_MS);
    }
  };
  const all = Promise.all([...sending, ...(proposals ? [proposing()] : [])]);
  all.catch(() => undefined); // told by stop
  return {
    accepted: () => Object.values(accepted).reduce((sum, each) => sum + each.length, versions.length),
    stop: async () => {
      isOver = true;
      await all;
      return { accepted, versions };
    },
  };
}
