import { COORDINATION_KINDS, type CoordinationKind } from '../../contracts/coordination/reader';
import { blocksQuery, noQuery } from '../requests/bodies';
import { param, route, type Route } from '../route';

const PATH = '/v1/spaces/{space}/coordination';

/** The readers' view: who is at a thing, and what blocks whom. */
export const coordinationRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: `${PATH}:blocks`,
    id: 'getBlocking',
    answers: { 200: 'Blocking' },
    refuses: ['ballot-not-found', 'invalid-id'],
    from: 'temporal',
    query: blocksQuery,
    summary: 'What blocks a session, an agent (its workflow id) or a thing (lock:nightly), step by step',
    handle: async (context) => ({
      status: 200,
      body: await (await context.door()).coordination.blocks(context.query.of),
    }),
  }),
  route({
    method: 'get',
    path: `${PATH}/{kind}/{name}`,
    id: 'getCoordination',
    answers: { 200: 'Coordination' },
    refuses: ['ballot-not-found', 'invalid-request'],
    from: 'temporal',
    query: noQuery,
    summary: `Who holds it or holds it up, and who waits. A kind is ${COORDINATION_KINDS.join(', ')}`,
    handle: async (context) => {
      const { coordination } = await context.door();
      const kind = param(context, 'kind') as CoordinationKind;
      return { status: 200, body: await coordination.show(kind, param(context, 'name')) };
    },
  }),
];
