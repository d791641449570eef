import type { Page, PageRequest, ProposalRow } from '../../contracts/read-models';
import type { Value, Values } from '../../contracts/variable';
import type { Change } from '../../contracts/variable-set';
import type { Work } from '../database';
import { plainText } from '../envelope';
import { recordOf } from '../../domain/record';
import { chunks, listOf, numberOf, textOf, type Happened } from './fold';
import { numberOfToken, pageSizeOf } from './page';

interface Kept {
  readonly record: ProposalRow;
  readonly decidedPosition: number;
}

function isChange(value: unknown): value is Change {
  return typeof recordOf(value)?.['variable'] === 'string';
}

function proposed({ name, time, data }: Happened, number: number): ProposalRow {
  const because = textOf(data['because']);
  const evidence = recordOf(data['evidence']);
  return {
    set: name,
    number,
    proposer: textOf(data['proposer']) ?? '',
    changes: listOf(data['changes']).filter(isChange),
    basedOn: numberOf(data['basedOn']) ?? 0,
    ...(because === undefined ? {} : { because }),
    ...(evidence === undefined ? {} : { evidence }),
    verdict: 'pending',
    proposedAt: time,
  };
}

function decided(before: ProposalRow, { data, time }: Happened): ProposalRow {
  const version = numberOf(data['version']);
  const reasons = listOf(data['reasons']).map(recordOf);
  const tally = recordOf(data['tally']) as ProposalRow['tally'];
  return {
    ...before,
    verdict: data['verdict'] === 'accepted' ? 'accepted' : 'refused',
    decidedAt: time,
    ...(version === undefined ? {} : { version }),
    ...(data['reasons'] === undefined
      ? {}
      : {
          reasons: reasons.map((each) => ({
            code: textOf(each?.['code']) ?? 'internal',
            message: textOf(each?.['message']) ?? '',
          })),
        }),
    ...(tally === undefined ? {} : { tally }),
  };
}

/** One step of a proposal. Pure. A decision is never decided again. */
export function foldProposal(before: Kept | undefined, event: Happened, number: number): Kept | undefined {
  if (event.type === 'set.proposed') return before ?? { record: proposed(event, number), decidedPosition: 0 };
  if (before?.record.verdict !== 'pending') return before;
  return { record: decided(before.record, event), decidedPosition: event.position };
}

const setKey = ({ space, name, generation }: Happened): string => `${space}:${name}~${String(generation)}`;

async function projectProposals(work: Work, edition: number, events: readonly Happened[]): Promise<void> {
  const relevant = events.flatMap((event) => {
    const number = numberOf(event.data['proposal']);
    const isOne = event.type === 'set.proposed' || event.type === 'set.decided';
    return isOne && number !== undefined ? [{ event, number, key: `${setKey(event)}#${String(number)}` }] : [];
  });
  const kept = new Map<string, Kept>();
  for (const keys of chunks([...new Set(relevant.map((each) => each.key))])) {
    const known = await work
      .selectFrom('rm_proposals')
      .select(['key', 'record', 'decided_position'])
      .where('edition', '=', edition)
      .where('key', 'in', keys)
      .execute();
    for (const row of known) kept.set(row.key, { record: row.record, decidedPosition: row.decided_position });
  }
  const origins = new Map(relevant.map(({ key, event }) => [key, event]));
  for (const { event, number, key } of relevant) {
    const next = foldProposal(kept.get(key), event, number);
    if (next !== undefined) kept.set(key, next);
  }
  const rows = [...kept].flatMap(([key, { record, decidedPosition }]) => {
    const origin = origins.get(key);
    if (origin === undefined) return [];
    return {
      edition,
      key,
      space: origin.space,
      generation: origin.generation,
      set_name: record.set,
      number: record.number,
      verdict: record.verdict,
      decided_position: decidedPosition,
      record: JSON.stringify(record),
    };
  });
  for (const part of chunks(rows)) {
    await work
      .insertInto('rm_proposals')
      .values([...part])
      .onConflict((conflict) =>
        conflict.columns(['edition', 'key']).doUpdateSet((of) => ({
          verdict: of.ref('excluded.verdict'),
          decided_position: of.ref('excluded.decided_position'),
          record: of.ref('excluded.record'),
        })),
      )
      .execute();
  }
}

interface Commit {
  readonly event: Happened;
  readonly version: number;
  readonly proposal: number;
  readonly changes: readonly Change[];
  readonly values: Values;
}

