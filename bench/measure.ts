import { performance } from 'node:perf_hooks';

/** One figure of a report. `ratio` is ours over the reference; `bar` the most it may be; a row without a bar informs only. */
export interface Row {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly reference: number | null;
  readonly ratio: number | null;
  readonly bar: number | null;
  readonly holds: boolean | null;
}

/** A named act whose duration counts. `round` numbers its calls from 0. */
export type Act = (round: number) => Promise<unknown>;

/** The middle of the values, in their unit. @throws for none */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new Error('the median of nothing');
  return (upper + lower) / 2;
}

/** Milliseconds that the act takes. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

/**
 * Medians in milliseconds of acts that take turns: each round runs every act once, in an order that rotates, so that a
 * disturbance of the machine meets them all alike. The first tenth of the rounds warms up and does not count.
 *
 * @param rested runs before each act and is not timed: what an act leaves behind does not fall on the next one
 */
export async function interleaved<K extends string>(
  rounds: number,
  acts: Readonly<Record<K, Act>>,
  rested: () => Promise<void> = () => Promise.resolve(),
): Promise<Record<K, number>> {
  const names = Object.keys(acts) as K[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  const warmUp = Math.max(1, Math.floor(rounds / 10));
  for (let round = 0; round < rounds + warmUp; round += 1) {
    for (let at = 0; at < names.length; at += 1) {
      await rested();
      const name = names[(at + round) % names.length] as K;
      const ms = await timed(() => acts[name](round));
      if (round >= warmUp) times[name].push(ms);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<K, number>;
}

/** A row whose ratio is held against a bar. */
export function compared(
  of: Pick<Row, 'id' | 'what' | 'unit' | 'ours'> & { readonly reference: number; readonly bar?: number },
): Row {
  const { id, what, unit, ours, reference, bar } = of;
  const ratio = ours / reference;
  return { id, what, unit, ours, reference, ratio, bar: bar ?? null, holds: bar === undefined ? null : ratio <= bar };
}

/** A row whose own value is held against a bar. */
export function counted(of: Pick<Row, 'id' | 'what' | 'unit' | 'ours'> & { readonly bar?: number }): Row {
  const { id, what, unit, ours, bar } = of;
  const holds = bar === undefined ? null : ours <= bar;
  return { id, what, unit, ours, reference: null, ratio: null, bar: bar ?? null, holds };
}
