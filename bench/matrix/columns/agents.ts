import { pause } from '../../../src/client/waiting';
import type { tally } from '../../../test/support/chaos/team';
import type { Column } from '../column';
import type { Party } from '../party';

const REST_MS = 250;
/** Numbers of one client are its own: the first digits say whose, the next of which life. */
const EACH = 1_000_000;
const LIVES = 1_000;

/** Name of the agent of a row. */
export const agentOf = (row: string): string => `${row}-agent`;

async function tell(party: Party, number: number): Promise<void> {
  const agent = party.process.space.agents.at<typeof tally>(agentOf(party.row));
  const note = async (how: { readonly requestId: string; readonly timeoutMs: number }): Promise<{ kind: string }> => {
    if (number % 3 === 0) await agent.with(how).ask('noted', number);
    else await agent.with(how).tell('note', number);
    return { kind: 'noted' };
  };
  await party.run('agent', { kind: 'note', number } as { readonly kind: string }, note, true);
}

/** An agent that notes numbers: each message has one effect, in the order of its sender (AGT-1, AGT-2, AGT-3). */
export const agents: Column = {
  name: 'agents',
  use: async (party) => {
    const first = (party.process.number * LIVES + Number(party.process.life)) * EACH;
    await party.run('agent', { kind: 'start' }, async () => {
      await party.process.space.agents.get<typeof tally>('tally', agentOf(party.row));
      return { kind: 'started' };
    });
    for (let at = 1; !party.isOver; at += 1) {
      await tell(party, first + at);
      await pause(REST_MS);
    }
  },
  broken: async ({ space, row, operations }) => {
    const agent = space.agents.at<typeof tally>(agentOf(row));
    const numbers = await agent.inspect('numbers');
    const letters = await agent.deadLetters();
    const noted = operations
      .filter(({ outcome }) => outcome.kind === 'returned')
      .flatMap(({ client, input }) => {
        const { number } = input as { readonly number?: number };
        return number === undefined ? [] : [{ client, number }];
      });
    const took = new Set(numbers);
    const missing = noted.filter(({ number }) => !took.has(number));
    const clients = [...new Set(noted.map(({ client }) => client))];
    const swapped = clients.filter((client) => {
      const sent = noted.filter((each) => each.client === client).map(({ number }) => number);
      const mine = new Set(sent);
      return numbers.filter((number) => mine.has(number)).join() !== sent.filter((number) => took.has(number)).join();
    });
    return [
      ...(took.size < numbers.length ? [`${String(numbers.length - took.size)} messages took effect twice`] : []),
      ...(missing.length > 0 ? [`${String(missing.length)} messages were lost`] : []),
      ...swapped.map((client) => `messages of ${client} were swapped`),
      ...(letters.length > 0 ? [`${String(letters.length)} dead letters`] : []),
    ];
  },
};