function commitOf(event: Happened): readonly Commit[] {
  const { data, type } = event;
  const version = numberOf(data['version']);
  if ((type !== 'set.created' && type !== 'set.committed') || version === undefined) return [];
  const values = (recordOf(data['values']) ?? {}) as Values;
  const first = (): Change[] => Object.entries(values).map(([variable, after]) => ({ variable, before: null, after }));
  const changes = type === 'set.created' ? first() : listOf(data['changes']).filter(isChange);
  return [{ event, version, proposal: numberOf(data['proposal']) ?? 0, changes, values }];
}

async function projectCommits(work: Work, edition: number, commits: readonly Commit[]): Promise<void> {
  const of = ({ event, version }: Commit) => ({
    edition,
    space: event.space,
    set_name: event.name,
    generation: event.generation,
    version,
    at: event.time,
  });
  const versions = commits.map((each) => ({
    ...of(each),
    proposal: each.proposal,
    position: each.event.position,
    changes: JSON.stringify(each.changes),
    content: JSON.stringify(each.values),
  }));
  const changes = commits.flatMap((each) =>
    each.changes.map(({ variable, after }) => ({
      ...of(each),
      variable: plainText(variable),
      proposal: each.proposal,
      position: each.event.position,
      after: JSON.stringify(after satisfies Value | null),
    })),
  );
  for (const part of chunks(versions)) {
    const insert = work.insertInto('rm_versions').values([...part]);
    await insert.onConflict((conflict) => conflict.doNothing()).execute();
  }
  for (const part of chunks(changes)) {
    const insert = work.insertInto('rm_changes').values([...part]);
    await insert.onConflict((conflict) => conflict.doNothing()).execute();
  }
}

async function projectAdoptions(work: Work, edition: number, events: readonly Happened[]): Promise<void> {
  const rows = events.flatMap((event) => {
    const version = numberOf(event.data['version']);
    const agent = textOf(event.data['agent']);
    if (event.type !== 'set.adopted' || version === undefined || agent === undefined) return [];
    const { space, name: set_name, generation, time } = event;
    const at = plainText(textOf(event.data['at']) ?? time);
    return [{ edition, space, set_name, generation, version, agent: plainText(agent), at }];
  });
  for (const part of chunks(rows)) {
    const insert = work.insertInto('rm_adoptions').values([...part]);
    await insert.onConflict((conflict) => conflict.doNothing()).execute();
  }
}

/** Projects what happened to sets: proposals, versions, single changes, who has which version. */
export async function projectSets(work: Work, edition: number, events: readonly Happened[]): Promise<void> {
  const ofSets = events.filter((event) => event.kind === 'variables');
  if (ofSets.length === 0) return;
  await projectProposals(work, edition, ofSets);
  await projectCommits(work, edition, ofSets.flatMap(commitOf));
  await projectAdoptions(work, edition, ofSets);
}

/** The newest life of a set. @returns `undefined` when no event of it is known */
export async function lifeOf(
  work: Work,
  edition: number,
  space: string,
  kind: 'variables' | 'study',
  name: string,
): Promise<number | undefined> {
  const row = await work
    .selectFrom('rm_rows')
    .select('generation')
    .where('edition', '=', edition)
    .where('key', '=', `${space}:${kind}:${name}`)
    .executeTakeFirst();
  return row?.generation;
}

/** A page of a set's proposals, in the order of their numbers; `after` and the token are the last number. */
export async function listProposals(
  work: Work,
  at: { readonly edition: number; readonly position: number },
  request: PageRequest & { readonly set: string; readonly after?: number },
): Promise<Page<ProposalRow>> {
  const size = pageSizeOf(request);
  const after = Math.max(request.after ?? 0, numberOfToken(request.pageToken) ?? 0);
  const generation = (await lifeOf(work, at.edition, request.space, 'variables', request.set)) ?? -1;
  const found = await work
    .selectFrom('rm_proposals')
    .select('record')
    .where('edition', '=', at.edition)
    .where('space', '=', request.space)
    .where('set_name', '=', request.set)
    .where('generation', '=', generation)
    .where('number', '>', after)
    .orderBy('number')
    .limit(size + 1)
    .execute();
  const items = found.slice(0, size).map((each) => each.record);
  const last = found.length > size ? items.at(-1) : undefined;
  return { items, position: at.position, ...(last === undefined ? {} : { nextPageToken: String(last.number) }) };
}
