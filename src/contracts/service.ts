/** The platform's services in a space, in the order in which its root supervisor starts them. */
export const SERVICES = ['registry-sweep', 'handover-check', 'monitor'] as const;
/** One of SERVICES. */
export type ServiceName = (typeof SERVICES)[number];

/** What a service is started with. */
export interface ServiceInit {
  readonly service: ServiceName;
}

/** The longest detail that is kept of what a service has found. */
export const MAX_FINDING = 2_000;

/** What a service's activity is to do. */
export interface ServiceOrder {
  readonly space: string;
  readonly service: ServiceName;
}

/** The activity of services, on the queue of the process that owns the store. */
export interface ServiceActivities {
  /**
   * Does the chore of a service again and again; ends only with the service, or with its worker: then another one goes on,
   * and neither the time of the last run nor what was told is forgotten. A run that fails fails the activity, which is tried
   * again. A finding is told to the service's workflow, as the notice `found`, when it differs from the last one, and at no
   * other time.
   */
  serve(order: ServiceOrder): Promise<void>;
}
