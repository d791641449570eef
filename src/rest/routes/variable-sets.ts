import { PlatformError, refuse } from '../../contracts/errors';
import type { LeaseArgs, LeaseEnd, Verdict } from '../../contracts/variable-set';
import type { Answer } from '../idempotency';
import { problemOf } from '../problem';
import { endLease, leaseSet, noQuery, propose, proposalsQuery, redefine, startSet } from '../requests/bodies';
import { given, param, route, type Context, type Route, type SetDoor } from '../route';
import { listRoute, pageAnswer } from './lists';

const PATH = '/v1/spaces/{space}/variableSets';
const ONE = `${PATH}/{set}`;

const etag = (version: number): string => `"${String(version)}"`;

async function setOf(context: Context): Promise<SetDoor> {
  return (await context.door()).variables.at(param(context, 'set'));
}

/** Accepted 201, pending 202, refused: the status of the first reason's code, with the whole verdict. */
export function answerOf(verdict: Verdict, space: string): Answer {
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

/**
 * The version that If-Match names; the set compares it itself, so that nothing can come between. Of several tags the one
 * that is current now is taken. Weak tags never match.
 * @throws PlatformError `precondition-required` for none and for `*`, `precondition-failed` when no tag is a version
 */
async function matched(context: Context, set: SetDoor): Promise<number> {
  const header = context.request.get('If-Match')?.trim();
  if (header === undefined || header === '' || header === '*') {
    const text = 'expected If-Match with the current ETag, such as "7"; none came, or *';
    throw new PlatformError(refuse('precondition-required', text));
  }
  const tags = header.split(',').flatMap((tag) => /^"([1-9][0-9]{0,8})"$/.exec(tag.trim())?.[1] ?? []);
  const [first] = tags;
  if (first !== undefined && tags.length === 1) return Number(first);
  const { version } = await set.read();
  if (tags.includes(String(version))) return version;
  const text = `${param(context, 'set')} is at version ${String(version)}; If-Match was ${header.slice(0, 80)}`;
  throw new PlatformError(refuse('precondition-failed', text, { details: { currentVersion: version } }));
}

/** Whether If-None-Match names the version. */
function isKnown(context: Context, version: number): boolean {
  const known = context.request.get('If-None-Match');
  return known?.split(',').some((tag) => tag.trim() === etag(version)) === true;
}

/** Variable sets: start, read, propose, redefine, lists, why. */
export const variableSetRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: `${ONE}/variables/{variable}:why`,
    id: 'why',
    answers: { 200: 'Why' },
    refuses: ['variable-set-not-found', 'unknown-variable'],
    from: 'reads',
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
    answers: { 201: 'Verdict', 202: 'Verdict' },
    refuses: [
      'variable-set-not-found',
      'precondition-required',
      'precondition-failed',
      'set-leased',
      'not-holder',
      'definition-mismatch',
      'unknown-definition',
      'constraint-broken',
      'ballot-lost',
      'limit-reached',
    ],
    from: 'temporal',
    body: redefine,
    summary: 'Proposes the changed definition; needs If-Match',
    handle: async (context) => {
      const set = await setOf(context);
      const basedOn = await matched(context, set);
      const { hash, proposer, lease } = context.body;
      const how = { ...context.how, ...given('proposer', proposer), ...given('lease', lease), basedOn };
      return answerOf(await set.redefine({ hash }, how).verdict, context.space);
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:lease`,
    id: 'leaseVariableSet',
    answers: { 200: 'SetLease' },
    refuses: ['variable-set-not-found', 'set-leased', 'not-holder', 'invalid-message', 'stopped'],
    from: 'temporal',
    body: leaseSet,
    summary: 'Leases the set for an experiment, or renews the lease of a token: others propose when it is over',
    handle: async (context) => ({
      status: 200,
      body: await (await setOf(context)).lease(context.body as LeaseArgs, context.how),
    }),
  }),
  route({
    method: 'post',
    path: `${ONE}:endLease`,
    id: 'endLeaseOfVariableSet',
    answers: { 200: 'LeaseEnded' },
    refuses: ['variable-set-not-found', 'not-holder', 'invalid-message', 'stopped'],
    from: 'temporal',
    body: endLease,
    summary: 'Ends a lease by its token, or breaks it for a reason',
    handle: async (context) => ({
      status: 200,
      body: await (await setOf(context)).endLease(context.body as LeaseEnd, context.how),
    }),
  }),
  route({
    method: 'post',
    path: `${ONE}/proposals`,
    id: 'propose',
    answers: { 201: 'Verdict', 202: 'Verdict' },
    refuses: [
      'variable-set-not-found',
      'not-found',
      'invalid-message',
      'unknown-variable',
      'wrong-kind',
      'value-out-of-range',
      'inactive-variable',
      'set-leased',
      'not-holder',
      'stale-base',
      'constraint-broken',
      'ballot-lost',
      'variable-locked',
      'limit-reached',
      'mailbox-full',
    ],
    from: 'temporal',
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
    answers: { 200: 'ProposalRecord' },
    refuses: ['variable-set-not-found', 'proposal-not-found'],
    from: 'temporal',
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
    answers: { 200: 'ProposalRows' },
    refuses: [],
    from: 'reads',
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
    path: `${ONE}/values`,
    id: 'readVariableSet',
    answers: { 200: 'Reading', 304: null },
    refuses: ['variable-set-not-found'],
    from: 'temporal',
    query: noQuery,
    summary: 'The current values alone; If-None-Match is the cheap poll',
    handle: async (context) => {
      const reading = await (await setOf(context)).read();
      const headers = { ETag: etag(reading.version) };
      if (isKnown(context, reading.version)) return { status: 304, headers };
      return { status: 200, body: { name: param(context, 'set'), ...reading }, headers };
    },
  }),
  route({
    method: 'get',
    path: `${ONE}/adoption`,
    id: 'getAdoption',
    answers: { 200: 'SetAdoption' },
    refuses: ['variable-set-not-found'],
    from: 'temporal',
    query: noQuery,
    summary: 'Which agents have the newest version, and which are late',
    handle: async (context) => {
      const adoption = await (await setOf(context)).adoption();
      return { status: 200, body: { name: param(context, 'set'), ...adoption } };
    },
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getVariableSet',
    answers: { 200: 'VariableSet', 304: null },
    refuses: ['variable-set-not-found'],
    from: 'temporal',
    query: noQuery,
    summary: 'Everything a set knows; If-None-Match is the cheap poll',
    handle: async (context) => {
      const set = await setOf(context);
      if (context.request.get('If-None-Match') !== undefined) {
        const { version } = await set.read();
        if (isKnown(context, version)) return { status: 304, headers: { ETag: etag(version) } };
      }
      const view = await set.view();
      return { status: 200, body: { name: param(context, 'set'), ...view }, headers: { ETag: etag(view.version) } };
    },
  }),
  route({
    method: 'post',
    path: PATH,
    id: 'startVariableSet',
    answers: { 200: 'VariableSet' },
    refuses: ['unknown-definition', 'definition-mismatch', 'invalid-definition'],
    from: 'temporal',
    body: startSet,
    summary: 'Finds or starts the set of a definition',
    handle: async (context) => {
      const { name } = context.body;
      const set = await (await context.door()).variables.start(name, given('requestId', context.how.requestId));
      const view = await set.view();
      return { status: 200, body: { name, ...view }, headers: { ETag: etag(view.version) } };
    },
  }),
  listRoute('variables', { path: PATH, id: 'listVariableSets', summary: 'Variable sets, from the read model' }),
];
