import type { Configuration, SearchSpace } from '../../src/contracts/optimisation/search-space';
import { SAMPLERS, type SamplerName } from '../../src/contracts/optimisation/study';
import { emptyHistory, historyOf, observe, type HistoryData } from '../../src/domain/optimisation/history';
import { samplers } from '../../src/domain/optimisation/samplers/table';
import { counted, median, type Row } from '../measure';
import { table } from '../report';

const ASKS = 200;
const HEAVY_ASKS = 20;
const SEED = 1;
/** Milliseconds for an ask in 5 dimensions: of `tpe` in a study of 1,000 trials, of `gp` in one of 200. */
const BARS: Readonly<Record<string, number>> = { 'tpe-5-1000': 1, 'gp-5-200': 100 };

const spaceOf = (dimensions: number): SearchSpace => ({
  dimensions: Object.fromEntries(
    Array.from({ length: dimensions }, (_each, at) => [
      `x${String(at)}`,
      { kind: 'float' as const, low: 0, high: 1, log: false },
    ]),
  ),
});

const lossOf = (configuration: Configuration): number =>
  Object.values(configuration).reduce<number>((sum, value) => sum + (Number(value) - 0.3) ** 2, 0);

/** Milliseconds for each ask of a study that has so many trials already and goes on, one at a time. */
function asksOf(name: SamplerName, dimensions: number, trials: number): readonly number[] {
  const space = spaceOf(dimensions);
  const add = (history: HistoryData, sampler: SamplerName, number: number): HistoryData => {
    const configuration = samplers[sampler].ask(space, historyOf(history), [], { seed: SEED, ask: number });
    return observe(history, space, { number, configuration, loss: lossOf(configuration), feasible: true });
  };
  let history = emptyHistory(space);
  for (let number = 1; number <= trials; number++) history = add(history, 'random', number);
  const asks = name === 'gp' ? HEAVY_ASKS : ASKS;
  return Array.from({ length: asks }, (_each, at) => {
    const start = performance.now();
    history = add(history, name, trials + at + 1);
    return performance.now() - start;
  }).slice(asks / 10);
}

/** usage: npx tsx bench/samplers/speed.ts; needs no server. Optuna's own figures: test/support/optuna/record_tpe.py --speed. */
function main(): void {
  const rows = SAMPLERS.flatMap((name) =>
    [5, 10].flatMap((dimensions) =>
      (name === 'gp' ? [50, 200] : [100, 1_000]).map((trials): Row => {
        const what = `an ask of ${name}, ${String(dimensions)} floats, ${String(trials)} trials`;
        const of = `${name}-${String(dimensions)}-${String(trials)}`;
        const id = `ask-${of}`;
        const bar = BARS[of];
        const ours = median(asksOf(name, dimensions, trials));
        return counted({ id, what, unit: 'ms', ours, ...(bar === undefined ? {} : { bar }) });
      }),
    ),
  );
  console.log(table(rows));
}

main();
