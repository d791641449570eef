import { sql } from 'kysely';
import { PlatformError, refuse } from '../../contracts/errors';
import { show } from '../../contracts/ids';
import {
  MAX_LEASE_MS,
  MAX_NACK_REASON,
  MAX_TAKE,
  NACK_ACTIONS,
  type Answered,
  type NackAction,
  type SubscriptionStore,
} from '../../contracts/subscription';
import { plainText } from '../envelope';
import { advance, ofGroup, park, stopGroup, within, type Locked } from './group';

interface Held {
  readonly position: number;
  readonly attempts: number;
  readonly receipt: string;
}

type Nack = Parameters<SubscriptionStore['nack']>[0];

/** @throws PlatformError `invalid-request` */
export function checkReceipts({ receipts }: { readonly receipts: readonly string[] }): void {
  within('the number of receipts', receipts.length, 1, MAX_TAKE);
}

/** @throws PlatformError `invalid-request` */
export function checkNack({ action, reason = '', afterMs = 0 }: Nack): void {
  if (!NACK_ACTIONS.includes(action)) {
    throw new PlatformError(refuse('invalid-request', `an action is ${NACK_ACTIONS.join(' | ')}; got ${show(action)}`));
  }
  within('the length of a reason', reason.length, 0, MAX_NACK_REASON);
  within('afterMs', afterMs, 0, MAX_LEASE_MS);
}

/**
 * The messages that receipts are good for. A lease that ran out is good until the message is handed out again: the
 * consumer was only slow.
 */
async function heldBy(locked: Locked, receipts: readonly string[]): Promise<readonly Held[]> {
  return locked.work
    .selectFrom('deliveries')
    .select(['position', 'attempts', 'receipt'])
    .where(ofGroup(locked))
    .where('state', '=', 'held')
    .where('receipt', 'in', receipts)
    .orderBy('position')
    .execute();
}

/** @throws PlatformError `unknown-receipt` when none is good */
async function settle(
  locked: Locked,
  receipts: readonly string[],
  act: (held: readonly Held[]) => Promise<void>,
): Promise<Answered> {
  const held = await heldBy(locked, receipts);
  if (held.length === 0) {
    const text = `no consumer of ${locked.group} holds ${receipts.map(show).join(', ').slice(0, 500)}`;
    throw new PlatformError(refuse('unknown-receipt', `${text}: answered before, or its lease ran out`));
  }
  await act(held);
  await advance(locked);
  const good = new Set(held.map(({ receipt }) => receipt));
  return { answered: held.length, unknown: receipts.filter((each) => !good.has(each)) };
}

const positionsOf = (held: readonly Held[]): readonly number[] => held.map(({ position }) => position);

async function drop(locked: Locked, held: readonly Held[]): Promise<void> {
  await locked.work
    .deleteFrom('deliveries')
    .where(ofGroup(locked))
    .where('position', 'in', positionsOf(held))
    .execute();
}

async function giveBack(
  locked: Locked,
  held: readonly Held[],
  how: { readonly reason: string; readonly afterMs: number; readonly isUntried?: boolean },
): Promise<void> {
  if (held.length === 0) return;
  const isUntried = how.isUntried === true;
  await locked.work
    .updateTable('deliveries')
    .set((of) => ({
      state: 'waiting',
      receipt: '',
      due_at: sql<number>`${locked.now + how.afterMs}::bigint`,
      reason: how.reason,
      attempts: of('attempts', '-', isUntried ? 1 : 0),
      given_back: of('given_back', '+', isUntried ? 0 : 1),
    }))
    .where(ofGroup(locked))
    .where('position', 'in', positionsOf(held))
    .execute();
}

async function retry(locked: Locked, held: readonly Held[], reason: string, afterMs: number): Promise<void> {
  const isLast = ({ attempts }: Held): boolean => attempts > locked.settings.maxRetries;
  await park(locked, positionsOf(held.filter(isLast)), reason);
  const rest = held.filter((each) => !isLast(each));
  await giveBack(locked, rest, { reason, afterMs });
}

async function actOn(
  locked: Locked,
  held: readonly Held[],
  { action, reason, afterMs }: { readonly action: NackAction; readonly reason: string; readonly afterMs: number },
): Promise<void> {
  switch (action) {
    case 'retry':
      return retry(locked, held, reason, afterMs);
    case 'release':
      return giveBack(locked, held, { reason, afterMs, isUntried: true });
    case 'park':
      return park(locked, positionsOf(held), reason);
    case 'skip':
      return drop(locked, held);
    case 'stop':
      await giveBack(locked, held, { reason, afterMs: 0 });
      return stopGroup(locked, reason === '' ? 'a consumer stopped it' : reason);
  }
}

/** Done: the messages leave the group. @throws PlatformError `unknown-receipt` */
export function acknowledge(locked: Locked, receipts: readonly string[]): Promise<Answered> {
  return settle(locked, receipts, (held) => drop(locked, held));
}

/** Not done. @throws PlatformError `unknown-receipt` */
export function refuseMessages(
  locked: Locked,
  { receipts, action, reason = '', afterMs = 0 }: Nack,
): Promise<Answered> {
  const plain = plainText(reason);
  return settle(locked, receipts, (held) => actOn(locked, held, { action, reason: plain, afterMs }));
}
