import { randomUUID } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { PlatformError, refuse } from '../contracts/errors';
import { parseSpace, show } from '../contracts/ids';
import { marked } from './degraded';
import { bodyOf, contentType, frame, idsOf, limited, meantForUs } from './frame';
import { createAnswers, keyOf, messageIdOf, type Answer, type Answers } from './idempotency';
import { openApiOf } from './openapi';
import { createPageTokens, type PageTokens } from './pagination';
import { platformErrorOf, sendProblem } from './problem';
import { createRateLimits } from './rate-limit';
import { fingerprintOfFile, uploads } from './upload';
import { noQuery } from './requests/bodies';
import { parse } from './requests/schema';
import { isKeyed, needsKey, type AppDeps, type Context, type Route, type SpaceDoor } from './route';
import { agentRoutes } from './routes/agents';
import { ballotRoutes } from './routes/ballots';
import { barrierRoutes } from './routes/barriers';
import { counterRoutes } from './routes/counters';
import { eventRoutes } from './routes/events';
import { groupRoutes } from './routes/groups';
import { healthRoutes } from './routes/health';
import { electionRoutes } from './routes/elections';
import { coordinationRoutes } from './routes/coordination';
import { lockRoutes } from './routes/locks';
import { registryRoutes } from './routes/registry';
import { studyRoutes } from './routes/studies';
import { subscriptionRoutes } from './routes/subscriptions';
import { sessionRoutes } from './routes/sessions';
import { serviceRoutes } from './routes/services';
import { supervisorRoutes } from './routes/supervisors';
import { valueRoutes } from './routes/values';
import { topicRoutes } from './routes/topics';
import { variableSetRoutes } from './routes/variable-sets';

/** Largest body, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** All operations, custom methods before the things they are of. */
export const ROUTES: readonly Route[] = [
  ...healthRoutes,
  ...agentRoutes,
  ...variableSetRoutes,
  ...ballotRoutes,
  ...sessionRoutes,
  ...coordinationRoutes,
  ...lockRoutes,
  ...electionRoutes,
  ...barrierRoutes,
  ...counterRoutes,
  ...valueRoutes,
  ...registryRoutes,
  ...groupRoutes,
  ...studyRoutes,
  ...supervisorRoutes,
  ...serviceRoutes,
  ...eventRoutes,
  ...subscriptionRoutes,
  ...topicRoutes,
];

function unplugged(): PlatformError {
  return new PlatformError(refuse('reads-unavailable', 'no store is plugged into this facade'));
}

/** The client of a space, unless Temporal is known to be away: then at once, not after many tries. */
async function doorOf(deps: AppDeps, space: Context['space']): Promise<SpaceDoor> {
  const contact = await deps.contact?.();
  if (contact?.ok === false) {
    const last = contact.since === undefined ? '' : `; it last answered at ${contact.since}`;
    const text = `Temporal does not answer: ${contact.reason}${last}`;
    throw new PlatformError(refuse('temporal-unavailable', text, { retryAfterMs: 1_000 }));
  }
  return deps.space(space);
}

/** The operation that a key is of: route and names, however the path was encoded. */
function operationOf(route: Route, params: Context['params']): string {
  return `${route.method} ${route.path.replace(/\{(\w+)\}/g, (_all, name: string) => params[name] ?? '')}`;
}

function contextOf(route: Route, request: Request, response: Response, deps: AppDeps, pages: PageTokens): Context {
  const params = request.params as Readonly<Record<string, string>>;
  const space = parseSpace(route.path.includes('{space}') ? params['space'] : 'default');
  if (typeof space !== 'string') throw new PlatformError(space);
  const header = request.get('Idempotency-Key');
  const key = needsKey(route) || (isKeyed(route) && header !== undefined) ? keyOf(header) : undefined;
  const requestId = key === undefined ? undefined : messageIdOf(operationOf(route, params), key);
  const { correlationId } = idsOf(response);
  return {
    deps,
    pages,
    space,
    params,
    body: route.body === undefined ? undefined : parse(route.body, bodyOf(request), 'body'),
    query: parse(route.query ?? noQuery, { ...request.query }, 'query'),
    how: { sender: 'rest', correlationId, ...(requestId === undefined ? {} : { requestId }) },
    request,
    response,
    door: () => doorOf(deps, space),
    reads: () => {
      if (deps.reads !== undefined) return deps.reads;
      throw unplugged();
    },
    subscriptions: () => {
      if (deps.subscriptions !== undefined) return deps.subscriptions;
      throw unplugged();
    },
    topics: () => {
      if (deps.topics !== undefined) return deps.topics;
      throw unplugged();
    },
  };
}

function send(response: Response, { status, body, headers = {} }: Answer, replayed: boolean): void {
  response.status(status).set(headers);
  if (replayed) response.set('Idempotency-Replayed', 'true');
  if (body === undefined) {
    response.end();
    return;
  }
  const isProblem = typeof body === 'object' && body !== null && 'code' in body && 'title' in body;
  const { requestId, traceId } = idsOf(response);
  response.type(isProblem ? 'application/problem+json' : 'application/json');
  response.send(JSON.stringify(isProblem ? { ...body, requestId, traceId } : body));
}

function handler(route: Route, deps: AppDeps, pages: PageTokens, answers: Answers) {
  return async (request: Request, response: Response): Promise<void> => {
    const context = contextOf(route, request, response, deps, pages);
    const act = () => route.handle(context);
    const id = context.how.requestId;
    if (id === undefined) {
      const answer = await act();
      if (answer !== undefined) send(response, route.from === 'reads' ? await marked(answer, deps) : answer, false);
      return;
    }
    const said = route.takesFile === true ? [fingerprintOfFile(request), context.query] : context.body;
    const { answer, replayed } = await answers.once(id, said, async () => (await act()) ?? { status: 204 });
    send(response, answer, replayed);
  };
}

/** `{x}` as Express writes it; the colon of a custom method is a letter. */
function pathOf(path: string): string {
  return path.replace(/:/g, '\\:').replace(/\{(\w+)\}/g, ':$1');
}

/** The facade as an Express application. It listens nowhere by itself. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(frame(deps), meantForUs(deps.hosts ?? []), limited(createRateLimits(deps.rateLimit)));
  const upload = uploads();
  for (const { method, path, takesFile } of ROUTES) if (takesFile === true) app[method](pathOf(path), ...upload);
  app.use(contentType);
  app.use(express.raw({ type: () => true, limit: MAX_BODY_BYTES }));
  const pages = createPageTokens(deps.pageSecret ?? randomUUID());
  const answers = createAnswers(deps.attachMs === undefined ? {} : { attachMs: deps.attachMs });
  const document = openApiOf(ROUTES);
  app.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  for (const route of ROUTES) app[route.method](pathOf(route.path), handler(route, deps, pages, answers));
  app.use((request: Request) => {
    throw new PlatformError(refuse('not-found', `there is no ${request.method} ${show(request.path)}`));
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    const failure = platformErrorOf(error);
    const { requestId } = idsOf(response);
    if (failure.code === 'internal') deps.log.error({ requestId, error: causesOf(error) }, 'defect');
    if (response.headersSent) next(error);
    else sendProblem(response, failure);
  });
  return app;
}

/** A failure and what led to it, for the log. */
function causesOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? String(error) : `${String(error)}, because ${causesOf(cause)}`;
}
