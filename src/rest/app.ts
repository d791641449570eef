import { randomUUID } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { PlatformError, refuse } from '../contracts/errors';
import { parseSpace, show } from '../contracts/ids';
import { createAnswers, keyOf, messageIdOf, type Answer, type Answers } from './idempotency';
import { openApiOf } from './openapi';
import { createPageTokens, type PageTokens } from './pagination';
import { platformErrorOf, sendProblem } from './problem';
import { noQuery } from './requests/bodies';
import { parse } from './requests/schema';
import type { AppDeps, Context, Route } from './route';
import { agentRoutes } from './routes/agents';
import { ballotRoutes } from './routes/ballots';
import { eventRoutes } from './routes/events';
import { healthRoutes } from './routes/health';
import { registryRoutes } from './routes/registry';
import { studyRoutes } from './routes/studies';
import { variableSetRoutes } from './routes/variable-sets';

/** Largest body, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;
const ID = /^[\x21-\x7e]{1,128}$/;

/** All operations, custom methods before the things they are of. */
export const ROUTES: readonly Route[] = [
  ...healthRoutes,
  ...agentRoutes,
  ...variableSetRoutes,
  ...ballotRoutes,
  ...registryRoutes,
  ...studyRoutes,
  ...eventRoutes,
];

interface Ids {
  readonly requestId: string;
  readonly correlationId: string;
}

function idsOf(response: Response): Ids {
  return response.locals as Ids;
}

/** Ids in and out, no caching, one log line for each request. */
function frame(deps: AppDeps) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const began = performance.now();
    const idOf = (header: string): string | undefined => {
      const id = request.get(header);
      return id !== undefined && ID.test(id) ? id : undefined;
    };
    const requestId = idOf('X-Request-Id') ?? randomUUID();
    const correlationId = idOf('X-Correlation-Id') ?? requestId;
    Object.assign(response.locals, { requestId, correlationId });
    response.set({ 'X-Request-Id': requestId, 'X-Correlation-Id': correlationId, 'Cache-Control': 'no-store' });
    response.on('close', () => {
      const { method, path } = request;
      const ms = Math.round(performance.now() - began);
      deps.log.info({ method, path, status: response.statusCode, ms, requestId, correlationId }, 'request');
    });
    next();
  };
}

/** Strict content type, before the body is read. */
function contentType(request: Request, _response: Response, next: NextFunction): void {
  const hasBody = request.get('Transfer-Encoding') !== undefined || Number(request.get('Content-Length') ?? 0) > 0;
  const type = request.get('Content-Type');
  if (hasBody && !/^application\/json\s*(;\s*charset=utf-8\s*)?$/i.test(type ?? '')) {
    throw new PlatformError(refuse('unsupported-media-type', `expected application/json; got ${show(type ?? 'none')}`));
  }
  next();
}

function bodyOf(request: Request): unknown {
  const raw: unknown = request.body;
  if (!Buffer.isBuffer(raw) || raw.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch (error) {
    const text = `expected JSON in UTF-8; ${error instanceof Error ? error.message : 'got something else'}`;
    throw new PlatformError(refuse('invalid-json', text));
  }
}

function contextOf(route: Route, request: Request, response: Response, deps: AppDeps, pages: PageTokens): Context {
  const params = request.params as Readonly<Record<string, string>>;
  const space = parseSpace(route.path.includes('{space}') ? params['space'] : 'default');
  if (typeof space !== 'string') throw new PlatformError(space);
  const isKeyed = route.method === 'post' && route.keyed !== false;
  const requestId = isKeyed ? messageIdOf(request.path, keyOf(request.get('Idempotency-Key'))) : undefined;
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
    door: () => deps.space(space),
    reads: () => {
      if (deps.reads !== undefined) return deps.reads;
      throw new PlatformError(refuse('reads-unavailable', 'no store is plugged into this facade'));
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
  response.type(status >= 400 && status !== 503 ? 'application/problem+json' : 'application/json');
  response.send(JSON.stringify(body));
}

function handler(route: Route, deps: AppDeps, pages: PageTokens, answers: Answers) {
  return async (request: Request, response: Response): Promise<void> => {
    const context = contextOf(route, request, response, deps, pages);
    const act = () => route.handle(context);
    const id = context.how.requestId;
    if (id === undefined) {
      const answer = await act();
      if (answer !== undefined) send(response, answer, false);
      return;
    }
    const { answer, replayed } = await answers.once(id, context.body, async () => (await act()) ?? { status: 204 });
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
  app.use(frame(deps), contentType, express.raw({ type: () => true, limit: MAX_BODY_BYTES }));
  const pages = createPageTokens(deps.pageSecret ?? randomUUID());
  const answers = createAnswers();
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
    if (failure.code === 'internal') deps.log.error({ requestId, error: String(error) }, 'defect');
    if (response.headersSent) next(error);
    else sendProblem(response, failure, requestId);
  });
  return app;
}
