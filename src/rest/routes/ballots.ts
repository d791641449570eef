import { noQuery, replay, vote } from '../requests/bodies';
import { param, route, type Route } from '../route';
import { listRoute } from './lists';

const PATH = '/v1/spaces/{space}/ballots';
const ONE = `${PATH}/{name}`;

/** Ballots: look, vote, list. */
export const ballotRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: `${ONE}:vote`,
    id: 'vote',
    answers: { 200: 'Counted' },
    refuses: [
      'ballot-not-found',
      'not-a-voter',
      'already-voted',
      'ballot-closed',
      'invalid-message',
      'wrong-kind',
      'value-out-of-range',
      'mailbox-full',
    ],
    from: 'temporal',
    body: vote,
    summary: 'Votes; the first vote of a voter is final, a standing one may be replaced if the rule says so',
    handle: async (context) => {
      const { voter, choice, value, ...more } = context.body;
      const ballot = (await context.door()).ballots.get(param(context, 'name'));
      await ballot.vote(voter, value ?? choice ?? 'abstain', { ...more, ...context.how });
      return { status: 200, body: { counted: true } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:replayDeadLetter`,
    id: 'replayBallotDeadLetter',
    answers: { 200: 'Replayed' },
    refuses: ['ballot-not-found', 'ballot-closed', 'not-found'],
    from: 'temporal',
    body: replay,
    summary: 'Takes a dead letter of a ballot back, once',
    handle: async (context) => {
      const { number } = context.body;
      await (await context.door()).ballots.get(param(context, 'name')).replay(number, context.how);
      return { status: 200, body: { replayed: number } };
    },
  }),
  route({
    method: 'get',
    path: `${ONE}/deadLetters`,
    id: 'listBallotDeadLetters',
    answers: { 200: 'DeadLetters' },
    refuses: ['ballot-not-found'],
    from: 'temporal',
    query: noQuery,
    summary: 'Votes that could not be counted',
    handle: async (context) => {
      const items = await (await context.door()).ballots.get(param(context, 'name')).deadLetters();
      return { status: 200, body: { items } };
    },
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getBallot',
    answers: { 200: 'Ballot' },
    refuses: ['ballot-not-found'],
    from: 'temporal',
    query: noQuery,
    summary: 'How a ballot stands',
    handle: async (context) => {
      const name = param(context, 'name');
      return { status: 200, body: { name, ...(await (await context.door()).ballots.get(name).view()) } };
    },
  }),
  listRoute('ballot', { path: PATH, id: 'listBallots', summary: 'Ballots, from the read model' }),
];
