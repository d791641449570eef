import { sql } from 'kysely';
import { PlatformError, refuse } from '../../contracts/errors';
import type { StoredEvent } from '../../contracts/event-store';
import { workflowId, type Name, type Space } from '../../contracts/ids';
import type { ChildDecision, ChildWhy } from '../../contracts/read-models';
import { KEPT_DECISIONS } from '../../contracts/supervision';
import type { SupervisorNote } from '../../contracts/supervisor';
import type { Work } from '../database';
import { recordOf } from '../../domain/record';
import { happened, listOf, textOf } from './fold';

const DECIDED = 'supervisor.decided';
/** Lives of a supervisor, and decisions of all of them together, that are looked through for one child. */
const LIVES = 20;
const LOOKED_AT = 2_000;
const CHUNK = 200;

/** The ids that a note is about: a restart is about everything that is started again. */
function isAbout(note: Readonly<Record<string, unknown>>, child: string): boolean {
  return note['id'] === child || ['group', 'added', 'dropped'].some((name) => listOf(note[name]).includes(child));
}

function decisionOf(stored: StoredEvent, child: string): readonly ChildDecision[] {
  const note = recordOf(stored.event.data['note']);
  if (note === undefined || !isAbout(note, child)) return [];
  const { causationid } = stored.event;
  return happened([stored]).map(({ position, time, generation, data }) => ({
    position,
    at: time,
    supervisor: generation,
    text: textOf(data['text']) ?? '',
    note: note as unknown as SupervisorNote,
    ...(causationid === undefined ? {} : { causedBy: causationid }),
  }));
}

/**
 * The last decisions of a supervisor on a child, of all lives of the supervisor whose events are kept.
 *
 * @throws PlatformError `supervisor-not-found`, or `child-not-found` when none of its newest decisions is about that child
 */
export async function whyChildIs(
  work: Work,
  { space, supervisor, child }: { readonly space: string; readonly supervisor: string; readonly child: string },
): Promise<ChildWhy> {
  const prefix = `${workflowId(space as Space, 'supervisor', supervisor as Name)}~`;
  const lives = await work
    .selectFrom('streams')
    .select('stream')
    .where('space', '=', space)
    .where(sql<boolean>`starts_with(stream, ${prefix})`)
    .orderBy('last_position', 'desc')
    .limit(LIVES)
    .execute();
  if (lives.length === 0) {
    const text = `the store knows no supervisor ${supervisor} in the space ${space}`;
    throw new PlatformError(refuse('supervisor-not-found', text));
  }
  const found: ChildDecision[] = [];
  let left = LOOKED_AT;
  for (const { stream } of lives) {
    for (let before = Number.MAX_SAFE_INTEGER; left > 0 && found.length < KEPT_DECISIONS; left -= CHUNK) {
      const events = await work
        .selectFrom('events')
        .select(['position', 'sequence', 'event'])
        .where('stream', '=', stream)
        .where('type', '=', DECIDED)
        .where('sequence', '<', before)
        .orderBy('sequence', 'desc')
        .limit(CHUNK)
        .execute();
      found.push(...events.flatMap((each) => decisionOf(each, child)));
      before = events.at(-1)?.sequence ?? 0;
      if (events.length < CHUNK) break;
    }
  }
  if (found.length === 0) {
    const text = `none of the newest ${String(LOOKED_AT)} decisions of ${supervisor} is about a child ${child}`;
    throw new PlatformError(refuse('child-not-found', text));
  }
  const { head } = await work
    .selectFrom('streams')
    .select((of) => of.fn.max<number | null>('last_position').as('head'))
    .executeTakeFirstOrThrow();
  const decisions = found.slice(0, KEPT_DECISIONS).reverse();
  return { supervisor, child, decisions, position: Number(head ?? 0) };
}
