import { sql } from 'kysely';
import type { Consistency } from '../../src/contracts/registry';
import { openDatabase, type Database } from '../../src/store/database';
import { createEventStore } from '../../src/store/event-store';
import { check } from '../support/linearizability/check';
import { streamsOf, useStreams, type StreamDoor } from '../support/linearizability/clients/event-append';
import { namesOf, useNames } from '../support/linearizability/clients/names';
import { doorTo, useSet, type SetDoor } from '../support/linearizability/clients/variable-set';
import { CLIENTS, disturbing, SEED, together, unheardOf, type Act } from '../support/linearizability/disturbed';
import type { History } from '../support/linearizability/history';
import { eventAppend, type AppendInput, type AppendOutput } from '../support/linearizability/models/event-append';
import { registry, type RegistryInput, type RegistryOutput } from '../support/linearizability/models/registry';
import {
  variableSet,
  type VariableSetInput,
  type VariableSetOutput,
} from '../support/linearizability/models/variable-set';
import { createRecorder, type Recorder } from '../support/linearizability/recorder';
import { until } from '../support/kernel/harness';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server';
import { startSets, type SetsHarness } from '../support/sets/harness';
import { dyingAt, numbers } from '../support/store/disturbed';
import { emptyDatabase } from '../support/store/template';

const isWrong = { kind: 'not-linearizable' };

describe('on a real server, with a worker that stops and starts, requests sent twice and calls given up', () => {
  let harness: SetsHarness;
  beforeAll(async () => {
    harness = await startSets('linear');
  }, 120_000);
  afterAll(async () => {
    await harness.close();
  });
  const { disturbed, patienceMs } = disturbing(() => harness);

  describe('names', () => {
    type Names = Recorder<RegistryInput, RegistryOutput>;
    const clients =
      (recorder: Names, prefix: string, consistency?: Consistency): Act =>
      (client, random) => {
        const keys = [`${prefix}-a`, `${prefix}-b`];
        const names = namesOf(harness, 'guard', consistency);
        return useNames(names, recorder, { client, keys, rounds: 8, random, patienceMs });
      };

    test('REG-1 REG-2 REG-3 strong lookups, starts and ends of random clients are linearizable for each name', async () => {
      const recorder = createRecorder<RegistryInput, RegistryOutput>();
      // a name whose owner has given up to end it may stay taken: hence others, when all is calm
      await disturbed(recorder, clients(recorder, 'disturbed'));
      await together(clients(recorder, 'calm'));
      const history = recorder.history();
      expect(check(registry, history)).toMatchObject({ kind: 'linearizable' });
      expect(unheardOf(history, ['registered', 'taken', 'unregistered', 'found', 'free', 'unknown'])).toEqual([]);
    });

    test('REG-3 planted: a cached lookup that is served as a strong one is found', async () => {
      const recorder = createRecorder<RegistryInput, RegistryOutput>();
      await together(clients(recorder, 'cached', 'cached'));
      expect(check(registry, recorder.history())).toMatchObject(isWrong);
    });
  });

  describe('a set of variables', () => {
    const run = async (
      all: (recorder: Recorder<VariableSetInput, VariableSetOutput>, act: Act) => Promise<unknown>,
      plant: (door: SetDoor) => SetDoor = (door) => door,
    ): Promise<{ history: History<VariableSetInput, VariableSetOutput>; words: string }> => {
      const door = doorTo(await harness.variables.start('trainer'));
      const { version, values } = await door.read();
      const recorder = createRecorder<VariableSetInput, VariableSetOutput>();
      const planted = plant(door);
      const what = { key: 'trainer', rounds: 10, version };
      await all(recorder, (client, random) => {
        const how = { client, request: `${String(version)}/${client}`, random, patienceMs };
        return useSet(planted, recorder, { ...what, ...how });
      });
      const history = recorder.history();
      const verdict = check(variableSet({ version, values }), history);
      return { history, words: verdict.kind === 'not-linearizable' ? verdict.words.join('\n') : verdict.kind };
    };

    test('VAR-1 VAR-2 VAR-4 proposals and reads of random clients are linearizable', async () => {
      const { history, words } = await run(disturbed);
      expect(words).toBe('linearizable');
      expect(unheardOf(history, ['values', 'accepted', 'stale', 'unknown'])).toEqual([]);
    });

    test.each<[string, (door: SetDoor) => SetDoor]>([
      [
        'VAR-2 planted: a commit that ignores its base',
        (door) => {
          // the same for a repeated request, which is another one otherwise
          const bases = new Map<string | undefined, ReturnType<SetDoor['read']>>();
          const baseOf = (request?: string): ReturnType<SetDoor['read']> => {
            const base = (request === undefined ? undefined : bases.get(request)) ?? door.read();
            bases.set(request, base);
            return base;
          };
          return {
            ...door,
            propose: async (proposal, ms) =>
              door.propose({ ...proposal, basedOn: (await baseOf(proposal.request)).version }, ms),
          };
        },
      ],
      [
        'VAR-4 planted: a read from a copy of the values',
        (door) => {
          let copy: ReturnType<SetDoor['read']> | undefined;
          return { ...door, read: () => (copy ??= door.read()) };
        },
      ],
      [
        'planted: a set that does not know a request again',
        (door) => ({ ...door, propose: ({ request: _, ...proposal }, ms) => door.propose(proposal, ms) }),
      ],
    ])('%s is found', async (_what, plant) => {
      expect((await run((_recorder, act) => together(act), plant)).words).toMatch(
        /^no order of these .* is one of a variable set/,
      );
    });
  });
});

