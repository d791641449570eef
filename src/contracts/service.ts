/** The platform's services in a space, in the order in which its root supervisor starts them. */
export const SERVICES = ['registry-sweep'] as const;
/** One of SERVICES. */
export type ServiceName = (typeof SERVICES)[number];

/** What a service is started with. */
export interface ServiceInit {
  readonly service: ServiceName;
}

/** What a service's activity is to do. */
export interface ServiceOrder {
  readonly space: string;
  readonly service: ServiceName;
}

/** The activity of services, on the queue of the process that owns the store. */
export interface ServiceActivities {
  /**
   * Does the chore of a service again and again; ends only with the service, or with its worker: then another one goes on,
   * and the time of the last run is not forgotten. A run that fails fails the activity, which is tried again.
   */
  serve(order: ServiceOrder): Promise<void>;
}
