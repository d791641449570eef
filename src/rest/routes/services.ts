import { type Route } from '../route';
import { listRoute } from './lists';

/** The platform's services in a space. They have no requests of their own: their supervisor starts and stops them. */
export const serviceRoutes: readonly Route[] = [
  listRoute('service', {
    path: '/v1/spaces/{space}/services',
    id: 'listServices',
    summary: "The platform's own services, from the read model",
  }),
];
