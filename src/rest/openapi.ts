import { ERRORS, type ErrorCode } from '../contracts/errors';
import { TOPIC_RULE } from '../contracts/coordination/topic';
import { KINDS, PART_RULE } from '../contracts/ids';
import { jsonSchemaOf } from './requests/schema';
import { isKeyed, needsKey, type Route } from './route';
import { SCHEMAS } from './schemas';

type Json = Readonly<Record<string, unknown>>;

/** Operations that answer a stream of server-sent events. */
const STREAMS: ReadonlySet<string> = new Set(['streamEvents', 'watchGroup']);
const EVERYWHERE: readonly ErrorCode[] = ['invalid-request', 'unknown-field', 'internal'];
const WITH_FILE: readonly ErrorCode[] = ['unsupported-media-type', 'message-too-large'];
const WITH_BODY: readonly ErrorCode[] = ['invalid-json', ...WITH_FILE];
const WITH_KEY: readonly ErrorCode[] = ['idempotency-key-reused', 'idempotency-in-progress'];
const OF_TEMPORAL: readonly ErrorCode[] = [
  'temporal-unavailable',
  'timeout',
  'no-worker',
  'stopped',
  'unknown-message',
];
const HEADERS: Readonly<Record<string, Json>> = {
  'X-Request-Id': { description: 'Id of the request, as it came or new', schema: { type: 'string' } },
  traceparent: { description: 'W3C Trace Context: the trace of the caller, or a new one', schema: { type: 'string' } },
  ETag: { description: 'The version of the set, a strong tag', schema: { type: 'string' } },
  Location: { description: 'Where the thing is', schema: { type: 'string' } },
  'Retry-After': { description: 'Whole seconds', schema: { type: 'integer', minimum: 1 } },
  'Idempotency-Replayed': {
    description: 'true when it is the answer of an earlier request',
    schema: { const: 'true' },
  },
  'RateLimit-Policy': { description: 'What the space may send', schema: { type: 'string' } },
  RateLimit: { description: 'What is left of it', schema: { type: 'string' } },
  Age: { description: 'Seconds since the read models were certainly up to date', schema: { type: 'integer' } },
};
const PARAMETERS: Readonly<Record<string, Json>> = {
  space: { description: `The space: ${PART_RULE}` },
  kind: { description: `What it is: ${KINDS.join(', ')}` },
  name: { description: `The name: ${PART_RULE}; that of a ballot of a variable set is <set>@<proposal>` },
  set: { description: `The variable set: ${PART_RULE}` },
  study: { description: `The study: ${PART_RULE}` },
  group: { description: `The subscription: ${PART_RULE}` },
  groupName: { description: `The group of agents: ${PART_RULE}; where they are read, "-" for all of them` },
  topic: { description: `The topic: ${TOPIC_RULE}` },
  position: { description: 'The position of the message', schema: { type: 'integer', minimum: 1 } },
  supervisor: { description: `The supervisor: ${PART_RULE}` },
  child: { description: `The id of the child: ${PART_RULE}` },
  variable: { description: 'The variable' },
  number: { description: 'The number of the proposal, from 1', schema: { type: 'integer', minimum: 1 } },
};

/** All codes that a route may answer. */
export function codesOf(route: Route): readonly ErrorCode[] {
  return [
    ...EVERYWHERE,
    ...(route.path.includes('{space}') ? (['invalid-id', 'rate-limited'] as const) : []),
    ...(route.method === 'post' ? (route.takesFile === true ? WITH_FILE : WITH_BODY) : []),
    ...(needsKey(route) ? (['idempotency-key-missing'] as const) : []),
    ...(isKeyed(route) ? WITH_KEY : []),
    ...(route.from === 'temporal' ? OF_TEMPORAL : []),
    ...(route.from === 'reads' || route.from === 'store' ? (['reads-unavailable'] as const) : []),
    ...route.refuses,
  ];
}

