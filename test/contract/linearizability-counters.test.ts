import { createCounters } from '../../src/client/counters';
import { createValues } from '../../src/client/values';
import { startCounting, type CountingHarness } from '../support/counting/harness';
import { check } from '../support/linearizability/check';
import {
  counterClient,
  doorTo as doorToCounter,
  showCounter,
  useCounter,
  type CounterDoor,
} from '../support/linearizability/clients/counter';
import {
  doorTo as doorToValue,
  showValue,
  useValue,
  valueClient,
  type ValueDoor,
} from '../support/linearizability/clients/shared-value';
import { disturbing, unheardOf } from '../support/linearizability/disturbed';
import { counter, type CounterInput, type CounterOutput } from '../support/linearizability/models/counter';
import {
  sharedValue,
  type SharedValueInput,
  type SharedValueOutput,
} from '../support/linearizability/models/shared-value';
import { createRecorder, type Recorder } from '../support/linearizability/recorder';

const BOUNDS = { min: 0, max: 10 };
const MODEL = counter({ least: BOUNDS.min, most: BOUNDS.max });
const FOUND = /^no order of these .* is one of a/;

let harness: CountingHarness;
const { disturbed, patienceMs } = disturbing(() => harness);
beforeAll(async () => {
  harness = await startCounting('linear-counters');
}, 120_000);
afterAll(async () => {
  await harness.close();
});

/** Ends a workflow from outside while clients are at it: it goes on where it was. */
const kill = (workflowId: string) => async (): Promise<void> => {
  await harness.temporal.client.workflow.getHandle(workflowId).terminate('a test');
};

describe('a counter on a real server, with a worker that stops and starts, requests sent twice, calls given up and an end from outside', () => {
  type Noted = Recorder<CounterInput, CounterOutput>;
  // each client knows what its own process has seen
  const handleOf = (key: string) => createCounters(harness.temporal, undefined).at(key, BOUNDS);
  const open = (
    recorder: Noted,
    client: string,
    key: string,
    plant: (door: CounterDoor) => CounterDoor = (door) => door,
  ) => counterClient(plant(doorToCounter(handleOf(key))), recorder, { client, key });

  test('CNT-1 CNT-2 CNT-4 CNT-5 what random clients do is linearizable', async () => {
    const recorder: Noted = createRecorder();
    await Promise.all(['hit', 'calm'].map((key) => handleOf(key).reset({ to: 0 })));
    await disturbed(
      recorder,
      (client, random) => useCounter(open(recorder, client, 'hit'), { client, rounds: 12, random, patienceMs }),
      kill(handleOf('hit').workflowId),
    );
    await showCounter(open(recorder, 'ann', 'calm'), open(recorder, 'ben', 'calm'));
    const verdict = check(MODEL, recorder.history());
    expect(verdict.kind === 'linearizable' ? [] : verdict.words).toEqual([]);
    expect(unheardOf(recorder.history(), ['value', 'added', 'out-of-bounds', 'range', 'reset', 'unknown'])).toEqual([]);
  });

  test.each<[string, (key: string) => (door: CounterDoor) => CounterDoor]>([
    [
      'CNT-1 planted: a request that counts again when it is repeated',
      () => {
        let sent = 0;
        return (door) => ({
          ...door,
          change: (change, ms) => door.change({ ...change, request: `${change.request}/${String((sent += 1))}` }, ms),
        });
      },
    ],
    [
      'CNT-2 planted: no bound',
      (key) => () => doorToCounter(createCounters(harness.temporal, undefined).at(`${key}-boundless`)),
    ],
    [
      'CNT-4 planted: a cached read that is served as a strong one',
      (key) => (door) => {
        const cached = handleOf(key);
        return {
          ...door,
          read: async () => ({ kind: 'value', value: (await cached.get({ read: 'cached', maxAgeMs: 60_000 })).value }),
        };
      },
    ],
    [
      'CNT-5 planted: ids that are handed out again',
      () => {
        let first: number | undefined;
        return (door) => ({
          ...door,
          change: async (change, ms) => {
            const output = await door.change(change, ms);
            if (output.kind !== 'range') return output;
            first ??= output.from;
            return { kind: 'range', from: first, to: first + output.to - output.from };
          },
        });
      },
    ],
  ])('%s, and is found', async (what, plant) => {
    const key = what.slice(0, 5).toLowerCase();
    await handleOf(key).reset({ to: 0 });
    const recorder: Noted = createRecorder();
    const planted = plant(key);
    await showCounter(open(recorder, 'ann', key, planted), open(recorder, 'ben', key, planted));
    const verdict = check(MODEL, recorder.history());
    expect(verdict.kind === 'not-linearizable' ? verdict.words[0] : verdict.kind).toMatch(FOUND);
  });
});

describe('a shared value on a real server, with the same faults', () => {
  type Noted = Recorder<SharedValueInput, SharedValueOutput>;
  const handleOf = (key: string) => createValues(harness.temporal, undefined).at<string>(key);
  const open = (recorder: Noted, client: string, key: string, plant: (door: ValueDoor) => ValueDoor = (door) => door) =>
    valueClient(plant(doorToValue(handleOf(key))), recorder, { client, key });
  const begun = async (key: string): Promise<{ readonly value: string; readonly version: number }> => {
    const { version } = await handleOf(key).set('begun');
    return { value: 'begun', version };
  };

  test('CNT-3 CNT-4 what random clients do is linearizable', async () => {
    const recorder: Noted = createRecorder();
    const first = await begun('hit');
    await disturbed(
      recorder,
      (client, random) =>
        useValue(open(recorder, client, 'hit'), { client, rounds: 12, version: first.version, random, patienceMs }),
      kill(handleOf('hit').workflowId),
    );
    const calm: Noted = createRecorder();
    const second = await begun('calm');
    await showValue(open(calm, 'ann', 'calm'), open(calm, 'ben', 'calm'), second.version);
    for (const [noted, from] of [
      [recorder, first],
      [calm, second],
    ] as const) {
      const verdict = check(sharedValue(from), noted.history());
      expect(verdict.kind === 'linearizable' ? [] : verdict.words).toEqual([]);
    }
    expect(unheardOf([...recorder.history(), ...calm.history()], ['value', 'set', 'conflict', 'unknown'])).toEqual([]);
  });

  test.each<[string, () => (door: ValueDoor) => ValueDoor]>([
    [
      'CNT-3 planted: a compare-and-set that does not compare',
      () => (door) => ({ ...door, set: ({ basedOn: _, ...change }, ms) => door.set(change, ms) }),
    ],
    [
      'CNT-4 planted: a read from a copy',
      () => (door) => {
        let copy: ReturnType<ValueDoor['read']> | undefined;
        return { ...door, read: () => (copy ??= door.read()) };
      },
    ],
    [
      'planted: a request that is not known again',
      () => {
        let sent = 0;
        return (door) => ({
          ...door,
          set: (change, ms) => door.set({ ...change, request: `${change.request}/${String((sent += 1))}` }, ms),
        });
      },
    ],
  ])('%s, and is found', async (what, plant) => {
    const key = what
      .replaceAll(/[^a-z]+/gi, '-')
      .slice(0, 20)
      .toLowerCase();
    const first = await begun(key);
    const recorder: Noted = createRecorder();
    const planted = plant();
    await showValue(open(recorder, 'ann', key, planted), open(recorder, 'ben', key, planted), first.version);
    const verdict = check(sharedValue(first), recorder.history());
    expect(verdict.kind === 'not-linearizable' ? verdict.words[0] : verdict.kind).toMatch(FOUND);
  });
});
