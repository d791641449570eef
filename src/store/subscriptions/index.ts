import { MAX_TOPIC_SUBSCRIBERS } from '../../contracts/coordination/topic';
import { PlatformError, refuse } from '../../contracts/errors';
import type { Cancel } from '../../contracts/read-models';
import {
  MAX_GROUPS,
  MAX_LAG,
  MAX_TAKE,
  MAX_TAKE_WAIT_MS,
  type Answered,
  type GroupInfo,
  type GroupRef,
  type GroupSettings,
  type SubscriptionStore,
  type TakenMessages,
} from '../../contracts/subscription';
import { topicSource } from '../../domain/coordination/topic';
import type { Database, Work } from '../database';
import type { Upcasters } from '../envelope';
import { guarding } from '../read-models/reads';
import { holdRetention } from '../retention';
import { Bell } from '../wake';
import { acknowledge, checkNack, checkReceipts, refuseMessages } from './answer';
import { checkNames, clockOf, headOf, inGroup, ofGroup, unscanned, within, type Locked } from './group';
import { listParked, replay } from './parked';
import { sameSettings, settingsOf } from './settings';
import { takeFrom } from './take';
import { addTaker, wakeTakers } from './takers';

const DEFAULT_TAKE = 10;
/** What waits for a retry rings no bell. */
const POLL_MS = 1_000;

/** Events that were never handed out, counted up to a bound. */
async function lagOf(locked: Locked): Promise<number> {
  const some = unscanned(locked).select('position').limit(MAX_LAG);
  const { lag } = await locked.work
    .selectFrom(some.as('some'))
    .select((of) => of.fn.countAll<number>().as('lag'))
    .executeTakeFirstOrThrow();
  return Number(lag);
}

/** How a group stands. */
async function infoOf(locked: Locked): Promise<GroupInfo> {
  const { work, space, group } = locked;
  const states = await work
    .selectFrom('deliveries')
    .select((of) => ['state', of.fn.countAll<number>().as('count')])
    .where(ofGroup(locked))
    .groupBy('state')
    .execute();
  const counted = new Map(states.map(({ state, count }) => [state, Number(count)]));
  // What was parked just now has moved the checkpoint, or stopped the group.
  const { position, stopped, settings, lost_through, created_at, began, away } = await work
    .selectFrom('groups')
    .selectAll()
    .where('space', '=', space)
    .where('name', '=', group)
    .executeTakeFirstOrThrow();
  return {
    space,
    group,
    ...settings,
    state: stopped === null ? 'running' : 'stopped',
    ...(stopped === null ? {} : { stoppedBecause: stopped }),
    position,
    head: await headOf(work, space),
    inFlight: counted.get('held') ?? 0,
    waiting: counted.get('waiting') ?? 0,
    parked: counted.get('parked') ?? 0,
    lag: await lagOf(locked),
    ...(lost_through === 0 ? {} : { lostThrough: lost_through }),
    began,
    ...(away === null ? {} : { away }),
    createdAt: new Date(created_at).toISOString(),
  };
}

/**
 * Makes the group unless it is there. Whoever calls holds retention's lock: groups are counted one after another, and none is
 * passed unseen.
 *
 * @returns the position after which it gets what comes
 */
export async function make(work: Work, { space, group }: GroupRef, settings: GroupSettings): Promise<number> {
  const there = work.selectFrom('groups').where('space', '=', space);
  const before = await there.select(['settings', 'began']).where('name', '=', group).executeTakeFirst();
  if (before !== undefined) {
    sameSettings(group, before.settings, settings);
    return before.began;
  }
  const [most, what, alike] =
    settings.topics === undefined
      ? ([MAX_GROUPS, 'subscriptions', 'is'] as const)
      : ([MAX_TOPIC_SUBSCRIBERS, 'subscribers of topics', 'is not'] as const);
  const { count } = await there
    .select((of) => of.fn.countAll<number>().as('count'))
    .where('topics', alike, null)
    .executeTakeFirstOrThrow();
  if (Number(count) >= most) {
    throw new PlatformError(refuse('limit-reached', `a space has at most ${String(most)} ${what}`));
  }
  const head = await headOf(work, space);
  const { after } = settings;
  if (after !== 'end' && after > head) {
    const text = `after is at most the highest position of the space, ${String(head)}; got ${String(after)}`;
    throw new PlatformError(refuse('invalid-request', text));
  }
  const from = after === 'end' ? head : after;
  await work
    .insertInto('groups')
    .values({
      space,
      name: group,
      settings: JSON.stringify(settings),
      position: from,
      scanned: from,
      lost_through: 0,
      stopped: null,
      created_at: await clockOf(work),
      topics: settings.topics === undefined ? null : topicSource(settings.topics),
      began: from,
      away: null,
    })
    .execute();
  return from;
}

async function create(database: Database, request: GroupRef & Partial<GroupSettings>): Promise<GroupInfo> {
  checkNames(request);
  const settings = settingsOf(request);
  const creating = database.db.transaction().setIsolationLevel('read committed');
  await creating.execute(async (work) => {
    await holdRetention(work);
    await make(work, request, settings);
  });
  return inGroup(database, request, infoOf);
}

