import { PlatformError, refuse } from '../../contracts/errors';
import { patternsOf } from '../../domain/coordination/topic';
import {
  DEFAULT_GROUP,
  MAX_GROUP_TYPES,
  MAX_IN_FLIGHT,
  MAX_LEASE_MS,
  MAX_RETRIES,
  type GroupSettings,
} from '../../contracts/subscription';
import { within } from './group';

const LEAST_LEASE_MS = 100;
const MAX_TYPE = 200;

/** The settings of a request, whole and in one form, so that the same ones are the same. @throws PlatformError `invalid-request` */
export function settingsOf(request: Partial<GroupSettings>): GroupSettings {
  const { types = DEFAULT_GROUP.types, after = DEFAULT_GROUP.after, maxRetries = DEFAULT_GROUP.maxRetries } = request;
  const { leaseMs = DEFAULT_GROUP.leaseMs, maxInFlight = DEFAULT_GROUP.maxInFlight } = request;
  within('the number of types', types.length, 0, MAX_GROUP_TYPES);
  for (const type of types) within('the length of a type', type.length, 1, MAX_TYPE);
  if (after !== 'end') within('after', after, 0, Number.MAX_SAFE_INTEGER);
  within('maxRetries', maxRetries, 0, MAX_RETRIES);
  within('leaseMs', leaseMs, LEAST_LEASE_MS, MAX_LEASE_MS);
  within('maxInFlight', maxInFlight, 1, MAX_IN_FLIGHT);
  const settings = { types: [...new Set(types)].sort(), after, maxRetries, leaseMs, maxInFlight };
  if (request.topics === undefined) return settings;
  const topics = patternsOf(request.topics);
  if ('code' in topics) throw new PlatformError(topics);
  if (types.length === 0) return { ...settings, topics };
  throw new PlatformError(refuse('invalid-request', 'a subscription has types or topics, not both'));
}

/** @throws PlatformError `subscription-mismatch` naming what differs */
export function sameSettings(group: string, before: GroupSettings, asked: GroupSettings): void {
  const names = [...new Set([...Object.keys(before), ...Object.keys(asked)])] as (keyof GroupSettings)[];
  const other = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(asked[name]));
  if (other.length === 0) return;
  const text = other.map((name) => `${name} ${JSON.stringify(before[name])}, not ${JSON.stringify(asked[name])}`);
  throw new PlatformError(
    refuse('subscription-mismatch', `the subscription ${group} has ${text.join('; ')}`, {
      details: { differs: other },
    }),
  );
}
