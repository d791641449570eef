import { createHttpReads } from './http-reads';
import { createHttpSubscriptions } from './http-subscriptions';
import { createHttpTopics } from './http-topics';
import { connect, type ConnectOptions, type Space } from './index';

/**
 * Connects to a space from a program without a store: commands go to Temporal, lists, changes, `why`, subscriptions and topics go
 * over the facade at `MABEAM_URL`, by default that of `mabeam dev`.
 *
 * @throws PlatformError `invalid-id` for the name of the space, `temporal-unavailable` when no server answers
 */
export function connectFromOutside(options: ConnectOptions = {}): Promise<Space> {
  const plugged = { reads: createHttpReads(), subscriptions: createHttpSubscriptions(), topics: createHttpTopics() };
  return connect({ ...plugged, ...options });
}
