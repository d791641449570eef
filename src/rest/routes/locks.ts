import type { LockHandle } from '../../client/locks';
import {
  acquireLock,
  acquirePermits,
  answerRevocation,
  breakLock,
  noQuery,
  releaseLock,
  revokeLock,
  withdrawLock,
} from '../requests/bodies';
import { given, param, route, type Context, type Route } from '../route';
import { listRoute } from './lists';

type Kind = 'lock' | 'semaphore';

const pathOf = (kind: Kind): string => `/v1/spaces/{space}/${kind}s`;
const oneOf = (kind: Kind): string => `${pathOf(kind)}/{${kind}}`;
/** The operations of a lock are named after it: `releaseLock`, `releaseSemaphore`. */
const named = (act: string, kind: Kind): string => `${act}${kind === 'lock' ? 'Lock' : 'Semaphore'}`;

async function handle(context: Context, kind: Kind, permits = 1): Promise<LockHandle> {
  const { locks, semaphores } = await context.door();
  const name = param(context, kind);
  return kind === 'lock' ? locks.at(name) : semaphores.at(name, permits);
}

const REFUSES = ['lock-held', 'session-not-found', 'queue-full', 'limit-reached', 'invalid-message'] as const;
const SUMMARY =
  'Acquires or takes a place in the queue (202); repeat it with the same request to be told of the turn and take it up. waitMs 0 tries';

const acquiring: readonly Route[] = [
  route({
    method: 'post',
    path: `${oneOf('lock')}:acquire`,
    id: named('acquire', 'lock'),
    answers: { 200: 'Acquired', 202: 'Acquired' },
    refuses: REFUSES,
    from: 'temporal',
    body: acquireLock,
    summary: SUMMARY,
    handle: async (context) => {
      const { request, session, waitMs, mode, owner, lockDelayMs, holdMs, revocable } = context.body;
      const more = { ...given('mode', mode), ...given('owner', owner), ...given('lockDelayMs', lockDelayMs) };
      const args = { request, session, waitMs, ...more, ...given('holdMs', holdMs), ...given('revocable', revocable) };
      const body = await (await handle(context, 'lock')).request(args, context.how);
      return { status: body.kind === 'held' ? 200 : 202, body };
    },
  }),
  route({
    method: 'post',
    path: `${oneOf('semaphore')}:acquire`,
    id: named('acquire', 'semaphore'),
    answers: { 200: 'Acquired', 202: 'Acquired' },
    refuses: REFUSES,
    from: 'temporal',
    body: acquirePermits,
    summary: `${SUMMARY}. The first use says of how many permits it is`,
    handle: async (context) => {
      const { request, session, waitMs, permits, of, lockDelayMs, holdMs, revocable } = context.body;
      const more = { ...given('permits', permits), ...given('lockDelayMs', lockDelayMs) };
      const args = { request, session, waitMs, ...more, ...given('holdMs', holdMs), ...given('revocable', revocable) };
      const body = await (await handle(context, 'semaphore', of)).request(args, context.how);
      return { status: body.kind === 'held' ? 200 : 202, body };
    },
  }),
];

const routesOf = (kind: Kind): readonly Route[] => [
  route({
    method: 'post',
    path: `${oneOf(kind)}:release`,
    id: named('release', kind),
    answers: { 200: 'Released' },
    refuses: [`${kind}-not-found`, 'not-holder', 'stopped'],
    from: 'temporal',
    body: releaseLock,
    summary: 'Gives it back; needs the token',
    handle: async (context) => ({
      status: 200,
      body: await (await handle(context, kind)).release(context.body, context.how),
    }),
  }),
  route({
    method: 'post',
    path: `${oneOf(kind)}:withdraw`,
    id: named('withdraw', kind),
    answers: { 200: 'Withdrawn' },
    refuses: [`${kind}-not-found`, 'stopped'],
    from: 'temporal',
    body: withdrawLock,
    summary: 'Ends the wait of a request, and gives back what it has got',
    handle: async (context) => ({
      status: 200,
      body: await (await handle(context, kind)).withdraw(context.body, context.how),
    }),
  }),
  route({
    method: 'post',
    path: `${oneOf(kind)}:revoke`,
    id: named('revoke', kind),
    answers: { 200: 'Revoking' },
    refuses: ['not-revocable', 'stopped'],
    from: 'temporal',
    body: revokeLock,
    summary: 'Asks whoever holds it to give it back; they answer in their time',
    handle: async (context) => ({
      status: 200,
      body: await (await handle(context, kind)).revoke(context.body.reason, context.how),
    }),
  }),
  route({
    method: 'post',
    path: `${oneOf(kind)}:answerRevocation`,
    id: `answerRevocationOf${kind === 'lock' ? 'Lock' : 'Semaphore'}`,
    answers: { 200: 'RevocationAnswered' },
    refuses: [`${kind}-not-found`, 'not-holder', 'stopped'],
    from: 'temporal',
    body: answerRevocation,
    summary: 'What a holder says that was asked: it gives it back now, or keeps it',
    handle: async (context) => ({
      status: 200,
      body: await (await handle(context, kind)).answerRevocation(context.body, context.how),
    }),
  }),
  route({
    method: 'post',
    path: `${oneOf(kind)}:break`,
    id: named('break', kind),
    answers: { 200: 'Broken' },
    refuses: [`${kind}-not-found`, 'stopped'],
    from: 'temporal',
    body: breakLock,
    summary: 'Takes it from whoever holds it: their tokens are good no more',
    handle: async (context) => ({
      status: 200,
      body: await (await handle(context, kind)).break(context.body.reason, context.how),
    }),
  }),
  route({
    method: 'get',
    path: oneOf(kind),
    id: named('get', kind),
    answers: { 200: 'Lock' },
    refuses: [],
    from: 'temporal',
    query: noQuery,
    summary: 'Who holds it, since when, and who waits; one that nobody uses is free',
    handle: async (context) => {
      const lock = await handle(context, kind);
      return { status: 200, body: { name: lock.name, ...(await lock.view()) } };
    },
  }),
  listRoute(kind, {
    path: pathOf(kind),
    id: kind === 'lock' ? 'listLocks' : 'listSemaphores',
    summary: `${kind === 'lock' ? 'Locks' : 'Semaphores'}, from the read model`,
  }),
];

/** Locks and semaphores, for holders that keep a session alive. */
export const lockRoutes: readonly Route[] = [...acquiring, ...routesOf('lock'), ...routesOf('semaphore')];
