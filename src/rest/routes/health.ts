import { noQuery } from '../requests/bodies';
import { route, type Route } from '../route';

/** Liveness and readiness of the facade, and how a space is. */
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
    summary:
      'The state of each part: Temporal, store, queues, workers, supervision, registry; 503 when one that is needed is not well',
    handle: async ({ deps }) => {
      const parts = await deps.health();
      const ok = Object.values(parts).every((part) => part.ok || !part.needed);
      return { status: ok ? 200 : 503, body: { ok, parts }, ...(ok ? {} : { headers: { 'Retry-After': '1' } }) };
    },
  }),
  route({
    method: 'get',
    path: '/v1/spaces/{space}/health',
    id: 'spaceHealth',
    answers: { 200: 'SpaceHealth' },
    refuses: [],
    from: 'temporal',
    query: noQuery,
    summary:
      'How a space is: queues and workers, supervisors and children, the oldest message that waits; what is wrong, and why',
    handle: async ({ door }) => ({ status: 200, body: await (await door()).health() }),
  }),
];