function parametersOf(route: Route): readonly Json[] {
  const path = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
    ...PARAMETERS[name],
  }));
  const asked = route.query === undefined ? undefined : jsonSchemaOf(route.query)['properties'];
  const query = (asked ?? {}) as Readonly<Record<string, Json>>;
  const inQuery = Object.entries(query).map(([name, schema]) => ({ name, in: 'query', schema }));
  const header = (name: string, description: string, required: boolean): Json => ({
    name,
    in: 'header',
    description,
    required,
    schema: { type: 'string', maxLength: 255 },
  });
  return [
    ...path,
    ...inQuery,
    ...(isKeyed(route)
      ? [header('Idempotency-Key', 'New for each logical request, repeated with it', needsKey(route))]
      : []),
    ...(route.refuses.includes('precondition-required') ? [header('If-Match', 'The current ETag', true)] : []),
    ...(route.answers[304] === undefined ? [] : [header('If-None-Match', 'The ETag that is known', false)]),
    ...(STREAMS.has(route.id) ? [header('Last-Event-ID', 'The last position that was dealt with', false)] : []),
  ];
}

function headersOf(...names: readonly string[]): Json {
  const all = ['X-Request-Id', 'traceparent', ...names];
  return Object.fromEntries(all.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function answersOf(route: Route): readonly (readonly [string, Json])[] {
  const isStream = STREAMS.has(route.id);
  return Object.entries(route.answers).map(([status, name]) => {
    const named = { $ref: `#/components/schemas/${String(name)}` };
    // OpenAPI 3.2 calls it `itemSchema`: what each event of the stream holds, its id being the position.
    const content = isStream
      ? { 'text/event-stream': { schema: { type: 'string' }, 'x-itemSchema': named } }
      : route.media === undefined
        ? { 'application/json': { schema: named } }
        : Object.fromEntries(route.media.map((type) => [type, { schema: { type: 'string' } }]));
    const headers = headersOf(
      ...(isKeyed(route) ? ['Idempotency-Replayed'] : []),
      ...(route.path.includes('/variableSets') && route.from === 'temporal' ? ['ETag'] : []),
      ...(route.from === 'reads' ? ['Age'] : []),
      ...(status === '202' || ['startAgent', 'startSupervisor', 'startChild'].includes(route.id) ? ['Location'] : []),
    );
    return [
      status,
      {
        description: status === '304' ? 'Not modified' : route.summary,
        headers,
        ...(name === null && route.media === undefined ? {} : { content }),
      },
    ];
  });
}

/** One response for each status that a code of the route has. */
function problemsOf(route: Route): readonly (readonly [string, Json])[] {
  const codes = [...new Set(codesOf(route))];
  const statuses = [...new Set(codes.map((code) => ERRORS[code].status))].filter(
    (status) => !(status in route.answers),
  );
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return statuses
    .sort((a, b) => a - b)
    .map((status) => {
      const named = codes.filter((code) => ERRORS[code].status === status);
      const isRetryable = named.some((code) => ERRORS[code].retryable);
      const headers = headersOf(...(isRetryable ? ['Retry-After'] : []), ...(status === 412 ? ['ETag'] : []));
      return [
        String(status),
        { description: named.map((code) => `${code}: ${ERRORS[code].title}`).join('; '), headers, content },
      ];
    });
}

function tagOf(path: string): string {
  return /^\/v1\/spaces\/\{space\}\/(\w+)/.exec(path)?.[1] ?? 'facade';
}

function operationOf(route: Route): Json {
  const body = route.body === undefined ? undefined : jsonSchemaOf(route.body);
  const content = { 'application/json': { schema: body } };
  return {
    operationId: route.id,
    tags: [tagOf(route.path)],
    summary: route.summary,
    parameters: parametersOf(route),
    ...(route.takesFile === true
      ? { requestBody: { required: true, content: { 'application/octet-stream': {} } } }
      : {}),
    ...(body === undefined ? {} : { requestBody: { required: body['required'] !== undefined, content } }),
    responses: {
      ...Object.fromEntries([...answersOf(route), ...problemsOf(route)]),
      default: {
        description: 'A problem',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

/** The OpenAPI 3.1 document of the routes; bodies and queries are the schemas that validate. */
export function openApiOf(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: { title: 'mabeam', version: '1', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    tags: [...new Set(routes.map((route) => tagOf(route.path)))].map((name) => ({ name })),
    paths,
    components: { schemas: SCHEMAS, headers: HEADERS },
  };
}
