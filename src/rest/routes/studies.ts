import { listQuery, pageQuery } from '../requests/bodies';
import { param, route, type Route } from '../route';
import { pageAnswer } from './lists';

const PATH = '/v1/spaces/{space}/studies';

/** Studies as the read model knows them. */
export const studyRoutes: readonly Route[] = [
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
  route({
    method: 'get',
    path: PATH,
    id: 'listStudies',
    answers: { 200: 'Rows' },
    refuses: [],
    from: 'reads',
    query: listQuery,
    summary: 'Studies, from the read model',
    handle: (context) => {
      const { status } = context.query;
      return pageAnswer(context, `status=${status ?? ''}`, (page) =>
        context.reads().list({ ...page, kind: 'study', ...(status === undefined ? {} : { status }) }),
      );
    },
  }),
];
