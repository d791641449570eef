import { listQuery } from '../requests/bodies';
import { given, route, type Route } from '../route';
import { pageAnswer } from './lists';

/** The platform's services in a space. They have no requests of their own: their supervisor starts and stops them. */
export const serviceRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/spaces/{space}/services',
    id: 'listServices',
    answers: { 200: 'Rows' },
    refuses: [],
    from: 'reads',
    query: listQuery,
    summary: "The platform's own services, from the read model",
    handle: (context) => {
      const { status } = context.query;
      return pageAnswer(context, `status=${status ?? ''}`, (page) =>
        context.reads().list({ ...page, kind: 'service', ...given('status', status) }),
      );
    },
  }),
];