describe.each([
  ['PGlite', async () => openDatabase({ template: await emptyDatabase() })],
  [
    'Postgres',
    async (postgres: () => Promise<PostgresServer>) =>
      openDatabase({ url: await (await postgres()).database('linear') }),
  ],
])('appending to streams on %s, with appends that die and replies that are lost', (name, open) => {
  let server: PostgresServer | undefined;
  let database: Database;
  beforeAll(async () => {
    database = await open(async () => (server ??= await startPostgresServer()));
    await database.migrate();
  });
  afterAll(async () => {
    await database.close();
    await server?.close();
  });

  /** Reads, again when its connection was cut: the pool may have had others that were, too. */
  async function reading(door: StreamDoor, stream: string): Promise<readonly string[]> {
    for (;;) {
      try {
        return await door.read(stream);
      } catch (error) {
        if (!/terminat|ECONNRESET/i.test(String(error))) throw error;
      }
    }
  }

  /** Some appends die at one of their statements, of some the reply is lost; on Postgres connections are cut, too. */
  function failing(random: () => number): StreamDoor {
    const door = streamsOf(createEventStore(database));
    const dying = (): StreamDoor => streamsOf(createEventStore(dyingAt(database, Math.floor(random() * 8))));
    return {
      read: (stream) => reading(door, stream),
      append: async (stream, input) => {
        const chance = random();
        if (chance < 0.1) return dying().append(stream, input);
        const result = await door.append(stream, input);
        if (chance > 0.9) throw new Error('the reply was lost');
        return result;
      },
    };
  }
  const run = async (
    prefix: string,
    plant: (door: StreamDoor) => StreamDoor = (door) => door,
  ): Promise<History<AppendInput, AppendOutput>> => {
    const recorder = createRecorder<AppendInput, AppendOutput>();
    const keys = [`${prefix}-a`, `${prefix}-b`];
    const random = numbers(SEED);
    const clients = CLIENTS.map((client, at) =>
      useStreams(plant(failing(random)), recorder, { client, keys, rounds: 25, random: numbers(SEED + at) }),
    );
    const cut = async (): Promise<void> => {
      await until('some appends', () => (recorder.history().length > 40 ? true : undefined));
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and query like '%events%'`.execute(database.db);
    };
    await Promise.all([...clients, name === 'Postgres' ? cut() : undefined]);
    return recorder.history();
  };

  test('EVT-1 EVT-2 appends and reads of random clients are linearizable for each stream', async () => {
    const history = await run('right');
    expect(check(eventAppend, history)).toMatchObject({ kind: 'linearizable' });
    expect(unheardOf(history, ['appended', 'repeated', 'wrong-version', 'conflict', 'stored', 'unknown'])).toEqual([]);
  });

  test.each<[string, string, (door: StreamDoor) => StreamDoor]>([
    [
      'EVT-1 planted: an append that does not look at the expected version',
      'blind',
      (door) => ({ ...door, append: (stream, input) => door.append(stream, { ...input, expected: 'any' }) }),
    ],
    [
      'EVT-2 planted: an append that is stored again when it is repeated',
      'twice',
      (door) => ({
        ...door,
        append: async (stream, input) => {
          const result = await door.append(stream, input);
          const first = input.first + input.events.length;
          return result.kind === 'repeated' ? door.append(stream, { ...input, first, expected: 'any' }) : result;
        },
      }),
    ],
  ])('%s is found', async (_what, prefix, plant) => {
    expect(check(eventAppend, await run(prefix, plant))).toMatchObject(isWrong);
  });
});
