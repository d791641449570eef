import fc from 'fast-check';
import { emptyLedger, fund, reserve, reservedIn, settle, type Ledger } from '../../../../src/domain/economics/ledger';

/** An order to a purse, as crashes deliver it: once, or several times. */
type Order =
  | { readonly kind: 'fund'; readonly total: number }
  | { readonly kind: 'reserve'; readonly id: number; readonly amount: number }
  | { readonly kind: 'settle'; readonly id: number; readonly amount: number };

function carryOut(ledger: Ledger, order: Order): Ledger {
  switch (order.kind) {
    case 'fund':
      return fund(ledger, order.total) ?? ledger;
    case 'reserve':
      return reserve(ledger, order.id, order.amount) ?? ledger;
    case 'settle':
      return settle(ledger, order.id, order.amount);
  }
}

const amount = fc.integer({ min: 0, max: 1_000 });
const id = fc.integer({ min: 1, max: 30 });
const order: fc.Arbitrary<Order> = fc.oneof(
  fc.record({ kind: fc.constant('fund' as const), total: fc.integer({ min: 0, max: 5_000 }) }),
  fc.record({ kind: fc.constant('reserve' as const), id, amount }),
  fc.record({ kind: fc.constant('settle' as const), id, amount }),
);

const isEven = (ledger: Ledger): boolean =>
  ledger.minted === ledger.balance + reservedIn(ledger) + ledger.burnt &&
  [ledger.minted, ledger.balance, ledger.burnt, ...Object.values(ledger.escrow)].every((each) => each >= 0);

test('ECO-2 minted = balance + escrow + burnt after every order of any history, and nothing is negative', () => {
  fc.assert(
    fc.property(fc.array(order, { maxLength: 60 }), (orders) => {
      let ledger = emptyLedger;
      for (const each of orders) {
        ledger = carryOut(ledger, each);
        expect(isEven(ledger)).toBe(true);
      }
    }),
    { seed: 20261130, numRuns: 500 },
  );
});

test('ECO-2 an order that is repeated at once changes nothing the second time', () => {
  fc.assert(
    fc.property(fc.array(order, { maxLength: 40 }), (orders) => {
      let ledger = emptyLedger;
      for (const each of orders) {
        ledger = carryOut(ledger, each);
        expect(carryOut(ledger, each)).toEqual(ledger);
      }
    }),
    { seed: 20261130, numRuns: 300 },
  );
});

test('ECO-2 a reservation that is repeated when it is settled is not made again', () => {
  const funded = fund(emptyLedger, 100) ?? emptyLedger;
  const settled = settle(reserve(funded, 1, 60) ?? funded, 1, 10);
  expect(reserve(settled, 1, 60)).toBe(settled);
  expect(settled).toEqual({ minted: 100, balance: 90, escrow: {}, burnt: 10, last: 1 });
});

test('ECO-5 as long as nothing costs more than was set aside for it, spent and set aside stay within the budget', () => {
  const work = fc.record({
    reserved: amount,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    isSettled: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5_000 }), fc.array(work, { maxLength: 60 }), (budget, works) => {
      let ledger = fund(emptyLedger, budget) ?? emptyLedger;
      for (const [at, { reserved, share, isSettled }] of works.entries()) {
        const held = reserve(ledger, at + 1, reserved);
        if (held === undefined) continue;
        ledger = isSettled ? settle(held, at + 1, Math.floor(reserved * share)) : held;
        expect(ledger.minted).toBe(budget);
        expect(ledger.burnt + reservedIn(ledger)).toBeLessThanOrEqual(budget);
      }
    }),
    { seed: 20261130, numRuns: 300 },
  );
});

test('ECO-5 nothing is set aside that is not there', () => {
  const funded = fund(emptyLedger, 100) ?? emptyLedger;
  expect(reserve(funded, 1, 101)).toBeUndefined();
  expect(reserve(funded, 1, 100)).toMatchObject({ balance: 0, escrow: { 1: 100 } });
});

test.each<readonly [string, number, Partial<Ledger>]>([
  ['less than was set aside frees the rest', 20, { minted: 100, balance: 80, burnt: 20 }],
  ['nothing frees all', 0, { minted: 100, balance: 100, burnt: 0 }],
  ['more comes from what is free', 90, { minted: 100, balance: 10, burnt: 90 }],
  ['more than there is shows by how much', 130, { minted: 130, balance: 0, burnt: 130 }],
])('what cost %s', (_said, cost, expected) => {
  const funded = fund(emptyLedger, 100) ?? emptyLedger;
  expect(settle(reserve(funded, 1, 50) ?? funded, 1, cost)).toMatchObject({ ...expected, escrow: {} });
});

test('a purse is made smaller by what is free, and no further', () => {
  const funded = reserve(fund(emptyLedger, 100) ?? emptyLedger, 1, 60) ?? emptyLedger;
  expect(fund(funded, 60)).toMatchObject({ minted: 60, balance: 0 });
  expect(fund(funded, 59)).toBeUndefined();
});

test('money that is put in after an overrun covers it first', () => {
  const over = settle(reserve(fund(emptyLedger, 100) ?? emptyLedger, 1, 100) ?? emptyLedger, 1, 130);
  expect(fund(over, 150)).toMatchObject({ minted: 150, balance: 20, burnt: 130 });
});
