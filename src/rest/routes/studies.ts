import type { StudyOptions } from '../../client/optimisation';
import type { ErrorCode } from '../../contracts/errors';
import {
  askTrials,
  changeStudy,
  extendStudy,
  copyStudy,
  enqueueTrials,
  exportTrials,
  importanceQuery,
  lineageQuery,
  noQuery,
  nothing,
  pageQuery,
  pauseStudy,
  proposeBest,
  startStudy,
  stopStudy,
  studyReport,
  tellTrials,
} from '../requests/bodies';
import { PAGE_HEADERS } from '../../report/page';
import { write } from '../writing';
import { param, route, type Context, type Route, type StudyDoor } from '../route';
import { listRoute, pageAnswer } from './lists';
import { importRoutes } from './study-imports';
import { answerOf } from './variable-sets';

const PATH = '/v1/spaces/{space}/studies';
const ONE = `${PATH}/{study}`;

async function study(context: Context): Promise<StudyDoor> {
  return (await context.door()).studies.at(param(context, 'study'));
}

const JSON_LINES = 'application/x-ndjson';
const MEDIA = { jsonl: JSON_LINES, csv: 'text/csv; charset=utf-8; header=present', optuna: JSON_LINES } as const;

/**
 * Sends text piece by piece, as fast as the client takes it. What fails before the first piece is a problem as everywhere; what
 * fails later breaks the connection off, so that nobody takes a part for the whole.
 */
async function stream({ deps, response }: Context, type: string, pieces: AsyncIterable<string>): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    for await (const piece of pieces) {
      if (!response.headersSent) response.status(200).set({ 'Content-Type': type });
      if (!(await write(response, piece, gone.signal, deps.slowMs))) {
        response.destroy();
        return;
      }
    }
    if (!response.headersSent) response.status(200).set({ 'Content-Type': type });
    response.end();
  } catch (error) {
    if (!response.headersSent) throw error;
    deps.log.error({ error: String(error) }, 'an export broke off');
    response.destroy();
  }
}

/** What an order to a study may be refused with. */
const STEERED: readonly ErrorCode[] = ['study-not-found', 'invalid-message', 'stopped', 'mailbox-full'];

/** What the start of a study may be refused with. */
const START_REFUSED: readonly ErrorCode[] = [
  'already-exists',
  'invalid-space',
  'unknown-variable',
  'unknown-definition',
  'definition-mismatch',
  'variable-set-not-found',
  'limit-reached',
  'invalid-message',
];

