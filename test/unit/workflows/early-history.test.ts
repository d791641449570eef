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

test('the interceptor refuses it before the workflow sees it; queries and what comes in time go on', () => {
  const [activate] = (interceptors().internals ?? []).map(({ activate: each }) => each);
  const seen: number[] = [];
  const give = ({ length, bytes, time }: typeof resolved, jobs: readonly object[]): void => {
    const timestamp = { seconds: Number(time / 1_000_000_000n), nanos: Number(time % 1_000_000_000n) };
    const activation = { historyLength: length, historySizeBytes: bytes, timestamp, jobs };
    activate?.({ activation, batchIndex: 0 } as never, () => {
      seen.push(length);
    });
  };
  give(resolved, [{ resolveActivity: {} }]);
  give(early, [{ queryWorkflow: {} }]);
  expect(() => {
    give(early, [{ fireTimer: {} }]);
  }).toThrow(EARLY_HISTORY);
  give(started, [{ fireTimer: {} }]);
  expect(seen).toEqual([99, 102, 103]);
});
