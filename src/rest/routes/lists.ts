import type { Page, PageRequest } from '../../contracts/read-models';
import type { Context } from '../route';
import type { Answer } from '../idempotency';

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