/** Studies: start, look, steer, stop, propose the best, lists. */
export const studyRoutes: readonly Route[] = [
  ...importRoutes(PATH, START_REFUSED),
  route({
    method: 'post',
    path: `${ONE}:stop`,
    id: 'stopStudy',
    answers: { 200: 'StudyStopped' },
    refuses: ['study-not-found', 'invalid-message'],
    from: 'temporal',
    body: stopStudy,
    summary: 'Ends asking; what runs may finish, or is cancelled',
    handle: async (context) => {
      return { status: 200, body: { state: await (await study(context)).stop({ ...context.body, ...context.how }) } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:pause`,
    id: 'pauseStudy',
    answers: { 200: 'StudyStopped' },
    refuses: STEERED,
    from: 'temporal',
    body: pauseStudy,
    summary: 'Asks no more until the study is resumed; what runs is evaluated to its end',
    handle: async (context) => {
      return { status: 200, body: { state: await (await study(context)).pause({ ...context.body, ...context.how }) } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:resume`,
    id: 'resumeStudy',
    answers: { 200: 'StudyStopped' },
    refuses: STEERED,
    from: 'temporal',
    body: nothing,
    summary: 'Goes on asking',
    handle: async (context) => {
      return { status: 200, body: { state: await (await study(context)).resume(context.how) } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:change`,
    id: 'changeStudy',
    answers: { 200: 'StudyChanged' },
    refuses: STEERED,
    from: 'temporal',
    body: changeStudy,
    summary: 'Another budget or parallelism from now on',
    handle: async (context) => {
      return { status: 200, body: { ...(await (await study(context)).change(context.body, context.how)) } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:extend`,
    id: 'extendStudy',
    answers: { 200: 'StudyExtended' },
    refuses: [...STEERED, 'cannot-extend'],
    from: 'temporal',
    body: extendStudy,
    summary: 'More budget, all told, also of a study that has ended: it goes on where it ended',
    handle: async (context) => {
      return { status: 200, body: { ...(await (await study(context)).extend(context.body, context.how)) } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:copy`,
    id: 'copyStudy',
    answers: { 200: 'Study' },
    refuses: [...START_REFUSED, 'study-not-found', 'reads-unavailable', 'invalid-request', 'message-too-large'],
    from: 'temporal',
    body: copyStudy,
    summary: 'Another study with the same request that learns from the complete trials of this one first',
    handle: async (context) => {
      const { name, ...changes } = context.body;
      const copy = await (await study(context)).copy(name, changes);
      return { status: 200, body: { name, ...(await copy.view()) } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:enqueue`,
    id: 'enqueueTrials',
    answers: { 200: 'Enqueued' },
    refuses: [
      ...STEERED,
      'unknown-variable',
      'value-out-of-range',
      'wrong-kind',
      'inactive-variable',
      'constraint-broken',
      'limit-reached',
      'state-too-large',
    ],
    from: 'temporal',
    body: enqueueTrials,
    summary: 'Configurations that are evaluated before what the sampler suggests',
    handle: async (context) => {
      return {
        status: 200,
        body: { enqueued: await (await study(context)).enqueue(context.body.configurations, context.how) },
      };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:ask`,
    id: 'askTrials',
    answers: { 200: 'Asked' },
    refuses: ['study-not-found', 'invalid-message', 'evaluated-inside', 'mailbox-full', 'state-too-large'],
    from: 'temporal',
    body: askTrials,
    summary:
      'Trials for a client outside, its own open ones first; none when there are none now or the study has ended',
    handle: async (context) => {
      return { status: 200, body: { ...(await (await study(context)).ask(context.body, context.how)) } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:tell`,
    id: 'tellTrials',
    answers: { 200: 'TellReply' },
    refuses: [...STEERED, 'evaluated-inside', 'trial-not-found', 'trial-not-held', 'trial-ended', 'state-too-large'],
    from: 'temporal',
    body: tellTrials,
    summary: 'What came of trials outside: all outcomes are taken, or none',
    handle: async (context) => {
      return { status: 200, body: { ...(await (await study(context)).tell(context.body.outcomes, context.how)) } };
    },
  }),
  route({
    method: 'post',
    path: `${ONE}:propose`,
    id: 'proposeBest',
    answers: { 201: 'Verdict', 202: 'Verdict' },
    refuses: [
      'study-not-found',
      'no-result',
      'trial-not-found',
      'variable-set-not-found',
      'stale-base',
      'constraint-broken',
      'ballot-lost',
      'variable-locked',
      'limit-reached',
      'mailbox-full',
    ],
    from: 'temporal',
    body: proposeBest,
    summary: 'Proposes the best trial, or the one that is named, on its set, with the study as evidence',
    handle: async (context) => {
      const proposing = await (await study(context)).propose({ proposer: 'rest', ...context.body, ...context.how });
      return answerOf(await proposing.verdict, context.space);
    },
  }),
  route({
    method: 'get',
    path: `${ONE}:importance`,
    id: 'studyImportance',
    answers: { 200: 'Importance' },
    refuses: ['study-not-found', 'reads-unavailable'],
    from: 'temporal',
    query: importanceQuery,
    summary: 'How much each dimension decides whether a trial is among the best, by one of the objectives',
    handle: async (context) => ({ status: 200, body: await (await study(context)).importance(context.query) }),
  }),
  route({
    method: 'get',
    path: `${ONE}:export`,
    id: 'exportTrials',
    answers: { 200: null },
    media: [...new Set(Object.values(MEDIA))],
    refuses: ['study-not-found', 'reads-unavailable'],
    from: 'temporal',
    query: exportTrials,
    summary: 'All trials of a study as JSON lines, as CSV or as a journal of Optuna, from the read model',
    handle: async (context) => {
      const { format = 'jsonl' } = context.query;
      await stream(context, MEDIA[format], (await study(context)).export({ format }));
      return undefined;
    },
  }),
  route({
    method: 'get',
    path: `${ONE}/report`,
    id: 'studyReport',
    answers: { 200: null },
    media: ['text/html; charset=utf-8'],
    refuses: ['study-not-found', 'reads-unavailable', 'unknown-variable'],
    from: 'temporal',
    query: studyReport,
    summary: 'A study as one page of HTML that needs nothing else: plots, what they say, and a table',
    handle: async (context) => {
      const { contour } = context.query;
      const [x, y] = contour?.split(',') ?? [];
      const options = x === undefined || y === undefined ? {} : { contour: [x, y] as const };
      const page = await (await study(context)).report(options);
      context.response.status(200).set(PAGE_HEADERS).end(page);
      return undefined;
    },
  }),
  route({
    method: 'get',
    path: ONE,
    id: 'getStudy',
    answers: { 200: 'Study' },
    refuses: ['study-not-found'],
    from: 'temporal',
    query: noQuery,
    summary: 'How a study stands: account, best or front, what runs, what it waits for',
    handle: async (context) => {
      const name = param(context, 'study');
      return { status: 200, body: { name, ...(await (await context.door()).studies.at(name).view()) } };
    },
  }),
  route({
    method: 'delete',
    path: ONE,
    id: 'deleteStudy',
    answers: { 204: null },
    refuses: ['study-not-found', 'study-runs', 'reads-unavailable'],
    from: 'temporal',
    repeating: 'Repeated, it completes what was cut off; when all is done, it is `study-not-found`.',
    query: noQuery,
    summary: 'Deletes a study that has ended: its histories, its row, its trials; its events stay in the log',
    handle: async (context) => {
      await (await study(context)).delete(context.how);
      return { status: 204 };
    },
  }),
  route({
    method: 'post',
    path: PATH,
    id: 'startStudy',
    answers: { 200: 'Study' },
    refuses: START_REFUSED,
    from: 'temporal',
    body: startStudy,
    summary: 'Finds or starts a study: one name and one request are one study',
    handle: async (context) => {
      const { name, ...request } = context.body;
      const study = await (await context.door()).studies.start(name, request as unknown as StudyOptions);
      return { status: 200, body: { name, ...(await study.view()) } };
    },
  }),
  route({
    method: 'get',
    path: `${ONE}/pareto`,
    id: 'studyPareto',
    answers: { 200: 'ParetoFront' },
    refuses: ['study-not-found', 'reads-unavailable'],
    from: 'temporal',
    query: noQuery,
    summary: 'The trials that no other one is better than in an objective without being worse in another',
    handle: async (context) => ({ status: 200, body: await (await study(context)).pareto() }),
  }),
  route({
    method: 'get',
    path: `${ONE}/lineage`,
    id: 'trialLineage',
    answers: { 200: 'TrialLine' },
    refuses: ['study-not-found', 'trial-not-found', 'no-result', 'reads-unavailable'],
    from: 'temporal',
    query: lineageQuery,
    summary: 'All that a trial, else the best one, goes on from, the start first',
    handle: async (context) => ({ status: 200, body: await (await study(context)).lineage(context.query) }),
  }),
  route({
    method: 'get',
    path: `${PATH}/{study}/trials`,
    id: 'listTrials',
    answers: { 200: 'Trials' },
    refuses: [],
    from: 'reads',
    query: pageQuery,
    summary: 'Trials of a study, from the read model',
    handle: (context) =>
      pageAnswer(context, '', (page) => context.reads().trials({ ...page, study: param(context, 'study') })),
  }),
  listRoute('study', { path: PATH, id: 'listStudies', summary: 'Studies, from the read model' }),
];
