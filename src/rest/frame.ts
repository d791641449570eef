import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { PlatformError, refuse } from '../contracts/errors';
import { parseSpace, show } from '../contracts/ids';
import { LOOPBACK } from './listen';
import type { RateLimits } from './rate-limit';
import type { AppDeps } from './route';
import { traceOf, type Trace } from './trace';

const ID = /^[\x21-\x7e]{1,128}$/;
const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;

/** What a request is known by in logs, problems and messages. */
export interface Ids extends Trace {
  readonly requestId: string;
  readonly correlationId: string;
}

/** The ids of the request that is being answered. */
export function idsOf(response: Response): Ids {
  return response.locals as Ids;
}

/** Ids in and out, no caching, one log line for each request. Neither query nor body nor key is logged. */
export function frame(deps: Pick<AppDeps, 'log'>) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const began = performance.now();
    const idOf = (header: string): string | undefined => {
      const id = request.get(header);
      return id !== undefined && ID.test(id) ? id : undefined;
    };
    const requestId = idOf('X-Request-Id') ?? randomUUID();
    const correlationId = idOf('X-Correlation-Id') ?? requestId;
    const { traceId, traceparent } = traceOf(request.get('traceparent'));
    Object.assign(response.locals, { requestId, correlationId, traceId, traceparent } satisfies Ids);
    response.set({
      'X-Request-Id': requestId,
      'X-Correlation-Id': correlationId,
      traceparent,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    response.on('close', () => {
      const { method, path } = request;
      const ms = Math.round(performance.now() - began);
      deps.log.info({ method, path, status: response.statusCode, ms, requestId, correlationId, traceId }, 'request');
    });
    next();
  };
}

/** Takes one from the bucket of the space; says what is left. */
export function limited(limits: RateLimits) {
  const { burst, perMinute } = limits.limit;
  const policy = `"space";q=${String(burst)};w=${String(Math.ceil((burst * 60) / perMinute))}`;
  return (request: Request, response: Response, next: NextFunction): void => {
    const [, named] = /^\/v1\/spaces\/([^/]+)\//.exec(request.path) ?? [];
    if (named === undefined || typeof parseSpace(named) !== 'string') {
      next();
      return;
    }
    const { ok, remaining, resetMs } = limits.take(named);
    const rest = `"space";r=${String(remaining)};t=${String(Math.ceil(resetMs / 1_000))}`;
    response.set({ 'RateLimit-Policy': policy, RateLimit: rest });
    if (!ok) {
      const text = `at most ${String(perMinute)} requests a minute for the space ${named}, ${String(burst)} at once`;
      throw new PlatformError(
        refuse('rate-limited', text, { retryAfterMs: resetMs, details: { limit: burst, remaining } }),
      );
    }
    next();
  };
}

/** A name without its port and the brackets of IPv6, in small letters. */
function nameIn(host: string): string {
  return host
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}

/**
 * Refuses requests that name another host: a browser sends them here when a foreign page has its own name point to this
 * machine. Without authentication the name is all that tells them apart.
 */
export function meantForUs(allowed: readonly string[]) {
  const ours = new Set([...LOOPBACK, ...allowed.map((each) => each.toLowerCase())]);
  return (request: Request, _response: Response, next: NextFunction): void => {
    const host = request.get('Host') ?? '';
    if (ours.has(nameIn(host))) next();
    else {
      const text = `expected the host to be one of ${[...ours].join(', ')}; got ${show(host)}`;
      throw new PlatformError(refuse('wrong-host', text));
    }
  };
}

/** Strict content type, before the body is read. */
export function contentType(request: Request, _response: Response, next: NextFunction): void {
  // a file was read already, with a type of its own
  const isRead = Buffer.isBuffer(request.body);
  const hasBody = request.get('Transfer-Encoding') !== undefined || Number(request.get('Content-Length') ?? 0) > 0;
  const type = request.get('Content-Type');
  if (hasBody && !isRead && !JSON_TYPE.test(type ?? '')) {
    throw new PlatformError(refuse('unsupported-media-type', `expected application/json; got ${show(type ?? 'none')}`));
  }
  next();
}

/** The body as JSON; none is `{}`. @throws PlatformError `invalid-json` */
export function bodyOf(request: Request): unknown {
  const raw: unknown = request.body;
  if (!Buffer.isBuffer(raw) || raw.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
  } catch (error) {
    const text = `expected JSON in UTF-8; ${error instanceof Error ? error.message : 'got something else'}`;
    throw new PlatformError(refuse('invalid-json', text));
  }
}
