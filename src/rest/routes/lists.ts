import type { Kind } from '../../contracts/ids';
import type { Page, PageRequest } from '../../contracts/read-models';
import type { Answer } from '../idempotency';
import { listQuery } from '../requests/bodies';
import { given, route, type Context, type Route } from '../route';

/** One page of a list: the token is checked against path and filter, and the next one is signed. */
export async function pageAnswer<T>(
  context: Context<undefined, { pageSize?: number; pageToken?: string }>,
  filter: string,
  read: (request: PageRequest) => Promise<Page<T>>,
): Promise<Answer> {
  const { pages, query, request, space } = context;
  const scope = `${request.path}?${filter}`;
  const token = query.pageToken;
  const page = await read({
    space,
    pageSize: query.pageSize ?? 50,
    ...(token === undefined ? {} : { pageToken: pages.open(token, scope) }),
  });
  return { status: 200, body: pages.seal(page, scope) };
}

/** The list of all things of a kind, from the read model. */
export function listRoute(kind: Kind, { path, id, summary }: Pick<Route, 'path' | 'id' | 'summary'>): Route {
  return route({
    method: 'get',
    path,
    id,
    answers: { 200: 'Rows' },
    refuses: [],
    from: 'reads',
    query: listQuery,
    summary,
    handle: (context) => {
      const { status } = context.query;
      return pageAnswer(context, `status=${status ?? ''}`, (page) =>
        context.reads().list({ ...page, kind, ...given('status', status) }),
      );
    },
  });
}
