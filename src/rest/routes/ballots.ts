import type { BallotRequest, Rule } from '../../contracts/coordination/ballot';
import { noQuery, openBallot, replay, vote, whatIf } from '../requests/bodies';
import { param, route, type Route } from '../route';
import { listRoute } from './lists';

const PATH = '/v1/spaces/{space}/ballots';
const ONE = `${PATH}/{name}`;

/** A rule as it came: its threshold has the form that its kind asks for, or the ballot refuses it. */
const ruleOf = (rule: object): Partial<Rule> => rule;

/** Ballots: open, look, vote, list, and what another rule would have decided. */
export const ballotRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: PATH,
    id: 'openBallot',
    answers: { 201: 'Ballot' },
    refuses: ['already-exists', 'unknown-rule', 'invalid-electorate', 'invalid-rule', 'invalid-message'],
    from: 'temporal',
    body: openBallot,
    summary: 'Opens a ballot that no variable set asks for: yes or no, one of several options, or a number',
    handle: async (context) => {
      const { name, deadlineMs, rule, ...more } = context.body;
      const request: BallotRequest = {
        ...more,
        ...(deadlineMs === undefined ? {} : { deadline: deadlineMs }),
        ...(rule === undefined ? {} : { rule: ruleOf(rule) }),
      };
      const ballot = await (await context.door()).ballots.open(name, request, context.how);
      const Location = `/v1/spaces/${context.space}/ballots/${name}`;
      return { status: 201, body: { name, ...(await ballot.view()) }, headers: { Location } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:whatIf`,
    id: 'whatIfBallot',
    answers: { 200: 'WhatIf' },
    refuses: ['ballot-not-found', 'not-decided', 'unknown-rule', 'invalid-rule'],
    from: 'temporal',
    keyed: false,
    body: whatIf,
    summary: 'What a decided ballot would have decided under another rule, from its record alone',
    handle: async (context) => {
      const ballot = (await context.door()).ballots.get(param(context, 'name'));
      return { status: 200, body: await ballot.whatIf(ruleOf(context.body)) };
    },
  }),
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
      const { voter, choice, value, ranking, ...more } = context.body;
      const ballot = (await context.door()).ballots.get(param(context, 'name'));
      await ballot.vote(voter, ranking ?? value ?? choice ?? 'abstain', { ...more, ...context.how });
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
