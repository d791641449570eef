import type { LockHandle } from '../../src/client/locks';
import type { OwnSession } from '../../src/client/sessions';
import { startCoordination, type CoordinationHarness, type Party } from '../support/coordination/harness';
import { check } from '../support/linearizability/check';
import {
  doorTo,
  expireAt,
  lockClient,
  showLock,
  useLock,
  type Ask,
  type LockClient,
  type LockDoor,
  type Saying,
} from '../support/linearizability/clients/lock';
import { CLIENTS, disturbing, LATE, unheardOf } from '../support/linearizability/disturbed';
import type { Model } from '../support/linearizability/model';
import {
  ALL,
  lock as lockModel,
  semaphore,
  type LockInput,
  type LockOutput,
  type LockState,
} from '../support/linearizability/models/lock';
import { createRecorder, type Recorder } from '../support/linearizability/recorder';

const PERMITS = 3;
/** A session that is not meant to expire, however slow the machine is. */
const TTL_MS = 120_000;

/** Each client is a process of its own: a connection, a session, and its own order of calls. */
interface Client {
  readonly party: Party;
  readonly session: OwnSession;
}
interface Kind {
  readonly model: Model<LockState, LockInput, LockOutput>;
  readonly all: number;
  readonly units: readonly number[];
  readonly at: (party: Party, name: string) => LockHandle;
  readonly saying: Saying;
}
type Noted = Recorder<LockInput, LockOutput>;

let harness: CoordinationHarness;
const clients = new Map<string, Client>();
const { disturbed, patienceMs } = disturbing(() => harness);
beforeAll(async () => {
  harness = await startCoordination('linear-locks');
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

function clientOf(name: string): Client {
  const found = clients.get(name);
  if (found === undefined) throw new Error(`no client ${name}`);
  return found;
}

const LOCK: Kind = {
  model: lockModel,
  all: ALL,
  units: [ALL, ALL, 1],
  at: ({ locks }, name) => locks.at(name),
  saying: (units) => ({ mode: units === ALL ? 'exclusive' : 'shared' }),
};
const SEMAPHORE: Kind = {
  model: semaphore(PERMITS),
  all: PERMITS,
  units: [1, 1, 2, PERMITS],
  at: ({ semaphores }, name) => semaphores.at(name, PERMITS),
  saying: (units) => ({ permits: units }),
};

type Plant = (door: LockDoor) => LockDoor;
const nothing: Plant = (door) => door;
const open = ({ at, saying }: Kind, recorder: Noted, name: string, key: string, plant = nothing): LockClient => {
  const { party, session } = clientOf(name);
  return lockClient(plant(doorTo(at(party, key), session, saying)), recorder, { client: name, key });
};
const show = (kind: Kind, recorder: Noted, key: string, plant?: Plant): Promise<void> => {
  const as = (name: string): LockClient => open(kind, recorder, name, key, plant);
  return showLock([as('one'), as('two'), as('three')], kind.all);
};

test.each<[string, Kind]>([
  ['LCK-1 LCK-2 LCK-3 LCK-4 LCK-5 LCK-7 LCK-8 a lock', LOCK],
  ['LCK-1 LCK-2 LCK-3 LCK-4 LCK-5 LCK-8 a semaphore', SEMAPHORE],
])(
  '%s is linearizable, with a worker that stops and starts, requests sent twice, calls given up and sessions that expire',
  async (_what, kind) => {
    const { model, all, units, at, saying } = kind;
    const recorder = createRecorder<LockInput, LockOutput>();
    const keys = ['a', 'b'];
    await disturbed(recorder, async (client, random) => {
      const { party } = clientOf(client);
      const [key = ''] = keys;
      const ask: Ask = { kind: 'acquire', request: `${client}/expires`, units: all, waits: true };
      if (client === 'one' || client === 'two')
        await expireAt(party.sessions, at(party, key), recorder, { client, key, ask, saying });
      const doors = keys.map((each) => open(kind, recorder, client, each));
      await useLock(doors, { client, units, rounds: 5, random, patienceMs });
    });
    await show(kind, recorder, 'calm');
    const history = recorder.history();
    const verdict = check(model, history);
    expect(verdict.kind === 'linearizable' ? [] : verdict.words).toEqual([]);
    const refusals = ['taken', 'not-holder', 'withdrawn', 'broken', 'unknown'];
    expect(unheardOf(history, ['granted', 'queued', 'released', 'held', 'free', ...refusals])).toEqual([]);
  },
);

test.each<[string, Kind, () => Plant]>([
  [
    'LCK-1 planted: everybody is let in',
    LOCK,
    () => (door) => ({ ...door, acquire: (ask, ms) => door.acquire({ ...ask, units: 1 }, ms) }),
  ],
  [
    'LCK-1 planted: a request for several permits is taken for one',
    SEMAPHORE,
    () => (door) => ({ ...door, acquire: (ask, ms) => door.acquire({ ...ask, units: 1 }, ms) }),
  ],
  [
    'LCK-2 planted: tokens that begin anew',
    LOCK,
    () => {
      let real = 0;
      return (door) => ({
        ...door,
        acquire: async (ask, ms) => {
          const output = await door.acquire(ask, ms);
          if (output.kind !== 'granted') return output;
          real = output.token;
          return { kind: 'granted', token: 1 };
        },
        release: (_token, ms) => door.release(real, ms),
      });
    },
  ],
  [
    'LCK-4 planted: who comes later is served before who waits',
    LOCK,
    () => (door) => ({
      ...door,
      acquire: async (ask, ms) => {
        const output = await door.acquire({ ...ask, waits: false }, ms);
        return output.kind === 'taken' && ask.waits === true ? { kind: 'queued' } : output;
      },
    }),
  ],
  [
    'LCK-5 planted: a request that is not known again',
    LOCK,
    () => {
      let sent = 0;
      const again = (request: string): string => `${request}/${String((sent += 1))}`;
      return (door) => ({
        ...door,
        acquire: (ask, ms) => door.acquire({ ...ask, request: again(ask.request) }, ms),
      });
    },
  ],
  [
    'LCK-7 planted: a release with an old token is taken for good',
    LOCK,
    () => (door) => ({
      ...door,
      release: async (token, ms) => ({ ...(await door.release(token, ms)), kind: 'released' }),
    }),
  ],
])('%s, and is found', async (what, kind, plant) => {
  const recorder = createRecorder<LockInput, LockOutput>();
  await show(kind, recorder, what.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase(), plant());
  const verdict = check(kind.model, recorder.history());
  expect(verdict.kind === 'not-linearizable' ? verdict.words[0] : verdict.kind).toMatch(
    /^no order of these .* is one of a/,
  );
});
