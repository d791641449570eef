import { PlatformError, refuse } from '../../contracts/errors';
import { KINDS, parseName, show, type Kind } from '../../contracts/ids';
import { lookupQuery } from '../requests/bodies';
import { param, route, type Route } from '../route';

function kindOf(text: string): Kind {
  const kind = KINDS.find((each) => each === text);
  if (kind !== undefined) return kind;
  throw new PlatformError(refuse('invalid-id', `a kind is ${KINDS.join(' | ')}; got ${show(text)}`));
}

/** Who owns a name. */
export const registryRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/v1/spaces/{space}/registry/{kind}/{name}',
    id: 'lookupName',
    answers: { 200: 'Lookup' },
    refuses: ['not-found'],
    from: 'temporal',
    query: lookupQuery,
    summary: 'Who owns a name, with its generation; not-found when nobody ever did',
    handle: async (context) => {
      const kind = kindOf(param(context, 'kind'));
      const name = parseName(kind, param(context, 'name'));
      if (typeof name !== 'string') throw new PlatformError(name);
      const { consistency } = context.query;
      const { registry } = await context.door();
      const reply = await registry.lookup(kind, name, consistency === undefined ? {} : { consistency });
      if (reply.registration === undefined) {
        throw new PlatformError(refuse('not-found', `nobody owns ${context.space}:${kind}:${name}`));
      }
      return { status: 200, body: reply };
    },
  }),
];
