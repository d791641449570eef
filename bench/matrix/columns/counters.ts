import { check } from '../../../test/support/linearizability/check';
import type { History } from '../../../test/support/linearizability/history';
import { counter, type CounterInput, type CounterOutput } from '../../../test/support/linearizability/models/counter';
import { pause } from '../../../src/client/waiting';
import type { Column, Evidence } from '../column';
import type { Attempt } from '../party';

const RANGE = 5;
const REST_MS = 250;

/** Names of the counters of a row: one that is added to, and one that hands out ids. */
export const countersOf = (row: string): { readonly sum: string; readonly ids: string } => ({
  sum: `${row}-counter`,
  ids: `${row}-ids`,
});

/** CNT-5: no id was handed out twice. */
function idsBroken({ operations, row }: Evidence): readonly string[] {
  const ranges = operations
    .filter(({ key }) => key === countersOf(row).ids)
    .flatMap(({ outcome }) =>
      outcome.kind === 'returned' ? [outcome.output as { readonly from: number; readonly to: number }] : [],
    )
    .sort((one, other) => one.from - other.from);
  return ranges.flatMap(({ from }, at) =>
    from < (ranges[at - 1]?.to ?? 0) ? [`the ids from ${String(from)} on were handed out twice`] : [],
  );
}

/** CNT-1, CNT-3: adds and strong reads have an order in which each add counts once. */
function sumBroken({ operations, row }: Evidence): readonly string[] {
  const history = operations.filter(({ key }) => key === countersOf(row).sum) as History<CounterInput, CounterOutput>;
  const verdict = check(counter(), history);
  return verdict.kind === 'not-linearizable' ? [verdict.words.join('; ')] : [];
}

/** A counter that all add to, and ids that all take. */
export const counters: Column = {
  name: 'counters',
  use: async (party) => {
    const { sum, ids } = countersOf(party.row);
    const { counters: all } = party.process.space;
    while (!party.isOver) {
      const add: CounterInput = { kind: 'add', by: 1 };
      await party.run(sum, add, async (how) => ({ kind: 'added', value: (await all.at(sum).add(1, how)).value }), true);
      if (party.random() < 0.5)
        await party.run(sum, { kind: 'read' }, async () => ({
          kind: 'value',
          value: (await all.at(sum).get()).value,
        }));
      const allocate = async (how: Attempt) => {
        const { from, to } = await all.at(ids).allocate(RANGE, how);
        return { kind: 'range', from, to };
      };
      await party.run(ids, { kind: 'allocate' }, allocate, true);
      await pause(REST_MS);
    }
  },
  broken: (evidence) => [...idsBroken(evidence), ...(evidence.isForgotten ? [] : sumBroken(evidence))],
};