async function list(database: Database, space: string): Promise<readonly GroupInfo[]> {
  checkNames({ space, group: 'any' });
  const rows = await database.db
    .selectFrom('groups')
    .select('name')
    .where('space', '=', space)
    .orderBy('name')
    .execute();
  return infosOf(database, space, rows);
}

/** How groups stand, each as of the moment it is looked at. */
export async function infosOf(
  database: Database,
  space: string,
  groups: readonly { readonly name: string }[],
): Promise<readonly GroupInfo[]> {
  const infos: GroupInfo[] = [];
  for (const { name } of groups) infos.push(await inGroup(database, { space, group: name }, infoOf));
  return infos;
}

/** Takes, or waits for something to take: woken by appends, and looking for what became due. */
async function takeOrWait(
  database: Database,
  request: Parameters<SubscriptionStore['take']>[0],
  upcasters: Upcasters,
): Promise<TakenMessages> {
  const { limit = DEFAULT_TAKE, waitMs = 0, signal } = request;
  within('limit', limit, 1, MAX_TAKE);
  within('waitMs', waitMs, 0, MAX_TAKE_WAIT_MS);
  const once = (): Promise<TakenMessages> => inGroup(database, request, (group) => takeFrom(group, limit, upcasters));
  return waitMs === 0 ? once() : untilTaken(database, request, once, { waitMs, signal });
}

const isEmpty = ({ messages, resync }: TakenMessages): boolean => messages.length === 0 && resync === undefined;

async function untilTaken(
  database: Database,
  ref: GroupRef,
  once: () => Promise<TakenMessages>,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: Cancel | undefined },
): Promise<TakenMessages> {
  const bell = new Bell();
  const ring = (): void => bell.ring();
  const leave = database.wakes.subscribe(ring);
  const settle = addTaker(database, ref, ring);
  signal?.addEventListener('abort', ring);
  const deadline = performance.now() + waitMs;
  try {
    while (signal?.aborted !== true) {
      const taken = await once();
      const left = deadline - performance.now();
      if (!isEmpty(taken) || left <= 0) return taken;
      await bell.wait(Math.min(left, POLL_MS));
    }
    return { messages: [] };
  } finally {
    leave();
    settle();
    signal?.removeEventListener('abort', ring);
  }
}

/** After an answer the next message of the same topic and key can be handed out: takes that wait look again. */
async function answering(
  database: Database,
  ref: GroupRef,
  answer: (locked: Locked) => Promise<Answered>,
): Promise<Answered> {
  const { answered, isInOrder } = await inGroup(database, ref, async (locked) => ({
    answered: await answer(locked),
    isInOrder: locked.topics !== null,
  }));
  if (isInOrder) wakeTakers(database, ref);
  return answered;
}

async function remove({ db }: Database, ref: GroupRef): Promise<void> {
  checkNames(ref);
  const { numDeletedRows } = await db
    .deleteFrom('groups')
    .where('space', '=', ref.space)
    .where('name', '=', ref.group)
    .executeTakeFirstOrThrow();
  if (numDeletedRows > 0n) return;
  const text = `the space ${ref.space} has no subscription ${ref.group}`;
  throw new PlatformError(refuse('subscription-not-found', text));
}

async function resume(database: Database, ref: GroupRef): Promise<GroupInfo> {
  return inGroup(database, ref, async (locked) => {
    await locked.work
      .updateTable('groups')
      .set({ stopped: null, away: null, away_until: 0 })
      .where('space', '=', ref.space)
      .where('name', '=', ref.group)
      .execute();
    return infoOf(locked);
  });
}

/**
 * Persistent subscriptions on a database (EVT-4). Each operation is one transaction under the lock of its group.
 *
 * @param upcasters lift stored events to today's versions when they are handed out (ENV-4)
 */
export function createSubscriptions(database: Database, upcasters: Upcasters = {}): SubscriptionStore {
  const guarded = guarding(database.kind);
  return {
    create: (request) => guarded(() => create(database, request)),
    info: (request) => guarded(() => inGroup(database, request, infoOf)),
    list: (space) => guarded(() => list(database, space)),
    take: (request) => guarded(() => takeOrWait(database, request, upcasters)),
    ack: (request) =>
      guarded(async () => {
        checkReceipts(request);
        return answering(database, request, (locked) => acknowledge(locked, request.receipts));
      }),
    nack: (request) =>
      guarded(async () => {
        checkReceipts(request);
        checkNack(request);
        return answering(database, request, (locked) => refuseMessages(locked, request));
      }),
    parked: (request) => guarded(() => inGroup(database, request, (locked) => listParked(locked, request, upcasters))),
    replayParked: (request) => guarded(() => inGroup(database, request, (locked) => replay(locked, request.positions))),
    resume: (request) => guarded(() => resume(database, request)),
    remove: (request) => guarded(() => remove(database, request)),
  };
}
