import { ERRORS } from '../contracts/errors';
import { jsonSchemaOf } from './requests/schema';
import type { Route } from './route';

type Json = Readonly<Record<string, unknown>>;

function parametersOf(route: Route): readonly Json[] {
  const path = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const query = route.query === undefined ? {} : (jsonSchemaOf(route.query)['properties'] as Record<string, Json>);
  const inQuery = Object.entries(query ?? {}).map(([name, schema]) => ({ name, in: 'query', schema }));
  const key = { name: 'Idempotency-Key', in: 'header', required: true, schema: { type: 'string', maxLength: 255 } };
  const isKeyed = route.method === 'post' && route.keyed !== false;
  return [...path, ...inQuery, ...(isKeyed ? [key] : [])];
}

function operationOf(route: Route): Json {
  const answers = route.status.map((status) => {
    const type = route.id === 'streamEvents' ? 'text/event-stream' : 'application/json';
    const content = status === 304 ? {} : { content: { [type]: { schema: {} } } };
    return [String(status), { description: route.summary, ...content }];
  });
  const problem = { $ref: '#/components/schemas/Problem' };
  const body = route.body === undefined ? undefined : jsonSchemaOf(route.body);
  return {
    operationId: route.id,
    summary: route.summary,
    parameters: parametersOf(route),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      ...Object.fromEntries(answers),
      default: { description: 'A problem', content: { 'application/problem+json': { schema: problem } } },
    },
  };
}

/** The OpenAPI 3.1 document of the routes; bodies and queries are the schemas that validate. */
export function openApiOf(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operationOf(route);
  const Problem = {
    type: 'object',
    required: ['type', 'title', 'status', 'detail', 'code'],
    properties: {
      type: { type: 'string', format: 'uri' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { type: 'string', enum: Object.keys(ERRORS) },
      requestId: { type: 'string' },
    },
  };
  return {
    openapi: '3.1.0',
    info: { title: 'mabeam', version: '1' },
    paths,
    components: { schemas: { Problem } },
  };
}
