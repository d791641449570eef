import { listQuery, noQuery, vote } from '../requests/bodies';
import { param, route, type Route } from '../route';
import { pageAnswer } from './lists';

const PATH = '/v1/spaces/{space}/ballots';
const ONE = `${PATH}/{name}`;

/** Ballots: look, vote, list. */
export const ballotRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: `${ONE}:vote`,
    id: 'vote',
    status: [200],
    body: vote,
    summary: 'Votes; the first vote of a voter is final',
    handle: async (context) => {
      const { voter, choice, ...said } = context.body;
      const ballot = (await context.door()).ballots.get(param(context, 'name'));
      await ballot.vote(voter, choice, { ...said, ...context.how });
      return { status: 200, body: { counted: true } };
    },
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getBallot',
    status: [200],
    query: noQuery,
    summary: 'How a ballot stands',
    handle: async (context) => {
      const name = param(context, 'name');
      return { status: 200, body: { name, ...(await (await context.door()).ballots.get(name).view()) } };
    },
  }),
  route({
    method: 'get',
    path: PATH,
    id: 'listBallots',
    status: [200],
    query: listQuery,
    summary: 'Ballots, from the read model',
    handle: (context) => {
      const { status } = context.query;
      return pageAnswer(context, `status=${status ?? ''}`, (page) =>
        context.reads().list({ ...page, kind: 'ballot', ...(status === undefined ? {} : { status }) }),
      );
    },
  }),
];
