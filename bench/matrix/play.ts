import { Client as Sql } from 'pg';
import { COLUMNS, type ColumnName, type Evidence } from './column';
import { TRAFFIC } from './columns/all';
import { countersOf } from './columns/counters';
import { addsStored, feedBroken, streamsBroken } from './columns/events';
import type { Fault, Found } from './faults';
import { patiently, type Stage } from './stage';

/** One cell: how many operations were looked at, and what was broken. */
export interface Cell {
  readonly column: ColumnName;
  readonly operations: number;
  readonly broken: readonly string[];
  /** What rests on the memory of the primitive was not looked at: the fault takes it away. */
  readonly isPartly: boolean;
}

/** One row that was played. */
export interface Played {
  readonly fault: string;
  readonly words: string;
  readonly seconds: number;
  readonly cells: readonly Cell[];
}

async function incidentsOf(databaseUrl: string, row: string): Promise<readonly string[]> {
  const sql = new Sql({ connectionString: databaseUrl });
  await sql.connect();
  try {
    const { rows } = await sql.query<{ readonly stream: string; readonly kind: string }>(
      'select stream, kind from incidents where stream like $1',
      [`%:${row}-%`],
    );
    return rows.map(({ stream, kind }) => `${kind} in ${stream}`);
  } finally {
    await sql.end();
  }
}

/** Events: all that the row has said is in the store, once, and a reader has it. */
async function judgeEvents(stage: Stage, fault: Pick<Fault, 'mayConflict'>, evidence: Evidence): Promise<Cell> {
  const { row, space } = evidence;
  const { databaseUrl } = stage.deployment;
  const sum = countersOf(row).sum;
  const added = fault.mayConflict === true ? undefined : (await space.counters.at(sum).get()).value;
  const head = await stage.head();
  await patiently('the reader', () => ((stage.fed.at(-1) ?? 0) >= head ? true : undefined)).catch(() => undefined);
  const adds = addsStored(evidence);
  const incidents = fault.mayConflict === true ? [] : await incidentsOf(databaseUrl, row);
  const broken = [
    ...streamsBroken(evidence),
    ...feedBroken(stage.fed, evidence),
    ...(added === undefined || adds === added ? [] : [`${String(adds)} adds are stored of ${String(added)}`]),
    ...incidents,
  ];
  return { column: 'events', operations: evidence.events.length, broken, isPartly: fault.mayConflict === true };
}

/** Resolves when what the row has said is handed over to the store, which entities do within a second or two. */
async function handedOver(stage: Stage, row: string, from: number): Promise<void> {
  const counter = stage.deployment.space.counters.at(countersOf(row).sum);
  await patiently('the hand-over', async () => {
    const { value } = await counter.get();
    return addsStored({ row, events: await stage.events(from) }) >= value ? true : undefined;
  }).catch(() => undefined); // the checker says what is missing
}

/** Ends a row, and judges each column. @param from the position of the store when the row began */
export async function judged(
  stage: Stage,
  fault: Pick<Fault, 'forgets' | 'mayConflict'>,
  { row, from, found }: { readonly row: string; readonly from: number; readonly found: readonly Found[] },
): Promise<readonly Cell[]> {
  await stage.end(row);
  await handedOver(stage, row, from);
  const forgets = fault.forgets ?? [];
  const cells: Cell[] = [];
  for (const { name, broken, isShared = false } of TRAFFIC) {
    const isPartly = forgets.includes(name);
    const evidence = await stage.evidence(row, { column: name, from, isForgotten: isPartly, isShared });
    const mine = found.filter(({ column }) => column === name).map(({ text }) => text);
    const all = [...mine, ...evidence.wrong, ...(await broken(evidence))];
    cells.push({ column: name, operations: evidence.operations.length, broken: all, isPartly });
  }
  cells.push(await judgeEvents(stage, fault, await stage.evidence(row, { column: 'events', from })));
  const order = (column: ColumnName): number => COLUMNS.indexOf(column);
  return cells.sort((one, other) => order(one.column) - order(other.column));
}

/** Begins a row. @returns the position of the store at which it begins */
export async function begun(stage: Stage, row: string): Promise<number> {
  const from = await patiently('the store', () => stage.head());
  stage.begin(row);
  await stage.flows(row);
  return from;
}

/** Plays one row: traffic, the fault, traffic; then each column is judged. */
export async function play(stage: Stage, fault: Fault, turn: number): Promise<Played> {
  const row = `${fault.name}-${String(turn)}`;
  const began = performance.now();
  const from = await begun(stage, row);
  const found = await fault.inflict(stage, row, row);
  await stage.flows(row);
  const cells = await judged(stage, fault, { row, from, found });
  return { fault: fault.name, words: fault.words, seconds: (performance.now() - began) / 1_000, cells };
}
