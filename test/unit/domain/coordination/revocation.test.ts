import type { AcquireArgs } from '../../../../src/contracts/coordination/lock';
import {
  acquire,
  attach,
  holderOf,
  openLock,
  type Holding,
  type LockState,
} from '../../../../src/domain/coordination/lock';
import { answerAsked, askBack } from '../../../../src/domain/coordination/revocation';

const args = (session: string, more: Partial<AcquireArgs> = {}): AcquireArgs => ({
  request: session,
  session,
  waitMs: 60_000,
  ...more,
});
const opened = (permits?: number): LockState =>
  ['ann', 'ben', 'cas'].reduce(
    (state, session) => attach(state, session) as LockState,
    openLock(permits === undefined ? {} : { permits }),
  );
const holdingOf = (state: LockState, session: string): Holding => {
  const found = state.holders.find((each) => each.session === session);
  return holderOf(state, found ?? { token: 0, session }) as Holding;
};

test('LCK-8 asking takes nothing: the holder has it until it agrees, and who is next has it then, without a delay', () => {
  const held = acquire(opened(), args('ann', { revocable: true, owner: 'me' }), 1_000).state;
  // however often it has it
  const twice = acquire(held, args('ann', { revocable: true, owner: 'me', request: 'again' }), 1_000).state;
  const queued = acquire(twice, args('ben'), 1_000).state;
  const asked = askBack(queued, 'it is needed', 2_000);
  expect(asked.asked.map(({ session }) => session)).toEqual(['ann']);
  expect(asked.events).toMatchObject([{ type: 'lock.revocationAsked', data: { reason: 'it is needed' } }]);
  expect(asked.offers).toEqual([]);
  expect(holdingOf(asked.state, 'ann')).toMatchObject({ count: 2, asked: { at: 2_000 } });
  const kept = answerAsked(asked.state, holdingOf(asked.state, 'ann'), false, 3_000);
  expect(kept).toMatchObject({ reply: { held: true }, offers: [], events: [{ type: 'lock.revocationRefused' }] });
  expect(holdingOf(kept.state, 'ann')).not.toHaveProperty('asked');
  const given = answerAsked(asked.state, holdingOf(asked.state, 'ann'), true, 3_000);
  expect(given).toMatchObject({ reply: { held: false }, events: [{ type: 'lock.revoked' }] });
  expect(given.offers.map(({ session }) => session)).toEqual(['ben']);
  expect(given.state.delayedUntil).toBeUndefined();
});

test('LCK-8 only those are asked who can be: the others keep their permits and hear nothing', () => {
  const one = acquire(opened(3), args('ann', { revocable: true }), 1_000).state;
  const two = acquire(one, args('ben'), 1_000).state;
  const asked = askBack(two, 'it is needed', 2_000);
  expect(asked.asked.map(({ session }) => session)).toEqual(['ann']);
  expect(holdingOf(asked.state, 'ben')).not.toHaveProperty('asked');
  expect(askBack(acquire(opened(), args('ben'), 1_000).state, 'it is needed', 2_000).refusal?.code).toBe(
    'not-revocable',
  );
  expect(askBack(opened(), 'it is needed', 2_000)).toMatchObject({ asked: [], events: [] });
});
