import type { ElectionHandle } from '../../client/election-handle';
import {
  campaignIn,
  noQuery,
  proclaimIn,
  resignFrom,
  revokeLead,
  withdrawLock as withdrawFrom,
} from '../requests/bodies';
import { given, param, route, type Context, type Route } from '../route';
import { listRoute } from './lists';

const PATH = '/v1/spaces/{space}/elections';
const ONE = `${PATH}/{election}`;

const handle = async (context: Context): Promise<ElectionHandle> =>
  (await context.door()).elections.at(param(context, 'election'));

/** Elections, for candidates that keep a session alive. */
export const electionRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: `${ONE}:campaign`,
    id: 'campaign',
    answers: { 200: 'Campaigned', 202: 'Campaigned' },
    refuses: ['already-candidate', 'lock-held', 'session-not-found', 'queue-full', 'limit-reached', 'invalid-message'],
    from: 'temporal',
    body: campaignIn,
    summary:
      'Leads or takes a place in the queue (202); repeat it with the same request to be told of the turn and take it up. waitMs 0 tries',
    handle: async (context) => {
      const { request, session, waitMs, value, score, lockDelayMs } = context.body;
      const more = { ...given('value', value), ...given('score', score), ...given('lockDelayMs', lockDelayMs) };
      const body = await (await handle(context)).request({ request, session, waitMs, ...more }, context.how);
      return { status: body.kind === 'elected' ? 200 : 202, body };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:proclaim`,
    id: 'proclaim',
    answers: { 200: 'Proclaimed' },
    refuses: ['election-not-found', 'not-leader', 'message-too-large', 'stopped'],
    from: 'temporal',
    body: proclaimIn,
    summary: 'Says something new in the name of the leader; needs the term',
    handle: async (context) => ({
      status: 200,
      body: await (await handle(context)).proclaim(context.body, context.how),
    }),
  }),
  route({
    method: 'post',
    path: `${ONE}:resign`,
    id: 'resign',
    answers: { 200: 'Resigned' },
    refuses: ['election-not-found', 'not-leader', 'stopped'],
    from: 'temporal',
    body: resignFrom,
    summary: 'Gives up the lead; needs the term',
    handle: async (context) => {
      await (await handle(context)).resign(context.body, context.how);
      return { status: 200, body: { resigned: true } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:withdraw`,
    id: 'withdrawCandidate',
    answers: { 200: 'Withdrawn' },
    refuses: ['election-not-found', 'stopped'],
    from: 'temporal',
    body: withdrawFrom,
    summary: 'Ends the candidacy of a request, and gives up the lead if it has become one',
    handle: async (context) => ({
      status: 200,
      body: await (await handle(context)).withdraw(context.body, context.how),
    }),
  }),
  route({
    method: 'post',
    path: `${ONE}:revoke`,
    id: 'revokeLead',
    answers: { 200: 'Revoked' },
    refuses: ['election-not-found', 'stopped'],
    from: 'temporal',
    body: revokeLead,
    summary: 'Takes the lead from whoever has it: its term is over, and who is next leads',
    handle: async (context) => ({
      status: 200,
      body: await (await handle(context)).revoke(context.body.reason, context.how),
    }),
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getElection',
    answers: { 200: 'Election' },
    refuses: [],
    from: 'temporal',
    query: noQuery,
    summary: 'Who leads in which term, what it says, and who would lead; one that nobody uses is vacant',
    handle: async (context) => {
      const election = await handle(context);
      return { status: 200, body: { name: election.name, ...(await election.view()) } };
    },
  }),
  listRoute('election', { path: PATH, id: 'listElections', summary: 'Elections, from the read model' }),
];
