import type { OwnSession } from '../../src/client/sessions';
import { startCoordination, type CoordinationHarness, type Party } from '../support/coordination/harness';
import { check } from '../support/linearizability/check';
import {
  candidateAt,
  doorTo,
  expireIn,
  showElection,
  useElection,
  type Candidate,
  type ElectionDoor,
} from '../support/linearizability/clients/election';
import { CLIENTS, disturbing, LATE, unheardOf } from '../support/linearizability/disturbed';
import { election, type ElectionInput, type ElectionOutput } from '../support/linearizability/models/election';
import { createRecorder, type Recorder } from '../support/linearizability/recorder';

/** A session that is not meant to expire, however slow the machine is. */
const TTL_MS = 120_000;

let harness: CoordinationHarness;
/** Each client is a process of its own: a connection, a session, and its own order of calls. */
const clients = new Map<string, { readonly party: Party; readonly session: OwnSession }>();
const { disturbed, patienceMs } = disturbing(() => harness);
beforeAll(async () => {
  harness = await startCoordination('linear-elections');
  await Promise.all(
    [...CLIENTS, LATE].map(async (client) => {
      const party = await harness.party();
      clients.set(client, { party, session: await party.sessions.open({ ttlMs: TTL_MS, label: client }) });
    }),
  );
}, 120_000);
afterAll(async () => {
  await harness.close();
});

function clientOf(name: string): { readonly party: Party; readonly session: OwnSession } {
  const found = clients.get(name);
  if (found === undefined) throw new Error(`no client ${name}`);
  return found;
}

type Noted = Recorder<ElectionInput, ElectionOutput>;
type Plant = (door: ElectionDoor, client: string) => ElectionDoor;

function open(recorder: Noted, client: string, key: string, plant: Plant = (door) => door): Candidate {
  const { party, session } = clientOf(client);
  const door = plant(doorTo(party.elections.at(key), session), client);
  return candidateAt(door, recorder, { client, key });
}

const show = (recorder: Noted, key: string, plant?: Plant): Promise<void> =>
  showElection([open(recorder, 'one', key, plant), open(recorder, 'two', key, plant)]);

test('ELE-1 ELE-2 an election is linearizable, with a worker that stops and starts, calls given up and sessions that expire', async () => {
  const recorder: Noted = createRecorder();
  await disturbed(recorder, async (client, random) => {
    const { party } = clientOf(client);
    const key = 'disturbed';
    if (client === 'one') await expireIn(party.sessions, party.elections.at(key), recorder, { client, key });
    await useElection(open(recorder, client, key), { client, rounds: 4, random, patienceMs });
  });
  await show(recorder, 'calm');
  const history = recorder.history();
  const verdict = check(election, history);
  expect(verdict.kind === 'linearizable' ? [] : verdict.words).toEqual([]);
  const kinds = ['elected', 'withdrawn', 'leader', 'no-leader', 'proclaimed', 'resigned', 'not-leader', 'unknown'];
  expect(unheardOf(history, kinds)).toEqual([]);
});

test.each<[string, () => Plant]>([
  [
    'ELE-1 planted: each candidate has an election of its own',
    () => (_door, client) => {
      const { party, session } = clientOf(client);
      return doorTo(party.elections.at(`only-of-${client}`), session);
    },
  ],
  [
    'ELE-1 planted: terms that begin anew',
    () => {
      let real = 0;
      return (door) => ({
        ...door,
        campaign: async (ask, ms) => {
          const output = await door.campaign(ask, ms);
          if (output.kind !== 'elected') return output;
          real = output.term;
          return { kind: 'elected', term: 1 };
        },
        resign: (_term, ms) => door.resign(real, ms),
      });
    },
  ],
  [
    'ELE-2 planted: whoever leads no more is heard',
    () => (door) => ({
      ...door,
      proclaim: async (term, value, ms) => ({ ...(await door.proclaim(term, value, ms)), kind: 'proclaimed' }),
    }),
  ],
  [
    'ELE-2 planted: an observer that looks at a copy',
    () => (door) => {
      let copy: Promise<ElectionOutput> | undefined;
      return { ...door, observe: () => (copy ??= door.observe()) };
    },
  ],
])('%s, and is found', async (what, plant) => {
  const recorder: Noted = createRecorder();
  await show(recorder, what.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase(), plant());
  const verdict = check(election, recorder.history());
  expect(verdict.kind === 'not-linearizable' ? verdict.words[0] : verdict.kind).toMatch(/^no order of these .* is one/);
});
