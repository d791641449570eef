import type { Page, PageRequest, Row } from '../../contracts/read-models';
import type { Kind } from '../../contracts/ids';
import type { Work } from '../database';
import type { RowRecord } from '../tables';
import { plainText } from '../envelope';
import { recordOf } from '../../domain/record';
import { chunks, textOf, type Happened } from './fold';
import { pageSizeOf } from './page';

/** What is left of a study that was deleted: in no list, and younger than all that is still told of it. */
export const DELETED = 'deleted';

function begin(event: Happened): RowRecord {
  const { space, kind, name, generation, time, position } = event;
  const base = { space, kind, name, owner: '', summary: '', updatedAt: time, position };
  return { ...base, status: kind === 'ballot' ? 'open' : 'running', generation, firstRunId: '', hasEnded: false };
}

/** How an entity that has ended is shown: a decided ballot and a finished study keep their word. */
function endedAs(row: RowRecord, data: Happened['data']): string {
  if (recordOf(data['reason'])?.['kind'] === 'failed') return 'failed';
  const isVerdict = row.kind === 'ballot' || row.kind === 'study';
  return isVerdict && !['running', 'open', 'created', 'draining'].includes(row.status) ? row.status : 'stopped';
}

function changed(row: RowRecord, { type, data, generation }: Happened): Partial<RowRecord> {
  const status = textOf(data['status']);
  const summary = textOf(data['summary']) ?? row.summary;
  switch (type) {
    case 'entity.started': {
      const kind = textOf(data['type']);
      const queue = textOf(data['queue']);
      const more = { ...(kind === undefined ? {} : { type: kind }), ...(queue === undefined ? {} : { queue }) };
      return {
        ...more,
        owner: textOf(data['owner']) ?? '',
        summary,
        firstRunId: textOf(data['firstRunId']) ?? '',
        generation,
      };
    }
    case 'entity.statusChanged':
      // A study and a ballot that drain keep the word that says how they ended.
      if (status === 'draining' && (row.status === 'decided' || row.status === 'finished')) return {};
      return { status: status ?? row.status, summary };
    case 'entity.ended':
      return { status: endedAs(row, data), hasEnded: true };
    case 'entity.lost':
      // What has ended in order was not lost.
      return row.hasEnded ? {} : { status: 'failed', summary: 'lost: it was ended from outside', hasEnded: true };
    // One that was lost, or stopped in order, goes on with its next use.
    case 'counter.wentOn':
    case 'value.wentOn':
      return { status: 'running', hasEnded: false, summary, firstRunId: textOf(data['firstRunId']) ?? row.firstRunId };
    case 'counter.added':
    case 'counter.reset':
    case 'counter.allocated':
    case 'value.changed':
      return { summary };
    case 'ballot.decided':
      return { status: 'decided' };
    case 'study.extended':
      return { status: 'running', hasEnded: false, firstRunId: textOf(data['firstRunId']) ?? row.firstRunId };
    case 'study.deleted':
      return { status: DELETED, hasEnded: true };
    case 'study.ended':
      return { status: textOf(data['state']) ?? row.status };
    default:
      return {};
  }
}

/**
 * One step of a row. Pure. News on an older life of the name changes nothing, a newer life begins the row anew; an event
 * that says nothing on the row only moves its position.
 */
export function foldRow(row: RowRecord | undefined, event: Happened): RowRecord {
  if (row !== undefined && event.generation < row.generation) return row;
  const before = row === undefined || event.generation > row.generation ? begin(event) : row;
  return { ...before, ...changed(before, event), updatedAt: event.time, position: event.position };
}

const keyOf = ({ space, kind, name }: Happened): string => `${space}:${kind}:${name}`;

/** Projects onto the lists. */
export async function projectRows(work: Work, edition: number, events: readonly Happened[]): Promise<void> {
  const rows = new Map<string, RowRecord>();
  for (const keys of chunks([...new Set(events.map(keyOf))])) {
    const known = await work
      .selectFrom('rm_rows')
      .select(['key', 'record'])
      .where('edition', '=', edition)
      .where('key', 'in', keys)
      .execute();
    for (const { key, record } of known) rows.set(key, record);
  }
  for (const event of events) rows.set(keyOf(event), foldRow(rows.get(keyOf(event)), event));
  for (const part of chunks([...rows])) {
    const values = part.map(([key, record]) => ({
      edition,
      key,
      space: record.space,
      kind: record.kind,
      name: record.name,
      generation: record.generation,
      status: plainText(record.status),
      has_ended: record.hasEnded,
      record: JSON.stringify(record),
    }));
    await work
      .insertInto('rm_rows')
      .values(values)
      .onConflict((conflict) =>
        conflict.columns(['edition', 'key']).doUpdateSet((of) => ({
          generation: of.ref('excluded.generation'),
          status: of.ref('excluded.status'),
          has_ended: of.ref('excluded.has_ended'),
          record: of.ref('excluded.record'),
        })),
      )
      .execute();
  }
}

function rowOf(record: RowRecord): Row {
  const { generation: _generation, firstRunId: _run, hasEnded: _ended, ...row } = record;
  return row as Row;
}

/** A page of one kind, in the order of names; the token is the last name. */
export async function listRows(
  work: Work,
  at: { readonly edition: number; readonly position: number },
  request: PageRequest & { readonly kind: Kind; readonly status?: string },
): Promise<Page<Row>> {
  const size = pageSizeOf(request);
  const { space, kind, status, pageToken } = request;
  let query = work
    .selectFrom('rm_rows')
    .select(['name', 'record'])
    .where('edition', '=', at.edition)
    .where('space', '=', space)
    .where('kind', '=', kind);
  if (status !== undefined) query = query.where('status', '=', status);
  if (kind === 'study') query = query.where('status', '!=', DELETED);
  if (pageToken !== undefined) query = query.where('name', '>', pageToken);
  const found = await query
    .orderBy('name')
    .limit(size + 1)
    .execute();
  const items = found.slice(0, size).map((each) => rowOf(each.record));
  const last = found.length > size ? items.at(-1) : undefined;
  return { items, position: at.position, ...(last === undefined ? {} : { nextPageToken: last.name }) };
}
