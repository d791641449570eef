import type { Lineage } from '../../contracts/optimisation/lineage';
import type { Lease, Trial } from '../../contracts/optimisation/study';
import type { Page, PageRequest } from '../../contracts/read-models';
import type { Work } from '../database';
import { recordOf } from '../../domain/record';
import { chunks, listOf, numberOf, type Happened } from './fold';
import { numberOfToken, pageSizeOf } from './page';
import { lifeOf } from './proposals';

function asked(event: Happened): readonly Trial[] {
  return listOf(event.data['trials']).flatMap((each) => {
    const trial = recordOf(each);
    const number = numberOf(trial?.['number']);
    if (trial === undefined || number === undefined) return [];
    const configuration = (recordOf(trial['configuration']) ?? {}) as Trial['configuration'];
    const askedAt = typeof trial['askedAt'] === 'string' ? trial['askedAt'] : event.time;
    const by = recordOf(trial['proposedBy']) as Trial['proposedBy'] | undefined;
    const lineage = recordOf(trial['lineage']) as unknown as Lineage | undefined;
    const of = {
      ...(trial['enqueued'] === true ? { enqueued: true as const } : {}),
      ...(by === undefined ? {} : { proposedBy: by }),
      ...(lineage === undefined ? {} : { lineage }),
    };
    return [{ number, configuration, state: 'running' as const, attempts: 0, ...of, askedAt }];
  });
}

/** One step of a trial. */
interface TrialStep {
  readonly number: number;
  next(before: Trial | undefined): Trial | undefined;
}

/** One step of a trial. Pure. What has ended stays as it ended. */
export function foldTrial(before: Trial | undefined, next: Trial): Trial {
  return before === undefined || before.state === 'running' || before.state === 'waiting' ? next : before;
}

/** What a lease that begins or is over does to its trial. */
function leaseStep(each: unknown, isOver: boolean): readonly TrialStep[] {
  const { trial, ...more } = recordOf(each) ?? {};
  const number = numberOf(trial);
  if (number === undefined) return [];
  const lease = more as unknown as Lease;
  const next = (before: Trial | undefined): Trial | undefined => {
    if (before?.state !== 'running') return before;
    const { lease: held, ...free } = before;
    if (!isOver) return { ...free, attempts: lease.attempt, lease };
    return held?.attempt === lease.attempt ? free : before;
  };
  return [{ number, next }];
}

/** What a promotion does to the trial that waited for it. */
function promotionStep(each: unknown, time: string): readonly TrialStep[] {
  const of = recordOf(each);
  const number = numberOf(of?.['number']);
  if (number === undefined) return [];
  const until = typeof of?.['at'] === 'string' ? of['at'] : time;
  const next = (before: Trial | undefined): Trial | undefined => {
    if (before?.state !== 'waiting') return before;
    // what it noted is that of the attempt before
    const { waits = [], attributes: _before, ...going } = before;
    const last = waits.length - 1;
    return { ...going, state: 'running', waits: waits.map((wait, at) => (at === last ? { ...wait, until } : wait)) };
  };
  return [{ number, next }];
}

function stepsOf(event: Happened): readonly TrialStep[] {
  const { type, data } = event;
  if (type === 'study.leased') return listOf(data['leases']).flatMap((each) => leaseStep(each, false));
  if (type === 'study.leaseEnded') return listOf(data['leases']).flatMap((each) => leaseStep(each, true));
  if (type === 'study.attemptFailed') return leaseStep(data, true);
  if (type === 'study.promoted') return listOf(data['trials']).flatMap((each) => promotionStep(each, event.time));
  const whole = type === 'study.asked' ? asked(event) : ended(event);
  return whole.map((trial) => ({ number: trial.number, next: (before) => foldTrial(before, trial) }));
}

function ended(event: Happened): readonly Trial[] {
  const trial = recordOf(event.data['trial']);
  const isOf = event.type === 'study.trialEnded' || event.type === 'study.trialWaits';
  const isTrial = isOf && numberOf(trial?.['number']) !== undefined;
  return isTrial ? [trial as unknown as Trial] : [];
}

