import { EARLY_HISTORY } from '../../../src/contracts/entity';
import { interceptors, isEarly } from '../../../workflows/kernel/early-history';

/** Three activations of a supervisor, as a worker had them: a query brought the timer's event before its task had started. */
const resolved = { length: 99, bytes: 21_480, time: 1_796_006_562_874_511_000n };
const early = { ...resolved, length: 102 };
const started = { length: 103, bytes: 22_117, time: 1_796_006_564_481_250_000n };

test('an activation that takes in events without the start of their task is early; any other is not', () => {
  expect(isEarly(resolved, early)).toBe(true);
  const others = [
    [undefined, resolved],
    [resolved, started],
    // a second batch of the same activation
    [resolved, resolved],
    // the clock of the server was set back: the SDK's clock stands, the history has grown
    [started, { ...started, length: 108, bytes: 23_009 }],
    // a server that tells no bytes
    [
      { ...resolved, bytes: 0 },
      { ...early, bytes: 0 },
    ],
  ] as const;
  for (const [before, now] of others) expect(isEarly(before, now)).toBe(false);
});

interface Told {
  readonly length: number;
  readonly bytes: number;
  readonly time: bigint;
}

/** A workflow that notes the histories that it has seen. */
function guarded(): { readonly seen: readonly number[]; give(told: Told, jobs: readonly object[]): void } {
  const [activate] = (interceptors().internals ?? []).map(({ activate: each }) => each);
  const seen: number[] = [];
  return {
    seen,
    give: ({ length, bytes, time }, jobs) => {
      const timestamp = { seconds: Number(time / 1_000_000_000n), nanos: Number(time % 1_000_000_000n) };
      const activation = { historyLength: length, historySizeBytes: bytes, timestamp, jobs };
      activate?.({ activation, batchIndex: 0 } as never, () => {
        seen.push(length);
      });
    },
  };
}
const asking = (queryType: string): readonly object[] => [{ queryWorkflow: { queryType } }];

test('what follows an early history is refused, and so is its task; queries and what comes in time go on', () => {
  for (const jobs of [asking('status'), [{ fireTimer: {} }], []]) {
    const { seen, give } = guarded();
    give(resolved, [{ resolveActivity: {} }]);
    give(resolved, asking('status'));
    give(early, [{ fireTimer: {} }]);
    expect(() => {
      give(started, jobs);
    }).toThrow(EARLY_HISTORY);
    expect(seen).toEqual([99, 99, 102]);
  }
  const { seen, give } = guarded();
  give(resolved, [{ resolveActivity: {} }]);
  give(started, [{ fireTimer: {} }]);
  give(started, asking('status'));
  expect(seen).toEqual([99, 103, 103]);
});

test.each(['continuation', 'kept', 'recollection'])(
  'a run that was terminated before its last events had a task answers %s',
  (query) => {
    const { seen, give } = guarded();
    give(resolved, [{ resolveActivity: {} }]);
    give(early, [{ signalWorkflow: {} }]);
    // the second batch of the same activation, and what came later still
    give(early, [{ fireTimer: {} }]);
    give({ ...early, length: 104 }, [{ signalWorkflow: {} }]);
    give({ ...early, length: 104 }, asking(query));
    expect(seen).toEqual([99, 102, 102, 104, 104]);
  },
);
