import type { GroupInfo, GroupRef, SubscriptionStore, TakenMessages } from '../contracts/subscription';
import { createHttp } from './http';

const ANSWER_MS = 30_000;

/**
 * The subscriptions over the facade, for processes without the store. A command whose answer was lost is not sent again:
 * what was taken comes again after its lease.
 *
 * @param base where the facade is; `MABEAM_URL`, default http://127.0.0.1:7411
 * @throws PlatformError from each call: the facade's code, or `reads-unavailable` when nobody answers
 */
export function createHttpSubscriptions(base?: string): SubscriptionStore {
  const { read, send, remove } = createHttp(base);
  const part = encodeURIComponent;
  const all = (space: string): string => `/spaces/${part(space)}/subscriptions`;
  const one = ({ space, group }: GroupRef, verb = ''): string => `${all(space)}/${part(group)}${verb}`;
  return {
    create: ({ space, group, ...settings }) => send(all(space), { name: group, ...settings }),
    info: (ref) => read(one(ref)),
    list: async (space) => (await read<{ readonly items: readonly GroupInfo[] }>(all(space))).items,
    take: async ({ space, group, signal, ...request }) => {
      const ms = ANSWER_MS + (request.waitMs ?? 0);
      const how = signal === undefined ? { ms } : { ms, signal };
      try {
        return await send<TakenMessages>(one({ space, group }, ':take'), request, how);
      } catch (error) {
        if (signal?.aborted === true) return { messages: [] };
        throw error;
      }
    },
    ack: ({ receipts, ...ref }) => send(one(ref, ':ack'), { receipts }),
    nack: ({ space, group, ...answer }) => send(one({ space, group }, ':nack'), answer),
    parked: ({ space, group, pageSize, pageToken }) => read(one({ space, group }, '/parked'), { pageSize, pageToken }),
    replayParked: ({ space, group, ...which }) => send(one({ space, group }, ':replayParked'), which),
    resume: (ref) => send(one(ref, ':resume'), {}),
    remove: (ref) => remove(one(ref)),
  };
}