/** Projects the trials of studies. */
export async function projectTrials(work: Work, edition: number, events: readonly Happened[]): Promise<void> {
  const news = events.flatMap((event) => {
    if (event.kind !== 'study') return [];
    const { space, name, generation } = event;
    return stepsOf(event).map((step) => ({
      of: { space, study: name, generation },
      step,
      key: `${space}:${name}~${String(generation)}#${String(step.number)}`,
    }));
  });
  const kept = new Map<string, { readonly of: (typeof news)[number]['of']; readonly trial: Trial }>();
  for (const keys of chunks([...new Set(news.map((each) => each.key))])) {
    const known = await work
      .selectFrom('rm_trials')
      .select(['key', 'space', 'study', 'generation', 'record'])
      .where('edition', '=', edition)
      .where('key', 'in', keys)
      .execute();
    for (const { key, space, study, generation, record } of known) {
      kept.set(key, { of: { space, study, generation }, trial: record });
    }
  }
  for (const { of, step, key } of news) {
    const trial = step.next(kept.get(key)?.trial);
    if (trial !== undefined) kept.set(key, { of, trial });
  }
  for (const part of chunks([...kept])) {
    const values = part.map(([key, { of, trial }]) => ({
      edition,
      key,
      ...of,
      number: trial.number,
      record: JSON.stringify(trial),
    }));
    await work
      .insertInto('rm_trials')
      .values(values)
      .onConflict((conflict) =>
        conflict.columns(['edition', 'key']).doUpdateSet((of) => ({ record: of.ref('excluded.record') })),
      )
      .execute();
  }
}

/** A page of a study's trials, in the order of their numbers; the token is the last number. */
export async function listTrials(
  work: Work,
  at: { readonly edition: number; readonly position: number },
  request: PageRequest & { readonly study: string },
): Promise<Page<Trial>> {
  const size = pageSizeOf(request);
  const generation = (await lifeOf(work, at.edition, request.space, 'study', request.study)) ?? -1;
  const found = await work
    .selectFrom('rm_trials')
    .select('record')
    .where('edition', '=', at.edition)
    .where('space', '=', request.space)
    .where('study', '=', request.study)
    .where('generation', '=', generation)
    .where('number', '>', numberOfToken(request.pageToken) ?? -1)
    .orderBy('number')
    .limit(size + 1)
    .execute();
  const items = found.slice(0, size).map((each) => each.record);
  const last = found.length > size ? items.at(-1) : undefined;
  return { items, position: at.position, ...(last === undefined ? {} : { nextPageToken: String(last.number) }) };
}

/** The name of a study that evidence speaks of, by name or by workflow id. */
export const studyNamed = (study: string): string => study.split(':').at(-1) ?? study;

/**
 * The trials that evidence names, of the life that the study had when it was given: after a deletion the name may be another
 * study's.
 *
 * @param at when, ISO-8601
 */
export async function trialsNamed(
  work: Work,
  edition: number,
  of: { readonly space: string; readonly study: string; readonly at: string },
  numbers: readonly number[],
): Promise<readonly Trial[]> {
  if (numbers.length === 0) return [];
  const kept = work
    .selectFrom('rm_trials')
    .where('edition', '=', edition)
    .where('space', '=', of.space)
    .where('study', '=', of.study);
  const at = Date.parse(of.at);
  const { generation } = await kept
    .select((each) => each.fn.max<number | null>('generation').as('generation'))
    .where('generation', '<=', Number.isNaN(at) ? Number.MAX_SAFE_INTEGER : at)
    .executeTakeFirstOrThrow();
  if (generation === null) return [];
  const found = await kept
    .select('record')
    .where('generation', '=', Number(generation))
    .where('number', 'in', numbers)
    .orderBy('number')
    .execute();
  return found.map((each) => each.record);
}
