import type { Operation } from './history';

/** An operation written down by hand: who, when it was called and returned (`open`: nobody heard), what was wanted, what came. */
export type Line<I, O> = readonly [client: string, called: number, returned: number | 'open', input: I, output?: O];

/** A history written down by hand, on one key. */
export function historyOf<I, O>(lines: readonly Line<I, O>[], key = 'it'): Operation<I, O>[] {
  return lines.map(([client, called, returned, input, output]) => ({
    client,
    key,
    input,
    called,
    outcome:
      returned === 'open' || output === undefined ? { kind: 'unknown' } : { kind: 'returned', at: returned, output },
  }));
}
