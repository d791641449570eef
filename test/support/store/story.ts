import type { NewEvent } from '../../../src/contracts/envelope';
import type { Kind } from '../../../src/contracts/ids';
import type { EventStore } from '../../../src/contracts/event-store';
import { batchOf, type Origin } from './batches';

/** An entity that tells what happened to it, one hand-over at a time. */
export function teller(store: EventStore, origin: Origin) {
  let sequence = 0;
  return async (...events: readonly (readonly [type: string, data: NewEvent['data']])[]): Promise<void> => {
    const said = events.map(([type, data]) => ({ type, data }));
    await store.append(batchOf(origin, sequence + 1, said));
    sequence += said.length;
  };
}

const change = (after: number, before = 0.9) => [{ variable: 'threshold', before, after }];

/** A set, its agents, a study and ballots, as the entities tell it: what every read model has to take in. */
export async function tellStory(store: EventStore, space: string): Promise<void> {
  const by = (kind: Kind, name: string, generation = 1) => teller(store, { space, kind, name, generation });
  const agent = by('agent', 'tuner');
  await agent([
    'entity.started',
    { type: 'tuner', owner: `${space}:agent:boss`, firstRunId: 'run-1', summary: 'idle' },
  ]);
  await agent(['entity.statusChanged', { status: 'running', summary: 'tunes' }]);
  const set = by('variables', 'mail');
  await set(
    ['entity.started', { owner: 'o', firstRunId: 'run-2', summary: 'version 1' }],
    ['set.created', { definition: 'mail', hash: 'h', values: { threshold: 0.9, epochs: 3 }, version: 1 }],
  );
  const study = by('study', 'digits');
  const trial = (number: number, more: object) => ({
    number,
    configuration: { threshold: 0.9 + number / 100 },
    attempts: 1,
    askedAt: '2026-11-24T12:00:00.000Z',
    ...more,
  });
  await study(
    ['entity.started', { owner: 'o', firstRunId: 'run-3', summary: 'running' }],
    ['study.asked', { trials: [trial(0, {}), trial(1, {}), trial(2, {})] }],
    [
      'study.trialEnded',
      { trial: trial(1, { state: 'complete', measures: { loss: 0.1 }, attributes: { note: 'é' } }) },
    ],
    ['study.trialEnded', { trial: trial(0, { state: 'failed' }) }],
    ['study.trialEnded', { trial: trial(1, { state: 'failed' }) }],
  );
  const lease = (trial: number, attempt: number, client: string) => ({
    ...{ trial, attempt, client },
    until: '2026-11-24T13:00:00.000Z',
  });
  await by('study', 'lab')(
    ['study.asked', { trials: [trial(1, {}), trial(2, {}), trial(3, {}), trial(4, {})] }],
    ['study.leased', { leases: [lease(1, 1, 'ann'), lease(2, 1, 'ann'), lease(3, 1, 'bob'), lease(4, 1, 'bob')] }],
    ['study.leaseEnded', { leases: [lease(1, 1, 'ann'), lease(4, 1, 'bob')] }],
    ['study.leased', { leases: [lease(1, 2, 'bob')] }],
    ['study.attemptFailed', { trial: 1, attempt: 1, client: 'ann', message: 'too late to matter' }],
    ['study.attemptFailed', { trial: 2, attempt: 1, client: 'ann', message: 'spilt' }],
    ['study.trialEnded', { trial: trial(3, { state: 'complete', worker: 'bob' }) }],
    ['study.leased', { leases: [lease(3, 2, 'ann'), lease(9, 1, 'ann')] }],
  );
  const waits = (from: string) => [{ rung: 0, step: 2, from }];
  await by('study', 'rungs')(
    ['study.asked', { trials: [trial(1, {}), trial(2, {})] }],
    ['study.trialWaits', { trial: trial(1, { state: 'waiting', waits: waits('2026-11-24T12:10:00.000Z') }) }],
    ['study.trialWaits', { trial: trial(2, { state: 'waiting', waits: waits('2026-11-24T12:20:00.000Z') }) }],
    ['study.promoted', { trials: [{ number: 1, attempt: 2, rung: 0, at: '2026-11-24T12:30:00.000Z' }, { odd: 1 }] }],
    ['study.promoted', { trials: [{ number: 1, attempt: 2, rung: 0, at: '2026-11-24T12:40:00.000Z' }] }],
  );
  const evidence = { study: 'digits', trials: [1], measuredOn: 1 };
  await set(
    [
      'set.proposed',
      { proposal: 1, proposer: 'tuner', changes: change(0.95), basedOn: 1, because: 'better', evidence },
    ],
    ['set.decided', { proposal: 1, verdict: 'accepted', version: 2, tally: { outcome: 'adopted' } }],
    ['set.committed', { version: 2, proposal: 1, changes: change(0.95), values: { threshold: 0.95, epochs: 3 } }],
    ['set.adopted', { version: 2, agent: 'filter-1', at: '2026-11-24T12:01:00.000Z' }],
    ['set.adopted', { version: 2, agent: 'filter-2', at: '2026-11-24T12:02:00.000Z' }],
    ['set.proposed', { proposal: 2, proposer: 'tuner', changes: change(0.99, 0.95), basedOn: 2 }],
    ['set.decided', { proposal: 2, verdict: 'refused', reasons: [{ code: 'ballot-lost', message: 'no' }] }],
    [
      'set.proposed',
      { proposal: 3, proposer: 'ann', changes: [{ variable: 'epochs', before: 3, after: 5 }], basedOn: 2 },
    ],
    ['set.decided', { proposal: 3, verdict: 'accepted', version: 3 }],
    [
      'set.committed',
      {
        version: 3,
        proposal: 3,
        changes: [{ variable: 'epochs', before: 3, after: 5 }],
        values: { threshold: 0.95, epochs: 5 },
      },
    ],
    ['set.adopted', { version: 3, agent: 'filter-1', at: '2026-11-24T12:03:00.000Z' }],
    ['set.proposed', { proposal: 4, proposer: 'tuner', changes: change(0.91, 0.95), basedOn: 3 }],
  );
  await by('agent', 'old', 1)(['entity.started', { type: 'tuner', owner: 'o', firstRunId: 'run-4', summary: 's' }]);
  const later = by('agent', 'old', 2);
  await later(['entity.started', { type: 'tuner', owner: 'o', firstRunId: 'run-5', summary: 's' }]);
  await later(['entity.ended', { reason: { kind: 'failed' } }]);
  const ballot = by('ballot', 'mail@2');
  await ballot(
    ['entity.started', { owner: 'o', firstRunId: 'run-6', summary: 'open' }],
    ['ballot.decided', { tally: {} }],
  );
  await ballot(['entity.ended', { reason: { kind: 'normal' } }]);
  await agent(['odd.\u0000happened', { 'no\u0000one': ['knows', { '': null }] }]);
}
