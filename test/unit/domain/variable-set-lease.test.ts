import fc from 'fast-check';
import { isRefusal, type Refusal } from '../../../src/contracts/errors';
import type { Proposal, SetLease, Verdict } from '../../../src/contracts/variable-set';
import { endLease, lease, leaseOf } from '../../../src/domain/variable-set-lease';
import { ballotDecided, expire, nextExpiry, propose } from '../../../src/domain/variable-set-proposals';
import { newSet, setView, type SetState } from '../../../src/domain/variable-set-state';
import { defineVariables, int } from '../../../workflows/door';
import { tallyOf } from '../../support/ballots/tally';

const SEED = 20_261_130;
const NOW = 1_000_000;
const known = defineVariables(
  'server',
  { batch: int(1, 9), limit: int(1, 9).policy('consensus') },
  { electorate: ['a'] },
);
const ballotName = (proposal: number): string => `server@${String(proposal)}`;
const start = (): SetState => newSet(known, NOW).state;

function leased(state: SetState, now = NOW, holder = 'tuner'): { readonly state: SetState; readonly lease: SetLease } {
  const given = lease(state, { holder, forMs: 1_000 }, now);
  if (isRefusal(given)) throw new Error(given.message);
  return { state: given.step.state, lease: given.lease };
}
function ask(state: SetState, more: Partial<Proposal>, now = NOW): { state: SetState; answer: Verdict | Refusal } {
  const proposal = { proposer: 'p', changes: { batch: 2 }, basedOn: state.version, ...more };
  const proposed = propose(state, proposal, known, { id: 'r', ballotName }, now);
  return proposed.ok ? { state: proposed.step.state, answer: proposed.verdict } : { state, answer: proposed.refusal };
}

describe('a leased set', () => {
  test('takes proposals of the lease alone, and leaves no trace of others', () => {
    const { state, lease: held } = leased(start());
    const details = { holder: 'tuner', token: held.token, until: held.until };
    const refused = ask(state, {}, NOW + 400);
    expect(refused).toMatchObject({ state, answer: { code: 'set-leased', details, retryAfterMs: 600 } });
    expect(ask(state, { lease: held.token - 1 }).answer).toMatchObject({ code: 'set-leased' });
    expect(ask(state, { lease: held.token }).answer).toMatchObject({ kind: 'accepted' });
  });

  test('is free when the time is over, also when nobody has looked; an old token is good no more', () => {
    const { state, lease: held } = leased(start());
    expect(ask(state, {}, NOW + 1_000).answer).toMatchObject({ kind: 'accepted' });
    expect(ask(state, { lease: held.token }, NOW + 1_000).answer).toMatchObject({ code: 'not-holder' });
    expect(nextExpiry(state)).toBe(NOW + 1_000);
    const ended = expire(state, ballotName, NOW + 1_000);
    expect(ended.events).toEqual([
      { type: 'set.leaseEnded', data: { holder: 'tuner', token: held.token, how: 'expired' } },
    ]);
    expect(nextExpiry(ended.state)).toBeUndefined();
    expect(setView(ended.state)).not.toHaveProperty('lease');
  });

  test('is renewed by its token alone, and ended by it or broken', () => {
    const { state, lease: held } = leased(start());
    expect(lease(state, { holder: 'tuner', forMs: 1_000 }, NOW)).toMatchObject({ code: 'set-leased' });
    const longer = lease(state, { holder: 'tuner', forMs: 1_000, token: held.token }, NOW + 500);
    expect(longer).toMatchObject({ lease: { ...held, until: new Date(NOW + 1_500).toISOString() } });
    expect(lease(state, { holder: 'tuner', forMs: 1_000, token: held.token }, NOW + 1_000)).toMatchObject({
      code: 'not-holder',
    });
    expect(endLease(state, { token: held.token + 1 }, NOW)).toMatchObject({ code: 'not-holder' });
    const broken = endLease(state, { broken: 'the tuner is gone' }, NOW);
    expect(broken).toMatchObject({
      ended: held,
      step: { events: [{ type: 'set.leaseEnded', data: { how: 'broken', reason: 'the tuner is gone' } }] },
    });
    expect(endLease(start(), { broken: 'again' }, NOW)).toMatchObject({ code: 'not-holder' });
  });

  test('refuses a proposal of another whose ballot ends meanwhile', () => {
    const waiting = ask(start(), { changes: { limit: 5 } });
    const { state } = leased(waiting.state);
    const report = { proposal: 1, tally: tallyOf(known.spec, 'adopted') };
    const during = ballotDecided(state, report, known, ballotName, NOW + 1);
    expect(during.state).toMatchObject({ version: 1, recent: [{ verdict: { reasons: [{ code: 'set-leased' }] } }] });
    expect(ballotDecided(state, report, known, ballotName, NOW + 1_000).state).toMatchObject({ version: 2 });
  });

  test('has tokens that only grow, also when the set begins afresh later', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ wait: fc.nat(1_500), reset: fc.boolean() }), { maxLength: 30 }), (list) => {
        let [state, now, last] = [start(), NOW, 0];
        for (const { wait, reset } of list) {
          // a set that begins afresh does so later than its last act
          now += wait + 1;
          if (reset) state = start();
          if (leaseOf(state, now) !== undefined) continue;
          const next = leased(state, now);
          expect(next.lease.token).toBeGreaterThan(last);
          ({ state } = next);
          last = next.lease.token;
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
