import { ALERTS, type Alert, type AlertCode } from '../../contracts/alerts';
import type { StoredEvent } from '../../contracts/event-store';
import { isRecord } from '../record';

type Found = readonly [AlertCode, string];
type Data = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** By type of event: whether it is an alert, and why. */
const RULES: Readonly<Record<string, (data: Data) => Found | undefined>> = {
  'ballot.decided': ({ tally }) =>
    isRecord(tally) && tally['because'] === 'expired'
      ? [
          'ballot-expired',
          `the values are kept: ${String((tally['lost'] as unknown[] | undefined)?.length ?? 0)} voters were not heard`,
        ]
      : undefined,
  'barrier.broken': ({ reason, because }) => ['barrier-broken', textOf(because) || textOf(reason)],
  'election.unsettled': ({ since, candidates }) => [
    'election-unsettled',
    `${String(candidates)} would lead, and nobody does since ${textOf(since)}`,
  ],
  'election.lost': ({ because, reason }) =>
    because === 'lease'
      ? ['leader-lost', 'the session of the leader has expired']
      : ['leader-lost', textOf(reason) || 'its lead was taken by hand'],
  'session.expired': () => ['session-expired', 'its keep-alives were missing; what it held passes on after the delay'],
  'lock.overdue': ({ session, deadline }) => [
    'lock-overdue',
    `${textOf(session)} should have given it back by ${textOf(deadline)}, and holds it still`,
  ],
  'lock.broken': ({ reason }) => ['lock-broken', textOf(reason)],
  'entity.lost': () => ['silent-death', 'it ended without a word: terminated, timed out, or deleted'],
  'service.found': ({ ok, detail }) => {
    if (ok !== false) return undefined;
    const text = textOf(detail);
    return [text.includes('nobody polls') ? 'queue-unpolled' : 'space-ill', text];
  },
};

/** The types of events that may be alerts. */
export const ALERT_TYPES: readonly string[] = Object.keys(RULES);

/** The alert that an event is, or nothing. */
export function alertOf(stored: StoredEvent): Alert | undefined {
  const { type, data, source, time } = stored.event;
  const found = RULES[type]?.(isRecord(data) ? data : {});
  if (found === undefined) return undefined;
  const [code, reason] = found;
  const about = source.split('/').slice(-2).join(':');
  return { code, about, at: time, reason: reason || ALERTS[code], runbook: `docs/how-to/runbooks.md#${code}`, stored };
}
