import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERTS } from '../../../src/contracts/alerts';
import type { StoredEvent } from '../../../src/contracts/event-store';
import { ALERT_TYPES, alertOf } from '../../../src/domain/health/alerts';
import { ROOT } from '../../support/docs/pages';

const stored = (type: string, data: unknown): StoredEvent =>
  ({ position: 3, event: { type, data, source: '/spaces/demo/lock/nightly', time: 'now' } }) as unknown as StoredEvent;

test.each<[string, unknown, string | undefined, string]>([
  [
    'ballot.decided',
    { tally: { because: 'expired', lost: ['ann', 'bob'] } },
    'ballot-expired',
    '2 voters were not heard',
  ],
  ['ballot.decided', { tally: { because: 'threshold', lost: [] } }, undefined, ''],
  ['barrier.broken', { reason: 'death', because: 'b: expired' }, 'barrier-broken', 'b: expired'],
  ['election.lost', { because: 'lease' }, 'leader-lost', 'has expired'],
  ['session.expired', {}, 'session-expired', 'keep-alives'],
  [
    'election.unsettled',
    { since: 'noon', candidates: 3 },
    'election-unsettled',
    '3 would lead, and nobody does since noon',
  ],
  ['lock.overdue', { session: 's-1', deadline: 'noon' }, 'lock-overdue', 's-1 should have given it back by noon'],
  ['lock.broken', { reason: 'it hung' }, 'lock-broken', 'it hung'],
  ['entity.lost', {}, 'silent-death', 'without a word'],
  ['service.found', { ok: false, detail: 'nobody polls mabeam; start one' }, 'queue-unpolled', 'nobody polls mabeam'],
  ['service.found', { ok: false, detail: 'the store does not answer' }, 'space-ill', 'does not answer'],
  ['service.found', { ok: true, detail: 'all is well' }, undefined, ''],
  ['set.committed', {}, undefined, ''],
])('%s with %j is the alert %s', (type, data, code, reason) => {
  const alert = alertOf(stored(type, data));
  expect(alert?.code).toBe(code);
  expect(alert?.reason ?? '').toContain(reason);
  if (alert !== undefined) expect(alert).toMatchObject({ about: 'lock:nightly', at: 'now' });
});

test('each alert has a section of the runbooks, and each section is of one; what is looked for are those types alone', () => {
  const page = readFileSync(join(ROOT, 'docs/how-to/runbooks.md'), 'utf8');
  const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  expect(sections.sort()).toEqual(Object.keys(ALERTS).sort());
  expect(ALERT_TYPES).not.toContain('set.committed');
  const made = ['session.expired', 'lock.broken', 'entity.lost'].map((type) => alertOf(stored(type, {}))?.runbook);
  expect(made).toEqual(
    ['session-expired', 'lock-broken', 'silent-death'].map((code) => `docs/how-to/runbooks.md#${code}`),
  );
});
