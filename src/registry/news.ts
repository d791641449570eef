import type { CloudEvent } from '../contracts/envelope';
import { parseWorkflowId, workflowId } from '../contracts/ids';
import type { Registration } from '../contracts/registry';

/** What the life cycle of an owner tells a registry. */
export interface News {
  /** Open when the owner began; `stopped` or `failed` when this generation is over. */
  readonly registration: Registration;
  /** ISO-8601: when it happened. */
  readonly time: string;
}

/** The event types that are news for a registry. */
export const NEWS_TYPES = ['entity.started', 'entity.ended', 'entity.lost'] as const;

function statusOf(event: CloudEvent): Registration['status'] | undefined {
  switch (event.type) {
    case 'entity.started':
      return 'running';
    case 'entity.lost':
      return 'failed';
    case 'entity.ended': {
      const reason = event.data['reason'] as { readonly kind?: unknown } | undefined;
      return reason?.kind === 'failed' ? 'failed' : 'stopped';
    }
    default:
      return undefined;
  }
}

/** Reads an event as news; `undefined` when it is none. The generation is in the event's id: `<generation>/<sequence>`. */
export function newsOf(event: CloudEvent): News | undefined {
  const status = statusOf(event);
  const [, spaces, space, kind, name, ...more] = event.source.split('/');
  if (status === undefined || spaces !== 'spaces' || more.length > 0) return undefined;
  const key = parseWorkflowId([space, kind, name].join(':'));
  const number = Number(/^\d+/.exec(event.id)?.[0]);
  if ('code' in key || !Number.isSafeInteger(number)) return undefined;
  const { firstRunId } = event.data;
  return {
    time: event.time,
    registration: {
      ...key,
      workflowId: workflowId(key.space, key.kind, key.name),
      generation: { number, firstRunId: typeof firstRunId === 'string' ? firstRunId : '' },
      status,
      registeredAt: new Date(number).toISOString(),
    },
  };
}
