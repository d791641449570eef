/**
 * The book of one purse: what was put in, what is free, what is set aside for something, what is spent. Amounts are whole
 * numbers from 0, so that `minted = balance + escrow + burnt` is exact. Plain JSON; its size is that of what is open.
 */
export interface Ledger {
  /** All that was ever put in, less what was taken out again. */
  readonly minted: number;
  /** What may be set aside. */
  readonly balance: number;
  /** What is set aside, by the number of what it is for. */
  readonly escrow: Readonly<Record<string, number>>;
  /** What is spent. */
  readonly burnt: number;
  /** The newest number that something was set aside for: numbers ascend, so a repeated order is known without a list. */
  readonly last: number;
}

/** An empty purse. */
export const emptyLedger: Ledger = { minted: 0, balance: 0, escrow: {}, burnt: 0, last: 0 };

/** Where an amount lies; a number is what it is set aside for. */
type Place = 'outside' | 'balance' | 'burnt' | number;

/** One move: the same amount leaves one place and comes to another, so that the sum of both sides stays equal (ECO-2). */
interface Entry {
  readonly from: Place;
  readonly to: Place;
  readonly amount: number;
}

function added(ledger: Ledger, place: Place, amount: number): Ledger {
  switch (place) {
    case 'outside':
      return { ...ledger, minted: ledger.minted - amount };
    case 'balance':
      return { ...ledger, balance: ledger.balance + amount };
    case 'burnt':
      return { ...ledger, burnt: ledger.burnt + amount };
    default:
      return { ...ledger, escrow: { ...ledger.escrow, [place]: (ledger.escrow[place] ?? 0) + amount } };
  }
}

function post(ledger: Ledger, ...entries: readonly Entry[]): Ledger {
  return entries
    .filter(({ amount }) => amount > 0)
    .reduce((book, { from, to, amount }) => added(added(book, from, -amount), to, amount), ledger);
}

function isOpen({ escrow }: Ledger, id: number): boolean {
  return Object.hasOwn(escrow, id);
}

/** All that is set aside. */
export function reservedIn({ escrow }: Ledger): number {
  return Object.values(escrow).reduce((sum, amount) => sum + amount, 0);
}

/**
 * Makes the purse hold `total` in all, what is set aside and spent included. Repeating it changes nothing.
 * @returns `undefined` when more is set aside and spent already
 */
export function fund(ledger: Ledger, total: number): Ledger | undefined {
  const change = total - ledger.minted;
  if (change >= 0) return post(ledger, { from: 'outside', to: 'balance', amount: change });
  if (-change > ledger.balance) return undefined;
  return post(ledger, { from: 'balance', to: 'outside', amount: -change });
}

/**
 * Sets an amount aside before the work begins (ECO-5). Repeating it changes nothing, also when it is settled by now.
 * @param id a whole number from 1, larger than those before
 * @returns `undefined` when less is free
 */
export function reserve(ledger: Ledger, id: number, amount: number): Ledger | undefined {
  if (id <= ledger.last) return ledger;
  if (amount > ledger.balance) return undefined;
  const opened: Ledger = { ...ledger, escrow: { ...ledger.escrow, [id]: 0 }, last: id };
  return post(opened, { from: 'balance', to: id, amount });
}

/**
 * Spends what work that rests has cost until now, as `settle` does, and frees the rest of what was set aside. The work stays
 * open: `reserveMore` sets aside again before it goes on.
 */
export function spendUntilNow(ledger: Ledger, id: number, amount: number): Ledger {
  if (!isOpen(ledger, id)) return ledger;
  const reserved = ledger.escrow[id] ?? 0;
  const within = Math.min(amount, reserved);
  const free = Math.min(amount - within, ledger.balance);
  return post(
    ledger,
    { from: id, to: 'burnt', amount: within },
    { from: id, to: 'balance', amount: reserved - within },
    { from: 'balance', to: 'burnt', amount: free },
    { from: 'outside', to: 'burnt', amount: amount - within - free },
  );
}

/**
 * Sets more aside for work that is open, until so much is set aside.
 * @returns `undefined` when less is free
 */
export function reserveMore(ledger: Ledger, id: number, amount: number): Ledger | undefined {
  const more = amount - (ledger.escrow[id] ?? 0);
  if (!isOpen(ledger, id) || more <= 0) return ledger;
  return more > ledger.balance ? undefined : post(ledger, { from: 'balance', to: id, amount: more });
}

/**
 * Spends what the work has cost, and frees the rest of what was set aside; with 0 all of it is freed. What it cost beyond comes
 * from what is free, and what is not there either is put in: the book tells what was spent, and `minted` by how much that is
 * more than the purse had. Repeating it changes nothing.
 */
export function settle(ledger: Ledger, id: number, amount: number): Ledger {
  if (!isOpen(ledger, id)) return ledger;
  const settled = spendUntilNow(ledger, id, amount);
  const { [String(id)]: _closed, ...escrow } = settled.escrow;
  return { ...settled, escrow };
}
