import type { BallotHandle } from '../../../src/client/ballots';
import type { BallotRequest, Tally } from '../../../src/contracts/coordination/ballot';
import { isPlatformError, type ErrorCode } from '../../../src/contracts/errors';
import { pause } from '../../../src/client/waiting';
import { recompute } from '../../../src/domain/coordination/decision';
import { CLIENTS } from '../clients';
import type { Column, Evidence } from '../column';
import type { Attempt, Party } from '../party';

const LOOK_MS = 200;
const DEADLINE_MS = 4_000;
/** A ballot that is decided answers so for a moment, and is gone then. */
const CLOSED: readonly ErrorCode[] = ['ballot-closed', 'already-voted', 'ballot-not-found', 'stopped'];

/** Name of a ballot of a row. */
export const ballotOf = (row: string, number: number): string => `${row}-ballot-${String(number)}`;

/** What is asked in a row. */
export const questionOf = (row: string, deadline: number = DEADLINE_MS): BallotRequest => ({
  title: `what of ${row}?`,
  electorate: CLIENTS.map((id) => ({ id, kind: 'person' as const })),
  deadline,
});

const isClosed = (error: unknown): boolean => isPlatformError(error) && CLOSED.includes(error.code);

async function openOne(party: Party, key: string): Promise<BallotHandle> {
  const { ballots: all } = party.process.space;
  // all open it, with one request: one does, and the others hear the same
  await party.run(key, { kind: 'open' }, async () => {
    try {
      await all.open(key, questionOf(party.row), { requestId: `open/${key}` });
    } catch (error) {
      if (!(isPlatformError(error) && error.code === 'already-exists')) throw error;
    }
    return { kind: 'opened' };
  });
  return all.get(key);
}

async function vote(party: Party, key: string, ballot: BallotHandle): Promise<void> {
  const said = party.random() < 0.5 ? 'yes' : 'no';
  const cast = async (how: Attempt): Promise<{ readonly kind: string; readonly said?: string }> => {
    try {
      await ballot.vote(party.process.client, said, how);
      return { kind: 'counted', said };
    } catch (error) {
      if (isClosed(error)) return { kind: 'closed' };
      throw error;
    }
  };
  await party.run(key, { kind: 'vote', said }, cast, true);
}

/** Waits for the decision, and says what it is. */
async function hear(party: Party, key: string, ballot: BallotHandle): Promise<void> {
  for (let isDecided = false; !isDecided;) {
    const heard = await party.run(key, { kind: 'look' }, async (): Promise<{ kind: string; tally?: Tally }> => {
      try {
        const { tally } = await ballot.view();
        return tally === undefined ? { kind: 'open' } : { kind: 'decided', tally };
      } catch (error) {
        if (isClosed(error)) return { kind: 'gone' };
        throw error;
      }
    });
    isDecided = heard?.kind !== 'open' || party.isOver;
    await pause(LOOK_MS);
  }
}

/** Of one ballot: what all heard of its decision is the same, is what its record gives, and has each vote that was counted. */
function ballotBroken(key: string, { operations, events }: Evidence): readonly string[] {
  const broken: string[] = [];
  const mine = operations.filter((each) => each.key === key);
  const outputs = mine.flatMap(({ client, outcome }) =>
    outcome.kind === 'returned'
      ? [{ client, ...(outcome.output as { readonly kind: string; readonly said?: string; readonly tally?: Tally }) }]
      : [],
  );
  const decisions = events.filter(
    ({ type, stream }) => type === 'ballot.decided' && stream.includes(`:ballot:${key}~`),
  );
  if (decisions.length > 1) broken.push(`${key} was decided ${String(decisions.length)} times`);
  const stored = decisions.map(({ data }) => data['tally'] as Tally);
  const tallies = [...outputs.flatMap(({ tally }) => (tally === undefined ? [] : [tally])), ...stored];
  const [tally] = tallies;
  if (tally === undefined) return broken;
  if (new Set(tallies.map((each) => JSON.stringify(each))).size > 1) broken.push(`${key} has two decisions`);
  if (recompute(tally).outcome !== tally.outcome) broken.push(`the record of ${key} gives another decision`);
  const voters = tally.casts.map(({ voter }) => voter);
  if (new Set(voters).size < voters.length) broken.push(`somebody voted twice on ${key}`);
  for (const { client, kind, said } of outputs) {
    const cast = tally.casts.find(({ voter }) => voter === client);
    if (kind === 'counted' && cast?.choice !== said)
      broken.push(`the ${String(said)} of ${client} on ${key} is not in the record`);
  }
  return broken;
}

/** Ballots, one after the other, on which the clients vote. */
export const ballots: Column = {
  name: 'ballots',
  use: async (party) => {
    for (let number = 1; !party.isOver; number += 1) {
      const key = ballotOf(party.row, number);
      const ballot = await openOne(party, key);
      await vote(party, key, ballot);
      await hear(party, key, ballot);
      if (party.random() < 0.3) await vote(party, key, ballot);
    }
  },
  broken: (evidence) =>
    [...new Set(evidence.operations.map(({ key }) => key))].flatMap((key) => ballotBroken(key, evidence)),
};
