import { compared, counted, median, type Row } from '../measure';
import { REPEATED, VALUE_BYTES, type Repeated } from './side';
import { VOTERS } from './definitions';

/** Milliseconds of each act, of both systems. */
export type Times = Readonly<Record<'ours' | 'etcd', readonly number[]>>;

/** Everything that was measured on one ground. */
export interface Measured {
  /** On which server ours ran, in words, and for ids. */
  readonly where: { readonly id: string; readonly words: string };
  readonly acts: Readonly<Record<Repeated, Times>>;
  /** By time to live. */
  readonly elections: readonly { readonly ttlMs: number; readonly times: Times }[];
}

/** Whether a lock outlived the machine of its holder. */
export interface Kept {
  readonly afterMs: number;
  readonly ours: boolean;
  readonly etcd: boolean;
}

/** What acts cost in events, and in entries of etcd's log. */
export type Costs = Readonly<Record<'lock' | 'write' | 'ballot', { readonly ours: number; readonly etcd: number }>> & {
  readonly ballotTasks: number;
};

const WORDS: Readonly<Record<Repeated, string>> = {
  lock: 'acquire and release of a lock that nobody wants',
  handOver: 'hand-over: from the release to the acquire of who waits',
  write: `write of ${String(VALUE_BYTES)} bytes (a shared value, a key)`,
  watch: 'from the write to its event at who watches',
  ballot: `decision of ${String(VOTERS.length)} votes (standing votes of a set; a key for each vote, read and decided by a client)`,
};

/** The value below which a part of all lies: the smallest that has at least this part of them at or below it. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const found = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  if (found === undefined) throw new Error('a quantile of nothing');
  return found;
}

const STATISTICS = [
  ['median', median],
  ['p95', (values: readonly number[]) => quantile(values, 0.95)],
  ['p99', (values: readonly number[]) => quantile(values, 0.99)],
] as const;

function timeRows({ where, acts, elections }: Measured): readonly Row[] {
  const unit = 'ms';
  const of = (id: string, words: string, times: Times, statistics: typeof STATISTICS | [(typeof STATISTICS)[0]]) =>
    statistics.map(([name, statistic]) =>
      compared({
        id: `${where.id}-${id}-${name}`,
        what: `${words}, ${where.words}: ${name}`,
        unit,
        ours: statistic(times.ours),
        reference: statistic(times.etcd),
      }),
    );
  return [
    ...REPEATED.flatMap((act) => of(act, WORDS[act], acts[act], STATISTICS)),
    ...elections.flatMap(({ ttlMs, times }) => {
      const words = `from the SIGKILL of the leader to the next one, time to live ${String(ttlMs / 1_000)} s`;
      return of(`elect-${String(ttlMs)}`, words, times, [STATISTICS[0]]).concat(
        counted({
          id: `${where.id}-elect-${String(ttlMs)}-longest`,
          what: `${words}, ${where.words}: longest, over the time to live`,
          unit: 'times',
          ours: Math.max(...times.ours) / ttlMs,
        }),
      );
    }),
  ];
}

function costRows({ lock, write, ballot, ballotTasks }: Costs): readonly Row[] {
  const row = (id: string, what: string, of: { readonly ours: number; readonly etcd: number }, bar: number | null) => ({
    id: `cost-${id}`,
    what: `${what}: events of a history, entries of etcd's log`,
    unit: 'events',
    ours: of.ours,
    reference: of.etcd,
    ratio: null,
    bar,
    holds: bar === null ? null : of.ours <= bar,
  });
  return [
    row('lock', 'acquire and release of a lock that nobody wants', lock, 12),
    row('write', 'write of a shared value', write, null),
    row('ballot', `decision of ${String(VOTERS.length)} votes`, ballot, 5),
    counted({
      id: 'cost-ballot-tasks',
      what: `tasks that decide ${String(VOTERS.length)} votes`,
      unit: 'tasks',
      ours: ballotTasks,
      bar: 1,
    }),
  ];
}

const keptRow = ({ afterMs, ours, etcd }: Kept): Row => ({
  id: 'kept',
  what: `locks that their holder still has ${String(afterMs / 1_000)} s after its machine died: an agent, and a process with a lease`,
  unit: 'locks of 1',
  ours: Number(ours),
  reference: Number(etcd),
  ratio: null,
  bar: 1,
  holds: ours,
});

/** All rows. A row of a time has no bar: ours is slower, and says by how much. */
export function rowsOf(measured: readonly Measured[], costs: Costs, kept: Kept): readonly Row[] {
  return [...measured.flatMap(timeRows), ...costRows(costs), keptRow(kept)];
}
