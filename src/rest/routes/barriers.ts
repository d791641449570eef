import type { BarrierRequests } from '../../client/barrier-requests';
import type { BarrierSpec, Standing } from '../../contracts/coordination/barrier';
import type { Answer } from '../idempotency';
import {
  breakLock,
  deregisterParty,
  enterBarrier,
  leaveBarrier,
  noQuery,
  registerParty,
  standingQuery,
  withdrawEntry,
} from '../requests/bodies';
import { given, param, route, type Context, type Route } from '../route';
import { listRoute } from './lists';

const PATH = '/v1/spaces/{space}/barriers';
const ONE = `${PATH}/{barrier}`;

async function requests(context: Context): Promise<BarrierRequests> {
  return (await context.door()).barriers.requests(param(context, 'barrier'));
}

/** What a barrier is made of, as a body says it. */
function specOf({ form, parties, onDeath, deadlineMs }: BarrierSpec): BarrierSpec {
  return { form, ...given('parties', parties), ...given('onDeath', onDeath), ...given('deadlineMs', deadlineMs) };
}

/** Who waits is not done: 202. */
const answerOf = (body: Standing): Answer => ({ status: body.kind === 'waiting' ? 202 : 200, body });

/** Barriers, for participants that keep a session alive. */
export const barrierRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: `${ONE}:enter`,
    id: 'enterBarrier',
    answers: { 200: 'BarrierStanding', 202: 'BarrierStanding' },
    refuses: ['session-not-found', 'definition-mismatch', 'not-a-party', 'queue-full', 'invalid-message'],
    from: 'temporal',
    body: enterBarrier,
    summary: 'Enters, or arrives at a phaser; 202 while others are missing. Repeat it with the same request to be told',
    handle: async (context) => {
      const { participant, request, session, waitMs, generation } = context.body;
      const more = { ...given('waitMs', waitMs), ...given('generation', generation) };
      const args = { ...specOf(context.body), participant, request, session, ...more };
      return answerOf(await (await requests(context)).enter(args, context.how));
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:leave`,
    id: 'leaveBarrier',
    answers: { 200: 'BarrierStanding', 202: 'BarrierStanding' },
    refuses: ['barrier-not-found', 'not-a-party'],
    from: 'temporal',
    body: leaveBarrier,
    summary: 'Leaves a double barrier; 202 while others have not. Repeat it to be told',
    handle: async (context) => answerOf(await (await requests(context)).leave(context.body, context.how)),
  }),
  route({
    method: 'post',
    path: `${ONE}:withdraw`,
    id: 'withdrawBarrierEntry',
    answers: { 200: 'BarrierStanding' },
    refuses: ['barrier-not-found', 'stopped'],
    from: 'temporal',
    body: withdrawEntry,
    summary: 'Ends the wait of a request; says how it had ended when it came too late',
    handle: async (context) => ({
      status: 200,
      body: await (await requests(context)).withdraw(context.body, context.how),
    }),
  }),
  route({
    method: 'post',
    path: `${ONE}:register`,
    id: 'registerWithBarrier',
    answers: { 200: 'BarrierRegistration' },
    refuses: ['session-not-found', 'definition-mismatch', 'limit-reached', 'invalid-message'],
    from: 'temporal',
    body: registerParty,
    summary: 'Registers with a phaser, from its present phase on',
    handle: async (context) => {
      const { participant, session } = context.body;
      const args = { ...specOf(context.body), participant, session };
      return { status: 200, body: await (await requests(context)).register(args, context.how) };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:deregister`,
    id: 'deregisterFromBarrier',
    answers: { 200: 'BarrierRegistration' },
    refuses: ['barrier-not-found', 'not-a-party'],
    from: 'temporal',
    body: deregisterParty,
    summary: 'Is no party of a phaser any more; the others may go on by that',
    handle: async (context) => ({
      status: 200,
      body: await (await requests(context)).deregister(context.body.participant, context.how),
    }),
  }),
  route({
    method: 'post',
    path: `${ONE}:break`,
    id: 'breakBarrier',
    answers: { 200: 'BarrierBroken' },
    refuses: ['barrier-not-found', 'stopped'],
    from: 'temporal',
    body: breakLock,
    summary: 'Breaks what waits in it, for all',
    handle: async (context) => ({
      status: 200,
      body: await (await requests(context)).break(context.body.reason, context.how),
    }),
  }),
  route({
    method: 'get',
    path: `${ONE}/standing`,
    id: 'getBarrierStanding',
    answers: { 200: 'BarrierStanding' },
    refuses: ['barrier-not-found'],
    from: 'temporal',
    query: standingQuery,
    summary: 'How it stands with an entry, or with its leave; costs no history',
    handle: async (context) => {
      const { participant, request, of } = context.query;
      return { status: 200, body: await (await requests(context)).standing({ participant, request }, of) };
    },
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getBarrier',
    answers: { 200: 'Barrier' },
    refuses: ['barrier-not-found'],
    from: 'temporal',
    query: noQuery,
    summary: 'Who is in it, who is missing, and how the last generation ended',
    handle: async (context) => {
      const barrier = await requests(context);
      return { status: 200, body: { name: barrier.name, ...(await barrier.view()) } };
    },
  }),
  listRoute('barrier', { path: PATH, id: 'listBarriers', summary: 'Barriers, from the read model' }),
];
