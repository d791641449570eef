import type { History, Operation } from './history';

/** Writes a history while clients of this process act: places are drawn from one counter, so they are an exact order. */
export interface Recorder<I, O> {
  /**
   * Does an operation and notes it.
   * @param isUnknown whether an error leaves open what was done; any other error is one of the test, and passes
   * @returns the output, or `undefined` when the outcome is unknown
   */
  run(
    call: Pick<Operation<I, O>, 'client' | 'key' | 'input'>,
    act: () => Promise<O>,
    isUnknown?: (error: unknown) => boolean,
  ): Promise<O | undefined>;
  /** The place that is reached: for what happens by itself, and not before now. */
  mark(): number;
  /** Notes what may have happened by itself at any time after a place. */
  note(call: Pick<Operation<I, O>, 'client' | 'key' | 'input'>, after: number): void;
  /** What was noted so far. What is still open is unknown. */
  history(): History<I, O>;
}

/** Begins an empty history. */
export function createRecorder<I, O>(): Recorder<I, O> {
  const operations: Operation<I, O>[] = [];
  let place = 0;
  return {
    run: async (call, act, isUnknown = () => false) => {
      const called = (place += 1);
      const index = operations.push({ ...call, called, outcome: { kind: 'unknown' } }) - 1;
      try {
        const output = await act();
        const at = (place += 1);
        operations[index] = { ...call, called, outcome: { kind: 'returned', at, output } };
        return output;
      } catch (error) {
        if (isUnknown(error)) return undefined;
        throw error;
      }
    },
    mark: () => (place += 1),
    note: (call, after) => void operations.push({ ...call, called: after, outcome: { kind: 'unknown' } }),
    history: () => [...operations],
  };
}
