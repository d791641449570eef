import { PlatformError, refuse } from '../../contracts/errors';
import type { Verdict } from '../../contracts/variable-set';
import type { Answer } from '../idempotency';
import { problemOf } from '../problem';
import { listQuery, noQuery, propose, proposalsQuery, redefine, startSet } from '../requests/bodies';
import { param, route, type Context, type Route, type SetDoor } from '../route';
import { pageAnswer } from './lists';

const PATH = '/v1/spaces/{space}/variableSets';
const ONE = `${PATH}/{set}`;

const etag = (version: number): string => `"${String(version)}"`;

async function setOf(context: Context<unknown, unknown>): Promise<SetDoor> {
  return (await context.door()).variables.at(param(context, 'set'));
}

/** Accepted 201, pending 202, refused: the status of the first reason's code, with the whole verdict. */
function answerOf(verdict: Verdict, space: string): Answer {
  switch (verdict.kind) {
    case 'accepted':
      return { status: 201, body: verdict, headers: { ETag: etag(verdict.version) } };
    case 'pending':
      return {
        status: 202,
        body: verdict,
        headers: { Location: `/v1/spaces/${space}/ballots/${verdict.ballot}`, 'Retry-After': '1' },
      };
    case 'refused': {
      const [first = refuse('internal', 'refused without a reason')] = verdict.reasons;
      const { currentVersion } = verdict;
      const body = problemOf(first, { currentVersion, verdict });
      return { status: body.status, body, headers: { ETag: etag(currentVersion) } };
    }
  }
}

/** The entity's version must be the one of If-Match. @throws PlatformError `precondition-required`, `precondition-failed` */
async function matched(context: Context<unknown, unknown>, set: SetDoor): Promise<number> {
  const header = context.request.get('If-Match');
  if (header === undefined || header.trim() === '*') {
    const text = 'expected If-Match with the current ETag, such as "7"; none came, or *';
    throw new PlatformError(refuse('precondition-required', text));
  }
  const { version } = await set.read();
  if (header.split(',').some((tag) => tag.trim() === etag(version))) return version;
  context.response.set('ETag', etag(version));
  const text = `${param(context, 'set')} is at version ${String(version)}; If-Match was ${header.slice(0, 80)}`;
  throw new PlatformError(refuse('precondition-failed', text, { details: { currentVersion: version } }));
}

/** Variable sets: start, read, propose, redefine, lists, why. */
export const variableSetRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: `${ONE}/variables/{variable}:why`,
    id: 'why',
    status: [200],
    query: noQuery,
    summary: 'Why the value is what it is',
    handle: async (context) => {
      const request = { space: context.space, set: param(context, 'set'), variable: param(context, 'variable') };
      return { status: 200, body: await context.reads().why(request) };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:redefine`,
    id: 'redefineVariableSet',
    status: [201, 202],
    body: redefine,
    summary: 'Proposes the changed definition; needs If-Match',
    handle: async (context) => {
      const set = await setOf(context);
      await matched(context, set);
      const { hash, proposer } = context.body;
      const how = { ...context.how, ...(proposer === undefined ? {} : { proposer }) };
      return answerOf(await set.redefine({ hash }, how).verdict, context.space);
    },
  }),
  route({
    method: 'post',
    path: `${ONE}/proposals`,
    id: 'propose',
    status: [201, 202],
    body: propose,
    summary: 'Proposes changes, or to restore a version: accepted, pending on a ballot, or refused with reasons',
    handle: async (context) => {
      const set = await setOf(context);
      const { changes = {}, restore, ...said } = context.body;
      const options = { proposer: 'rest', ...said, ...context.how };
      const proposing = restore === undefined ? set.propose(changes, options) : set.restore(restore, options);
      return answerOf(await proposing.verdict, context.space);
    },
  }),
  route({
    method: 'get',
    path: `${ONE}/proposals/{number}`,
    id: 'getProposal',
    status: [200],
    query: noQuery,
    summary: 'One proposal and its verdict, from the set itself',
    handle: async (context) => {
      const number = Number(param(context, 'number'));
      if (!Number.isSafeInteger(number) || number < 1) {
        throw new PlatformError(
          refuse('invalid-id', `a proposal has a number from 1; got ${param(context, 'number')}`),
        );
      }
      return { status: 200, body: await (await setOf(context)).proposal(number) };
    },
  }),
  route({
    method: 'get',
    path: `${ONE}/proposals`,
    id: 'listProposals',
    status: [200],
    query: proposalsQuery,
    summary: 'Proposals of a set, from the read model',
    handle: (context) => {
      const { after } = context.query;
      return pageAnswer(context, `after=${String(after ?? '')}`, (page) =>
        context.reads().proposals({ ...page, set: param(context, 'set'), ...(after === undefined ? {} : { after }) }),
      );
    },
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getVariableSet',
    status: [200, 304],
    query: noQuery,
    summary: 'Everything a set knows; If-None-Match is the cheap poll',
    handle: async (context) => {
      const set = await setOf(context);
      const known = context.request.get('If-None-Match');
      if (known !== undefined) {
        const { version } = await set.read();
        const isKnown = known.split(',').some((tag) => tag.trim() === etag(version));
        if (isKnown) return { status: 304, headers: { ETag: etag(version) } };
      }
      const view = await set.view();
      return { status: 200, body: { name: param(context, 'set'), ...view }, headers: { ETag: etag(view.version) } };
    },
  }),
  route({
    method: 'post',
    path: PATH,
    id: 'startVariableSet',
    status: [200],
    body: startSet,
    summary: 'Finds or starts the set of a definition',
    handle: async (context) => {
      const { name } = context.body;
      const view = await (await (await context.door()).variables.start(name)).view();
      return { status: 200, body: { name, ...view }, headers: { ETag: etag(view.version) } };
    },
  }),
  route({
    method: 'get',
    path: PATH,
    id: 'listVariableSets',
    status: [200],
    query: listQuery,
    summary: 'Variable sets, from the read model',
    handle: (context) => {
      const { status } = context.query;
      return pageAnswer(context, `status=${status ?? ''}`, (page) =>
        context.reads().list({ ...page, kind: 'variables', ...(status === undefined ? {} : { status }) }),
      );
    },
  }),
];
