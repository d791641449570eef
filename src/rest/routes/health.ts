import { noQuery } from '../requests/bodies';
import { route, type Route } from '../route';

/** Liveness and readiness. */
export const healthRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/livez',
    id: 'livez',
    answers: { 200: 'Live' },
    refuses: [],
    from: 'itself',
    query: noQuery,
    summary: 'The process answers',
    handle: () => Promise.resolve({ status: 200, body: { ok: true } }),
  }),
  route({
    method: 'get',
    path: '/readyz',
    id: 'readyz',
    answers: { 200: 'Ready', 503: 'Ready' },
    refuses: [],
    from: 'itself',
    query: noQuery,
    summary: 'The state of each part: Temporal, store, pollers',
    handle: async ({ deps }) => {
      const parts = await deps.health();
      const ok = Object.values(parts).every((part) => part.ok);
      return { status: ok ? 200 : 503, body: { ok, parts }, ...(ok ? {} : { headers: { 'Retry-After': '1' } }) };
    },
  }),
];
