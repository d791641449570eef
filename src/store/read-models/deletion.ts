import { sql } from 'kysely';
import type { Work } from '../database';
import { listOf, numberOf, textOf, type Happened } from './fold';
import { studyNamed } from './trials';

/** True for the event after which a study is gone. */
export const isDeletion = ({ kind, type }: Happened): boolean => kind === 'study' && type === 'study.deleted';

/** The events in parts of which each but the last ends with a deletion: what comes before it is taken in before, wherever a page ends. */
export function untilDeletions(events: readonly Happened[]): readonly (readonly Happened[])[] {
  const parts: Happened[][] = [[]];
  for (const event of events) {
    parts.at(-1)?.push(event);
    if (isDeletion(event)) parts.push([]);
  }
  return parts.filter((part) => part.length > 0);
}

/** The numbers of a study's trials that a proposal has as its evidence. */
async function evidenceOf(work: Work, edition: number, space: string, study: string): Promise<ReadonlySet<number>> {
  // looked for in the text, then in what it says: `json` has no operator that bears every text
  const rows = await work
    .selectFrom('rm_proposals')
    .select('record')
    .where('edition', '=', edition)
    .where('space', '=', space)
    .where(sql<boolean>`strpos(record::text, '"evidence":') > 0`)
    .where(sql<boolean>`strpos(record::text, ${`${study}"`}) > 0`)
    .execute();
  const named = rows.flatMap(({ record: { evidence } }) =>
    studyNamed(textOf(evidence?.study) ?? '') === study
      ? listOf(evidence?.trials).flatMap((n) => numberOf(n) ?? [])
      : [],
  );
  return new Set(named);
}

/** Removes the trials of all lives up to the deletion, but for those that `why` needs: the evidence of proposals. */
export async function forgetTrials(work: Work, edition: number, { space, name, generation }: Happened): Promise<void> {
  const evidence = [...(await evidenceOf(work, edition, space, name))];
  let gone = work
    .deleteFrom('rm_trials')
    .where('edition', '=', edition)
    .where('space', '=', space)
    .where('study', '=', name)
    .where('generation', '<=', generation);
  if (evidence.length > 0) gone = gone.where('number', 'not in', evidence);
  await gone.execute();
}
